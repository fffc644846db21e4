"""Sparse-Tuning, formerly Dense-Tuning: Adapting Vision Transformers with Efficient Fine-tuning and Inference
(Liu et al., 2024). Its token stage only.

Criterion: the class token's attention, averaged over heads.
Mechanism: between attention and MLP of some blocks the most attended tokens are kept; the others become one.
Twist: this happens while adapters are trained in a frozen ViT. Its dense adapters, which bring features of
shallow blocks to the tokens that are left, and its training are not here: they are weights, not tokens.

The abstract says that informative tokens are kept and redundant ones merged; how the merged ones are weighted
is taken from EViT, which introduced this stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.methods.evit import EViT
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Blocks, Keep, Settings


@dataclass(frozen=True)
class SparseTuningTokens(Settings):
    """Keep attentive tokens and fuse the rest.

    Parameters
    ----------
    keep : what remains of the patches each time; rounded up.
    blocks : the blocks where it acts, counted from 0. None: where EViT does, after each quarter of the depth.
    """

    keep: Keep = 0.7
    blocks: Blocks | None = None

    needs: ClassVar[frozenset[str]] = EViT.needs

    def _stage(self) -> EViT:
        return EViT(keep=self.keep, blocks=self.blocks, fuse=True)

    def acts_on(self, layer: int, layers: int) -> bool:
        return self._stage().acts_on(layer, layers)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, K + 2, D): class token, kept patches, and the sum of the others."""
        context.require_class_token("Sparse-Tuning")
        return self._stage().reduce(tokens, context)


METHOD = Method(
    name="Sparse-Tuning",
    paper="dense-tuning",
    citation="Liu et al., Sparse-Tuning, 2024, arXiv:2405.14700",
    domain=("vision",),
    stage="vit-block",
    criterion=("attention",),
    mechanism=("pruning", "merging"),
    training="based",
    implementation=SparseTuningTokens,
)
