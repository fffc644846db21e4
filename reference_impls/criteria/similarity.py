"""Scores from how alike tokens are."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from reference_impls.criteria.products import products


def cosine_similarity(left: Tensor, right: Tensor) -> Tensor:
    """All pairs, in float32: (..., N, d) x (..., M, d) -> (..., N, M)."""
    unit = normalize(left.float(), dim=-1)
    other = unit if right is left else normalize(right.float(), dim=-1)
    return products(unit, other)


def paired_similarity(left: Tensor, right: Tensor, chunk: int = 256) -> Tensor:
    """Cosine of each vector and its counterpart, in float32: two (..., N, d) -> (..., N).

    What `torch.nn.functional.cosine_similarity` gives, without its three copies of the input: products are
    taken of `chunk` vectors at a time, which fit in a cache.
    """
    exact = torch.promote_types(left.dtype, torch.float32)
    lengths = (left.norm(dim=-1, dtype=exact) * right.norm(dim=-1, dtype=exact)).float()
    pairs = zip(left.flatten(0, -2).split(chunk), right.flatten(0, -2).split(chunk), strict=True)
    products = torch.cat([(one.float() * other.float()).sum(dim=-1) for one, other in pairs])
    return products.view(lengths.shape) / lengths.clamp(min=1e-8)


def best_match(similarity: Tensor) -> tuple[Tensor, Tensor]:
    """For each row of (..., N, M) its best column and how alike they are: two (..., N)."""
    best = similarity.max(dim=-1)
    return best.values, best.indices


def strongest_first(values: Tensor) -> Tensor:
    """Order (..., N) from high to low. Stable, so that ties fall the same way on every device."""
    return torch.sort(values, dim=-1, descending=True, stable=True).indices
