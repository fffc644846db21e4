"""DivPrune: Diversity-based Visual Token Pruning for Large Multimodal Models (Alvar et al., CVPR 2025).

Criterion: diversity. Of all subsets of the budget's size, the wanted one has the largest smallest distance
between two of its tokens, by cosine distance: the max-min diversity problem.
Mechanism: solve it greedily. The first token is the one whose nearest neighbour is farthest away; each next
one is farthest from all that are chosen.
Twist: neither attention nor the question is asked. Tokens are compared as the projector hands them to the
language model, and go on in raster order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.diversity import farthest_first
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.prune import keep_index
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


def diverse_tokens(tokens: Tensor, keep: float) -> Tensor:
    """The indices of the `keep` most diverse tokens: (B, N, D) -> (B, M), in the order of selection."""
    return farthest_first(tokens.float(), budget(keep, tokens.shape[1], "round"))


@dataclass(frozen=True)
class DivPrune(Settings):
    """Drop similar tokens before the language model.

    Parameters
    ----------
    keep : what remains of the image tokens, the paper's subset ratio; rounded to nearest.
    """

    keep: Keep = 0.098

    needs: ClassVar[frozenset[str]] = frozenset({"projected"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D)."""
        return behind_leading(tokens, context, self._choose)

    def _choose(self, patches: Tensor, context: Context) -> Reduction:
        chosen = diverse_tokens(context.require("projected"), self.keep).sort(dim=1).values
        return keep_index(patches, chosen, size=context.size)


METHOD = Method(
    name="DivPrune",
    paper="divprune",
    citation="Alvar et al., DivPrune, CVPR 2025, arXiv:2503.02175",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("diversity",),
    mechanism=("pruning",),
    training="free",
    implementation=DivPrune,
)
