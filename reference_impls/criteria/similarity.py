"""Scores from how alike tokens are."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize


def cosine_similarity(left: Tensor, right: Tensor) -> Tensor:
    """All pairs, in float32: (..., N, d) x (..., M, d) -> (..., N, M)."""
    unit = normalize(left.float(), dim=-1)
    other = unit if right is left else normalize(right.float(), dim=-1)
    return unit @ other.transpose(-1, -2)


def best_match(similarity: Tensor) -> tuple[Tensor, Tensor]:
    """For each row of (..., N, M) its best column and how alike they are: two (..., N)."""
    best = similarity.max(dim=-1)
    return best.values, best.indices


def strongest_first(values: Tensor) -> Tensor:
    """Order (..., N) from high to low. Stable, so that ties fall the same way on every device."""
    return torch.sort(values, dim=-1, descending=True, stable=True).indices
