"""FasterVLM: [CLS] Attention is All You Need for Training-Free Visual Token Pruning (Zhang et al., 2024), and
VisPruner, as which it was published: Beyond Text-Visual Attention (ICCV 2025).

Criterion: the class token's attention in the encoder, averaged over heads. VisPruner adds how little a token
resembles the others, by cosine similarity of the encoder's output.
Mechanism: keep the most attended patches, in raster order. VisPruner spends only a share of the budget so
(`important`); the rest goes to what is left of the other tokens once duplicates are gone: they are dealt into
two groups in turn, first by attention, and the tokens of the first group that are most like one of the second
leave, a few per round. In the next round what stayed of the first group is dealt before the second, those
most alike first.
Twist: attention of the encoder, not of the language model, decides, before the projector. Golden files prove
both. The official code cannot deal an odd number of tokens; here the first group then has one more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.similarity import best_match, cosine_similarity, strongest_first
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.prune import gather_tokens, keep_index, top
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings, Share


def attended(class_attention: Tensor) -> Tensor:
    """The score of each patch, from the class token's attention (B, H, N) -> (B, N)."""
    return class_attention.float().mean(dim=1)


def without_duplicates(tokens: Tensor, count: int, per_round: int) -> Tensor:
    """What is left of (B, N, D) when near-duplicates go: (B, count) indices, as the last round left them."""
    left = torch.arange(tokens.shape[1], device=tokens.device).expand(tokens.shape[0], -1)
    while left.shape[1] > count:
        first, second = left[:, ::2], left[:, 1::2]
        if second.shape[1] == 0:
            return left[:, :count]
        alike, _ = best_match(
            cosine_similarity(gather_tokens(tokens, first), gather_tokens(tokens, second)).float()
        )
        leaving = min(per_round, left.shape[1] - count, first.shape[1])
        stays = strongest_first(alike)[:, leaving:]
        left = torch.cat([gather_tokens(first, stays), second], dim=1)
    return left


@dataclass(frozen=True)
class FasterVLM(Settings):
    """Drop patches between vision encoder and projector.

    Parameters
    ----------
    keep : what remains of the patches, 1 minus the paper's reduction ratio; rounded to nearest.
    important : the share of `keep` that goes to the most attended patches, rounded down: 1 is FasterVLM, less
        is VisPruner, whose remaining share goes to patches that differ from each other.
    per_round : how many duplicates leave in each round.
    """

    keep: Keep = 64 / 576
    important: Share = 1.0
    per_round: Count = 8

    needs: ClassVar[frozenset[str]] = frozenset({"class_attention"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D)."""
        return behind_leading(tokens, context, self._choose)

    def _choose(self, patches: Tensor, context: Context) -> Reduction:
        order = top(attended(context.require("class_attention")), patches.shape[1])
        count = budget(self.keep, patches.shape[1], "round")
        important = int(self.important * count)
        kept, others = order[:, :important], order[:, important:]
        if important < count:
            distinct = without_duplicates(gather_tokens(patches, others), count - important, self.per_round)
            kept = torch.cat([kept, others.gather(1, distinct)], dim=1)
        return keep_index(patches, kept.sort(dim=1).values, size=context.size)


METHOD = Method(
    name="FasterVLM",
    paper="fastervlm",
    citation="Zhang et al., Beyond Text-Visual Attention, ICCV 2025, arXiv:2412.01818",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("attention", "similarity"),
    mechanism=("pruning",),
    training="free",
    implementation=FasterVLM,
)
