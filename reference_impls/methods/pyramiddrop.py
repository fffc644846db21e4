"""PyramidDrop: Pyramid Visual Redundancy Reduction (Xing et al., 2024), published as Conical Visual
Concentration (CVPR 2025).

Criterion (Sec. 3.2, Eq. 2): the attention of the last instruction token to each image token. The paper takes
the queries and keys of the last layer of the stage that ends; the official code, and this, those that the
first layer of the coming stage is about to compute.
Mechanism: at the end of each stage a constant share of the image tokens goes, so that counts fall
geometrically (Eq. 3).
Twist: few tokens are dropped early and many late; position ids are renumbered after each stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import last_token_attention
from reference_impls.depth import after_parts
from reference_impls.mechanisms.protect import keep_real
from reference_impls.mechanisms.prune import best_counts
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings


def rank_by_instruction(queries: Tensor, keys: Tensor, visible: Tensor | None = None) -> Tensor:
    """The last token's attention to all tokens, averaged over heads: (B, H, N, d) -> (B, N)."""
    return last_token_attention(queries, keys, visible=visible).mean(dim=1)


@dataclass(frozen=True)
class PyramidDrop(Settings):
    """Drop image tokens at the end of every stage.

    Parameters
    ----------
    keep : what remains of the image tokens after a stage, the paper's ratio lambda = 0.5. After stage s it is
        keep ** s of the image's tokens, rounded down. A count is what every stage leaves.
    stages : how many equal parts the layers are cut into; the paper has 4, so 3 drops.
    positions : "renumber" the position ids, as published, or "keep" them.
    """

    keep: Keep = 0.5
    stages: Count = 4
    positions: Literal["keep", "renumber"] = "renumber"

    judged_by: ClassVar[str] = "this layer"
    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates", "memory"})

    def drops_before(self, layers: int) -> list[int]:
        """The layers that begin the second and later stages."""
        if self.stages > layers:
            raise ValueError(f"PyramidDrop cannot cut {layers} layers into {self.stages} stages")
        return list(after_parts(layers, self.stages))

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer > 0 and layer in self.drops_before(layers)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). Queries and keys are the coming layer's own; the last row is the
        instruction's end.
        """
        candidates = context.require("candidates")
        present = candidates.sum(dim=1)
        image = context.memory.setdefault("image tokens", present)
        stage = self.drops_before(context.layers).index(context.layer) + 1
        counts = torch.tensor([self._count(total, stage) for total in image.tolist()], device=tokens.device)
        scores = rank_by_instruction(context.require("queries"), context.require("keys"), context.valid)
        return keep_real(tokens, best_counts(scores, candidates, counts), context)

    def _count(self, total: int, stage: int) -> int:
        if total == 0:
            return 0
        first = budget(self.keep, total, "floor")
        return budget(self.keep**stage, total, "floor") if self.keep <= 1 else first


METHOD = Method(
    name="PyramidDrop",
    paper="pyramiddrop",
    citation="Xing et al., PyramidDrop, CVPR 2025, arXiv:2410.17247",
    domain=("multimodal",),
    stage="decoder-prefill",
    criterion=("attention", "text-relevance"),
    mechanism=("pruning",),
    training="both",
    implementation=PyramidDrop,
)
