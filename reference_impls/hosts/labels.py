"""The labels of a sequence that was shortened: those of the tokens that stay."""

from __future__ import annotations

import torch
from torch import Tensor

IGNORED = -100
"""What marks a label that no loss is computed of."""


def kept_labels(labels: Tensor, index: Tensor, real: Tensor | None) -> Tensor:
    """Labels (B, N) of the tokens at `index` (B, M); of what is not `real` (B, M), which is padding, none."""
    kept = labels.gather(1, index.to(labels.device))
    if real is None:
        return kept
    # What padding foretells of the first token is no loss.
    known = real & real.roll(1, dims=1)
    return torch.where(known.to(labels.device), kept, IGNORED)
