"""FitPrune's recipe and VTW's layer, both chosen on a model's own answers: small cases by hand, slow versions
that are plainly right, a real model.
"""

import math
from contextlib import contextmanager
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impls import attach
from reference_impls.cost import LayerShape
from reference_impls.hosts import small_models
from reference_impls.methods.fitprune import (
    FitPrune,
    FitPruneStatistics,
    dropped_per_layer,
    fit,
    image_attention,
    relative_cost,
    weak_tail,
)
from reference_impls.methods.vtw import VTW, choose_layer, divergence

GREEDY = {"max_new_tokens": 4, "do_sample": False}
SHAPE = LayerShape(width=64, hidden=128, matrices=3)


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@contextmanager
def _hooks(handles):
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


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
