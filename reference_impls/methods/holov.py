"""HoloV: Don't Just Chase “Highlighted Tokens” in MLLMs: Revisiting Visual Holistic Context Retention
(Zou et al., NeurIPS 2025).

Criterion: in each crop of the image, the class token's attention A, averaged over heads, and how diverse a
token's likeness to the crop's others is: the variance V of their cosine similarities. Tokens are compared as
the projector hands them to the language model.
Mechanism: cut the image into crops, share the budget out among them by their mean score, and keep the best
of each crop, in raster order.
Twist: H = A + gamma V, where gamma makes both equally large on average in each crop (Sec. 4.1). What is kept
so shows the whole scene, where attention alone would keep what looks alike. A crop is a stretch of the raster
as long as the others, or one token longer.

A crop's share of the budget is its mean H to the power `sharpness`, rounded down; what is left goes, one
each, to the crops with the largest shares. No crop can keep more than it has: what it was given beyond that
goes to the others, by share and room. Of an image that the model takes in several parts, as LLaVA-NeXT does,
every part keeps its own `keep`; the official code makes one row of them before it cuts that into crops.

`official=True` weighs V with 0.09, lets attention alone choose within a crop, and loses what a crop cannot
keep; the official code then fills the image up with zeros, which are left out here. The paper's refetching
of dropped tokens in a middle layer of the language model (Appendix D) is not in that code, and not here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.similarity import cosine_similarity
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.prune import best_counts, keep_mask
from reference_impls.mechanisms.share import share_out
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Positive, Settings

_OFFICIAL_WEIGHT = 0.09


def variety(tokens: Tensor) -> Tensor:
    """V of each token of a crop: (..., M, D) -> (..., M); 0 where it is alone.

    As in the official code a token's likeness to itself counts as 0 and the sum of squares goes over all M.
    """
    others = tokens.shape[-2] - 1
    if others == 0:
        return tokens.new_zeros(tokens.shape[:-1], dtype=torch.float32)
    alike = cosine_similarity(tokens, tokens)
    alike = alike - torch.diag_embed(alike.diagonal(dim1=-2, dim2=-1))
    mean = alike.sum(dim=-1, keepdim=True) / others
    return (alike - mean).square().sum(dim=-1) / others


def holistic(attention: Tensor, tokens: Tensor, weight: float) -> Tensor:
    """H of each token of a crop, from its attention (..., M) and the tokens (..., M, D): (..., M)."""
    varied = variety(tokens)
    gamma = attention.mean(dim=-1, keepdim=True) / varied.mean(dim=-1, keepdim=True).clamp(min=1e-12)
    return attention + weight * gamma * varied


def cut(values: Tensor, crops: int) -> list[Tensor]:
    """The stretches of (B, N, ...): (B, longer, M + 1, ...) where some are a token longer, and those of M."""
    length, longer = divmod(values.shape[1], crops)
    parts = (values[:, : longer * (length + 1)], longer), (values[:, longer * (length + 1) :], crops - longer)
    return [part.unflatten(1, (number, -1)) for part, number in parts if number]


def quotas(shares: Sequence[float], total: int, sizes: Sequence[int], official: bool) -> list[int]:
    """How many tokens each crop keeps, of its `sizes` and of `total` in all, or with `official` of fewer."""
    # Crops that are alike get the same, although sums in float32 differ a little.
    given = [math.floor(share * total + 1e-4) for share in shares]
    largest = sorted(range(len(shares)), key=lambda crop: -shares[crop])
    for crop in largest[: max(0, total - sum(given))]:
        given[crop] += 1
    kept = [min(number, size) for number, size in zip(given, sizes, strict=True)]
    over = total - sum(kept)
    if official or over <= 0:
        return kept
    room = [size - number for size, number in zip(sizes, kept, strict=True)]
    wishes = [share * free for share, free in zip(shares, room, strict=True)]
    wanted = sum(wishes) or 1.0
    more = share_out(over, [over * wish / wanted for wish in wishes], room)
    return [number + extra for number, extra in zip(kept, more, strict=True)]


def best_of(scored: Sequence[Tensor], counts: Tensor) -> Tensor:
    """Which tokens are among the best of their crop, by scores as `cut` gives them and the crops' `counts`
    (B, crops): (B, N) bool.
    """
    chosen, first = [], 0
    for scores in scored:
        numbers = counts[:, first : first + scores.shape[1]]
        everything = torch.ones_like(scores, dtype=torch.bool)
        best = best_counts(scores.flatten(0, 1), everything.flatten(0, 1), numbers.flatten())
        chosen.append(best.view(counts.shape[0], -1))
        first += scores.shape[1]
    return torch.cat(chosen, dim=1)


@dataclass(frozen=True)
class HoloV(Settings):
    """Drop patches of all parts of an image before the language model.

    Parameters
    ----------
    keep : what remains of the patches; rounded to nearest.
    crops : how many the image is cut into; None for the paper's 1024 divided by the tokens that remain,
        rounded down (Appendix A.3): the fewer remain, the more crops.
    sharpness : the paper's tau; with more of it the best crops get more of the budget.
    official : see above.
    """

    keep: Keep = 64 / 576
    crops: Count | None = None
    sharpness: Positive = 1.0
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"class_attention", "projected"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D); with `official` padded where crops could not keep what they were given."""
        return behind_leading(tokens, context, self._choose)

    def _choose(self, patches: Tensor, context: Context) -> Reduction:
        attention = context.require("class_attention").float().mean(dim=1)
        chosen = self.chosen(attention, context.require("projected"))
        return keep_mask(patches, chosen, size=context.size)

    def chosen(self, attention: Tensor, tokens: Tensor) -> Tensor:
        """Which patches stay, by the attention (B, N) to them and as the projector gives them (B, N, E):
        (B, N) bool.
        """
        count = attention.shape[1]
        total = budget(self.keep, count, "round")
        crops = min(self.crops or max(1, 1024 // total), count)
        weight = _OFFICIAL_WEIGHT if self.official else 1.0
        attended = cut(attention, crops)
        scored = [holistic(*part, weight) for part in zip(attended, cut(tokens, crops), strict=True)]
        means = torch.cat([part.mean(dim=-1) for part in scored], dim=1).pow(self.sharpness)
        shares: list[list[float]] = (means / means.sum(dim=1, keepdim=True)).tolist()
        sizes = [part.shape[2] for part in scored for _ in range(part.shape[1])]
        kept = torch.tensor([quotas(row, total, sizes, self.official) for row in shares])
        return best_of(attended if self.official else scored, kept.to(attention.device))


METHOD = Method(
    name="HoloV",
    paper="holov",
    citation="Zou et al., Don't Just Chase “Highlighted Tokens” in MLLMs, NeurIPS 2025, arXiv:2510.02912",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("attention", "similarity"),
    mechanism=("pruning",),
    training="free",
    implementation=HoloV,
)
