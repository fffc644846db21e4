"""Methods in denoising steps: what the official code computes, computed here; of the older ones also the
same inside real denoisers.
"""

import re

import pytest
import torch

from reference_impls import Context, attach
from reference_impls.hosts import small_models
from reference_impls.mechanisms.prune import top
from reference_impls.mechanisms.reuse import refresh
from reference_impls.methods.easycache import EasyCache
from reference_impls.methods.magcache import Calibration, MagCache
from reference_impls.methods.pab import PAB, Broadcast
from reference_impls.methods.taylorseer import TaylorSeer
from reference_impls.methods.teacache import LATTE, TeaCache
from reference_impls.methods.toca import (
    ToCa,
    cache_scores,
    official_schedule,
    official_share,
    spread_bonus,
)
from reference_impls.methods.todo import ToDo, downsample

BLOCKS_OF_DIT_XL = 28  # the model of the official ToCa code, which the file does not name


def _todo_grids(official):
    """The sides of the two grids (height, width), from the sentence that the file keeps."""
    said = {name: int(value) for name, value in re.findall(r"(\w+_[wh])=(\d+)", official.text())}
    return (said["cur_h"], said["cur_w"]), (said["new_h"], said["new_w"])


def _todo_modes(official):
    return [name.split("_", 1) for name in official.files if name.startswith("down")]


def test_todo_makes_the_same_smaller_images(golden, same):
    official = golden("todo")
    grid, smaller = _todo_grids(official)
    modes = _todo_modes(official)
    assert modes
    for prefix, how in modes:
        reduction = downsample(official["x"], grid, smaller, how)
        same(reduction.tokens, official[f"{prefix}_{how}"])


def test_todo_finds_the_smaller_grid_from_its_factor(golden, same):
    official = golden("todo")
    grid, smaller = _todo_grids(official)
    for prefix, how in _todo_modes(official):
        factor = int(prefix.removeprefix("down"))
        assert (grid[0] // factor, grid[1] // factor) == smaller
        reduction = ToDo(factor=factor, how=how).reduce(official["x"], Context(grid=grid))
        same(reduction.tokens, official[f"{prefix}_{how}"])


def test_todo_leaves_out_what_is_beyond_the_last_whole_window():
    image = torch.arange(25.0).view(1, 25, 1)  # 5 rows of 5
    reduced = {how: ToDo(how=how).reduce(image, Context(grid=(5, 5))) for how in ("avg_pool", "max_pool")}
    assert reduced["avg_pool"].tokens.flatten().tolist() == [3.0, 5.0, 13.0, 15.0]
    assert reduced["max_pool"].tokens.flatten().tolist() == [6.0, 8.0, 16.0, 18.0]
    for reduction in reduced.values():
        above, below = [0, 0, 1, 1, -1] * 2, [2, 2, 3, 3, -1] * 2
        assert reduction.source.tolist() == [above + below + [-1] * 5]
        assert reduction.position.tolist() == [[0, 2, 10, 12]]


def test_toca_scores_tokens_as_the_official_code_does(golden, same):
    official = golden("toca")
    params, attention = official.params(), official["attn"]
    scores = cache_scores(
        attention.sum(dim=1),
        official["staleness_in"],
        params["fresh_threshold"],
        params["soft_fresh_weight"],
    )
    same(scores, official["score_before_bonus"])
    side = round(attention.shape[-1] ** 0.5)
    same(
        spread_bonus(official["score_before_bonus"], (side, side), params["grid"], params["bonus"]),
        official["score_after_bonus"],
    )


def test_toca_computes_the_same_tokens_and_keeps_the_other_outputs(golden, same):
    official = golden("toca")
    params, tokens = official.params(), official["tokens"]
    share = _share(params, params["fresh_ratio"], params["step"], params["layer"])
    same(torch.tensor(share), torch.tensor(official.number("fresh_ratio")))
    chosen = top(official["score_after_bonus"], max(0, int(share * tokens.shape[1])))
    same(chosen, official["fresh_idx"])
    same((official["staleness_in"] + 1).scatter(1, chosen, 0), official["staleness_out"])
    same(refresh(official["mlp_cache"], official["fresh_tokens_new"], chosen), official["mlp_cache_out"])


def _share(params, ratio, step, layer):
    kind = params["schedule"].removeprefix("ToCa-")
    return official_share(ratio, kind, step, params["num_steps"], layer, BLOCKS_OF_DIT_XL)


def test_toca_around_a_feed_forward_gives_the_official_cache(golden, same):
    """The same in one call of the method between two full steps, from the state that the file describes."""
    official = golden("toca")
    params, tokens, attention = official.params(), official["tokens"], official["attn"]
    side = round(tokens.shape[1] ** 0.5)
    method = ToCa(
        keep=official["fresh_idx"].shape[1],
        interval=params["fresh_threshold"],
        stale_weight=params["soft_fresh_weight"],
        bonus=params["bonus"],
        window=params["grid"],
    )
    context = Context(
        module="feed-forward",
        step=1,
        grid=(side, side),
        memory={"output": official["mlp_cache"], "stale": official["staleness_in"]},
        block_memory={"influence": attention.sum(dim=1)},
    )
    given = []

    def compute(chosen):
        given.append(chosen)
        return official["fresh_tokens_new"]

    output = method.around(compute, tokens, context)
    same(output, official["mlp_cache_out"])
    same(context.memory["stale"], official["staleness_out"])
    index = official["fresh_idx"].unsqueeze(-1).expand(-1, -1, tokens.shape[-1])
    same(given[0], tokens.gather(1, index))


def _schedules(official):
    kinds = [name.removesuffix("_full_steps") for name in official.files if name.endswith("_full_steps")]
    assert kinds
    return kinds


def test_toca_follows_the_official_schedules(golden):
    official = golden("toca")
    params = official.params()
    for kind in _schedules(official):
        full, intervals = official[f"{kind}_full_steps"], official[f"{kind}_threshold"]
        steps = full.numel()
        expected = tuple(full.bool().tolist()), tuple(intervals.int().tolist())
        # The file does not say from which interval a schedule starts: one whole number explains all steps.
        explains = [start for start in range(1, 30) if official_schedule(start, steps) == expected]
        assert len(explains) == 1, kind
        if params["schedule"].endswith(kind):
            assert explains == [params["fresh_threshold"]]


def test_toca_shares_vary_over_steps_and_layers_as_the_official_ones(golden, same):
    """First, middle and last step by first, middle and last block; the share itself is the file's first."""
    official = golden("toca")
    for kind in _schedules(official):
        table, steps = official[f"{kind}_ratio_mlp"], official[f"{kind}_full_steps"].numel()
        rows = (0, steps // 2, steps - 1)
        columns = (0, (BLOCKS_OF_DIT_XL - 1) // 2, BLOCKS_OF_DIT_XL - 1)
        shares = [
            [official_share(1.0, kind, step, steps, layer, BLOCKS_OF_DIT_XL) for layer in columns]
            for step in rows
        ]
        unit = torch.tensor(shares)
        same(unit * (table[0, 0] / unit[0, 0]), table)


def _pab(official):
    """The method with the file's settings, and the module that each kind of attention is."""
    params = official.params()
    modules = {"spatial": "attention", "temporal": "temporal-attention", "cross": "cross-attention"}
    kinds = {
        kind: Broadcast(params[f"{kind}_range"], *params[f"{kind}_threshold"])
        if params[f"{kind}_broadcast"]
        else None
        for kind in modules
    }
    assert params["steps"] == official["timesteps"].numel()
    return PAB(**kinds), modules


def test_pab_broadcasts_at_the_same_steps(golden):
    official = golden("pab")
    method, modules = _pab(official)
    assert {f"{kind}_broadcast" for kind in modules} == {*official.files} - {"params", "timesteps"}
    for kind, module in modules.items():
        memory, calls = {}, []

        def compute(tokens, calls=calls):
            calls.append(tokens)
            return tokens * 2

        for step, timestep in enumerate(official["timesteps"].tolist()):
            before = len(calls)
            context = Context(module=module, step=step, timestep=timestep, memory=memory)
            output = method.around(compute, torch.full((1, 2, 3), float(step)), context)
            assert (len(calls) == before) == bool(official[f"{kind}_broadcast"][step]), (kind, step)
            assert torch.equal(output, calls[-1] * 2)


def test_pab_is_pab_246_and_computes_at_the_ends_of_its_timesteps():
    method = PAB()
    assert (method.spatial.reach, method.temporal.reach, method.cross.reach) == (2, 4, 6)
    assert method.spatial.reuses(1, 101.0)
    assert not method.spatial.reuses(1, 100.0)
    assert not method.spatial.reuses(1, 800.0)


TIMESTEPS = (950, 790, 640, 480, 330, 180)


def _latents(batch=2):
    return torch.randn(batch, 4, 16, 16, generator=torch.Generator().manual_seed(4))


def _step(model, timestep, latents=None):
    latents = _latents() if latents is None else latents
    with torch.no_grad():
        if hasattr(model, "pos_embed"):
            labels = torch.arange(latents.shape[0])
            return model(latents, timestep=torch.tensor([timestep]), class_labels=labels).sample
        words = torch.randn(latents.shape[0], 7, 32, generator=torch.Generator().manual_seed(6))
        return model(latents, timestep, encoder_hidden_states=words).sample


DENOISERS = {"dit": small_models.dit, "unet": small_models.unet}


@pytest.mark.parametrize("denoiser", DENOISERS)
def test_todo_in_a_denoiser_is_attention_over_every_second_row_and_column(denoiser):
    model = DENOISERS[denoiser]()
    untouched = _step(model, 500)
    with attach(ToDo(factor=1), model):
        assert torch.allclose(_step(model, 500), untouched, atol=1e-6)
    with attach(ToDo(), model) as attached:
        shorter = _step(model, 500)
    assert not torch.allclose(shorter, untouched, atol=1e-4)
    finest = 64 if denoiser == "dit" else 256
    assert {reduction.tokens.shape[1] for _, reduction in attached.reductions} == {finest // 4}

    # Slow and obvious: hand each self-attention of the finest blocks the tokens at even rows and columns.
    handles = [
        module.attn1.register_forward_pre_hook(_see_a_quarter(finest), with_kwargs=True)
        for module in model.modules()
        if hasattr(module, "attn1")
    ]
    slow = _step(model, 500)
    for handle in handles:
        handle.remove()
    assert torch.allclose(shorter, slow, atol=1e-6)


def _see_a_quarter(finest):
    def hook(_, args, kwargs):
        tokens, side = args[0], round(finest**0.5)
        if tokens.shape[1] != finest:
            return args, kwargs
        quarter = tokens.unflatten(1, (side, side))[:, ::2, ::2].flatten(1, 2)
        return args, {**kwargs, "encoder_hidden_states": quarter}

    return hook


def _share_computed(attached, steps):
    """For each step the share of tokens that all wrapped modules together computed."""
    done, of = [0] * steps, [0] * steps
    for step, _, computed, tokens in attached.computed:
        done[step] += computed
        of[step] += tokens
    return [part / whole for part, whole in zip(done, of, strict=True)]


@pytest.mark.parametrize("denoiser", DENOISERS)
def test_pab_computes_in_a_denoiser_only_where_it_should(denoiser):
    model = DENOISERS[denoiser]()
    with attach(PAB(), model) as attached:
        for timestep in TIMESTEPS:
            _step(model, timestep)
    spatial = [0.0 if PAB().spatial.reuses(*at) else 1.0 for at in enumerate(TIMESTEPS)]
    cross = [0.0 if PAB().cross.reuses(*at) else 1.0 for at in enumerate(TIMESTEPS)]
    assert 0.0 in spatial
    expected = spatial if denoiser == "dit" else [(a + b) / 2 for a, b in zip(spatial, cross, strict=True)]
    assert _share_computed(attached, len(TIMESTEPS)) == expected


@pytest.mark.parametrize("denoiser", DENOISERS)
def test_toca_computes_a_share_of_the_feed_forward_tokens_between_full_steps(denoiser):
    model = DENOISERS[denoiser]()
    method = ToCa(keep=0.25, interval=3)
    with attach(method, model) as attached:
        images = [_step(model, timestep) for timestep in TIMESTEPS]
    shares = _share_computed(attached, len(TIMESTEPS))
    partial = 0.25 / 2 if denoiser == "dit" else 0.25 * 2 / 3
    assert shares == pytest.approx([1, partial, partial, 1, partial, partial])
    assert all(bool(image.isfinite().all()) for image in images)
    # A full step is the untouched model's.
    assert torch.equal(images[0], _step(model, TIMESTEPS[0]))
    assert torch.equal(images[3], _step(model, TIMESTEPS[3]))
    assert not torch.equal(images[1], _step(model, TIMESTEPS[1]))


@pytest.mark.parametrize("denoiser", DENOISERS)
def test_toca_changes_nothing_when_it_computes_everything(denoiser):
    model = DENOISERS[denoiser]()
    with attach(ToCa(keep=1), model):
        touched = [_step(model, timestep) for timestep in TIMESTEPS]
    for timestep, image in zip(TIMESTEPS, touched, strict=True):
        assert torch.equal(image, _step(model, timestep))


def test_toca_decides_for_every_image_of_a_batch_alone():
    model = small_models.dit()
    latents = _latents(3)
    labels = torch.tensor([1, 4, 7])

    def run(order):
        with attach(ToCa(keep=0.25), model), torch.no_grad():
            for timestep in TIMESTEPS[:3]:
                now = torch.tensor([timestep])
                image = model(latents[order], timestep=now, class_labels=labels[order]).sample
        return image

    order = torch.tensor([2, 0, 1])
    assert torch.allclose(run(torch.arange(3))[order], run(order), atol=1e-5)


def test_toca_looks_at_the_words_where_there_are_words():
    model, seen = small_models.unet(), []

    class Looking(ToCa):
        def scores(self, stale, context):
            seen.append(context.block_memory)
            return super().scores(stale, context)

    with attach(Looking(), model, stage="diffusion-step"):
        for timestep in TIMESTEPS[:2]:
            _step(model, timestep)
    assert seen
    for memory in seen:
        assert bool((memory["entropy"] >= 0).all())
        assert bool((memory["entropy"] <= torch.tensor(7.0).log() + 1e-5).all())


def test_toca_computes_tokens_that_look_at_many_words_before_others():
    seen = {"influence": torch.ones(1, 16), "entropy": torch.zeros(1, 16)}
    seen["entropy"][0, 6] = 1.0
    context = Context(grid=(4, 4), block_memory=seen)
    stale = torch.zeros(1, 16, dtype=torch.long)
    assert top(ToCa().scores(stale, context), 1).tolist() == [[6]]
    without = ToCa(entropy_weight=0.0).scores(stale, context)
    assert torch.equal(without, without[:, :1].expand_as(without))


def test_toca_runs_the_official_schedule_in_a_denoiser():
    model, steps = small_models.dit(), 50
    method = ToCa(keep=0.21, official="ddim50")
    with attach(method, model, steps=steps) as attached:
        for timestep in range(980, -1, -20):
            _step(model, timestep)
    full = official_schedule(method.interval, steps)[0]
    shares = _share_computed(attached, steps)
    assert [share == 1 for share in shares] == list(full)
    # The share is negative in the first steps, and then nothing is computed.
    assert shares[1] == 0
    assert shares[-2] > 0


class _Toy:
    """A block of a denoiser, in as far as it changes its input; counts its runs."""

    def __init__(self, weight):
        self.weight, self.runs = weight, 0

    def __call__(self, tokens):
        self.runs += 1
        return tokens + torch.tanh(tokens @ self.weight)


def _teacache(official, case):
    """Over the file's steps: how many blocks ran, the sum behind it, and the output of the last block."""
    params, weights = official.params(f"{case}_params"), official[f"{case}_weights"]
    modulated, hidden = official[f"{case}_modulated"], official[f"{case}_hidden"]
    method = TeaCache(params["rel_l1_thresh"], tuple(params["coefficients"]), official=True)
    shared, memories = {}, [{} for _ in weights]
    for step, (given, tokens) in enumerate(zip(modulated, hidden, strict=True)):
        blocks = [_Toy(weight) for weight in weights]
        context = Context(step=step, steps=len(hidden), images=len(tokens), run_memory=shared)
        for block, memory in zip(blocks, memories, strict=True):
            here = context.with_(memory=memory, modulated=lambda given=given: given)
            tokens = method.around(block, tokens, here)
        yield sum(block.runs for block in blocks) / len(blocks), shared["distance"], tokens


def test_teacache_runs_the_blocks_when_the_official_code_does(golden, same):
    official = golden("teacache")
    for case in official.cases("(.+)_calculated"):
        for step, (computed, distance, output) in enumerate(_teacache(official, case)):
            assert computed == official[f"{case}_calculated"][step]
            same(distance, official[f"{case}_distance"][step].expand_as(distance))
            same(output, official[f"{case}_out"][step])


def test_teacaches_polynomial_for_latte_is_the_official_one(golden):
    official = golden("teacache")
    assert LATTE in {tuple(official.params(name)["coefficients"]) for name in official.cases("(.+_params)")}


def _taylorseer(official, case):
    params = official.params(f"{case}_params")
    return TaylorSeer(params["interval"], params["max_order"], warm_up=params["first_enhance"])


def test_taylorseer_computes_and_forecasts_what_the_official_code_does(golden, same):
    official = golden("taylorseer")
    for case in official.cases("(.+)_full"):
        method, memory = _taylorseer(official, case), {}
        for step, feature in enumerate(official[f"{case}_features"]):
            computed = []

            def compute(tokens, computed=computed, feature=feature):
                computed.append(tokens)
                return feature

            output = method.around(compute, torch.zeros_like(feature), Context(step=step, memory=memory))
            assert len(computed) == official[f"{case}_full"][step]
            same(output, official[f"{case}_out"][step])


def _run_blocks(weights, runs):
    """All blocks of a toy at once; notes each run of them."""

    def compute(tokens):
        runs.append(tokens)
        for weight in weights:
            tokens = _Toy(weight)(tokens)
        return tokens

    return compute


def _magcache(official, case):
    """The method with the file's settings, for each of the streams that it remembers apart."""
    params = official.params(f"{case}_params")
    steps = len(official[f"{case}_hidden"])
    if "skip_time" in params:  # Open-Sora, whose ratios begin with the second step
        share, ratios = (params["skip_time"] + 0.5) / steps, (1.0, *params["ratio"])
        return [MagCache(params["magcache_thresh"], params["K"], share, ratios)]
    return [
        MagCache(
            params["magcache_thresh"],
            params["K"],
            params["retention_ratio"],
            params["mag_ratios"][stream::2],
            official=True,
        )
        for stream in (0, 1)
    ]


def test_magcache_runs_the_model_when_the_official_code_does(golden, same):
    official = golden("magcache")
    for case in official.cases("(.+)_calculated"):
        hidden, calculated, expected = (
            official[f"{case}_{what}"] for what in ("hidden", "calculated", "out")
        )
        methods = _magcache(official, case)
        for stream, method in enumerate(methods):
            memory, at = {}, (stream,) if len(methods) > 1 else ()
            for step, tokens in enumerate(hidden):
                runs = []
                output = method.around(
                    _run_blocks(official[f"{case}_weights"], runs),
                    tokens[at],
                    Context(step=step, steps=len(hidden), memory=memory),
                )
                assert len(runs) == calculated[(step, *at)], (case, step)
                same(output, expected[(step, *at)])


def test_magcaches_ratios_are_measured_as_the_official_code_measures_them(golden, same):
    official = golden("magcache")
    hidden, weights = official["calibration_hidden"], official["calibration_weights"]
    for stream in (0, 1):
        calibration, shared = Calibration(official=True), {}
        for step, tokens in enumerate(hidden[:, stream]):
            for layer, weight in enumerate(weights):
                context = Context(step=step, layer=layer, layers=len(weights), run_memory=shared)
                tokens = calibration.around(_Toy(weight), tokens, context)
        same(torch.tensor(calibration.ratios[1:]), official["calibration_ratios"][:, stream])


def test_easycache_runs_the_model_when_the_official_code_does(golden, same):
    official = golden("easycache")
    for case in official.cases("(.+)_calculated"):
        params, latents = official.params(f"{case}_params"), official[f"{case}_latents"]
        method, memory = EasyCache(params["thresh"], params["ret_steps"], official=True), {}
        for step, given in enumerate(latents):
            runs = []

            def compute(_, runs=runs, case=case, step=step):
                runs.append(step)
                return official[f"{case}_predictions"][step]

            context = Context(step=step, steps=len(latents), images=len(given), memory=memory)
            output = method.around(compute, given, context)
            assert len(runs) == official[f"{case}_calculated"][step], (case, step)
            same(output, official[f"{case}_out"][step])
            same(memory["sum"], official[f"{case}_sum"][step].expand(len(given)))
            rate = memory.get("rate", torch.zeros(len(given)))  # of one step there is none
            same(rate, official[f"{case}_k"][step].expand(len(given)))
