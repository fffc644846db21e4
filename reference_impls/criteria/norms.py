"""Scores from a token's length alone."""

from __future__ import annotations

from torch import Tensor


def norm(tokens: Tensor, order: float = 2.0) -> Tensor:
    """The `order`-norm of each token, in float32: (..., N, d) -> (..., N)."""
    if order == 1.0:
        return tokens.float().abs().sum(dim=-1)  # what `norm` computes, several times faster
    return tokens.float().norm(p=order, dim=-1)
