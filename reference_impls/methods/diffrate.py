"""DiffRate: Differentiable Compression Rate for Efficient Vision Transformers (Chen et al., ICCV 2023).

Criterion (Sec. 3, "Token Sorting"): the class token's attention, averaged over heads; where a merged token
goes is the cosine similarity of the tokens themselves.
Mechanism: in every block the least attended tokens are dropped, and the least attended of what is left merge
into the most similar of the others, as the mean weighted by how many patches each holds.
Twist (Sec. 3, "Compression Rate Re-parameterization"): how many go in each block is learned with gradients,
as the expectation of a rate over a fixed set of rates.

The official code also shrinks the size that attention is told of by the similarity of what was merged; here
sizes are counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import class_attention
from reference_impls.criteria.similarity import best_match, cosine_similarity
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import gather_tokens, top, with_protected
from reference_impls.mechanisms.rows import without_padding
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings


def expected_patches(logits: Tensor, patches: int) -> Tensor:
    """How many of `patches` logits (..., C) over the compression rates 0, 1/C, ... (C - 1)/C leave: (...).

    Differentiable, so that a loss on the FLOPs, which are a formula of these numbers, reaches the logits.
    """
    choices = logits.shape[-1]
    left = torch.arange(choices, 0, -1, device=logits.device) * (patches / choices)
    return (logits.softmax(dim=-1) * left).sum(dim=-1)


def prune_and_merge(
    tokens: Tensor,
    order: Tensor,
    pruned_to: int,
    merged_to: int,
    *,
    protected: int = 1,
    size: Tensor | None = None,
) -> tuple[Reduction, Tensor]:
    """Leave the first `merged_to` of (B, N, D) tokens in `order` (B, N), the protected ones first, and the
    similarity (B, pruned_to - merged_to) of each merged token to the one that took it.

    Tokens from `pruned_to` on are dropped, those between merge into one of those left, no protected one.
    """
    kept, merged = order[:, :merged_to], order[:, merged_to:pruned_to]
    hosts = gather_tokens(tokens, kept[:, protected:])
    closeness, host = best_match(cosine_similarity(gather_tokens(tokens, merged), hosts))
    source = slots_of(kept, tokens.shape[1]).scatter(1, merged, host + protected)
    return merge(tokens, source, kept, size=size), closeness


@dataclass(frozen=True)
class DiffRate(Settings):
    """Prune and merge in every block, between attention and MLP.

    Parameters
    ----------
    keep : what remains of the patches in each block where nothing was learned; rounded up, and half of what
        goes, rounded down, is pruned.
    pruned_to, merged_to : the learned numbers, as the authors publish them: how many tokens, the class token
        included, each block leaves after pruning and after merging, both or neither. What a block does not
        have stays.
    proportional_attention : attention counts a merged token as many.
    """

    keep: Keep = 0.9
    pruned_to: tuple[Count, ...] | None = None
    merged_to: tuple[Count, ...] | None = None
    proportional_attention: bool = True

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "protected"})

    def __post_init__(self) -> None:
        super().__post_init__()
        pruned, merged = self.pruned_to or (), self.merged_to or ()
        if len(pruned) != len(merged):
            raise ValueError(
                f"DiffRate: pruned_to and merged_to are learned together, two numbers for each block, found "
                f"{len(pruned)} and {len(merged)}"
            )

    @classmethod
    def learned(cls, prune: Tensor, merge: Tensor, patches: int) -> DiffRate:
        """From logits over rates (layers, C) of an image of `patches`: each block prunes and merges down to
        what its rates leave of the image, rounded up.
        """
        pruned_to, merged_to = (
            tuple(1 + math.ceil(left) for left in expected_patches(logits, patches).tolist())
            for logits in (prune, merge)
        )
        return cls(pruned_to=pruned_to, merged_to=merged_to)

    def acts_on(self, layer: int, layers: int) -> bool:
        return True

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D): the class token, then the patches that stay, most attended first."""
        context.require_class_token("DiffRate")
        return without_padding(tokens, context, self._prune_and_merge)

    def _prune_and_merge(self, tokens: Tensor, context: Context) -> Reduction:
        queries, keys, protected = context.require("queries"), context.require("keys"), context.protected
        pruned_to, merged_to = self._counts(tokens.shape[1], protected, context.layer)
        if merged_to == tokens.shape[1]:
            return Reduction.identity(tokens, context.size)
        attention = class_attention(queries, keys).mean(dim=1)[:, protected:]
        order = with_protected(top(attention, attention.shape[1]), protected)
        reduction, _ = prune_and_merge(
            tokens, order, pruned_to, merged_to, protected=protected, size=context.size
        )
        return reduction

    def _counts(self, present: int, protected: int, layer: int) -> tuple[int, int]:
        """How many tokens, with the class token, are left after pruning and after merging."""
        patches = present - protected
        left = budget(self.keep, patches, "ceil")
        if self.pruned_to is None or self.merged_to is None:
            return present - (patches - left) // 2, protected + left
        if layer >= len(self.pruned_to):
            raise ValueError(
                f"DiffRate was given numbers for {len(self.pruned_to)} blocks, not for {layer + 1}"
            )
        pruned_to = min(present, self.pruned_to[layer])
        merged_to = min(pruned_to, self.merged_to[layer])
        if merged_to <= protected:
            raise ValueError(
                f"DiffRate is to leave {merged_to} tokens in block {layer}, of which {protected} stand for "
                "no patch (class token, distillation token): others need a patch to merge into"
            )
        return pruned_to, merged_to


METHOD = Method(
    name="DiffRate",
    paper="diffrate",
    citation="Chen et al., DiffRate, ICCV 2023, arXiv:2305.17997",
    domain=("vision",),
    stage="vit-block",
    criterion=("attention", "similarity"),
    mechanism=("pruning", "merging"),
    training="based",
    implementation=DiffRate,
)
