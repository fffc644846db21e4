"""DeCo: Decoupling Token Compression from Semantic Abstraction in Multimodal Large Language Models (Yao et
al., 2024).

Criterion: none. Every patch counts alike, and what they mean together is left to the language model.
Mechanism: 2D adaptive average pooling of the grid of patches, before the projector.
Twist: no weights; the projector behind it stays an ordinary one, which the paper trains on pooled tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.pool import pool, pooled_grid
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


@dataclass(frozen=True)
class DeCo(Settings):
    """Pool an image's patches before the projector.

    Parameters
    ----------
    keep : what remains of the patches, at most: as many as the largest grid of theirs has, with both sides
        shortened alike. The paper's numbers are squares, such as 144 of 576.
    """

    keep: Keep = 0.25

    needs: ClassVar[frozenset[str]] = frozenset({"grid"})
    adaptive: ClassVar[bool] = True

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D), row by row. A pooled token stands at the middle of its window."""
        return behind_leading(tokens, context, self._pool)

    def _pool(self, patches: Tensor, context: Context) -> Reduction:
        grid: tuple[int, int] = context.require("grid")
        pooled = pooled_grid(grid, budget(self.keep, patches.shape[1], "floor"))
        return pool(patches, grid, pooled, size=context.size)


METHOD = Method(
    name="DeCo",
    paper="deco",
    citation="Yao et al., DeCo: Decoupling Token Compression from Semantic Abstraction, arXiv:2405.20985",
    domain=("multimodal",),
    stage="vision-output",
    criterion=(),
    mechanism=("pooling",),
    training="based",
    implementation=DeCo,
)
