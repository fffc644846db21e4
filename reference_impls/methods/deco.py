"""DeCo: Decoupling Token Compression from Semantic Abstraction in Multimodal Large Language Models (Yao et
al., 2024).

Criterion: none. Every patch counts alike, and what they mean together is left to the language model.
Mechanism: 2D adaptive average pooling of the grid of patches, before the projector.
Twist: no weights; the projector behind it stays an ordinary one, which the paper trains on pooled tokens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from reference_impls.context import Context
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


def pooled_grid(grid: tuple[int, int], count: int) -> tuple[int, int]:
    """The largest grid of at most `count` cells, each side shortened alike.

    >>> pooled_grid((24, 24), 144), pooled_grid((24, 24), 120), pooled_grid((8, 18), 36)
    ((12, 12), (10, 10), (4, 9))
    """
    share = math.sqrt(count / math.prod(grid))
    rows, columns = (max(1, math.floor(round(side * share, 9))) for side in grid)
    return min(rows, count), min(columns, max(1, count // rows))


def adaptive_pooling(tokens: Tensor, grid: tuple[int, int], pooled: tuple[int, int]) -> Tensor:
    """(B, h * w, D) in raster order of `grid` (h, w) to (B, h' * w', D), in float32 at least. Where sides do
    not divide, neighbouring windows share a row or a column.
    """
    exact = torch.promote_types(tokens.dtype, torch.float32)
    laid_out = tokens.to(exact).transpose(1, 2).unflatten(2, grid)
    return adaptive_avg_pool2d(laid_out, pooled).flatten(2).transpose(1, 2).to(tokens.dtype)


def cells(side: int, pooled: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Of `side` rows the one that each becomes a part of, (side,), and for each of the `pooled` the middle
    one of its own, (pooled,).

    >>> [part.tolist() for part in cells(5, 2, torch.device("cpu"))]
    [[0, 0, 0, 1, 1], [1, 3]]
    """
    part = torch.arange(side, device=device) * pooled // side
    first = torch.searchsorted(part, torch.arange(pooled + 1, device=device))
    return part, (first[:-1] + first[1:] - 1) // 2


@dataclass(frozen=True)
class DeCo(Settings):
    """Pool an image's patches before the projector.

    Parameters
    ----------
    keep : what remains of the patches, at most: as many as the largest grid of theirs has, with both sides
        shortened alike. The paper's numbers are squares, such as 144 of 576.
    """

    keep: Keep = 0.25

    needs: ClassVar[frozenset[str]] = frozenset({"grid"})
    adaptive: ClassVar[bool] = True

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D), row by row. A pooled token stands at the middle of its window."""
        return behind_leading(tokens, context, self._pool)

    def _pool(self, patches: Tensor, context: Context) -> Reduction:
        grid: tuple[int, int] = context.require("grid")
        pooled = pooled_grid(grid, budget(self.keep, patches.shape[1], "floor"))
        if pooled == grid:
            return Reduction.identity(patches, context.size)
        (row, middle_row), (column, middle_column) = (
            cells(side, shorter, patches.device) for side, shorter in zip(grid, pooled, strict=True)
        )
        source = (row.unsqueeze(1) * pooled[1] + column).flatten().expand(patches.shape[:2])
        middle = (middle_row.unsqueeze(1) * grid[1] + middle_column).flatten()
        made = adaptive_pooling(patches, grid, pooled)
        weights = torch.ones_like(source, dtype=torch.float32) if context.size is None else context.size
        size = weights.new_zeros(made.shape[:2]).scatter_add(1, source, weights)
        return Reduction(made, source, size, middle.expand(made.shape[:2]))


METHOD = Method(
    name="DeCo",
    paper="deco",
    citation="Yao et al., DeCo: Decoupling Token Compression from Semantic Abstraction, arXiv:2405.20985",
    domain=("multimodal",),
    stage="vision-output",
    criterion=(),
    mechanism=("pooling",),
    training="based",
    implementation=DeCo,
)
