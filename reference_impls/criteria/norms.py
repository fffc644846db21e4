"""Scores from a token's length alone, and how large an image's numbers are."""

from __future__ import annotations

from torch import Tensor


def norm(tokens: Tensor, order: float = 2.0) -> Tensor:
    """The `order`-norm of each token, in float32: (..., N, d) -> (..., N)."""
    if order == 1.0:
        return tokens.float().abs().sum(dim=-1)  # what `norm` computes, several times faster
    return tokens.float().norm(p=order, dim=-1)


def mean_size(values: Tensor, images: int, as_one: int = 1) -> Tensor:
    """The mean absolute value of (R, ...), for each of the `images` that the R rows belong to, one behind the
    other: (images,), in float32.

    Where these lie in several parts, such as the halves of a guided batch, the first of each part are taken
    `as_one`, and so on.
    """
    sizes = values.float().abs().reshape(images, -1).mean(dim=1)
    return sizes.view(as_one, -1).mean(dim=0).repeat(as_one)
