"""Products of tokens in float32, whatever they are held in.

A model in half precision rounds products to three digits, and inside `torch.autocast` matrix products are
rounded so even where both sides are float32. Criteria compare scores with each other, where that decides.
"""

from __future__ import annotations

import torch
from torch import Tensor

PIECE = 8192
"""How many of the right side's tokens are held in float32 at a time."""


def products(left: Tensor, right: Tensor) -> Tensor:
    """Each token of one side times each of the other, in float32: (..., N, d) x (..., M, d) -> (..., N, M).

    Of a right side in half precision, a copy in float32 of `PIECE` tokens exists at a time, so that the keys
    of a long prompt are not held twice.
    """
    with torch.autocast(left.device.type, enabled=False):
        left = left.float()
        if right.dtype == torch.float32 or right.shape[-2] <= PIECE:
            return left @ right.float().transpose(-1, -2)
        pieces = right.split(PIECE, dim=-2)
        return torch.cat([left @ piece.float().transpose(-1, -2) for piece in pieces], dim=-1)
