"""Scores that look at nothing: the baseline that every criterion has to beat."""

from __future__ import annotations

import torch
from torch import Tensor


def random_scores(tokens: Tensor, seed: int) -> Tensor:
    """Uniform scores (B, N), the same for every batch element and on every device.

    Drawn on the CPU from a generator of their own: global random state is neither read nor changed.
    """
    generator = torch.Generator().manual_seed(seed)
    row = torch.rand(tokens.shape[1], generator=generator)
    return row.to(tokens.device).expand(tokens.shape[0], -1)
