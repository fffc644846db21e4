"""Scores from how alike tokens are."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize


def cosine_similarity(left: Tensor, right: Tensor) -> Tensor:
    """All pairs: (..., N, d) x (..., M, d) -> (..., N, M)."""
    return normalize(left, dim=-1) @ normalize(right, dim=-1).transpose(-1, -2)


def best_match(similarity: Tensor) -> tuple[Tensor, Tensor]:
    """For each row of (..., N, M) its best column and how alike they are: two (..., N)."""
    best = similarity.max(dim=-1)
    return best.values, best.indices


def strongest_first(values: Tensor) -> Tensor:
    """Order (..., N) from high to low. Stable, so that ties fall the same way on every device."""
    return torch.sort(values, dim=-1, descending=True, stable=True).indices
