"""Which slot of a shorter sequence stands at each token."""

from __future__ import annotations

import torch
from torch import Tensor


def slots_of(position: Tensor, count: int) -> Tensor:
    """The slot at each of `count` tokens, from the token that each slot stands at: (..., M) -> (..., N), -1
    for tokens at which none stands.

    >>> slots_of(torch.tensor([3, 0, 2]), 5).tolist()
    [1, -1, 2, 0, -1]
    """
    slots = torch.arange(position.shape[-1], device=position.device).expand_as(position)
    return position.new_full((*position.shape[:-1], count), -1).scatter(-1, position, slots)
