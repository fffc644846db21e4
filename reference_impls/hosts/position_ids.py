"""Position ids of the tokens that stay: renumbered without gaps, or their own rows of the rotary tables."""

from __future__ import annotations

import torch
from torch import Tensor


def close_gaps(
    positions: Tensor, valid: Tensor | None, index: Tensor, stays: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Renumber positions of several axes, (3, B, N), for the tokens at `index` (B, M): (3, B, M), and (B,)
    the next token's.

    A number that no remaining token has on any axis is taken out, and all above it move down. So text, with
    one number on all axes, is counted on, an image's rows and columns that are still there stay beside each
    other, and nothing changes where nothing was removed.
    """
    picked = positions.gather(2, index.expand(positions.shape[0], -1, -1))
    closed, following = [], []
    for row in range(index.shape[0]):
        before = positions[:, row] if valid is None else positions[:, row, valid[row]]
        after = picked[:, row] if stays is None else picked[:, row, stays[row]]
        used = torch.unique(before)
        gone = used[~torch.isin(used, after)]
        # A padding slot's number means nothing, but must not be negative.
        closed.append((picked[:, row] - torch.searchsorted(gone, picked[:, row].contiguous())).clamp(min=0))
        following.append(used[-1] + 1 - gone.numel())
    return torch.stack(closed, dim=1), torch.stack(following)


def pick_rows(table: Tensor, index: Tensor) -> Tensor:
    """Rows of a (B or 1, N, d) rotary table at (B, M)."""
    if table.ndim != 3:
        raise ValueError("positions can only be kept in models with one position per token; use renumber")
    return table.expand(index.shape[0], -1, -1).gather(1, index.unsqueeze(-1).expand(-1, -1, table.shape[-1]))
