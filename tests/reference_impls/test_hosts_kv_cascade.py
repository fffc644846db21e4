"""Methods at the KV cache that are asked about earlier layers again as later ones are read."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from reference_impls import attach
from reference_impls.context import Context
from reference_impls.hosts import small_models
from reference_impls.methods.ada_kv import AdaKV
from reference_impls.methods.cake import CAKE
from reference_impls.methods.r_kv import RKV
from tests.reference_impls.test_hosts_kv_writing import _options, _prompts

LENGTH, MEAN, LAYERS = 60, 20, 4
METHOD = CAKE(keep=MEAN, window=6, tau1=0.5, tau2=0.7)


@dataclass(frozen=True)
class Noting(CAKE):
    """Notes what it is shown."""

    seen: ClassVar[list[Context]] = []

    def reduce(self, tokens, context):
        self.seen.append(context)
        return super().reduce(tokens, context)


def _counts(attached):
    return [int(reduction.counts.max()) for _, reduction in attached.reductions]


def test_while_a_prompt_is_read_its_layers_never_hold_more_than_the_budget_and_one_layer():
    model, held = small_models.llama(), []

    def note(_, __, kwargs, ___):
        held.append(
            [layer.keys.shape[2] for layer in kwargs["past_key_values"].layers if layer.is_initialized]
        )

    with attach(METHOD, model) as attached, torch.no_grad():
        for layer in model.model.layers:
            layer.register_forward_hook(note, with_kwargs=True)
        model(**_prompts(LENGTH), use_cache=True)
    assert [len(counts) for counts in held] == [1, 2, 3, 4]
    assert all(sum(counts) <= MEAN * LAYERS for counts in held)
    assert held[-1] == _counts(attached)
    assert sum(held[-1]) == MEAN * LAYERS
    assert len(set(held[-1])) > 1
    # The first layer gives up a part each time that another was read.
    assert held[0][0] > held[1][0] > held[2][0] > held[3][0]


def test_what_is_left_in_the_end_is_what_one_choice_with_all_preferences_would_leave():
    model, inputs = small_models.llama(), _prompts(LENGTH)
    Noting.seen.clear()
    with torch.no_grad():
        whole = model(**inputs, use_cache=True).past_key_values
        with attach(Noting(keep=MEAN, window=6, tau1=0.5, tau2=0.7), model) as attached:
            cache = model(**inputs, use_cache=True).past_key_values
    first = [context for context in Noting.seen if context.queries is not None]
    judged = [METHOD.judged(context.queries, context.keys) for context in first]
    asked = {layer: float(preference) for layer, (_, preference) in enumerate(judged)}
    counts = METHOD.counts(asked, MEAN, LENGTH, LAYERS)
    assert _counts(attached) == list(counts.values())
    for layer, (scores, _) in enumerate(judged):
        best = scores[0].topk(counts[layer], dim=-1).indices.sort(dim=-1).values
        assert torch.equal(attached.reductions[layer][1].position, best)
        for kept, all_of_it in (
            (cache.layers[layer].keys, whole.layers[layer].keys),
            (cache.layers[layer].values, whole.layers[layer].values),
        ):
            assert torch.equal(kept, all_of_it.gather(2, best[None, :, :, None].expand_as(kept)))


def test_a_layer_is_asked_again_with_what_it_holds_and_what_was_noted_of_it():
    Noting.seen.clear()
    model = small_models.llama()
    with attach(Noting(keep=MEAN, window=6), model), torch.no_grad():
        model(**_prompts(LENGTH), use_cache=True)
    asked = [(context.layer, context.queries is not None) for context in Noting.seen]
    in_turn = [(number, *range(number)) for number in range(LAYERS)]
    assert asked == [(layer, layer == turn[0]) for turn in in_turn for layer in turn]
    by_layer = [[context for context in Noting.seen if context.layer == layer] for layer in range(LAYERS)]
    for contexts in by_layer:
        assert all(context.memory is contexts[0].memory for context in contexts)
        lengths = [context.keys.shape[2] for context in contexts]
        assert lengths == sorted(lengths, reverse=True)
    assert all(context.run_memory is by_layer[0][0].run_memory for context in Noting.seen)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_prompts_of_a_batch_keep_what_each_keeps_alone(attention):
    model, both = small_models.llama(attention=attention), _prompts(50, 37)

    def answer(rows, start):
        inputs = {name: value[rows, start:] for name, value in both.items()}
        with attach(CAKE(keep=0.4, window=6, tau2=0.5), model) as attached:
            answer = model.generate(**inputs, **_options(8))[:, -8:]
        return answer, attached.reductions

    together, reductions = answer(slice(None), 0)
    for row, start in ((0, 0), (1, 13)):
        alone, own = answer(slice(row, row + 1), start)
        assert torch.equal(alone[0], together[row])
        for (_, whole), (_, one) in zip(reductions, own, strict=True):
            assert torch.equal(whole.kept[2 * row : 2 * row + 2, start:], one.kept)
            assert not bool(whole.kept[2 * row : 2 * row + 2, :start].any())


def test_a_report_and_its_cost_are_those_of_what_is_left_in_the_end():
    model = small_models.llama()
    with attach(METHOD, model, report_tokens=True) as attached, torch.no_grad():
        cache = model(**_prompts(LENGTH), use_cache=True).past_key_values
    for layer, reduction in attached.reductions:
        held = cache.layers[layer]
        entries = torch.cat([held.keys, held.values], dim=-1).flatten(0, 1)
        assert torch.equal(reduction.tokens, entries)
        assert torch.equal(reduction.source >= 0, reduction.kept)
    bytes_held = sum(one.nbytes for held in cache.layers for one in (held.keys, held.values))
    assert attached.cost()["KV cache (bytes)"].after == bytes_held


@pytest.mark.parametrize("options", [{"num_beams": 3}, {"guidance_scale": 1.5}, {"num_return_sequences": 2}])
def test_generate_goes_on_with_beams_guidance_and_several_answers(options):
    sampled = {"do_sample": True} if "num_return_sequences" in options else {}
    with attach(METHOD, model := small_models.llama()) as attached:
        model.generate(**_prompts(LENGTH), **{**_options(6), **sampled}, **options)
    assert sum(_counts(attached)) == MEAN * LAYERS


@dataclass(frozen=True)
class RKVRevising(RKV):
    """One that does both."""

    revises: ClassVar[bool] = True


@dataclass(frozen=True)
class AdaKVRevising(AdaKV):
    """Heads that keep different numbers, shown again."""

    revises: ClassVar[bool] = True


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (RKVRevising(), "revises earlier layers and has a buffer"),
        (AdaKVRevising(), "its heads keep different numbers of entries"),
    ],
)
def test_what_could_not_be_shown_again_is_refused(method, said):
    with pytest.raises(ValueError, match=said):
        attach(method, small_models.llama(), stage="kv-cache").__enter__()
