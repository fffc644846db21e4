"""Windows of a grid of tokens, as pooling and local penalties take them."""

from __future__ import annotations

import torch
from torch import Tensor


def window_of(grid: tuple[int, int], window: tuple[int, int], device: torch.device | None = None) -> Tensor:
    """(N,) int64: the window that each token of a raster-order grid lies in, in raster order."""
    height, width = grid
    rows = torch.arange(height, device=device) // window[0]
    columns = torch.arange(width, device=device) // window[1]
    across = -(-width // window[1])
    return (rows.unsqueeze(-1) * across + columns).flatten()
