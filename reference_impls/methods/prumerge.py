"""LLaVA-PruMerge and PruMerge+: Adaptive Token Reduction for Efficient Large Multimodal Models (Shang et al.,
ICCV 2025).

Criterion: the class token's attention to each patch; a patch matters if its attention is an outlier, above
the third quartile by 1.5 times the interquartile range, so that every image gets its own number of tokens.
Which tokens belong together is told by the similarity of their keys.
Mechanism: each kept token takes in its 32 nearest neighbours, kept ones too, weighted by their attention.
Twist: the weights are not renormalised, so a merged token is a sum and keeps its own value in full. PruMerge+
(`plus`) also keeps patches on an even raster, three for each outlier that the image has.

`official=True` reproduces the code where it does what the paper does not say: attention of all heads' queries
and keys taken as one wide head, in the layer after the features; one more token at the end, the
attention-weighted sum of all that were not kept; and a raster that never takes the last patch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.outliers import outliers
from reference_impls.criteria.similarity import cosine_similarity
from reference_impls.mechanisms.merge import weighted_sum
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.prune import top
from reference_impls.mechanisms.rows import each_row
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings, Whole


def one_head_attention(class_logits: Tensor) -> Tensor:
    """The class token's attention as if all heads were one: (B, H, 1 + N) -> (B, N), itself left out."""
    heads = class_logits.shape[1]
    return (class_logits.float().sum(dim=1) * heads**-0.5).softmax(dim=-1)[:, 1:]


def even_raster(count: int, important: int, end: int) -> Tensor:
    """Patches at even steps below `end`, about three for each of the `important` ones among `count`."""
    step = max(1, count // important // 3)
    return torch.arange(0, end, step)


def merge_neighbours(
    tokens: Tensor, keys: Tensor, attention: Tensor, kept: Tensor, neighbours: int = 32, rest: bool = False
) -> Reduction:
    """Sum the neighbours into each kept token: (1, N, D), keys (1, N, d), attention (1, N) -> (1, M, D).

    `kept` (M,) gives the order. `rest` appends the weighted sum of all other tokens. A token that several
    clusters take in counts, in `source` and `size`, for the one that it resembles most.
    """
    total, slots = tokens.shape[1], torch.arange(kept.numel(), device=tokens.device)
    alike = cosine_similarity(keys[0, kept], keys[0]).float().scatter(1, kept.unsqueeze(1), -torch.inf)
    nearest = top(alike, min(neighbours, total - 1))
    weights = torch.zeros_like(alike).scatter(1, nearest, attention[0].float()[nearest])
    member = torch.zeros_like(alike).scatter(1, nearest, 1.0).bool()
    closest = alike.masked_fill(~member, -torch.inf).max(dim=0)
    source = torch.where(closest.values.isfinite(), closest.indices, -1).scatter(0, kept, slots)
    weights = weights.scatter(1, kept.unsqueeze(1), 1.0)
    position = kept
    if rest:
        others = attention.float().scatter(1, kept.unsqueeze(0), 0.0)
        weights, position = torch.cat([weights, others]), torch.cat([kept, kept.new_tensor([-1])])
        source = source.masked_fill(source < 0, kept.numel())
    merged = weighted_sum(weights, tokens[0]).to(tokens.dtype)
    size = torch.zeros(position.numel() + 1, device=tokens.device).index_add(
        0, source.where(source >= 0, position.numel()), torch.ones(total, device=tokens.device)
    )
    return Reduction(merged[None], source[None], size[None, :-1], position[None])


@dataclass(frozen=True)
class PruMerge(Settings):
    """Prune and merge patches between vision encoder and projector.

    Parameters
    ----------
    keep : None lets each image decide. Otherwise what remains of the patches before those of the raster,
        rounded down.
    neighbours : how many tokens each kept one takes in.
    plus : PruMerge+, which adds the raster.
    official : see above.
    """

    keep: Keep | None = None
    neighbours: Whole = 32
    plus: bool = False
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"class_attention", "class_logits", "keys"})

    @property
    def judged_by(self) -> str:
        """The layer whose attention and keys are looked at."""
        return "next layer" if self.official else "this layer"

    def kept(self, attention: Tensor) -> Tensor:
        """The patches that stay, from the attention (N,): (M,), the most attended first, then the raster."""
        total = attention.numel()
        if self.keep is not None:
            wanted = budget(self.keep, total, "floor")
        else:
            # The share of outliers, counted back as in the official code; that may lose one token.
            wanted = max(1, int(outliers(attention) / total * total))
        important = top(attention, wanted)
        if not self.plus:
            return important
        raster = even_raster(total, wanted, total - self.official).to(important.device)
        return torch.cat([important, raster[~torch.isin(raster, important)]])

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D): the kept patches in raster order, in the code's order where `official`."""
        return behind_leading(tokens, context, self._merge)

    def _merge(self, patches: Tensor, context: Context) -> Reduction:
        if self.official:
            attention = one_head_attention(context.require("class_logits"))
        else:
            attention = context.require("class_attention").float().mean(dim=1)
        keys = context.require("keys")

        def reduce_row(row: int, alone: Tensor) -> Reduction:
            kept = self.kept(attention[row])
            if kept.numel() == alone.shape[1]:
                return Reduction.identity(alone)
            kept = kept if self.official else kept.sort().values
            chosen = slice(row, row + 1)
            wide = keys[chosen].transpose(1, 2).flatten(2)  # all heads as one; of one image at a time
            return merge_neighbours(alone, wide, attention[chosen], kept, self.neighbours, self.official)

        return each_row(patches, reduce_row)


METHOD = Method(
    name="LLaVA-PruMerge",
    paper="llava-prumerge",
    citation="Shang et al., LLaVA-PruMerge, ICCV 2025, arXiv:2403.15388",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("attention", "similarity"),
    mechanism=("pruning", "merging"),
    training="both",
    implementation=PruMerge,
)
