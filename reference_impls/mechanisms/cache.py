"""Keep some entries of a KV cache, drop the rest."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_impls.mechanisms.prune import best_candidates, keep_mask
from reference_impls.reduction import Reduction, Rounding


def keep_entries(
    entries: Tensor, scores: Tensor, keep: float, valid: Tensor | None = None, rounding: Rounding = "floor"
) -> Reduction:
    """The best entries of every key head by `scores` (B, Hkv, N): (B * Hkv, N, 2d) -> (B * Hkv, M, 2d), in
    order.

    `valid` (B, N) marks padding of the prompt: it is never kept, and `keep` as a fraction is of the real
    tokens. A count is what remains at most, as papers have it: shorter prompts stay whole.
    """
    batch, heads, count = scores.shape
    if entries.shape[:2] != (batch * heads, count):
        raise ValueError(
            f"scores {tuple(scores.shape)} do not fit {entries.shape[0]} heads of {entries.shape[1]} entries"
        )
    flat = scores.flatten(0, 1)
    everywhere = torch.ones_like(flat, dtype=torch.bool)
    real = everywhere if valid is None else valid.repeat_interleave(heads, dim=0)
    return keep_mask(entries, best_candidates(flat, real, keep, rounding, at_most=True) & real)
