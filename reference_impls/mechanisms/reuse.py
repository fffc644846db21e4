"""Compute some tokens anew and take the others from an earlier step."""

from __future__ import annotations

from torch import Tensor


def refresh(cached: Tensor, fresh: Tensor, index: Tensor) -> Tensor:
    """A copy of `cached` (B, N, D) with `fresh` (B, M, D) at the tokens `index` (B, M)."""
    return cached.scatter(1, index.unsqueeze(-1).expand_as(fresh), fresh.to(cached.dtype))
