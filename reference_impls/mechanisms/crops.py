"""Where the crops of a cut image lie: in its overview, and on the raster that they make together."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_impls.context import Crops


def areas_in_overview(image: Crops, grid: tuple[int, int], device: torch.device | None = None) -> Tensor:
    """Which crop each token of the overview's `grid` shows: (N,), crops counted in raster order. Where crops
    do not divide the grid, a token counts for the one that its upper left corner lies in.
    """
    row = torch.arange(grid[0], device=device) * image.rows // grid[0]
    column = torch.arange(grid[1], device=device) * image.columns // grid[1]
    return (row.unsqueeze(-1) * image.columns + column).flatten()


def not_padding(image: Crops, grid: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns of the common raster that show the image.

    Crops are cut from a padded image; LLaVA-NeXT takes the padding away again, in whole tokens.
    """
    rows, columns = image.rows * grid[0], image.columns * grid[1]
    if image.width * rows > image.height * columns:
        height = int(round(image.height * (columns / image.width), 7))
        first = (rows - height) // 2
        return slice(first, rows - first), slice(0, columns)
    width = int(round(image.width * (rows / image.height), 7))
    first = (columns - width) // 2
    return slice(0, rows), slice(first, columns - first)


def cut(raster: Tensor, image: Crops) -> Tensor:
    """The common raster (rows * h, columns * w) as its crops: (crops, h * w)."""
    parts = raster.unflatten(0, (image.rows, -1)).unflatten(2, (image.columns, -1))
    return parts.transpose(1, 2).flatten(2).flatten(0, 1)
