"""Random: keep tokens drawn by lot, the baseline that every criterion has to beat.

Criterion: uniform scores from a seeded generator.
Mechanism: keep the highest. It acts wherever pruning can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.seeded import random_scores
from reference_impls.mechanisms.protect import keep_real, removable
from reference_impls.mechanisms.prune import best_candidates
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings, Whole


@dataclass(frozen=True)
class RandomPruning(Settings):
    """Drop random tokens before one layer.

    Parameters
    ----------
    keep : what remains of the candidates; rounded to nearest.
    layer : where it acts, in a ViT or in a decoder.
    seed : the same seed keeps the same tokens, on every device.
    positions : "keep" or "renumber" the position ids of a decoder.
    """

    keep: Keep = 0.5
    layer: Whole = 2
    seed: int = 0
    positions: Literal["keep", "renumber"] = "keep"

    needs: ClassVar[frozenset[str]] = frozenset()

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == self.layer

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D), the same tokens for every batch element with the same candidates."""
        candidates = removable(tokens, context)
        # The n-th candidate draws the n-th number, so that padding in front changes nothing.
        drawn = random_scores(tokens, self.seed)
        scores = drawn.gather(1, (candidates.cumsum(dim=1) - 1).clamp(min=0))
        stays = best_candidates(scores, candidates, self.keep, "round")
        return keep_real(tokens, stays, context)


METHOD = Method(
    name="Random",
    paper=None,
    citation="Baseline; no paper",
    domain=("vision", "multimodal"),
    stage="decoder-prefill",
    criterion=("random",),
    mechanism=("pruning",),
    training="free",
    implementation=RandomPruning,
)
