"""LTP: Learned Token Pruning for Transformers (Kim et al., KDD 2022).

Criterion (Sec. 3): a token's importance, the attention that it receives in this layer, averaged over heads
and over the sequence's tokens.
Mechanism: tokens under the layer's threshold are dropped between attention and feed-forward.
Twist: the thresholds are learned, one per layer, with a soft mask in place of the cut, so that a sentence
keeps as many tokens as it needs. They start from a line that rises with the layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import received_attention
from reference_impls.mechanisms.protect import keep_real, real_tokens
from reference_impls.mechanisms.prune import best_counts
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import NotNegative, Settings


def importance(received: Tensor, length: Tensor | int) -> Tensor:
    """From the attention that tokens receive, summed over rows (B, H, N), and how many rows that is an
    average of: (B, N).
    """
    return received.mean(dim=1) / length


def rising_threshold(final: float, layer: int, layers: int) -> float:
    """The line that the thresholds start from, 0 in layer 0; `final` would be that of one layer more than
    there are.
    """
    return final * layer / layers


def top_share(final: float, layer: int, layers: int) -> float:
    """SpAtten's schedule (Wang et al., HPCA 2021), the paper's comparison: what remains after a layer.

    The first three layers or 15%, whichever is more, keep all; then the share falls in equal steps to
    `final`.
    """
    full = max(3, math.ceil(0.15 * layers))
    return 1.0 if layer < full else 1.0 - (1.0 - final) * (layer - full + 1) / (layers - full)


def important_tokens(scores: Tensor, real: Tensor, amount: float, rule: str, lengths: Tensor) -> Tensor:
    """(B, N) bool: the `real` tokens (B, N) that stay by their importance (B, N).

    `rule` is "absolute" (at least `amount`), "relative" (at least that share of the largest) or "top" (that
    share of the sentence, which had `lengths` (B,) tokens; rounded to nearest).
    """
    if rule == "top":
        return best_counts(scores, real, torch.round(lengths * amount).long()) & real
    largest = scores.masked_fill(~real, 0.0).amax(dim=1, keepdim=True) if rule == "relative" else 1.0
    return real & (scores >= amount * largest)


@dataclass(frozen=True)
class LTP(Settings):
    """Drop unimportant tokens in every layer. The class token always stays, for the classifier reads it.

    Parameters
    ----------
    threshold : of importance, which averages 1 / length; where the line of thresholds ends.
    learned : what training added to each layer's threshold; None adds nothing.
    rule : "absolute" is the paper; "relative" (a token needs `threshold` of the largest importance, in every
        layer) and "top" (SpAtten's schedule down to the share `threshold`) are its code's other pruners.
    official : average over the tokens that the batch was given, padding and dropped ones included, in place
        of those that are left.
    """

    threshold: NotNegative = 0.02
    learned: tuple[float, ...] | None = None
    rule: Literal["absolute", "relative", "top"] = "absolute"
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys"})
    adaptive: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rule != "absolute" and self.threshold > 1:
            raise ValueError(
                f"LTP: with rule={self.rule!r} threshold is a share between 0 and 1, found {self.threshold}"
            )

    def acts_on(self, layer: int, layers: int) -> bool:
        return True

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D), padded where elements keep different numbers."""
        real = real_tokens(tokens, context.valid)
        given: int = context.memory.setdefault("given", tokens.shape[1])
        lengths: Tensor = context.memory.setdefault("lengths", real.sum(dim=1))
        received = received_attention(
            context.require("queries"), context.require("keys"), visible=context.valid
        )
        scores = importance(received, given if self.official else real.sum(dim=1, keepdim=True))
        amount = self._amount(context.layer, context.layers)
        stays = important_tokens(scores, real, amount, self.rule, lengths)
        leading = torch.arange(tokens.shape[1], device=tokens.device) < context.protected
        return keep_real(tokens, stays | leading, context)

    def _amount(self, layer: int, layers: int) -> float:
        if self.rule == "relative":
            return self.threshold
        if self.rule == "top":
            return top_share(self.threshold, layer, layers)
        start = rising_threshold(self.threshold, layer, layers)
        if self.learned is None:
            return start
        if layer >= len(self.learned):
            raise ValueError(f"LTP was given thresholds for {len(self.learned)} layers, not for {layers}")
        return start + self.learned[layer]


METHOD = Method(
    name="LTP",
    paper="ltp",
    citation="Kim et al., Learned Token Pruning for Transformers, KDD 2022, arXiv:2107.00910",
    domain=("language",),
    stage="encoder-layer",
    criterion=("attention",),
    mechanism=("pruning",),
    training="based",
    implementation=LTP,
)
