"""ToDo: Token Downsampling for Efficient Generation of High-Resolution Images (Smith et al., IJCAI 2024).

Criterion: a token's place in the image: neighbours are alike, so every f-th of a row and of a column will do.
Mechanism: keys and values are computed of those tokens only.
Twist: queries stay complete, so nothing has to be spread back after attention, as ToMeSD has to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

from reference_impls.context import Context
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import keep_index
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Count, Settings

How = Literal["nearest", "nearest-exact", "bilinear", "avg_pool", "max_pool"]


def downsample(tokens: Tensor, grid: tuple[int, int], smaller: tuple[int, int], how: How) -> Reduction:
    """An image (B, N, D) in raster order on a smaller grid: (B, M, D).

    "nearest" takes the first token of each window and "nearest-exact" the middle one; the others combine the
    window. Where windows do not divide the grid, "avg_pool" and "max_pool" leave out what is beyond the last
    whole one.
    """
    height, width = grid
    if height * width != tokens.shape[1]:
        raise ValueError(f"a grid of {height} x {width} does not hold {tokens.shape[1]} tokens")
    if how in ("nearest", "nearest-exact"):
        half = 0.5 if how == "nearest-exact" else 0.0
        rows, columns = (
            ((torch.arange(less, device=tokens.device) + half) * side / less).long()
            for side, less in zip(grid, smaller, strict=True)
        )
        index = (rows.unsqueeze(-1) * width + columns).flatten()
        return keep_index(tokens, index.expand(tokens.shape[0], -1))
    window = height // smaller[0], width // smaller[1]
    slot, first = _windows(grid, smaller, window, tokens.device)
    source, position = (index.expand(tokens.shape[0], -1) for index in (slot, first))
    mean = merge(tokens, source, position)
    if how == "avg_pool":
        return mean
    image = tokens.float().transpose(1, 2).unflatten(-1, grid)
    if how == "max_pool":
        pooled = max_pool2d(image[..., : window[0] * smaller[0], : window[1] * smaller[1]], window)
    else:
        pooled = interpolate(image, smaller, mode="bilinear")
    return Reduction(pooled.flatten(2).transpose(1, 2).to(tokens.dtype), source, mean.size, position)


def _windows(
    grid: tuple[int, int], smaller: tuple[int, int], window: tuple[int, int], device: torch.device
) -> tuple[Tensor, Tensor]:
    """The window of each token (N,), -1 beyond the last whole one, and each window's first token (M,)."""
    rows, columns = (torch.arange(side, device=device) for side in grid)
    row, column = rows.unsqueeze(-1) // window[0], columns // window[1]
    inside = (row < smaller[0]) & (column < smaller[1])
    slot = torch.where(inside, row * smaller[1] + column, -1)
    first = rows[: smaller[0], None] * window[0] * grid[1] + columns[: smaller[1]] * window[1]
    return slot.flatten(), first.flatten()


@dataclass(frozen=True)
class ToDo(Settings):
    """Let self-attention look at a smaller image.

    Parameters
    ----------
    factor : the paper's downsampling factor, of each side: 1 / factor² of the keys and values remain.
    how : "nearest", as published; the official code offers the others too.
    max_downsample : act only where the image is at most this many times smaller than the latent.
    """

    factor: Count = 2
    how: How = "nearest"
    max_downsample: Count = 1

    shortens: ClassVar[str] = "keys"
    modules: ClassVar[tuple[str, ...]] = ("attention",)
    needs: ClassVar[frozenset[str]] = frozenset({"grid"})

    def acts_here(self, context: Context) -> bool:
        return context.downsample <= self.max_downsample

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D), of which keys and values are made."""
        height, width = context.require("grid")
        smaller = max(1, height // self.factor), max(1, width // self.factor)
        return downsample(tokens, (height, width), smaller, self.how)


METHOD = Method(
    name="ToDo",
    paper="todo",
    citation="Smith et al., ToDo, IJCAI 2024, arXiv:2402.13573",
    domain=("vision",),
    stage="diffusion-step",
    criterion=("position",),
    mechanism=("downsampling",),
    training="free",
    implementation=ToDo,
)
