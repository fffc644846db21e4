"""Criteria, apart from the methods that use them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_impls.criteria import products as in_pieces
from reference_impls.criteria.attention import accumulated_attention, attention_rows, mean_products
from reference_impls.criteria.products import products
from reference_impls.criteria.similarity import cosine_similarity


def test_long_keys_do_not_overflow_in_half_precision():
    queries, keys = torch.full((1, 1, 1, 64), 40.0), torch.full((1, 1, 3, 64), 40.0)
    keys[:, :, 1] = 39.5
    half = attention_rows(queries.half(), keys.half())
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, attention_rows(queries, keys))
    torch.testing.assert_close(mean_products(queries.half(), keys.half()), mean_products(queries, keys))


def test_similarity_is_not_rounded_to_half_precision():
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randn(1, 40, 64, generator=generator).bfloat16()
    assert torch.equal(cosine_similarity(tokens, tokens), cosine_similarity(tokens.float(), tokens.float()))


def _large_keys(seed=0):
    """Queries and keys whose products are some hundreds, as where a model's keys have large biases."""
    generator = torch.Generator().manual_seed(seed)
    queries, keys = (
        torch.randn(1, 4, 3, 64, generator=generator),
        torch.randn(1, 2, 40, 64, generator=generator),
    )
    return (queries * 3).bfloat16(), (keys + 30 * torch.randn(1, 2, 1, 64, generator=generator)).bfloat16()


@pytest.mark.parametrize("seed", range(4))
def test_products_of_half_precision_are_not_rounded_before_the_softmax(seed):
    queries, keys = _large_keys(seed)
    for_each = keys.repeat_interleave(2, dim=1)
    exact = queries.double() / 8 @ for_each.double().transpose(-1, -2)
    torch.testing.assert_close(
        attention_rows(queries, keys), exact.softmax(dim=-1).float(), rtol=1e-3, atol=1e-4
    )
    torch.testing.assert_close(mean_products(queries, for_each), exact.mean(dim=1).float())


def test_autocast_does_not_round_what_criteria_compute():
    queries, keys = (states.float() for states in _large_keys())
    outside = attention_rows(queries, keys), cosine_similarity(keys, keys), accumulated_attention(keys, keys)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = (
            attention_rows(queries, keys),
            cosine_similarity(keys, keys),
            accumulated_attention(keys, keys),
        )
    for one, other in zip(inside, outside, strict=True):
        assert torch.equal(one, other)


def test_long_keys_in_half_precision_are_taken_piece_by_piece(monkeypatch):
    queries, keys = _large_keys()
    whole = products(queries[:, :2], keys)
    monkeypatch.setattr(in_pieces, "PIECE", 7)
    torch.testing.assert_close(products(queries[:, :2], keys), whole)


def test_query_heads_that_share_a_key_head_attend_as_if_each_had_its_own():
    queries, keys = (states.float() for states in _large_keys())
    torch.testing.assert_close(
        attention_rows(queries, keys), attention_rows(queries, keys.repeat_interleave(2, 1))
    )
    with pytest.raises(ValueError, match="4 query heads cannot share 3 key heads evenly"):
        attention_rows(queries, torch.ones(1, 3, 40, 64))


@given(count=st.integers(1, 12), chunk=st.integers(1, 13), prefix=st.integers(0, 12), seed=st.integers(0, 99))
def test_attention_is_summed_over_the_rows_that_see_a_key(count, chunk, prefix, seed):
    generator = torch.Generator().manual_seed(seed)
    queries, keys = torch.randn(2, 2, 4, count, 8, generator=generator)
    at = torch.arange(count)
    seen = (at <= at[:, None]) | (at < prefix)  # the first ones are seen by all
    logits = (queries @ keys.transpose(-1, -2) / 8**0.5).masked_fill(~seen, -torch.inf)
    found = accumulated_attention(queries, keys, seen=seen[None, None], chunk=chunk)
    torch.testing.assert_close(found, logits.softmax(dim=-1).sum(dim=2))
    if prefix <= 1:
        torch.testing.assert_close(found, accumulated_attention(queries, keys, chunk=chunk))
