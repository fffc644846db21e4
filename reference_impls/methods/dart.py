"""DART: Stop Looking for Important Tokens in MLLMs: Duplication Matters More (Wen et al., EMNLP 2025).

Criterion (Sec. 3.3): how little a token resembles the tokens already kept, by cosine similarity of hidden
states.
Mechanism: choose a few pivots among image and text by the norm of their keys; each pivot in turn adds the
image tokens that resemble it least.
Twist: importance is not asked for. The result depends on the pivots' order: here image pivots by falling
norm, then text pivots; the official code takes the order of a Python set, which no setting of this class
reproduces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.norms import norm
from reference_impls.criteria.similarity import cosine_similarity
from reference_impls.mechanisms.prune import keep_mask, top
from reference_impls.mechanisms.rows import each_prompt
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings, Whole


def key_lengths(keys: Tensor) -> Tensor:
    """The 1-norm of each token's keys, all heads together: (H, N, d) -> (N,)."""
    return norm(keys, order=1.0).sum(dim=0)


def longest(lengths: Tensor, among: Tensor, count: int) -> Tensor:
    """The `count` tokens `among` (M,) with the largest of `lengths` (N,)."""
    return among[top(lengths[among], min(count, among.numel()))]


def least_duplicated(hidden: Tensor, image: Tensor, chosen: Tensor, additions: list[int]) -> Tensor:
    """(N,) bool over image tokens: each pivot of `chosen`, in order, adds `additions` that resemble it least.

    `hidden` (N, D), `image` (N,) bool. Image pivots are kept; text pivots only choose.
    """
    kept = torch.zeros_like(image).scatter(0, chosen, True)
    alike = cosine_similarity(hidden[chosen].float(), hidden.float())
    for to_pivot, addition in zip(alike, additions, strict=True):
        unlike = (-to_pivot).masked_fill(~image | kept, -torch.inf)
        kept = kept.scatter(0, top(unlike, addition), True)
    return kept & image


@dataclass(frozen=True)
class DART(Settings):
    """Drop duplicated image tokens before one decoder layer.

    Parameters
    ----------
    keep : what remains of the image tokens, 1 minus the paper's reduction ratio; rounded to nearest and spent
        exactly, the first pivots adding one more where it does not divide.
    layer : layers 0 .. layer-1 see all tokens.
    image_pivots, text_pivots : how many; the paper uses four of each.
    positions : "keep" the position ids, as published, or "renumber" them.
    official : each pivot adds int(keep * image tokens / pivots), and the image's pivots come on top.
    """

    keep: Keep = 0.25
    layer: Whole = 2
    image_pivots: Whole = 4
    text_pivots: Whole = 4
    positions: Literal["keep", "renumber"] = "keep"
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"keys", "candidates", "normalised"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.image_pivots + self.text_pivots == 0:
            raise ValueError("DART compares with its pivots: image_pivots and text_pivots cannot both be 0")

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == self.layer

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). Keys are those of the layer before; similarity is of normalised hidden
        states.
        """
        keys, candidates = context.require("keys"), context.require("candidates")
        hidden = context.require("normalised")

        def reduce_row(row: int, alone: Tensor, real: Tensor) -> Reduction:
            image = candidates[row]
            stays = ~image | self._retained(keys[row], hidden[row], image, real)
            return keep_mask(alone, (stays & real).unsqueeze(0))

        return each_prompt(tokens, context, reduce_row)

    def _retained(self, keys: Tensor, hidden: Tensor, image: Tensor, real: Tensor) -> Tensor:
        """(N,) bool over image tokens; `real` (N,) marks what is no padding, which is no pivot."""
        total = int(image.sum())
        wanted = budget(self.keep, total, "round") if total else 0
        if wanted == total:
            return image
        among = image.nonzero().squeeze(-1)
        after = real.nonzero().squeeze(-1)
        after = after[after > among[-1]]
        lengths = key_lengths(keys)
        of_image = longest(lengths, among, min(self.image_pivots, wanted))
        chosen = torch.cat([of_image, longest(lengths, after, self.text_pivots)])
        if self.official:
            additions = [per_pivot(self.keep, total, chosen.numel())] * chosen.numel()
        else:
            each, rest = divmod(wanted - of_image.numel(), chosen.numel())
            additions = [each + (number < rest) for number in range(chosen.numel())]
        return least_duplicated(hidden, image, chosen, additions)


def per_pivot(keep: float, total: int, pivot_count: int) -> int:
    """How many tokens each pivot adds in the official code."""
    share = total * keep if keep <= 1 else keep
    return int(share / pivot_count)


METHOD = Method(
    name="DART",
    paper="dart",
    citation="Wen et al., Stop Looking for Important Tokens in MLLMs, EMNLP 2025, arXiv:2502.11494",
    domain=("multimodal",),
    stage="decoder-prefill",
    criterion=("similarity",),
    mechanism=("pruning",),
    training="both",
    implementation=DART,
)
