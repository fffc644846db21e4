"""Ada-KV: Optimizing KV Cache Eviction by Adaptive Budget Allocation for Efficient LLM Inference (Feng et
al., NeurIPS 2025).

Criterion: SnapKV's votes, the pooled attention that the prompt's last tokens pay to each earlier key.
Mechanism: keep the best entries of every head, and the window itself.
Twist: the heads of a layer share one budget. The votes of all heads are ranked together, and a head gets as
many places as votes of its own are among the best, so that heads which spread their attention keep more than
those which look at a few tokens. A share of the mean, the safeguard, is every head's in any case.

A cache here is as long as the head that keeps most; the places that others leave empty are masked, where the
official code packs the heads one behind the other, and then saves all that they drop.

This is Ada-SnapKV; the paper lets any method that ranks entries share its budget so. The official code rounds
the safeguard down to whole entries, with which a layer may keep some fewer than its budget; `official=True`
does so. Its `skip` and `normalize`, which leave layers uniform and weight the votes of a head by how much of
them its best places hold, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.cache import entry_budgets, keep_counts
from reference_impls.methods.snapkv import Odd, SnapKV
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Share


def best_of_all_heads(votes: Tensor, means: Tensor) -> Tensor:
    """How many of each head's votes (B, Hkv, N) are among the best Hkv * mean of all: (B, Hkv).

    `means` (B,) may differ between prompts. Every head's votes are of the same kind, a mean of attention.
    """
    heads = votes.shape[1]
    order = torch.sort(votes.flatten(1), dim=1, descending=True, stable=True).indices
    among = torch.arange(order.shape[1], device=votes.device) < heads * means.unsqueeze(1)
    best = torch.zeros_like(among).scatter(1, order, among)
    return best.unflatten(1, (heads, -1)).sum(dim=-1)


@dataclass(frozen=True)
class AdaKV(SnapKV):
    """Keep what the end of the prompt looks at, in each head as much as its attention calls for.

    Parameters
    ----------
    keep : what remains of the entries in the mean of a layer's heads, the window included; a fraction is
        rounded down.
    safeguard : the share of this mean, beside the window, that every head keeps at least; with 1 all heads
        keep the same.
    window, kernel, pooling : SnapKV's; the official code smooths otherwise here, and has a window of 32.
    official : see above.
    """

    kernel: Odd = 7
    pooling: Literal["average", "max"] = "max"
    safeguard: Share = 0.2
    official: bool = False

    shared: ClassVar[str] = "heads"

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d), padded where heads keep different numbers."""
        keys, valid = context.require("keys"), context.valid
        scores = self.scores(context.require("queries"), keys, valid, context.seen)
        kept = entry_budgets(scores, self.keep, valid)
        window = kept.clamp(max=self.window)
        votes = scores[..., : max(0, scores.shape[2] - self.window)]
        if valid is not None:  # pooling may have given padding some
            votes = votes.masked_fill(~valid[:, None, : votes.shape[2]], -1.0)
        counts = window.unsqueeze(1) + self.shares(votes, kept - window)
        return keep_counts(tokens, scores, counts, valid)

    def shares(self, votes: Tensor, means: Tensor) -> Tensor:
        """How many entries beside the window each head keeps, (B, Hkv), of votes (B, Hkv, N) and of what
        heads keep in the mean (B,).
        """
        safe = means * self.safeguard
        if self.official:
            safe = safe.floor()
        best = best_of_all_heads(votes, means)
        return (best * (1 - self.safeguard) + safe.unsqueeze(1)).round().long()


METHOD = Method(
    name="Ada-KV",
    paper="ada-kv",
    citation="Feng et al., Ada-KV, NeurIPS 2025, arXiv:2407.11550",
    domain=("language",),
    stage="kv-cache",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=AdaKV,
)
