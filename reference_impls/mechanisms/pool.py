"""Replace each window of a grid of tokens by one token."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_impls.mechanisms.merge import merge
from reference_impls.reduction import Reduction


def window_of(grid: tuple[int, int], window: tuple[int, int], device: torch.device | None = None) -> Tensor:
    """(N,) int64: the window that each token of a raster-order grid lies in, in raster order."""
    height, width = grid
    rows = torch.arange(height, device=device) // window[0]
    columns = torch.arange(width, device=device) // window[1]
    across = -(-width // window[1])
    return (rows.unsqueeze(-1) * across + columns).flatten()


def average_windows(
    tokens: Tensor, grid: tuple[int, int], window: tuple[int, int], size: Tensor | None = None
) -> Reduction:
    """The size-weighted mean of each window, (B, N, D) -> (B, M, D); windows at the edge may be smaller."""
    if grid[0] * grid[1] != tokens.shape[1]:
        raise ValueError(f"a grid of {grid[0]} x {grid[1]} does not hold {tokens.shape[1]} tokens")
    if min(window) < 1:
        raise ValueError(f"a window needs at least one token each way, found {window}")
    source = window_of(grid, window, tokens.device)
    # A slot stands at the first token of its window.
    first = torch.searchsorted(
        source.sort().values, torch.arange(int(source.max()) + 1, device=tokens.device)
    )
    position = source.argsort(stable=True)[first]
    batch = tokens.shape[0]
    return merge(tokens, source.expand(batch, -1), position.expand(batch, -1), size=size)
