"""Reductions, budgets and mechanisms by themselves."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_impls import Reduction, budget
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.pool import window_of
from reference_impls.mechanisms.prune import best_candidates, keep_index, keep_mask, top
from reference_impls.mechanisms.reuse import refresh
from reference_impls.mechanisms.share import share_out


@given(st.floats(0.01, 1), st.integers(1, 5000))
def test_a_fraction_leaves_between_one_and_all(keep, total):
    counts = [budget(keep, total, rounding) for rounding in ("floor", "round", "ceil")]
    assert 1 <= counts[0] <= counts[1] <= counts[2] <= total


@pytest.mark.parametrize("keep", [0, -1, 1.5, 2.25, 11, float("nan"), float("inf"), True, "half", None])
def test_senseless_budgets_are_refused(keep):
    with pytest.raises(ValueError, match="keep"):
        budget(keep, 10)


def test_one_and_one_point_zero_both_mean_everything():
    assert budget(1, 10) == budget(1.0, 10) == 10


def _tokens(batch=2, count=6, width=3):
    return torch.arange(batch * count * width, dtype=torch.float32).view(batch, count, width)


def test_pruning_remembers_what_was_dropped():
    reduction = keep_index(_tokens(), torch.tensor([[0, 4], [5, 2]]))
    assert reduction.kept.tolist() == [
        [True, False, False, False, True, False],
        [False, False, True, False, False, True],
    ]
    assert reduction.source.tolist() == [[0, -1, -1, -1, 1, -1], [-1, -1, 1, -1, -1, 0]]
    assert torch.equal(reduction.unmerge()[0, 4], _tokens()[0, 4])
    assert bool((reduction.unmerge(fill=-7.0)[0, 1] == -7).all())


def test_rows_that_keep_different_numbers_are_padded():
    mask = torch.tensor([[True, False, True, True, False, False], [False, False, False, False, False, True]])
    reduction = keep_mask(_tokens(), mask)
    assert reduction.counts.tolist() == [3, 1]
    assert reduction.valid.tolist() == [[True, True, True], [True, False, False]]
    assert reduction.position.tolist() == [[0, 2, 3], [5, -1, -1]]
    assert torch.equal(reduction.kept, mask)


def test_merging_by_mean_weighs_by_size_and_sums_do_not_divide():
    tokens, source = _tokens(1, 3, 1), torch.tensor([[0, 0, 1]])
    position, size = torch.tensor([[0, 2]]), torch.tensor([[1.0, 3.0, 1.0]])
    assert merge(tokens, source, position, size=size).tokens.flatten().tolist() == [0.75, 2.0]
    weights = torch.tensor([[1.0, 0.5, 1.0]])
    summed = merge(tokens, source, position, weights=weights, combine="sum")
    assert summed.tokens.flatten().tolist() == [0.5, 2.0]
    assert merge(tokens, source, position, size=size).size.tolist() == [[4.0, 1.0]]


@given(st.integers(1, 6), st.integers(1, 6))
def test_two_reductions_compose_into_one(first, second):
    tokens = _tokens()
    early = keep_index(tokens, top(tokens.sum(-1), first))
    late = keep_index(early.tokens, top(early.tokens.sum(-1), min(second, first)))
    both = early.compose(late)
    assert torch.equal(both.tokens, tokens.gather(1, both.position.unsqueeze(-1).expand_as(both.tokens)))
    assert torch.equal(both.source >= 0, both.kept)


def test_a_reduction_refuses_shapes_that_disagree():
    tokens = _tokens()
    good = Reduction.identity(tokens)
    with pytest.raises(ValueError, match="size must be"):
        Reduction(tokens, good.source, good.size[:, :3], good.position)
    with pytest.raises(ValueError, match="tokens must be"):
        Reduction(tokens[0], good.source, good.size, good.position)
    with pytest.raises(ValueError, match="later reduction"):
        good.compose(Reduction.identity(tokens[:, :4]))


def test_each_prompts_own_candidates_are_counted():
    scores = torch.tensor([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]])
    candidates = torch.tensor([[True, True, False, False], [True, True, True, True]])
    stays = best_candidates(scores, candidates, 0.5)
    assert stays.tolist() == [[False, True, True, True], [True, True, False, False]]


def test_ties_go_to_the_earlier_token():
    assert top(torch.tensor([[1.0, 2.0, 2.0, 2.0]]), 2).tolist() == [[1, 2]]


def test_windows_at_the_edge_of_a_grid_are_smaller():
    assert window_of((3, 3), (2, 2)).view(3, 3).tolist() == [[0, 0, 1], [0, 0, 1], [2, 2, 3]]


def test_refreshing_leaves_the_cache_alone():
    cached = _tokens(1, 3, 2)
    fresh = refresh(cached, torch.full((1, 1, 2), -1.0), torch.tensor([[1]]))
    assert fresh[0, 1].tolist() == [-1.0, -1.0]
    assert torch.equal(cached, _tokens(1, 3, 2))


def test_a_budget_is_not_shared_out_by_what_is_no_number():
    with pytest.raises(ValueError, match=r"of 3 parts.* 2 would get a share that is not finite"):
        share_out(6, [2.0, float("nan"), float("inf")], [4, 4, 4])
