"""Methods without official vectors: small cases by hand, slow versions that are plainly right, real hosts."""

import math
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impls import Context, attach, load_methods
from reference_impls.baselines.attention_score import AttentionScore
from reference_impls.cost import LayerShape
from reference_impls.hosts import small_models
from reference_impls.methods.delta_dit import DeltaDiT, skipped_blocks
from reference_impls.methods.dense_tuning import SparseTuningTokens
from reference_impls.methods.fitprune import (
    FitPrune,
    FitPruneStatistics,
    dropped_per_layer,
    fit,
    image_attention,
    relative_cost,
    weak_tail,
)
from reference_impls.methods.fora import FORA
from reference_impls.methods.pab import PAB
from reference_impls.methods.t_gate import TGATE
from reference_impls.methods.toca import ToCa
from reference_impls.methods.vtw import VTW, choose_layer, divergence

CACHING = [name for name, method in load_methods().items() if hasattr(method.implementation, "around")]
TIMESTEPS = (950, 790, 640, 480, 330, 180)
GREEDY = {"max_new_tokens": 4, "do_sample": False}
SHAPE = LayerShape(width=64, hidden=128, matrices=3)


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


def _method(name):
    return load_methods()[name].implementation()


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
}


@pytest.mark.parametrize("denoiser", DENOISERS)
@pytest.mark.parametrize("case", NOTHING)
def test_computing_everything_changes_nothing(case, denoiser):
    model = DENOISERS[denoiser]()
    with attach(NOTHING[case], model, steps=len(TIMESTEPS)):
        touched = [_denoise(model, timestep) for timestep in TIMESTEPS]
    for timestep, image in zip(TIMESTEPS, touched, strict=True):
        assert torch.equal(image, _denoise(model, timestep))


@pytest.mark.parametrize("method", [FORA, TGATE, DeltaDiT], ids=lambda method: method.__name__)
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


def _both(inputs, outputs, number):
    def hook(_, args, output):
        inputs[number], outputs[number] = args[0], output

    return hook


def _shift(change):
    return lambda _, args, __: args[0] + change


def test_delta_dit_says_that_it_needs_to_know_the_steps():
    with pytest.raises(ValueError, match="steps="), attach(DeltaDiT(), small_models.dit()):
        pass


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


def test_fitprunes_weak_tail_by_hand():
    attention, alive = torch.tensor([0.4, 0.1, 0.3, 0.2]), torch.ones(4, dtype=torch.bool)
    assert weak_tail(attention, alive, 0.0).tolist() == [False] * 4
    assert weak_tail(attention, alive, 0.15).tolist() == [False, True, False, False]
    assert weak_tail(attention, alive, 0.35).tolist() == [False, True, False, True]
    assert weak_tail(attention, alive, 1.0).tolist() == [True] * 4
    # What earlier layers dropped counts as given up.
    alive = torch.tensor([True, False, True, True])
    assert weak_tail(attention, alive, 0.15).tolist() == [False] * 4
    assert weak_tail(attention, alive, 0.35).tolist() == [False, False, False, True]


def test_fitprune_drops_what_is_weak_in_both_maps():
    from_image, from_text = torch.tensor([0.1, 0.1, 0.8]), torch.tensor([0.1, 0.7, 0.2])
    prompt = [(from_image, from_text), (from_image, from_text)]
    # Weak in the image's map: tokens 0 and 1; in the text's: tokens 0 and 2. Both: token 0, and only once.
    assert dropped_per_layer(prompt, 0.35) == [1, 0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12), st.floats(0.001, 0.999))
def test_fitprunes_weak_tail_is_the_longest_that_fits(seed, count, alpha):
    attention = _random(count, seed=seed).softmax(dim=0)
    alive = _random(count, seed=seed + 1) > -0.5
    tail = weak_tail(attention, alive, alpha)
    ranked = sorted(alive.nonzero().flatten().tolist(), key=attention.tolist().__getitem__)
    values, longest = attention.double().tolist(), 0
    for length in range(len(ranked) + 1):
        kept = sum(values[token] for token in ranked[length:])
        if kept >= (1 - alpha) * sum(values) - 1e-12:
            longest = length
    assert int(tail.sum()) == longest
    assert set(tail.nonzero().flatten().tolist()) == set(ranked[: int(tail.sum())])


def test_fitprunes_attention_is_that_of_the_whole_map():
    batch, heads, count = 2, 4, 23
    queries, keys = _random(batch, heads, count, 8), _random(batch, 2, count, 8, seed=1)
    image = torch.zeros(batch, count, dtype=torch.bool)
    image[0, 3:15], image[1, 7:20] = True, True
    valid = torch.ones_like(image)
    valid[1, :4] = False
    logits = queries @ keys.repeat_interleave(2, dim=1).transpose(-1, -2) / math.sqrt(8)
    hidden = torch.ones(count, count, dtype=torch.bool).triu(1) | ~valid[:, None, None, :]
    whole = logits.masked_fill(hidden, torch.finfo(torch.float32).min).softmax(dim=-1).amax(dim=1)
    for chunk in (5, 256):
        from_image, from_text = image_attention(queries, keys, image, valid, chunk=chunk)
        for row, text in ((0, slice(15, None)), (1, slice(20, None))):
            torch.testing.assert_close(from_image[row], whole[row, image[row]].mean(dim=0))
            torch.testing.assert_close(from_text[row], whole[row, text].mean(dim=0))


def _prompts(seed, prompts=3, layers=5, tokens=40):
    """Attention whose spread differs from layer to layer."""
    peaks = torch.linspace(0.5, 4, layers)[:, None, None]
    drawn = (_random(prompts, layers, 2, tokens, seed=seed) * peaks).softmax(dim=-1)
    return [[(layer[0], layer[1]) for layer in prompt] for prompt in drawn]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.4, 0.95))
def test_a_fitted_recipe_just_meets_the_budget(seed, keep):
    prompts, tokens = _prompts(seed), 40
    recipe = fit(prompts, keep, SHAPE)
    assert len(recipe) == 5
    assert 0 < sum(recipe) <= 1
    assert relative_cost(recipe, tokens, SHAPE) <= keep

    def cost(alpha):
        counts = [dropped_per_layer(prompt, alpha) for prompt in prompts]
        shares = [sum(layer) / len(prompts) / tokens for layer in zip(*counts, strict=True)]
        return shares, relative_cost(shares, tokens, SHAPE)

    # Slow and obvious: of all alphas that seven halvings reach, those that meet the budget where the one
    # before does not. Whole tokens make the cost jump, so that there can be several.
    costs = [cost(step / 128) for step in range(129)]
    least = [shares for (_, before), (shares, now) in pairwise(costs) if now <= keep < before]
    assert any(list(recipe) == pytest.approx(shares) for shares in least)


def test_a_prompt_without_an_image_is_left_out_of_the_fit():
    prompts = [[(torch.rand(n), torch.rand(n)) for _ in range(4)] for n in (12, 0)]
    assert fit(prompts, 0.6, SHAPE) == fit(prompts[:1], 0.6, SHAPE)
    with pytest.raises(ValueError, match="no attention to fit to: run some prompts with images"):
        fit(prompts[1:], 0.6, SHAPE)


def test_a_recipe_costs_what_its_layers_cost():
    assert relative_cost((0.0, 0.0), 10, SHAPE) == 1
    # Three layers of 10, 10 and 5 tokens; the second layer's MLP sees 5 already.
    whole = 3 * (4 * 10 * 64**2 + 2 * 10 * 10 * 64 + 3 * 10 * 64 * 128)
    first = 4 * 10 * 64**2 + 2 * 10 * 10 * 64 + 3 * 10 * 64 * 128
    second = 4 * 10 * 64**2 + 2 * 10 * 10 * 64 + 3 * 5 * 64 * 128
    third = 4 * 5 * 64**2 + 2 * 5 * 5 * 64 + 3 * 5 * 64 * 128
    assert relative_cost((0.0, 0.5), 10, SHAPE) == pytest.approx((first + second + third) / whole)


def test_a_budget_that_cannot_be_met_or_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="cannot be met"):
        fit(_prompts(0), 0.01, SHAPE)
    with pytest.raises(ValueError, match="keep"):
        fit(_prompts(0), 1.5)
    with pytest.raises(ValueError, match="run some prompts"):
        fit([], 0.5)
    assert fit(_prompts(0), 1) == (0.0,) * 5


def _question(batch=2, seed=5):
    text = torch.randint(3, 90, (batch, 12), generator=torch.Generator().manual_seed(seed))
    image = torch.full((batch, 64), small_models.IMAGE_TOKEN)
    pixels = _random(batch, 3, 32, 32, seed=seed)
    return {"input_ids": torch.cat([text[:, :4], image, text[:, 4:]], dim=1), "pixel_values": pixels}


def test_fitprune_is_fitted_on_a_real_models_attention_and_spends_the_recipe():
    model, statistics = small_models.llava(attention="eager"), FitPruneStatistics()
    with torch.no_grad():
        with attach(statistics, model, stage="decoder-prefill"):
            for seed in (5, 6):
                model(**_question(seed=seed))
        maps = model(**_question(seed=5), output_attentions=True).attentions
    assert [len(prompt) for prompt in statistics.prompts] == [3] * 4
    for layer in range(3):
        strongest = maps[layer][1].amax(dim=0)
        from_image, from_text = statistics.prompts[1][layer]
        torch.testing.assert_close(from_image, strongest[4:68, 4:68].mean(dim=0))
        torch.testing.assert_close(from_text, strongest[68:, 4:68].mean(dim=0))
    recipe = fit(statistics.prompts, 0.7)
    with attach(FitPrune(recipe), model) as attached:
        generated = model.generate(**_question(seed=9), **GREEDY)
    assert generated.shape[0] == 2
    done = 0.0
    for (_, reduction), gone in zip(attached.reductions, recipe, strict=True):
        done += gone
        assert reduction.tokens.shape[1] == 12 + 64 - round(64 * done)


def test_fitprune_drops_the_tokens_with_the_smallest_product():
    model = small_models.llava(attention="eager")
    with torch.no_grad():
        maps = model(**_question(), output_attentions=True).attentions
        with attach(FitPrune((0.25, 0.0, 0.0)), model) as attached:
            model(**_question())
    _, first = attached.reductions[0]
    for row in range(2):
        strongest = maps[0][row].amax(dim=0)
        product = strongest[4:68, 4:68].mean(dim=0) * strongest[68:, 4:68].mean(dim=0)
        weakest = product.argsort(stable=True)[:16].sort().values + 4
        assert torch.equal(first.dropped[row].nonzero().squeeze(-1), weakest)


def test_a_recipe_for_another_depth_is_refused():
    with pytest.raises(ValueError, match="6 layers"), attach(FitPrune((0.1,) * 5), small_models.llava()):
        pass


def test_a_recipe_that_drops_nothing_changes_nothing():
    model, question = small_models.llava(), _question()
    untouched = model.generate(**question, **GREEDY)
    with attach(FitPrune((0.0, 0.0, 0.0)), model):
        assert torch.equal(model.generate(**question, **GREEDY), untouched)


def test_vtws_divergence_by_hand():
    standard = torch.tensor([[0.5, 0.5], [0.5, 0.5]]).log()
    withdrawn = torch.tensor([[0.25, 0.75], [0.5, 0.5]]).log() + 3
    by_hand = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert divergence(standard, withdrawn) == pytest.approx(by_hand / 2)
    assert divergence(standard, standard) == pytest.approx(0, abs=1e-7)


def test_vtw_takes_the_first_layer_that_is_close_enough():
    far, near, nearest = ([0.0, 1.0], [0.0, 0.1], [0.0, 0.01])
    at = {None: [0.0, 0.0], 1: far, 2: near, 3: nearest, 4: near}
    asked = []

    def logits(layer):
        asked.append(layer)
        return torch.tensor([at[layer]])

    assert choose_layer(logits, [1, 2, 3, 4], threshold=0.003) == 2
    assert asked == [None, 1, 2]
    assert choose_layer(logits, [1, 2, 3, 4], threshold=1e-4) == 3
    with pytest.raises(ValueError, match="at none of the layers"):
        choose_layer(logits, [1], threshold=0.003)


def test_vtws_default_is_the_authors_layer_of_32():
    assert [layer for layer in range(32) if VTW().acts_on(layer, 32)] == [15]


def test_vtw_chooses_its_layer_on_a_real_model_and_withdraws_the_image_there():
    model, question = small_models.llava(depth=6), _question()
    image = question["input_ids"] == small_models.IMAGE_TOKEN

    def logits(layer):
        with torch.no_grad():
            if layer is None:
                return model(**question).logits[:, -1]
            with attach(VTW(layer), model):
                return model(**question).logits[:, -1]

    gaps = [divergence(logits(None), logits(layer)) for layer in range(1, 6)]
    threshold = sorted(gaps)[1] * 1.01
    chosen = choose_layer(logits, range(1, 6), threshold)
    assert gaps[chosen - 1] < threshold
    assert all(gap >= threshold for gap in gaps[: chosen - 1])
    with attach(VTW(chosen), model) as attached:
        out = model.generate(**question, **GREEDY, return_dict_in_generate=True)
    assert torch.equal(attached.total().dropped, image)
    new = out.sequences.shape[1] - image.shape[1] - 1
    held = [layer.keys.shape[2] for layer in out.past_key_values.layers]
    assert held == [76 + new] * chosen + [12 + new] * (6 - chosen)


def test_withdrawing_equals_hiding_the_image_from_the_later_layers():
    model, question, layer = small_models.llava(), _question(batch=1), 2
    image = question["input_ids"][0] == small_models.IMAGE_TOKEN
    visible = torch.ones(76, 76, dtype=torch.bool).tril()
    hidden = (visible & ~image) | torch.eye(76, dtype=torch.bool)
    handles = [
        block.register_forward_pre_hook(_masked(hidden if number >= layer else visible), with_kwargs=True)
        for number, block in enumerate(model.model.language_model.layers)
    ]
    with torch.no_grad():
        with _hooks(handles):
            slow = model(**question).logits[:, -1]
        with attach(VTW(layer), model):
            short = model(**question).logits[:, -1]
    assert torch.allclose(short, slow, atol=1e-4)


def _masked(mask):
    return lambda _, args, kwargs: (args, {**kwargs, "attention_mask": mask[None, None]})


def test_sparse_tuning_keeps_attended_patches_and_sums_the_rest():
    tokens, queries, keys = _random(2, 10, 6), _random(2, 3, 10, 2, seed=1), _random(2, 3, 10, 2, seed=2)
    context = Context(queries=queries, keys=keys, protected=1)
    reduction = SparseTuningTokens(keep=0.5).reduce(tokens, context)
    assert reduction.tokens.shape[1] == 1 + 5 + 1
    for row in range(2):
        attention = torch.zeros(10)
        for head in range(3):
            attention += (keys[row, head] @ queries[row, head, 0] / math.sqrt(2)).softmax(dim=0) / 3
        order = sorted(range(1, 10), key=lambda token: -float(attention[token]))
        assert reduction.position[row].tolist() == [0, *order[:5], -1]
        fused = sum(attention[token] * tokens[row, token] for token in order[5:])
        torch.testing.assert_close(reduction.tokens[row, -1], fused)
        torch.testing.assert_close(reduction.tokens[row, 1:-1], tokens[row, order[:5]])


def test_the_attention_score_follows_the_class_token_or_the_prompts_end():
    tokens, queries, keys = _random(2, 9, 6), _random(2, 2, 9, 4, seed=1), _random(2, 2, 9, 4, seed=2)
    attention = (queries @ keys.transpose(-1, -2) / 2).softmax(dim=-1).mean(dim=1)
    in_encoder = AttentionScore(keep=3).reduce(tokens, Context(queries=queries, keys=keys, protected=1))
    candidates = torch.zeros(2, 9, dtype=torch.bool)
    candidates[:, 2:7] = True
    in_decoder = AttentionScore(keep=3).reduce(
        tokens, Context(queries=queries, keys=keys, candidates=candidates)
    )
    for row in range(2):
        best = attention[row, 0, 1:].argsort(descending=True)[:3] + 1
        assert in_encoder.position[row].tolist() == [0, *sorted(best.tolist())]
        best = attention[row, -1, 2:7].argsort(descending=True)[:3] + 2
        assert in_decoder.position[row].tolist() == [0, 1, *sorted(best.tolist()), 7, 8]


def test_the_attention_score_acts_in_encoders_and_decoders():
    method, pixels = AttentionScore(keep=0.5, layer=1), _random(2, 3, 32, 32)
    question = _question()
    for stage, model, inputs in (
        ("vit-block", small_models.vit(), {"pixel_values": pixels}),
        ("vit-block", small_models.clip(), {"pixel_values": pixels}),
        ("encoder-layer", small_models.bert(), {"input_ids": question["input_ids"]}),
        ("decoder-prefill", small_models.llava(), question),
    ):
        with attach(method, model, stage=stage) as attached, torch.no_grad():
            model(**inputs)
        _, reduction = attached.reductions[0]
        assert reduction.tokens.shape[1] < reduction.source.shape[1]
    without = small_models.siglip()
    with attach(method, without, stage="vit-block"), pytest.raises(ValueError, match="class token"):
        without(pixel_values=pixels)
