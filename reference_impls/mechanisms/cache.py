"""Keep some entries of a KV cache, drop the rest."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_impls.mechanisms.prune import best_counts, keep_mask
from reference_impls.reduction import Reduction, Rounding, budget


def keep_entries(
    entries: Tensor, scores: Tensor, keep: float, valid: Tensor | None = None, rounding: Rounding = "floor"
) -> Reduction:
    """The best entries of every key head by `scores` (B, Hkv, N): (B * Hkv, N, 2d) -> (B * Hkv, M, 2d), in
    order.

    `valid` (B, N) marks padding of the prompt: it is never kept, and `keep` as a fraction is of the real
    tokens. A count is what remains at most, as papers have it: shorter prompts stay whole.
    """
    counts = entry_budgets(scores, keep, valid, rounding)
    return keep_counts(entries, scores, counts.unsqueeze(1).expand(scores.shape[:2]), valid)


def keep_counts(entries: Tensor, scores: Tensor, counts: Tensor, valid: Tensor | None = None) -> Reduction:
    """The same with a number for every key head: `counts` (B, Hkv). Heads that keep fewer are padded."""
    batch, heads, count = scores.shape
    if entries.shape[:2] != (batch * heads, count):
        raise ValueError(
            f"scores {tuple(scores.shape)} do not fit {entries.shape[0]} heads of {entries.shape[1]} entries"
        )
    flat = scores.flatten(0, 1)
    everywhere = torch.ones_like(flat, dtype=torch.bool)
    real = everywhere if valid is None else valid.repeat_interleave(heads, dim=0)
    return keep_mask(entries, best_counts(flat, real, counts.flatten()) & real)


def entry_budgets(
    scores: Tensor, keep: float, valid: Tensor | None = None, rounding: Rounding = "floor"
) -> Tensor:
    """How many entries of each prompt remain in a head, where all heads keep as many: (B, Hkv, N) -> (B,)."""
    batch, _, count = scores.shape
    totals = [count] * batch if valid is None else valid.sum(dim=1).tolist()
    counts = [budget(keep, total, rounding, at_most=True) if total else 0 for total in totals]
    return torch.tensor(counts, device=scores.device)
