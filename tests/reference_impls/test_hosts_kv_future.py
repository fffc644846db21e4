"""Methods at the KV cache that are shown queries as if these stood behind the prompt."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch

from reference_impls import attach
from reference_impls.context import Context
from reference_impls.hosts import small_models
from reference_impls.hosts.decoders import text_model
from reference_impls.hosts.layer_inputs import LayerInputs
from reference_impls.hosts.small_decoders import DECODERS, decoder, of_family
from reference_impls.methods.expected_attention import ExpectedAttention
from reference_impls.reduction import Reduction
from reference_impls.settings import Settings
from tests.reference_impls.merged_patches import QWENS, visual_prompt
from tests.reference_impls.test_hosts_two_stages import FirstHalf

IDS = torch.randint(3, 90, (1, 20), generator=torch.Generator().manual_seed(1))
METHOD = ExpectedAttention(keep=0.5, horizon=16)


@dataclass(frozen=True)
class _Looking(Settings):
    """Changes nothing, and remembers what it was shown."""

    horizon: int = 5
    needs: ClassVar[frozenset[str]] = frozenset({"queries", "future_queries", "keys"})
    shown: ClassVar[dict[int, Context]] = {}

    def reduce(self, tokens, context):
        self.shown[context.layer] = context
        return Reduction.identity(tokens)


def _shown(model, method, **inputs):
    method.shown.clear()
    with attach(method, model, stage="kv-cache"), torch.no_grad():
        model(**inputs, use_cache=True)
    return method.shown


NORMALISED_BEHIND = ("HunYuanDenseV1", "NanoChat")


@pytest.mark.parametrize("kind", [kind for kind in DECODERS if kind not in NORMALISED_BEHIND])
def test_future_queries_are_the_mean_of_those_at_each_position_behind_the_prompt(kind):
    model = of_family(kind)
    future = _shown(model, _Looking(), input_ids=IDS)[0].future_queries
    # Slow and obvious, for the first layer: the whole prompt stands at one position after another.
    places = [torch.full((1, 20), 20 + place) for place in range(5)]
    each = [_shown(model, _Looking(), input_ids=IDS, position_ids=place)[0].queries for place in places]
    torch.testing.assert_close(future, torch.stack(each).mean(dim=0))


@pytest.mark.parametrize("kind", NORMALISED_BEHIND)
def test_queries_that_are_normalised_behind_their_rotation_are_refused(kind):
    model = of_family(kind)
    with pytest.raises(ValueError, match="changes queries behind their rotary embedding"):
        _shown(model, _Looking(), input_ids=IDS)
    assert model.generate(IDS, max_new_tokens=2, do_sample=False).shape == (1, 22)


def test_looking_ahead_changes_nothing_that_the_model_computes():
    model = small_models.llama()
    with torch.no_grad():
        alone = model(IDS, use_cache=True).logits
        with attach(_Looking(), model, stage="kv-cache"):
            assert torch.equal(model(IDS, use_cache=True).logits, alone)


def _padded():
    ids = IDS.repeat(2, 1)
    ids[1, :6] = 0
    return {"input_ids": ids, "attention_mask": (ids > 0).long()}


@pytest.mark.parametrize(
    ("build", "inputs", "before"),
    [
        (small_models.llama, _padded(), None),
        *[(qwen, visual_prompt([(1, 8, 8), (1, 4, 4)]), None) for qwen in QWENS],
        *[(small_models.qwen2_vl, visual_prompt([(1, 8, 8)]), way) for way in ("renumber", "keep")],
    ],
    ids=["Llama, padded", "Qwen2-VL", "Qwen2.5-VL", "Qwen3-VL", "shortened, renumbered", "shortened, kept"],
)
def test_the_first_position_behind_the_prompt_is_that_of_the_first_generated_token(
    build, inputs, before, monkeypatch
):
    model, ahead, given = build(), [], []
    original = LayerInputs.behind

    def noting(*told):
        ahead.append(original(*told))
        return ahead[-1]

    monkeypatch.setattr(LayerInputs, "behind", noting)
    parts = [FirstHalf(before)] if before else []
    with torch.no_grad():
        attached = [attach(part, model).__enter__() for part in (*parts, replace(METHOD, horizon=1))]
        handle = (
            text_model(model)
            .layers[0]
            .register_forward_pre_hook(
                lambda _, __, kwargs: given.append(kwargs["position_embeddings"]), with_kwargs=True
            )
        )
        model.generate(**inputs, max_new_tokens=2, do_sample=False)
        handle.remove()
        for one in reversed(attached):
            one.remove()
    for table, first in zip(ahead[0], given[1], strict=True):
        torch.testing.assert_close(table[..., -1:, :], first)


@pytest.mark.parametrize("safeguard", [0.2, 1])
def test_prompts_of_a_batch_keep_what_each_keeps_alone(safeguard):
    model, inputs = small_models.llama(), _padded()
    method = replace(METHOD, safeguard=safeguard)

    def kept(**told):
        with attach(method, model) as attached:
            answer = model.generate(**told, max_new_tokens=4, do_sample=False)
        return [reduction.kept for _, reduction in attached.reductions], answer[:, -4:]

    together, answers = kept(**inputs)
    for row, real in enumerate(inputs["attention_mask"].bool()):
        alone, answer = kept(input_ids=inputs["input_ids"][row : row + 1, real])
        for found, wanted in zip(together, alone, strict=True):
            assert torch.equal(found.unflatten(0, (2, 2))[row][:, real], wanted)
        assert torch.equal(answers[row : row + 1], answer)


@dataclass(frozen=True)
class _Rewriting(_Looking):
    buffer: int = 8
    window: int = 4


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (_Looking(horizon=0), "has horizon = 0: that is how many positions behind the prompt"),
        (_Looking(horizon=-3), "has horizon = -3"),
        (_Rewriting(), "looks at future_queries and has a buffer"),
    ],
)
def test_a_horizon_that_makes_no_sense_is_refused(method, said):
    with pytest.raises(ValueError, match=said):
        attach(method, small_models.llama(), stage="kv-cache").__enter__()


def test_positions_of_another_form_are_refused():
    model = decoder("Llama4", layer_types=("full_attention",) * 4, head_dim=8, intermediate_size_mlp=64)
    with (
        pytest.raises(ValueError, match="a table of cosines and one of sines"),
        attach(METHOD, model),
        torch.no_grad(),
    ):
        model(IDS, use_cache=True)
