"""Attention score: keep the tokens that one token attends to most, a baseline without refinements.

Criterion: the attention, averaged over heads, of the class token where there is one (image and text
encoders), and of the prompt's last token in a decoder.
Mechanism: keep the highest, in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import class_attention, last_token_attention
from reference_impls.mechanisms.protect import keep_real, removable
from reference_impls.mechanisms.prune import best_candidates
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings, Whole


@dataclass(frozen=True)
class AttentionScore(Settings):
    """Drop the least attended tokens at one layer.

    Parameters
    ----------
    keep : what remains of the candidates; rounded to nearest.
    layer : where it acts. In an encoder that layer's own attention decides; in a decoder the attention of the
        layer before, since the tokens leave before the layer.
    positions : "keep" or "renumber" the position ids of a decoder.
    """

    keep: Keep = 0.5
    layer: Whole = 2
    positions: Literal["keep", "renumber"] = "keep"

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == self.layer

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). Without `candidates` token 0 is the class token, and all others may go."""
        queries, keys, valid = context.require("queries"), context.require("keys"), context.valid
        if context.candidates is not None:
            attention = last_token_attention(queries, keys, visible=valid)
        else:
            context.require_class_token("the attention score")
            attention = class_attention(queries, keys, visible=valid)
        stays = best_candidates(attention.mean(dim=1), removable(tokens, context), self.keep, "round")
        return keep_real(tokens, stays, context)


METHOD = Method(
    name="Attention score",
    paper=None,
    citation="Baseline; no paper",
    domain=("vision", "multimodal"),
    stage="decoder-prefill",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=AttentionScore,
)
