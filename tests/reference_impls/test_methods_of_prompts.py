"""Methods that choose among a prompt's words: how much each tells, and what stays."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impls import Context, attach
from reference_impls.criteria.information import self_information
from reference_impls.hosts import small_models
from reference_impls.hosts.reading import ReadingModel
from reference_impls.methods.llmlingua import LLMLingua, chosen_units, telling_tokens
from reference_impls.methods.selective_context import SelectiveContext, percentile_count


def _ids(count, seed=0, rows=1):
    return torch.randint(3, 90, (rows, count), generator=torch.Generator().manual_seed(seed))


def _generate(model, ids):
    return model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=5, do_sample=False)


def test_self_information_is_the_surprise_of_each_token_after_those_before_it():
    model, ids = small_models.llama(), _ids(300)
    with torch.no_grad():
        logits = model(ids).logits
    found = self_information(logits, ids)
    assert bool(found[:, 0].isnan().all())
    for token in (1, 2, 255, 256, 257, 299):  # on both sides of the chunks
        chance = logits[0, token - 1].softmax(dim=-1)[ids[0, token]]
        assert torch.isclose(found[0, token], -chance.log(), atol=1e-5)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31), count=st.integers(2, 60), keep=st.floats(0.05, 1))
def test_what_stays_is_what_reaches_the_percentile(seed, count, keep):
    informs = np.random.default_rng(seed).permutation(count).astype(float)
    threshold = np.percentile(informs, 100 * (1 - keep))
    assert percentile_count(keep, count) == int((informs >= threshold - 1e-9).sum())


@pytest.mark.parametrize(("official", "kept"), [(False, [0, 1, 2, 3]), (True, [0, 4])])
def test_the_tokens_of_a_unit_stay_or_go_together_by_their_sum_or_mean(official, kept):
    # After any word the model expects word 0 most; three tokens of little surprise outweigh one of much.
    logits = torch.zeros(1, 5, 4)
    logits[..., 0], logits[..., 1], logits[..., 2] = 3.0, 2.0, 1.0
    ids = torch.tensor([[0, 1, 1, 1, 2]])
    units = torch.tensor([[0, 7, 7, 7, 8]])
    context = Context(ids=ids, logits=logits, units=units)
    reduction = SelectiveContext(keep=0.5, official=official).reduce(torch.randn(1, 5, 8), context)
    assert reduction.kept[0].nonzero().squeeze(1).tolist() == kept


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31), count=st.integers(2, 50), segment=st.integers(2, 20), keep=st.floats(0.05, 1)
)
def test_llmlingua_leaves_as_many_tokens_as_it_is_told(seed, count, segment, keep):
    model, draw = small_models.llama(depth=1, width=16), torch.Generator().manual_seed(seed)
    ids, may_go = _ids(count, seed)[0], torch.rand(count, generator=draw) < 0.7
    wanted = round(keep * int(may_go.sum()))
    stays = telling_tokens(ids, may_go, wanted, segment, lambda: ReadingModel(model))
    assert bool(stays[~may_go].all())
    assert int(stays[may_go].sum()) == wanted


def test_llmlingua_reads_on_from_what_it_has_left():
    model, ids = small_models.llama(), _ids(30)
    stays = telling_tokens(ids[0], torch.ones(30, dtype=torch.bool), 15, 10, lambda: ReadingModel(model))
    text = torch.cat([ids[:, :10][:, stays[:10]], ids[:, 10:20]], dim=1)
    with torch.no_grad():
        told = self_information(model(text).logits, text)[0, -10:]
    assert set(told.topk(5).indices.tolist()) == set(stays[10:20].nonzero().squeeze(1).tolist())


def test_llmlingua_drops_whole_demonstrations_first():
    model, ids = small_models.llama(), _ids(60)
    units, candidates = torch.arange(60)[None] // 10, torch.ones(1, 60, dtype=torch.bool)
    candidates[:, 50:] = False  # the question
    with attach(LLMLingua(keep=0.2, coarse=1.5), model, units=units, candidates=candidates) as attached:
        _generate(model, ids)
    kept = attached.total().kept[0]
    assert bool(kept[50:].all())
    assert int(kept[:50].sum()) == 10
    assert kept[:50].reshape(5, 10).any(dim=1).sum() == 2  # the second fills more than 15 places
    surprise = [float(ReadingModel(model).read(one)[1:].mean()) for one in ids[0, :50].split(10)]
    shown = kept[:50].reshape(5, 10).any(dim=1).nonzero().squeeze(1).tolist()
    assert shown == sorted(sorted(range(5), key=surprise.__getitem__)[-2:])


def test_tokens_of_no_demonstration_stay():
    model, ids = small_models.llama(), _ids(40)
    units = torch.tensor([[0] * 10 + [1] * 10 + [2] * 10 + [-1] * 10])
    for method in (LLMLingua(keep=0.25), SelectiveContext(keep=0.25)):
        with attach(method, model, units=units) as attached:
            _generate(model, ids)
        kept = attached.total().kept[0]
        assert bool(kept[30:].all())
        assert int(kept[:30].sum()) < 15


def test_a_demonstration_of_one_token_comes_last():
    model, ids = small_models.llama(), _ids(40)[0]
    units = torch.tensor([0] * 12 + [9] + [1] * 13 + [8] + [2] * 13)
    shown = chosen_units(ids, units, 40, lambda: ReadingModel(model))
    assert shown[-2:].tolist() == [8, 9]
    assert set(shown[:3].tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"segment": 1}, "segment must be a whole number of 2 or more, found 1"),
        ({"segment": 2.5}, "whole number of 2 or more, found 2.5"),
        ({"segment": None}, "whole number of 2 or more, found None"),
        ({"coarse": 0.5}, "coarse must be a number of 1"),
        ({"coarse": "2"}, "coarse must be a number of 1 or more, found '2'"),
        ({"coarse": float("nan")}, "coarse must be a number"),
    ],
)
def test_llmlinguas_settings_are_checked(wrong, says):
    with pytest.raises(ValueError, match=says):
        LLMLingua(**wrong)
