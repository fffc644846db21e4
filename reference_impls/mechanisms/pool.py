"""Windows of a grid of tokens, as pooling and local penalties take them, and their means."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from reference_impls.reduction import Reduction


def window_of(grid: tuple[int, int], window: tuple[int, int], device: torch.device | None = None) -> Tensor:
    """(N,) int64: the window that each token of a raster-order grid lies in, in raster order."""
    height, width = grid
    rows = torch.arange(height, device=device) // window[0]
    columns = torch.arange(width, device=device) // window[1]
    across = -(-width // window[1])
    return (rows.unsqueeze(-1) * across + columns).flatten()


def pooled_grid(grid: tuple[int, int], count: int) -> tuple[int, int]:
    """The largest grid of at most `count` cells, each side shortened alike.

    >>> pooled_grid((24, 24), 144), pooled_grid((24, 24), 120), pooled_grid((8, 18), 36)
    ((12, 12), (10, 10), (4, 9))
    """
    share = math.sqrt(count / math.prod(grid))
    rows, columns = (max(1, math.floor(round(side * share, 9))) for side in grid)
    return min(rows, count), min(columns, max(1, count // rows))


def pool(
    tokens: Tensor, grid: tuple[int, int], pooled: tuple[int, int], *, size: Tensor | None = None
) -> Reduction:
    """The means of adaptive windows, in float32 at least: (B, h * w, D) in raster order of `grid` (h, w) to
    (B, h' * w', D). Where sides do not divide, neighbouring windows share a row or a column, which `source`
    counts to one of them; a slot stands at the middle of its window. `size` (B, N) is the input's.
    """
    if pooled == grid:
        return Reduction.identity(tokens, size)
    (row, middle_row), (column, middle_column) = (
        _cells(side, shorter, tokens.device) for side, shorter in zip(grid, pooled, strict=True)
    )
    source = (row.unsqueeze(1) * pooled[1] + column).flatten().expand(tokens.shape[:2])
    middle = (middle_row.unsqueeze(1) * grid[1] + middle_column).flatten()
    laid_out = tokens.to(torch.promote_types(tokens.dtype, torch.float32)).transpose(1, 2).unflatten(2, grid)
    made = adaptive_avg_pool2d(laid_out, pooled).flatten(2).transpose(1, 2).to(tokens.dtype)
    weights = torch.ones_like(source, dtype=torch.float32) if size is None else size
    sizes = weights.new_zeros(made.shape[:2]).scatter_add(1, source, weights)
    return Reduction(made, source, sizes, middle.expand(made.shape[:2]))


def _cells(side: int, pooled: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Of `side` rows the one that each becomes a part of, (side,), and for each of the `pooled` the middle
    one of its own, (pooled,).

    >>> [part.tolist() for part in _cells(5, 2, torch.device("cpu"))]
    [[0, 0, 0, 1, 1], [1, 3]]
    """
    part = torch.arange(side, device=device) * pooled // side
    first = torch.searchsorted(part, torch.arange(pooled + 1, device=device))
    return part, (first[:-1] + first[1:] - 1) // 2
