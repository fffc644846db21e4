"""Criteria, apart from the methods that use them."""

import torch

from reference_impls.criteria.attention import attention_rows, mean_products
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
