"""Methods of other people: right in a batch where they are written as README says, else refused in words."""

import gc
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
import torch

from reference_impls import Reduction, attach
from reference_impls.context import Context
from reference_impls.hosts import small_models
from reference_impls.hosts.contract import SWITCHES, reduction_of
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import keep_index, keep_mask
from reference_impls.mechanisms.rows import without_padding
from reference_impls.methods.fastv import FastV
from reference_impls.methods.h2o import H2O
from reference_impls.settings import Settings
from reference_impls.supported import FAMILIES

GREEDY = {"max_new_tokens": 3, "min_new_tokens": 3, "do_sample": False}


@dataclass(frozen=True)
class EverySecond(Settings):
    """Drop every second candidate; padding where `careful` says so."""

    careful: bool = True

    stage: ClassVar[str] = "decoder-prefill"
    needs: ClassVar[frozenset[str]] = frozenset({"candidates"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == 1

    def reduce(self, tokens: torch.Tensor, context: Context) -> Reduction:
        candidates = context.require("candidates")
        stays = ~(candidates & (candidates.long().cumsum(dim=1) % 2 == 0))
        if self.careful and context.valid is not None:
            stays &= context.valid
        return keep_mask(tokens, stays)


@dataclass(frozen=True)
class Does(Settings):
    """What `act` makes of the tokens."""

    act: Callable[..., Any]

    needs: ClassVar[frozenset[str]] = frozenset()

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == 1

    def reduce(self, tokens: torch.Tensor, context: Context) -> Any:
        return self.act(tokens, context)


def _keep_first(tokens, context):
    return keep_mask(tokens, (torch.arange(tokens.shape[1]) < 4).expand(tokens.shape[:2]))


def _padded_prompt():
    """A prompt alone, and the same padded on the left, below a longer one."""
    ids = torch.randint(3, 90, (2, 20), generator=torch.Generator().manual_seed(3))
    mask = torch.ones_like(ids)
    mask[1, :8] = 0
    return ids[1:, 8:], ids, mask


def _logits(method, model, ids, mask, **where):
    with attach(method, model, **where), torch.no_grad():
        out = model.generate(
            ids, attention_mask=mask, output_logits=True, return_dict_in_generate=True, **GREEDY
        )
    return torch.stack(out.logits, dim=1)


def test_a_method_that_drops_padding_gives_a_padded_prompt_what_it_gives_it_alone():
    alone, ids, mask = _padded_prompt()
    model = small_models.llama()
    single = _logits(EverySecond(), model, alone, torch.ones_like(alone), candidates=slice(2, None))
    marks = mask.bool() & (torch.cumsum(mask, dim=1) > 2)
    batch = _logits(EverySecond(), model, ids, mask, candidates=marks)
    torch.testing.assert_close(batch[1:], single, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("method", "stage", "where"),
    [
        (EverySecond(careful=False), "decoder-prefill", {"candidates": slice(0, None)}),
        (Does(_keep_first), "kv-cache", {}),
        (Does(_keep_first), "prompt", {}),
    ],
    ids=["decoder-prefill", "kv-cache", "prompt"],
)
def test_a_method_that_keeps_padding_is_refused_in_a_padded_batch(method, stage, where):
    _, ids, mask = _padded_prompt()
    model = small_models.llama()
    _logits(method, model, ids, torch.ones_like(mask), stage=stage, **where)
    with pytest.raises(ValueError, match=r"kept padding of a batch.*keep & context\.valid"):
        _logits(method, model, ids, mask, stage=stage, **where)


def test_a_text_encoder_refuses_a_method_that_keeps_padding():
    _, ids, mask = _padded_prompt()
    model = small_models.bert()
    padded = mask.flip(1)
    method = Does(lambda tokens, _: keep_mask(tokens, torch.ones(tokens.shape[:2], dtype=torch.bool)))
    with attach(method, model, stage="encoder-layer"), pytest.raises(ValueError, match="kept padding"):
        model(input_ids=ids, attention_mask=padded)


@pytest.mark.parametrize("stage", ["decoder-prefill", "kv-cache", "prompt"])
def test_a_method_that_removes_nothing_changes_nothing_in_a_padded_batch(stage):
    _, ids, mask = _padded_prompt()
    model = small_models.llama()
    where = {"candidates": slice(0, None)} if stage == "decoder-prefill" else {}
    with torch.no_grad():
        plain = model.generate(
            ids, attention_mask=mask, output_logits=True, return_dict_in_generate=True, **GREEDY
        )
    same = _logits(Does(lambda tokens, _: Reduction.identity(tokens)), model, ids, mask, stage=stage, **where)
    torch.testing.assert_close(same, torch.stack(plain.logits, dim=1), atol=1e-5, rtol=1e-4)


def test_what_removes_nothing_hands_on_padding_and_sizes():
    tokens, sizes = torch.randn(2, 3, 4), torch.tensor([[1.0, 2, 3], [3, 2, 0]])
    valid = sizes > 0
    method = Does(lambda tokens, _: Reduction.identity(tokens))
    same = reduction_of(method, tokens, Context(valid=valid, size=sizes))
    assert same.tokens is tokens
    assert torch.equal(same.size, sizes)
    assert same.counts.tolist() == [3, 2]


def test_tokens_that_are_only_marked_as_padding_are_a_change():
    tokens, marks = torch.randn(1, 3, 4), torch.tensor([[True, False, True]])
    method = Does(lambda tokens, _: replace(Reduction.identity(tokens), valid=marks))
    changed = reduction_of(method, tokens, Context())
    assert changed.tokens is not tokens
    assert changed.counts.tolist() == [2]


def test_padding_is_not_merged_into_what_stays():
    tokens, valid = torch.randn(1, 4, 2), torch.tensor([[False, True, True, True]])

    def merge_all(given, context):
        return merge(given, torch.zeros(1, given.shape[1], dtype=torch.long), torch.tensor([[0]]))

    with pytest.raises(ValueError, match="merged it into what it kept"):
        reduction_of(Does(merge_all), tokens, Context(valid=valid))
    without = Does(lambda given, context: without_padding(given, context, merge_all))
    merged = reduction_of(without, tokens, Context(valid=valid))
    torch.testing.assert_close(merged.tokens[0, 0], tokens[0, 1:].mean(dim=0))


def test_a_decoder_refuses_a_prompt_whose_last_token_is_elsewhere():
    turned = Does(lambda tokens, _: keep_index(tokens, torch.arange(tokens.shape[1]).flip(0).expand(1, -1)))
    alone, _, _ = _padded_prompt()
    with pytest.raises(ValueError, match="behind the prompt's last one"):
        _logits(turned, small_models.llama(), alone, None, stage="decoder-prefill", candidates=slice(2, 5))


def test_a_decoder_refuses_a_prompt_whose_last_token_is_gone():
    shorter = Does(lambda tokens, _: keep_index(tokens, torch.arange(tokens.shape[1] - 1).expand(1, -1)))
    alone, _, _ = _padded_prompt()
    with pytest.raises(ValueError, match="or took that one away"):
        _logits(shorter, small_models.llama(), alone, None, stage="decoder-prefill", candidates=slice(2, 5))


WRONG = {
    "gave a Tensor, and a host needs a Reduction": lambda tokens, _: tokens[:, ::2],
    r"gave a source of \(1, 34\)": lambda tokens, _: Reduction.identity(torch.cat([tokens, tokens], dim=1)),
    "sources from 0 to 16": lambda tokens, _: replace(
        (same := Reduction.identity(tokens)),
        tokens=tokens[:, :9],
        size=same.size[:, :9],
        position=same.position[:, :9],
    ),
    "positions from 17 to 33": lambda tokens, _: replace(
        (same := Reduction.identity(tokens)), tokens=tokens + 1, position=same.position + 17
    ),
    "gave tokens of torch.float64, and the model goes on with torch.float32": lambda tokens, _: replace(
        Reduction.identity(tokens), tokens=tokens.double()
    ),
    "gave a source of torch.int32": lambda tokens, _: replace(
        (same := Reduction.identity(tokens)), tokens=tokens + 1, source=same.source.int()
    ),
    "gave a position of torch.int32": lambda tokens, _: replace(
        (same := Reduction.identity(tokens)), tokens=tokens + 1, position=same.position.int()
    ),
    "as many or fewer, of the same width": lambda tokens, _: replace(
        Reduction.identity(tokens), tokens=tokens[..., :1]
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_an_answer_that_is_no_reduction_of_the_tokens_is_refused(said):
    model = small_models.vit(image=16)
    with attach(Does(WRONG[said]), model, stage="vit-block"), pytest.raises(ValueError, match=said):
        model(torch.randn(1, 3, 16, 16))


class _Around:
    needs: ClassVar[frozenset[str]] = frozenset()
    modules = ("attention",)

    def __init__(self, output):
        self.output = output

    def around(self, compute, tokens, context):
        return self.output(compute(tokens))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (lambda whole: whole[:, :3], r"around gave \(1, 3, 32\) for \(1, 64, 32\)"),
        (lambda whole: None, r"around gave a NoneType for \(1, 64, 32\)"),
    ],
)
def test_a_denoiser_refuses_an_output_that_is_not_one_for_every_token(output, said):
    family = FAMILIES["diffusion-step"][0]
    model, inputs = family.build(), {**family.inputs(), "timestep": torch.tensor([3])}
    with (
        torch.no_grad(),
        attach(_Around(output), model, stage="diffusion-step"),
        pytest.raises(ValueError, match=said),
    ):
        model(**inputs)


class _Bare:
    def reduce(self, tokens, context):
        return Reduction.identity(tokens)


class _Needy(_Bare):
    needs = frozenset({"keyz"})


class _Everywhere(_Bare):
    needs: ClassVar[frozenset[str]] = frozenset()


class _EveryStep(_Everywhere):
    every_step = True


class _Switched(_Everywhere):
    def acts_on(self, layer, layers):
        return True


@pytest.mark.parametrize(
    ("method", "stage", "said"),
    [
        (_Bare(), "vit-block", "does not say what it looks at: write needs"),
        (_Needy(), "vit-block", "looks at keyz, which a host for vit-block cannot show"),
        (_Everywhere(), "vit-block", "has no acts_on, .* layers count from 0"),
        (_Everywhere(), "decoder-prefill", "has no acts_on"),
        (_EveryStep(), "kv-cache", "has no judges"),
    ],
)
def test_a_method_that_lacks_what_hosts_call_is_refused(method, stage, said):
    model = small_models.vit() if stage == "vit-block" else small_models.llama()
    with pytest.raises(ValueError, match=said), attach(method, model, stage=stage):
        pass


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_of_no_known_value_is_refused_with_those_that_there_are(switch):
    method = _Switched()
    setattr(method, switch, "before mlp")
    said = f"has {switch} = 'before mlp'; there are '{SWITCHES[switch][0]}'"
    with pytest.raises(ValueError, match=said), attach(method, small_models.vit(), stage="vit-block"):
        pass


def test_a_method_acts_where_its_class_says():
    with attach(EverySecond(), small_models.llava()) as attached:
        assert attached.stage == "decoder-prefill"


def test_a_method_made_from_one_that_is_here_acts_where_that_does():
    @dataclass(frozen=True)
    class Later(FastV):
        layer: int = 3

    with attach(Later(), small_models.llava()) as attached:
        assert attached.stage == "decoder-prefill"


def test_a_method_whose_module_has_no_name_is_told_to_say_where_it_acts():
    of_a_path = type("OfAPath", (_Switched,), {"__module__": "loaded_from_a_path"})
    with (
        pytest.raises(ValueError, match="OfAPath describes no stage; pass stage="),
        attach(of_a_path(), small_models.vit()),
    ):
        pass
    with attach(of_a_path(), small_models.vit(), stage="vit-block") as attached:
        assert attached.stage == "vit-block"


def test_attach_without_with_says_that_nothing_was_done():
    forgotten = attach(H2O(), small_models.llama())
    with pytest.raises(AttributeError, match=r"with attach\(method, model\) as attached"):
        _ = forgotten.reductions
    with pytest.warns(RuntimeWarning, match="without a with block changes nothing"):
        del forgotten


def test_a_block_that_ended_is_not_begun_again():
    block = attach(H2O(), small_models.llama())
    with block:
        pass
    with pytest.raises(ValueError, match="anew"), block:
        pass


def test_a_method_stays_attached_until_it_is_taken_out():
    model = small_models.llama()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attached = attach(H2O(keep=8), model).__enter__()
        gc.collect()
    _, ids, mask = _padded_prompt()
    model.generate(ids, attention_mask=mask, **GREEDY)
    assert attached.reductions
    attached.remove()
    assert not any(layer._forward_pre_hooks for layer in model.model.layers)
