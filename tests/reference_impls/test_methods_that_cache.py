"""Methods that reuse what earlier denoising steps computed: cases by hand, slow versions that are
plainly right, real denoisers.
"""

import math
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import diffusers
import pytest
import torch

from reference_impls import Context, attach, load_methods
from reference_impls.hosts import small_models
from reference_impls.methods.delta_dit import DeltaDiT, skipped_blocks
from reference_impls.methods.easycache import EasyCache
from reference_impls.methods.fora import FORA
from reference_impls.methods.magcache import Calibration, MagCache, computed_steps, of_steps
from reference_impls.methods.pab import PAB
from reference_impls.methods.t_gate import TGATE
from reference_impls.methods.taylorseer import TaylorSeer, derivatives, forecast
from reference_impls.methods.teacache import TeaCache, relative_change, rescaled
from reference_impls.methods.toca import ToCa

CACHING = [name for name, method in load_methods().items() if hasattr(method.implementation, "around")]
TIMESTEPS = (950, 790, 640, 480, 330, 180)


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _denoise(model, timestep, words=None, rows=slice(None), dtype=torch.float32):
    """One step of a DiT or a U-Net on latents that the timestep changes a little, as a sampler would."""
    latents = (_random(4, 4, 16, 16, seed=4) + timestep / 1000)[rows].to(dtype)
    with torch.no_grad():
        if hasattr(model, "pos_embed"):
            labels = torch.arange(4)[rows]
            return model(latents, timestep=torch.tensor([timestep]), class_labels=labels).sample
        words = _random(4, 7, 32, seed=6)[rows] if words is None else words
        return model(latents, timestep, encoder_hidden_states=words.to(dtype)).sample


DENOISERS = {"dit": small_models.dit, "unet": small_models.unet}


SETTINGS = {"easycache": {"threshold": 0.6, "warm_up": 2}}
"""In which a method spares something in six steps that lie far apart; others do by their defaults."""


def _method(name):
    return load_methods()[name].implementation(**SETTINGS.get(name, {}))


@contextmanager
def _hooks(handles):
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@pytest.mark.parametrize("name", CACHING)
def test_a_reused_output_saves_computing_and_stays_finite(name):
    model = small_models.dit()
    with attach(_method(name), model, steps=len(TIMESTEPS)) as attached:
        images = [_denoise(model, timestep) for timestep in TIMESTEPS]
    done = sum(computed for _, _, computed, _ in attached.computed)
    assert done < sum(tokens for *_, tokens in attached.computed)
    assert all(bool(image.isfinite().all()) for image in images)
    assert torch.equal(images[0], _denoise(model, TIMESTEPS[0]))


@pytest.mark.parametrize("name", CACHING)
def test_a_new_run_remembers_nothing_of_the_last_one(name):
    model = small_models.unet()
    with attach(_method(name), model, steps=len(TIMESTEPS)):
        first = [_denoise(model, timestep) for timestep in TIMESTEPS]
        second = [_denoise(model, timestep) for timestep in TIMESTEPS]
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize("name", CACHING)
def test_images_of_a_batch_do_not_see_each_other(name):
    model = small_models.unet()

    def run(rows):
        with attach(_method(name), model, steps=len(TIMESTEPS)):
            return [_denoise(model, timestep, rows=rows) for timestep in TIMESTEPS][-1]

    order = [2, 0, 3, 1]
    assert torch.allclose(run(slice(None))[order], run(order), atol=1e-4)


@pytest.mark.parametrize("name", CACHING)
def test_caching_keeps_inputs_random_state_and_precision(name):
    model = small_models.unet().to(torch.bfloat16)
    state = torch.get_rng_state()
    with attach(_method(name), model, steps=len(TIMESTEPS)):
        for timestep in TIMESTEPS:
            image = _denoise(model, timestep, dtype=torch.bfloat16)
            assert image.dtype == torch.bfloat16
            assert bool(image.isfinite().all())
    assert torch.equal(torch.get_rng_state(), state)


NOTHING = {
    "fora": FORA(interval=1),
    "delta_dit": DeltaDiT(keep=1),
    "delta_dit, every step": DeltaDiT(interval=1),
    "t_gate": TGATE(gate=100, interval=1),
    "toca": ToCa(keep=1.0),
    "teacache": TeaCache(threshold=0),
    "easycache": EasyCache(threshold=0),
    "easycache, in the beginning": EasyCache(threshold=100, warm_up=6),
    "magcache": MagCache(threshold=0, ratios=(0.9,)),
    "magcache, around blocks": MagCache(threshold=0, official=True),
    "magcache, in the beginning": MagCache(keep_first=1),
    "magcache, measuring": Calibration(),
    "taylorseer": TaylorSeer(interval=1),
    "taylorseer, in the beginning": TaylorSeer(warm_up=len(TIMESTEPS)),
}


@pytest.mark.parametrize("denoiser", DENOISERS)
@pytest.mark.parametrize("case", NOTHING)
def test_computing_everything_changes_nothing(case, denoiser):
    model = DENOISERS[denoiser]()
    with attach(NOTHING[case], model, steps=len(TIMESTEPS)):
        touched = [_denoise(model, timestep) for timestep in TIMESTEPS]
    for timestep, image in zip(TIMESTEPS, touched, strict=True):
        assert torch.equal(image, _denoise(model, timestep))


@pytest.mark.parametrize("method", [FORA, TGATE, DeltaDiT, TaylorSeer], ids=lambda method: method.__name__)
def test_a_senseless_interval_is_refused(method):
    with pytest.raises(ValueError, match="interval"):
        method(interval=0)


@pytest.mark.parametrize("denoiser", DENOISERS)
@pytest.mark.parametrize("interval", [2, 3])
def test_fora_replays_the_outputs_of_the_last_full_step(denoiser, interval):
    model = DENOISERS[denoiser]()
    with attach(FORA(interval=interval), model):
        images = [_denoise(model, timestep) for timestep in TIMESTEPS]
    parts = [
        getattr(block, name)
        for block in model.modules()
        if hasattr(block, "attn1")
        for name in ("attn1", "attn2", "ff")
        if getattr(block, name, None) is not None
    ]
    held = {}
    for step, timestep in enumerate(TIMESTEPS):
        if step % interval == 0:
            keep = [part.register_forward_hook(_keeping(held, part)) for part in parts]
        else:
            keep = [part.register_forward_hook(_replaying(held, part)) for part in parts]
        with _hooks(keep):
            assert torch.equal(images[step], _denoise(model, timestep))


@pytest.mark.parametrize("denoiser", DENOISERS)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_taylorseer_forecasts_each_modules_output_from_its_full_steps(denoiser, order):
    """Slow and obvious: the outputs of all full steps, and the series of them, term by term."""
    model, full = DENOISERS[denoiser](), (0, 1, 3, 5)
    with attach(TaylorSeer(interval=2, order=order), model):
        images = [_denoise(model, timestep) for timestep in TIMESTEPS]
    parts = [
        getattr(block, name)
        for block in model.modules()
        if hasattr(block, "attn1")
        for name in ("attn1", "attn2", "ff")
        if getattr(block, name, None) is not None
    ]
    seen = {part: {} for part in parts}
    for step, timestep in enumerate(TIMESTEPS):
        latest = [one for one in full if one <= step]
        if latest[-1] == step:
            keep = [part.register_forward_hook(_noting(seen[part], step)) for part in parts]
        else:
            keep = [
                part.register_forward_hook(_giving(_series(seen[part], latest, step, order)))
                for part in parts
            ]
        with _hooks(keep):
            assert torch.allclose(images[step], _denoise(model, timestep), atol=1e-5)


def _noting(seen, step):
    return lambda _, __, output: seen.update({step: output})


def _giving(output):
    return lambda _, __, ___: output


def _series(seen, full, step, order):
    changes, value = {one: seen[one] for one in full}, 0
    for number in range(order + 1):
        if not changes:
            break
        value = value + changes[full[-1]] * (step - full[-1]) ** number / math.factorial(number)
        changes = {
            one: (changes[one] - changes[before]) / (one - before)
            for before, one in pairwise(full)
            if before in changes
        }
    return value


@pytest.mark.parametrize("denoiser", DENOISERS)
def test_taylorseer_of_order_zero_is_fora(denoiser):
    model = DENOISERS[denoiser]()
    with attach(TaylorSeer(interval=3, order=0, warm_up=1), model):
        forecasts = [_denoise(model, timestep) for timestep in TIMESTEPS]
    with attach(FORA(interval=3), model):
        for found, timestep in zip(forecasts, TIMESTEPS, strict=True):
            assert torch.equal(found, _denoise(model, timestep))


@pytest.mark.parametrize("order", [1, 2, 4])
def test_taylorseer_forecasts_exactly_what_changes_by_the_same_at_every_step(order):
    start, change, memory = _random(2, 3, 4), _random(2, 3, 4, seed=1), {}
    for step in range(12):
        output = TaylorSeer(interval=3, order=order).around(
            lambda _, step=step: start + step * change, start, Context(step=step, memory=memory)
        )
        torch.testing.assert_close(output, start + step * change, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("order", range(4))
def test_taylorseers_derivatives_are_the_papers_differences_where_full_steps_are_equally_far_apart(order):
    interval, outputs = 5, _random(4, 1, 2, 3)  # the latest last
    found = ()
    for output in outputs:
        found = derivatives(output, found, interval, order)
    assert len(found) == order + 1
    ahead = 2
    expected = 0
    for number in range(order + 1):
        # Backwards, from the latest: the signs of Delta^i and of (-k)^i cancel.
        change = sum((-1) ** back * math.comb(number, back) * outputs[3 - back] for back in range(number + 1))
        expected = expected + change * ahead**number / (math.factorial(number) * interval**number)
    torch.testing.assert_close(forecast(found, ahead), expected)


def _keeping(held, part):
    return lambda _, __, output: held.update({part: output})


def _replaying(held, part):
    return lambda _, __, ___: held[part]


def test_tgate_computes_self_attention_rarely_before_the_gate_and_words_never_after_it():
    method = TGATE(gate=10, interval=5, warm_up=2)
    attention = [step for step in range(14) if method.computes("attention", step)]
    words = [step for step in range(14) if method.computes("cross-attention", step)]
    assert attention == [0, 1, 2, 5, 9, 10, 11, 12, 13]
    assert words == list(range(10))


def test_tgate_keeps_the_mean_of_a_guided_batchs_halves():
    memory = {}
    method = TGATE(gate=1, guided=True)

    def at(step, tokens):
        context = Context(module="cross-attention", step=step, memory=memory)
        return method.around(lambda given: given * 10, tokens, context)

    without, with_text = torch.full((1, 2, 3), 1.0), torch.full((1, 2, 3), 5.0)
    both = torch.cat([without, with_text])
    assert torch.equal(at(0, both), both * 10)
    assert torch.equal(at(1, both), torch.full((2, 2, 3), 30.0))
    assert torch.equal(at(2, with_text), torch.full((1, 2, 3), 30.0))
    memory.clear()
    with pytest.raises(ValueError, match="halves"):
        at(1, torch.zeros(3, 2, 3))


@pytest.mark.parametrize("guided", [False, True])
def test_after_tgates_gate_the_words_no_longer_matter(guided):
    """Behind the gate every cross-attention is shown other words than the model was told."""
    model = small_models.unet()

    def run(later, since=3):
        with attach(TGATE(gate=3, guided=guided), model):
            for step, timestep in enumerate(TIMESTEPS):
                told = _random(4, 7, 32, seed=later) if step >= since else None
                with _hooks(_tell(model, told)):
                    image = _denoise(model, timestep, _random(4, 7, 32, seed=6))
        return image

    assert torch.equal(run(6), run(7))
    assert not torch.allclose(run(6), run(7, since=2), atol=1e-4)
    with attach(TGATE(gate=3, guided=guided), model):
        early = [_denoise(model, timestep, _random(4, 7, 32, seed=8)) for timestep in TIMESTEPS]
    assert not torch.allclose(early[-1], run(6), atol=1e-4)


def _tell(model, words):
    """Hooks that give these words to every cross-attention, where there are any to give."""

    def other(_, args, kwargs):
        return args, {**kwargs, "encoder_hidden_states": words}

    attentions = (
        [] if words is None else [module.attn2 for module in model.modules() if hasattr(module, "attn2")]
    )
    return [attention.register_forward_pre_hook(other, with_kwargs=True) for attention in attentions]


def test_with_guidance_tgates_halves_become_the_same():
    """Both halves of a guided batch hold the same latents; only the words tell them apart."""
    model = small_models.unet()
    words = torch.cat([_random(1, 7, 32, seed=1), _random(1, 7, 32, seed=2)])
    with attach(TGATE(gate=2, interval=1, guided=True), model):
        gaps = []
        for timestep in TIMESTEPS:
            image = _denoise(model, timestep, words, rows=[0, 0])
            gaps.append(float((image[0] - image[1]).abs().max()))
    assert min(gaps[:2]) > 1e-4
    assert max(gaps[2:]) < 1e-5


def test_delta_dit_skips_the_rear_blocks_early_and_the_front_blocks_late():
    assert list(skipped_blocks(28, 21, early=True)) == list(range(7, 28))
    assert list(skipped_blocks(28, 21, early=False)) == list(range(21))
    assert list(skipped_blocks(4, 0, early=True)) == list(skipped_blocks(4, 0, early=False)) == []


@pytest.mark.parametrize("boundary", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("keep", "skipped"), [(0.25, 3), (2, 2), (3, 1)])
def test_delta_dit_adds_what_the_whole_run_of_blocks_had_added(boundary, keep, skipped):
    """Slow and obvious: the run's input and output of the last full step, kept for the run as a whole."""
    model, interval = small_models.dit(depth=4), 3
    method = DeltaDiT(keep=keep, interval=interval, boundary=boundary)
    with attach(method, model, steps=len(TIMESTEPS)):
        images = [_denoise(model, timestep) for timestep in TIMESTEPS]
    blocks, inputs, outputs = list(model.transformer_blocks), {}, {}
    for step, timestep in enumerate(TIMESTEPS):
        handles = []
        if step % interval == 0:
            for number, block in enumerate(blocks):
                handles.append(block.register_forward_hook(_both(inputs, outputs, number)))
        else:
            first = 4 - skipped if step < boundary * len(TIMESTEPS) else 0
            change = outputs[first + skipped - 1] - inputs[first]
            handles.append(blocks[first].register_forward_hook(_shift(change)))
            rest = blocks[first + 1 : first + skipped]
            handles += [block.register_forward_hook(_shift(0)) for block in rest]
        with _hooks(handles):
            assert torch.allclose(images[step], _denoise(model, timestep), atol=1e-5)


def test_delta_dit_counts_blocks_and_says_so():
    model = small_models.dit(depth=4)
    with (
        pytest.raises(ValueError, match="keep = 9 blocks, but there are only 4"),
        attach(DeltaDiT(keep=9), model, steps=len(TIMESTEPS)),
    ):
        _denoise(model, TIMESTEPS[0])


def _both(inputs, outputs, number):
    def hook(_, args, output):
        inputs[number], outputs[number] = args[0], output

    return hook


def _shift(change):
    return lambda _, args, __: args[0] + change


def test_delta_dit_says_that_it_needs_to_know_the_steps():
    with pytest.raises(ValueError, match="steps="), attach(DeltaDiT(), small_models.dit()):
        pass


def test_toca_s_official_schedule_says_that_it_needs_to_know_the_steps():
    model = small_models.dit()
    said = "pass the number of denoising steps as steps="
    with pytest.raises(ValueError, match=said), attach(ToCa(official="ddim50"), model):
        _denoise(model, TIMESTEPS[0])


@pytest.mark.parametrize(
    ("modules", "says"),
    [((), "modules names none; there are attention, "), (("attn",), "unknown modules attn;")],
)
def test_modules_that_are_not_there_are_told_with_those_that_are(modules, says):
    with pytest.raises(ValueError, match=says), attach(FORA(modules=modules), small_models.dit()):
        pass


@pytest.mark.parametrize("steps", [0, -1, 2.5, "50", True])
def test_a_number_of_steps_that_is_none_is_refused(steps):
    for method in (DeltaDiT(), ToCa(official="ddim50")):
        with pytest.raises(ValueError, match="steps= is the number of denoising steps"):
            attach(method, small_models.dit(), steps=steps).__enter__()


def test_delta_dit_says_that_a_run_has_more_steps_than_it_was_told_of():
    model = small_models.dit()
    with attach(DeltaDiT(), model, steps=2) as attached:
        for _ in range(2):
            _denoise(model, TIMESTEPS[0])
            _denoise(model, TIMESTEPS[1])
        with pytest.raises(ValueError, match="made for steps=2, and this is step 3"):
            _denoise(model, TIMESTEPS[2])
        attached.new_run()
        _denoise(model, TIMESTEPS[2])


def test_toca_says_that_a_run_has_more_steps_than_it_was_told_of():
    model = small_models.dit()
    with attach(ToCa(official="ddim50"), model, steps=2):
        _denoise(model, TIMESTEPS[0])
        _denoise(model, TIMESTEPS[1])
        with pytest.raises(ValueError, match="made for steps=2, and this is step 3"):
            _denoise(model, TIMESTEPS[2])


def test_pab_hands_on_attention_over_frames_longer_than_attention_over_places():
    model = small_models.latte()
    video, words = _random(1, 4, 4, 8, 8), _random(1, 5, 32, seed=2)
    timesteps = (999, 790, 750, 710, 650, 600, 550, 500, 450)

    def run():
        with torch.no_grad():
            return [
                model(video, timestep=torch.tensor([timestep]), encoder_hidden_states=words).sample
                for timestep in timesteps
            ]

    untouched = run()
    method = PAB(
        spatial=replace(PAB().spatial, reach=2),
        temporal=replace(PAB().temporal, reach=4),
        cross=replace(PAB().cross, reach=6),
    )
    with attach(method, model) as attached:
        images = run()
    spatial = {layer for _, layer, _, tokens in attached.computed if tokens == 16}
    frames = {layer for _, layer, _, tokens in attached.computed if tokens == 4}
    assert spatial.isdisjoint(frames)
    done = {
        layer: [step for step, number, computed, _ in attached.computed if number == layer and computed]
        for layer in spatial | frames
    }
    # Spatial blocks also hold the cross-attention, which is computed at steps 0 and 6.
    assert all(sorted(set(done[layer])) == [0, 2, 4, 6, 8] for layer in spatial)
    assert all(done[layer].count(6) == 2 and done[layer].count(2) == 1 for layer in spatial)
    assert all(done[layer] == [0, 4, 8] for layer in frames)
    assert torch.equal(images[0], untouched[0])
    assert not torch.equal(images[1], untouched[1])


@pytest.mark.parametrize("polynomial", [(), (3.0,), (2.0, -1.0), (0.5, 0.0, 4.0, 1.0)])
def test_teacaches_polynomial_begins_with_the_highest_power(polynomial):
    change = torch.tensor([0.0, 0.1, 2.0])
    powers = range(len(polynomial) - 1, -1, -1)
    expected = sum(
        (value * change**power for value, power in zip(polynomial, powers, strict=True)), 0 * change
    )
    torch.testing.assert_close(rescaled(change, polynomial), expected)


def test_teacaches_change_is_that_of_each_image_of_all_or_of_both_halves():
    before, after = _random(8, 3, 5), _random(8, 3, 5, seed=1)  # four images of two rows

    def change(*rows):
        rows = [row for image in rows for row in (2 * image, 2 * image + 1)]
        return (after[rows] - before[rows]).abs().sum() / before[rows].abs().sum()

    each = torch.stack([change(image) for image in range(4)])
    torch.testing.assert_close(relative_change(after, before, 4), each)
    torch.testing.assert_close(relative_change(after, before, 4, 4), change(0, 1, 2, 3).expand(4))
    halves = torch.stack([change(0, 2), change(1, 3)])
    torch.testing.assert_close(relative_change(after, before, 4, 2), halves.repeat(2))


def _call(model, timestep, rows=slice(None)):
    """One step of any of the small denoisers."""
    if hasattr(model, "temporal_transformer_blocks"):
        video, words = _random(4, 4, 4, 8, 8)[rows] + timestep / 1000, _random(4, 5, 32, seed=2)[rows]
        now = torch.full(video.shape[:1], timestep)
        with torch.no_grad():
            return model(video, timestep=now, encoder_hidden_states=words).sample
    return _denoise(model, timestep, rows=rows)


WITH_FRAMES = {**DENOISERS, "latte": small_models.latte}


def _first_block(model):
    return next(module for module in model.modules() if hasattr(module, "attn1"))


@pytest.mark.parametrize("denoiser", WITH_FRAMES)
def test_teacache_is_shown_what_the_first_blocks_attention_is_given(denoiser):
    model, shown, given = WITH_FRAMES[denoiser](), [], []

    class Looking(TeaCache):
        def decide(self, shared, context):
            assert context.images == 4
            shown.append(context.require("modulated")())
            return super().decide(shared, context)

    with attach(Looking(threshold=0), model, stage="diffusion-step"):
        for timestep in TIMESTEPS:
            _call(model, timestep)
    hook = _first_block(model).attn1.register_forward_pre_hook(
        lambda _, args, kwargs: given.append(args[0] if args else kwargs["hidden_states"]), with_kwargs=True
    )
    with _hooks([hook]):
        for timestep in TIMESTEPS:
            _call(model, timestep)
    assert len(shown) == len(given) == len(TIMESTEPS)
    assert all(torch.equal(one, other) for one, other in zip(shown, given, strict=True))
    assert not torch.equal(given[0], given[1])


def _decisions(model, method, images, steps=None):
    """Slow and obvious: by the inputs of the first block's attention, which steps run the blocks for each
    of the images that decide alone.
    """
    given = []
    hook = _first_block(model).attn1.register_forward_pre_hook(
        lambda _, args, kwargs: given.append(args[0] if args else kwargs["hidden_states"]), with_kwargs=True
    )
    with _hooks([hook]):
        for timestep in TIMESTEPS:
            _call(model, timestep)
    sums, decided = [0.0] * images, []
    for step, now in enumerate(given):
        rows = now.shape[0] // images
        runs = []
        for image in range(images):
            here = slice(image * rows, (image + 1) * rows)
            if step:
                before = given[step - 1][here]
                sums[image] += float((now[here] - before).abs().mean() / before.abs().mean())
            runs.append(step == 0 or sums[image] >= method.threshold or step + 1 == steps)
            sums[image] = 0.0 if runs[-1] else sums[image]
        decided.append(runs)
    return decided


THRESHOLDS = {"dit": 0.21, "unet": 0.26, "latte": 0.36}


@pytest.mark.parametrize("denoiser", WITH_FRAMES)
def test_teacache_lets_each_image_run_the_blocks_when_its_own_input_has_changed_enough(denoiser):
    model, method = WITH_FRAMES[denoiser](), TeaCache(threshold=THRESHOLDS[denoiser])
    expected, found = _decisions(model, method, 4), []

    class Looking(TeaCache):
        def decide(self, shared, context):
            found.append(super().decide(shared, context))
            return found[-1]

    with attach(Looking(threshold=method.threshold), model, stage="diffusion-step") as attached:
        images = [_call(model, timestep) for timestep in TIMESTEPS]
    assert found == expected
    assert any(len(set(step)) == 2 for step in expected)  # the images differ
    ran = [any(computed for at, _, computed, _ in attached.computed if at == step) for step in range(6)]
    assert ran == [any(step) for step in expected]
    for image in range(4):
        with attach(method, model):
            alone = [_call(model, timestep, rows=[image]) for timestep in TIMESTEPS]
        for one, of_all in zip(alone, images, strict=True):
            assert torch.allclose(one[0], of_all[image], atol=1e-5)


def test_teacache_adds_what_all_blocks_together_had_changed():
    """Slow and obvious: the first block's input and the last one's output of the last computed step."""
    model, method = small_models.dit(depth=3), TeaCache(threshold=0.21, official=True)
    with attach(method, model, steps=len(TIMESTEPS)) as attached:
        images = [_denoise(model, timestep) for timestep in TIMESTEPS]
    ran = {step for step, _, computed, _ in attached.computed if computed}
    assert 0 in ran
    assert len(TIMESTEPS) - 1 in ran
    assert len(ran) < len(TIMESTEPS)
    blocks, inputs, outputs = list(model.transformer_blocks), {}, {}
    for step, timestep in enumerate(TIMESTEPS):
        if step in ran:
            handles = [
                block.register_forward_hook(_both(inputs, outputs, n)) for n, block in enumerate(blocks)
            ]
        else:
            handles = [blocks[0].register_forward_hook(_shift(outputs[2] - inputs[0]))]
            handles += [block.register_forward_hook(_shift(0)) for block in blocks[1:]]
        with _hooks(handles):
            assert torch.allclose(images[step], _denoise(model, timestep), atol=1e-5)


def test_teacaches_official_code_lets_a_batch_decide_as_one_and_computes_the_last_step():
    model, decided = small_models.dit(), []

    class Looking(TeaCache):
        def decide(self, shared, context):
            decided.append(super().decide(shared, context))
            return decided[-1]

    method = Looking(threshold=100.0, official=True)
    with attach(method, model, stage="diffusion-step", steps=len(TIMESTEPS)):
        for timestep in TIMESTEPS:
            _denoise(model, timestep)
    assert decided == [[True] * 4, *[[False] * 4] * 4, [True] * 4]
    with attach(TeaCache(official=True), model):
        _denoise(model, TIMESTEPS[0])
        with pytest.raises(ValueError, match="attach with steps="):
            _denoise(model, TIMESTEPS[1])
    with attach(TeaCache(official=True), model, steps=2):
        for timestep in TIMESTEPS[:2]:
            _denoise(model, timestep)
        with pytest.raises(ValueError, match="found 2 at step 3"):
            _denoise(model, TIMESTEPS[2])


def test_with_guidance_teacaches_halves_decide_as_one():
    model, decided = small_models.dit(), []

    class Looking(TeaCache):
        def decide(self, shared, context):
            decided.append(super().decide(shared, context))
            return decided[-1]

    with attach(Looking(threshold=0.21, guided=True), model, stage="diffusion-step"):
        for timestep in TIMESTEPS:
            _denoise(model, timestep)
        assert all(step[:2] == step[2:] for step in decided)
        assert any(step[0] != step[1] for step in decided)
        _denoise(model, 100, rows=slice(2, 4))  # without the other half
        _denoise(model, 90, rows=slice(2, 4))
        assert decided[-2] == [True, True]
        assert len(decided[-1]) == 2
    with attach(TeaCache(guided=True), model), pytest.raises(ValueError, match="halves"):
        _denoise(model, TIMESTEPS[0], rows=slice(3))


def test_teacache_in_half_precision_that_was_all_zeros_computes():
    """0 / 0 says nothing about a change."""
    method, shared = TeaCache(), {}
    for step in range(3):
        zeros = torch.zeros(1, 2, 3, dtype=torch.bfloat16)
        context = Context(step=step, run_memory=shared, modulated=lambda zeros=zeros: zeros)
        assert method.decide(shared, context) == [True]


def test_teacache_runs_beside_a_method_inside_the_attention():
    model = small_models.dit()
    with attach(TGATE(gate=4, interval=2, warm_up=1), model), attach(TeaCache(threshold=0.21), model) as tea:
        for timestep in TIMESTEPS:
            assert bool(_denoise(model, timestep).isfinite().all())
    assert sum(done for *_, done, _ in tea.computed) < sum(of for *_, of in tea.computed)
    with attach(DeltaDiT(), model, steps=6):
        with pytest.raises(ValueError, match="DeltaDiT is attached"):
            attach(TeaCache(), model).__enter__()
        _denoise(model, TIMESTEPS[0])


@pytest.mark.parametrize("steps", [1, 2, 5, 7, 13])
def test_magcaches_ratios_of_another_number_of_steps_are_those_of_the_nearest(steps):
    ratios = tuple(1 - number / 100 for number in range(7))
    found = of_steps(ratios, steps)
    assert len(found) == steps
    for step, ratio in enumerate(found):
        place = step * 6 / (steps - 1) if steps > 1 else 6
        assert abs(ratios.index(ratio) - place) <= 0.5
    assert of_steps((1.0,), steps) == (1.0,) * steps


def test_magcache_leaves_out_steps_until_their_errors_sum_up():
    # Behind the step that is computed the errors are .1, .19 and .271, and they sum up to .1, .29 and .561.
    ratios = (1.0, *[0.9] * 7)
    assert computed_steps(ratios, 0.3, 5, 2) == (True, True, False, False, True, False, False, True)
    assert computed_steps(ratios, 0.3, 1, 2) == (True, True, False, True, False, True, False, True)
    assert computed_steps(ratios, 0.05, 5, 2) == (True,) * 8
    assert computed_steps(ratios, 0.05, 5, 0)[0]  # there is nothing to reuse yet
    # What is shorter in one step and longer in the next counts as nothing, but for the official code.
    rises = (1.0, 1.0, 1.25, 1.0, 1.0)
    assert computed_steps(rises, 0.3, 5, 1) == (True, False, False, False, False)
    assert computed_steps(rises, 0.3, 5, 1, official=True) == (True, False, False, True, False)
    # At the threshold the paper's rule leaves a step out, and the official code does not.
    assert computed_steps((1.0, 0.5), 0.5, 5, 1) == (True, False)
    assert computed_steps((1.0, 0.5), 0.5, 5, 1, official=True) == (True, True)


def _latents_of(model, timestep):
    """What `_call` gives the model."""
    if hasattr(model, "temporal_transformer_blocks"):
        return _random(4, 4, 4, 8, 8) + timestep / 1000
    return _random(4, 4, 16, 16, seed=4) + timestep / 1000


def _with_variance():
    """A DiT that predicts 8 channels for 4 latents, as those do whose variance is learned."""
    shape = {"num_attention_heads": 4, "attention_head_dim": 8, "num_layers": 2, "sample_size": 16}
    return small_models.build(
        lambda: diffusers.DiTTransformer2DModel(
            **shape,
            in_channels=4,
            out_channels=8,
            patch_size=2,
            num_embeds_ada_norm=10,
            norm_num_groups=4,
        )
    )


WITH_VARIANCE = {**WITH_FRAMES, "dit with a variance": _with_variance}


@pytest.mark.parametrize("denoiser", WITH_VARIANCE)
def test_magcache_adds_what_the_model_last_added_to_its_input(denoiser):
    model, method = WITH_VARIANCE[denoiser](), MagCache(most=1, keep_first=0.4)
    untouched = [_call(model, timestep) for timestep in TIMESTEPS]
    with attach(method, model, steps=len(TIMESTEPS)) as attached:
        images = [_call(model, timestep) for timestep in TIMESTEPS]
    assert [bool(done) for *_, done, _ in attached.computed] == [True, True, False, True, False, True]
    assert [done == of for *_, done, of in attached.computed] == [True, True, False, True, False, True]
    for step in (2, 4):
        expected = untouched[step - 1].clone()
        now, before = (_latents_of(model, timestep) for timestep in (TIMESTEPS[step], TIMESTEPS[step - 1]))
        expected[:, :4] += now - before
        torch.testing.assert_close(images[step], expected)
    assert all(torch.equal(images[step], untouched[step]) for step in (0, 1, 3, 5))


def test_magcaches_official_code_adds_what_all_blocks_together_had_changed():
    """Slow and obvious: the first block's input and the last one's output of the last computed step."""
    model, method = small_models.dit(depth=3), MagCache(official=True)
    with attach(method, model, steps=len(TIMESTEPS)) as attached:
        images = [_denoise(model, timestep) for timestep in TIMESTEPS]
    ran = {step for step, _, computed, _ in attached.computed if computed}
    assert ran == {0, 3}
    blocks, inputs, outputs = list(model.transformer_blocks), {}, {}
    for step, timestep in enumerate(TIMESTEPS):
        if step in ran:
            handles = [
                block.register_forward_hook(_both(inputs, outputs, n)) for n, block in enumerate(blocks)
            ]
        else:
            handles = [blocks[0].register_forward_hook(_shift(outputs[2] - inputs[0]))]
            handles += [block.register_forward_hook(_shift(0)) for block in blocks[1:]]
        with _hooks(handles):
            assert torch.allclose(images[step], _denoise(model, timestep), atol=1e-5)


@pytest.mark.parametrize("denoiser", WITH_VARIANCE)
def test_magcaches_ratios_are_those_of_the_residuals_lengths_at_every_place(denoiser):
    model, calibration = WITH_VARIANCE[denoiser](), Calibration()
    with attach(calibration, model):
        predictions = [_call(model, timestep) for timestep in TIMESTEPS]
    lengths = []
    for prediction, timestep in zip(predictions, TIMESTEPS, strict=True):
        prediction[:, :4] -= _latents_of(model, timestep)
        lengths.append(prediction.square().sum(dim=1).sqrt())
    expected = [float((now / before).mean()) for before, now in pairwise(lengths)]
    assert calibration.ratios == pytest.approx((1.0, *expected), rel=1e-5)
    method = MagCache(ratios=calibration.ratios)
    assert method.computes(3, len(TIMESTEPS)) in (True, False)


def test_magcaches_ratios_of_several_runs_are_their_mean():
    model, one, other, both = small_models.dit(), Calibration(), Calibration(), Calibration()
    for rows, alone in ((slice(2), one), (slice(2, 4), other)):
        for calibration in (alone, both):
            with attach(calibration, model):
                for timestep in TIMESTEPS:
                    _denoise(model, timestep, rows=rows)
    means = [(a + b) / 2 for a, b in zip(one.ratios, other.ratios, strict=True)]
    assert both.ratios == pytest.approx(means)
    assert one.ratios != other.ratios


def test_magcaches_ratios_around_blocks_are_those_of_all_together():
    model, calibration, inputs, outputs, lengths = small_models.dit(), Calibration(official=True), {}, {}, []
    blocks = list(model.transformer_blocks)
    with attach(calibration, model):
        for timestep in TIMESTEPS:
            handles = [
                block.register_forward_hook(_both(inputs, outputs, n)) for n, block in enumerate(blocks)
            ]
            with _hooks(handles):
                _denoise(model, timestep)
            lengths.append((outputs[len(blocks) - 1] - inputs[0]).norm(dim=-1))
    expected = [float((now / before).mean()) for before, now in pairwise(lengths)]
    assert calibration.ratios == pytest.approx((1.0, *expected), rel=1e-4)


@pytest.mark.parametrize("build", [small_models.unet, small_models.latte])
def test_blocks_that_lie_in_several_ways_have_no_ratio_together(build):
    model = build()
    with (
        attach(Calibration(official=True), model),
        pytest.raises(ValueError, match=r"in more than one way.*official=False"),
    ):
        _call(model, TIMESTEPS[0])


def test_magcache_says_what_it_needs():
    with pytest.raises(ValueError, match="has measured nothing yet"):
        Calibration().ratios  # noqa: B018
    with pytest.raises(ValueError, match="ratios must have one of every step"):
        MagCache(ratios=())
    with pytest.raises(ValueError, match="a number above 0"):
        MagCache(ratios=(1.0, 0.0))
    with pytest.raises(ValueError, match="steps="), attach(MagCache(), small_models.dit()):
        pass


class _LookingOn(EasyCache):
    """EasyCache that tells which images it computed at each step."""

    def decide(self, latents, context):
        fresh = super().decide(latents, context)
        DECIDED.append(fresh)
        return fresh


DECIDED = []


def _guesses(model, method, images, steps=None):
    """Slow and obvious: by the latents and what the model makes of them, which steps are computed for each
    of the images that decide alone, and what comes out.
    """
    latents = [_latents_of(model, timestep) for timestep in TIMESTEPS]
    untouched = [_call(model, timestep) for timestep in TIMESTEPS]
    each = latents[0].shape[0] // images
    decided, outputs = [[] for _ in TIMESTEPS], [output.clone() for output in untouched]
    for image in range(images):
        rows = slice(image * each, (image + 1) * each)
        size, rate, total, computed = lambda values: float(values.abs().mean()), None, 0.0, []
        for step, given in enumerate(latents):
            if rate is not None:
                moved = size(given[rows] - latents[step - 1][rows])
                total += rate * moved / size(untouched[computed[-1]][rows])
            runs = rate is None or total >= method.threshold or step < method.warm_up or step + 1 == steps
            decided[step].append(runs)
            if not runs:
                outputs[step][rows] = untouched[computed[-1]][rows]
                outputs[step][rows, :4] += given[rows] - latents[computed[-1]][rows]
                continue
            if computed:
                changed = size(untouched[step][rows] - untouched[computed[-1]][rows])
                rate = changed / size(given[rows] - latents[computed[-1]][rows])
            total = 0.0
            computed.append(step)
    return decided, outputs


GUESSES = {"dit": 0.35, "unet": 0.35, "latte": 0.42, "dit with a variance": 0.35}


@pytest.mark.parametrize("denoiser", WITH_VARIANCE)
def test_easycache_lets_each_image_run_the_model_when_its_own_latents_have_moved_enough(denoiser):
    model, method = WITH_VARIANCE[denoiser](), EasyCache(threshold=GUESSES[denoiser], warm_up=2)
    expected, outputs = _guesses(model, method, 4)
    DECIDED.clear()
    with attach(_LookingOn(method.threshold, 2), model, stage="diffusion-step") as attached:
        images = [_call(model, timestep) for timestep in TIMESTEPS]
    assert expected == DECIDED
    assert any(len(set(step)) == 2 for step in expected)  # the images differ
    assert not all(any(step) for step in expected)
    assert [bool(done) for *_, done, _ in attached.computed] == [any(step) for step in expected]
    for image, output in zip(images, outputs, strict=True):
        torch.testing.assert_close(image, output, rtol=1e-4, atol=1e-5)


def test_easycaches_official_code_lets_a_batch_decide_as_one_and_computes_the_last_step():
    model, method = small_models.dit(), EasyCache(threshold=0.5, warm_up=2, official=True)
    expected, outputs = _guesses(model, method, 1, steps=len(TIMESTEPS))
    DECIDED.clear()
    looking = _LookingOn(0.5, 2, official=True)
    with attach(looking, model, stage="diffusion-step", steps=len(TIMESTEPS)):
        images = [_denoise(model, timestep) for timestep in TIMESTEPS]
    assert [step * 4 for step in expected] == DECIDED
    assert DECIDED[-1] == [True] * 4
    assert [False] * 4 in DECIDED
    for image, output in zip(images, outputs, strict=True):
        torch.testing.assert_close(image, output, rtol=1e-4, atol=1e-5)
    with attach(EasyCache(official=True, warm_up=0), model):
        for timestep in TIMESTEPS[:2]:
            _denoise(model, timestep)
        with pytest.raises(ValueError, match="attach with steps="):
            _denoise(model, TIMESTEPS[2])


def test_with_guidance_easycaches_halves_decide_as_one():
    model = small_models.dit()
    DECIDED.clear()
    looking = _LookingOn(threshold=0.31, warm_up=2, guided=True)
    with attach(looking, model, stage="diffusion-step"):
        for timestep in TIMESTEPS:
            _denoise(model, timestep)
        assert all(step[:2] == step[2:] for step in DECIDED)
        assert any(not any(step) for step in DECIDED)
        _denoise(model, 100, rows=slice(2, 4))  # without the other half
        _denoise(model, 90, rows=slice(2, 4))
        assert DECIDED[-2:] == [[True, True]] * 2
    with attach(EasyCache(guided=True), model), pytest.raises(ValueError, match="halves"):
        _denoise(model, TIMESTEPS[0], rows=slice(3))


def test_easycache_computes_where_the_latents_stand_still_and_says_nothing_about_the_change():
    model = small_models.dit()
    latents = _random(1, 4, 16, 16)
    with attach(EasyCache(threshold=100, warm_up=0), model) as attached, torch.no_grad():
        for timestep in TIMESTEPS:
            model(latents, timestep=torch.tensor([timestep]), class_labels=torch.tensor([1]))
    assert all(done for *_, done, _ in attached.computed)


def test_easycache_does_not_mind_latents_that_a_sampler_changes_in_place():
    model = small_models.dit()

    def run(moved):
        images, latents = [], _random(1, 4, 16, 16)
        with attach(EasyCache(threshold=0.5, warm_up=2), model) as attached, torch.no_grad():
            for timestep in TIMESTEPS:
                latents = moved(latents)
                now = torch.tensor([timestep])
                images.append(model(latents, timestep=now, class_labels=torch.tensor([1])).sample)
        return images, attached.computed

    apart, in_place = run(lambda latents: latents - 0.1), run(lambda latents: latents.sub_(0.1))
    assert apart[1] == in_place[1]
    assert all(map(torch.equal, apart[0], in_place[0]))
    assert not all(done for *_, done, _ in apart[1])
