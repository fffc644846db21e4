"""Criteria, apart from the methods that use them."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_impls.criteria.attention import accumulated_attention, attention_rows, mean_products
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
