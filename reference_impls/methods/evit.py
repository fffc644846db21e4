"""EViT: Not All Patches are What You Need (Liang et al., ICLR 2022).

Criterion (Sec. 3.1, "Attentive Token Identification"): the class token's attention, averaged over heads.
Mechanism (Sec. 3.2, "Inattentive Token Fusion"): keep the k most attended tokens; the others become one.
Twist: that fused token is the attention-weighted sum, whose weights do not add up to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import class_attention
from reference_impls.depth import after_parts
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import keep_index, top, with_protected
from reference_impls.mechanisms.rows import without_padding
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Blocks, Keep, Settings


def attentive_tokens(attention: Tensor, count: int) -> Tensor:
    """The `count` patches that the class token attends to most: (B, N - 1) -> (B, count), most attended
    first.
    """
    return top(attention, count)


def fuse_inattentive(
    tokens: Tensor, attention: Tensor, kept: Tensor, size: Tensor | None = None
) -> Reduction:
    """Class token, kept patches, and the attention-weighted sum of the rest: (B, N, D) -> (B, K + 2, D).

    `attention` (B, P) and `kept` (B, K) count patches; the N - P tokens before them stay.
    """
    batch, count, _ = tokens.shape
    protected = count - attention.shape[1]
    position = with_protected(kept, protected)
    source = slots_of(position, count)
    weights = torch.cat([attention.new_ones(batch, protected), attention], dim=1)
    weights = torch.where(source < 0, weights, torch.ones_like(weights))
    source = source.masked_fill(source < 0, position.shape[1])
    nowhere = torch.full_like(position[:, :1], -1)
    return merge(
        tokens, source, torch.cat([position, nowhere], dim=1), size=size, weights=weights, combine="sum"
    )


@dataclass(frozen=True)
class EViT(Settings):
    """Reorganise tokens between attention and MLP of some blocks.

    Parameters
    ----------
    keep : what remains of the patches each time, the paper's keep rate; rounded up.
    blocks : the blocks where it acts, counted from 0. None: the paper's 4th, 7th and 10th of 12, scaled to
        the depth.
    fuse : False drops the inattentive tokens ("inattentive token removal" in the ablation).
    """

    keep: Keep = 0.7
    blocks: Blocks | None = None
    fuse: bool = True

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "protected"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer in (after_parts(layers) if self.blocks is None else self.blocks)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, K + 2, D), or (B, K + 1, D) without fusing; one more with a distillation token.

        Token 0 is the class token.
        """
        context.require_class_token("EViT")
        return without_padding(tokens, context, self._reorganise)

    def _reorganise(self, tokens: Tensor, context: Context) -> Reduction:
        queries, keys = context.require("queries"), context.require("keys")
        attention = class_attention(queries, keys).mean(dim=1)[:, context.protected :]
        count = budget(self.keep, attention.shape[1], "ceil")
        if count == attention.shape[1]:
            return Reduction.identity(tokens, context.size)
        kept = attentive_tokens(attention, count)
        if self.fuse:
            return fuse_inattentive(tokens, attention, kept, context.size)
        return keep_index(tokens, with_protected(kept, context.protected), size=context.size)


METHOD = Method(
    name="EViT",
    paper="evit",
    citation="Liang et al., Not All Patches are What You Need, ICLR 2022, arXiv:2202.07800",
    domain=("vision",),
    stage="vit-block",
    criterion=("attention",),
    mechanism=("pruning", "merging"),
    training="based",
    implementation=EViT,
)
