"""FastV: An Image is Worth 1/2 Tokens After Layer 2 (Chen et al., ECCV 2024).

Criterion: the attention that an image token receives in layer K, averaged over heads. The paper (Sec. 4.1)
averages over "all other tokens"; the official code, and all who compare with it, ask the last prompt token
alone, which one row of the attention map answers. That is the default here, `attention_from="all"` the other.
Mechanism: from layer K on, only the most attended image tokens remain, in their order.
Twist: tokens keep their position ids, and the layers before K keep their full cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import accumulated_attention, last_token_attention
from reference_impls.mechanisms.protect import keep_real
from reference_impls.mechanisms.prune import best_candidates
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings


def attended_tokens(attention: Tensor, candidates: Tensor, keep: float, official: bool = False) -> Tensor:
    """(B, N) bool: what stays, from the attention (B, H, N) that all tokens receive.

    The official code lets the first batch element decide for all; the paper knows no batch.
    """
    scores = attention.float().mean(dim=1)
    if official:
        scores = scores[:1].expand_as(scores)
    return best_candidates(scores, candidates, keep, "round")


@dataclass(frozen=True)
class FastV(Settings):
    """Drop image tokens before one decoder layer.

    Parameters
    ----------
    keep : what remains of the image tokens. The paper's R is the fraction removed, so keep = 1 - R; rounded
        to nearest.
    layer : the paper's K: layers 0 .. K-1 see all tokens, and the attention of layer K-1 decides.
    positions : "keep" the original position ids, as published, or "renumber" them.
    attention_from : the "last" prompt token, or "all" tokens, whose rows are computed a few at a time.
    official : let the first batch element decide for all.
    """

    keep: Keep = 0.5
    layer: Count = 2
    positions: Literal["keep", "renumber"] = "keep"
    attention_from: Literal["last", "all"] = "last"
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == self.layer

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). Queries and keys are those of the layer before; the last query row is the
        prompt's end.
        """
        received = last_token_attention if self.attention_from == "last" else accumulated_attention
        attention = received(context.require("queries"), context.require("keys"), visible=context.valid)
        stays = attended_tokens(attention, context.require("candidates"), self.keep, self.official)
        return keep_real(tokens, stays, context)


METHOD = Method(
    name="FastV",
    paper="fastv",
    citation="Chen et al., An Image is Worth 1/2 Tokens After Layer 2, ECCV 2024, arXiv:2403.06764",
    domain=("multimodal",),
    stage="decoder-prefill",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=FastV,
)
