"""TPS: Joint Token Pruning and Squeezing (Wei et al., CVPR 2023).

Criterion (Sec. 3): which patches stay is asked of another method, EViT's class attention (eTPS) or
DynamicViT's trained predictor (dTPS); where the others go is their cosine similarity to those that stay.
Mechanism: each pruned patch is squeezed into the most similar kept one.
Twist: a kept patch becomes a weighted mean in which it weighs e itself and each pruned one exp(similarity),
so that no single guest outweighs it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import class_attention
from reference_impls.criteria.similarity import best_match, cosine_similarity
from reference_impls.depth import after_parts
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import gather_tokens, top, with_protected
from reference_impls.mechanisms.rows import without_padding
from reference_impls.mechanisms.slots import slots_of
from reference_impls.methods.dynamicvit import DynamicViT
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Blocks, Keep, Positive, Settings


def squeeze(
    tokens: Tensor, kept: Tensor, *, protected: int = 0, temperature: float = 1.0, size: Tensor | None = None
) -> Reduction:
    """Squeeze (B, N, D) tokens into those at `kept` (B, K), in that order, of which the first `protected`
    take nothing in.
    """
    batch, count, _ = tokens.shape
    source = slots_of(kept, count)
    # A stable sort by "stays" moves the pruned tokens to the front without changing their order.
    pruned = torch.sort((source >= 0).to(torch.uint8), dim=1, stable=True).indices[:, : count - kept.shape[1]]
    hosts = gather_tokens(tokens, kept[:, protected:])
    closeness, host = best_match(cosine_similarity(gather_tokens(tokens, pruned), hosts))
    source = source.scatter(1, pruned, host + protected)
    # All weights are divided by e, so that a token that takes nothing in comes out bit for bit.
    weights = torch.ones(batch, count, device=tokens.device)
    weights = weights.scatter(1, pruned, (closeness / temperature - 1).exp())
    squeezed = merge(tokens, source, kept, weights=weights)
    sizes = torch.ones_like(weights) if size is None else size
    total = torch.zeros_like(squeezed.size).scatter_add(1, source, sizes.to(squeezed.size.dtype))
    return replace(squeezed, size=total)


@dataclass(frozen=True)
class TPS(Settings):
    """eTPS: squeeze between attention and MLP of some blocks, by class attention.

    Parameters
    ----------
    keep : what remains of the patches each time; rounded up as in EViT.
    blocks : the blocks where it acts, counted from 0. None: the paper's 4th, 7th and 10th of 12, scaled to
        the depth.
    temperature : similarities are divided by it; the paper has none, which is 1.
    """

    keep: Keep = 0.7
    blocks: Blocks | None = None
    temperature: Positive = 1.0

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "protected"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer in (after_parts(layers) if self.blocks is None else self.blocks)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, K + 1, D): the class token, then the kept patches, most attended first."""
        context.require_class_token("eTPS")
        return without_padding(tokens, context, self._squeeze)

    def _squeeze(self, tokens: Tensor, context: Context) -> Reduction:
        queries, keys, protected = context.require("queries"), context.require("keys"), context.protected
        attention = class_attention(queries, keys).mean(dim=1)[:, protected:]
        count = budget(self.keep, attention.shape[1], "ceil")
        if count == attention.shape[1]:
            return Reduction.identity(tokens, context.size)
        kept = with_protected(top(attention, count), protected)
        return squeeze(tokens, kept, protected=protected, temperature=self.temperature, size=context.size)


@dataclass(frozen=True)
class LearnedTPS(DynamicViT):
    """dTPS: squeeze before some blocks, where DynamicViT with the same settings would drop."""

    temperature: Positive = 1.0

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, K + 1, D): the class token, then the kept patches, most probable first."""
        if context.valid is not None:
            raise ValueError("dTPS squeezes all tokens into those that stay, so it takes no padding")
        kept = with_protected(self.chosen(tokens, context), context.protected)
        if kept.shape[1] == tokens.shape[1]:
            return Reduction.identity(tokens, context.size)
        return squeeze(
            tokens, kept, protected=context.protected, temperature=self.temperature, size=context.size
        )


METHOD = Method(
    name="TPS",
    paper="tps",
    citation="Wei et al., Joint Token Pruning and Squeezing, CVPR 2023, arXiv:2304.10716",
    domain=("vision",),
    stage="vit-block",
    criterion=("attention", "learned-predictor", "similarity"),
    mechanism=("pruning", "merging"),
    training="based",
    implementation=TPS,
)
