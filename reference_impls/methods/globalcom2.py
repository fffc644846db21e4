"""GlobalCom2: Global Compression Commander: Plug-and-Play Inference Acceleration for High-Resolution Large
Vision-Language Models (Liu et al., AAAI 2026).

Criterion: the class token's attention in the encoder's last layer, as products before the softmax, averaged
over heads. In a cut image the thumbnail commands: what it attends to in a crop's area says how much the crop
keeps, and says together with the crop's own scores which tokens.
Mechanism: crop j of n keeps the fraction R (1 + s_j - 1/n) of its tokens, where R is `keep` and s the
softmax, over `temperature`, of the thumbnail's scores summed in each crop's area; the thumbnail keeps R of
its own. In a crop the tokens stay with the highest sum of its scores and the thumbnail's, enlarged to the
size of the cut image, both of length one.
Twist: crops compete for one budget; what the model cuts off again as padding takes no part.

`official=True` rounds every number down, so that it spends less than it may; here the budget is spent
exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import interpolate, normalize

from reference_impls.context import Context, Crops
from reference_impls.mechanisms.crops import cut, not_padding
from reference_impls.mechanisms.protect import keep_leading
from reference_impls.mechanisms.prune import best_counts, keep_mask
from reference_impls.mechanisms.share import share_out
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Positive, Settings


def relative_scales(thumbnail: Tensor, rows: int, columns: int, temperature: float) -> Tensor:
    """How much more or less than the average each crop keeps: (h, w) scores -> (crops,), with mean 1."""
    height, width = thumbnail.shape[0] // rows, thumbnail.shape[1] // columns
    areas = thumbnail[: rows * height, : columns * width].double().view(rows, height, columns, width)
    told = (areas.sum(dim=(1, 3)).flatten() / temperature).softmax(dim=0)
    return 1 + told - 1 / told.numel()


def guided_scores(scores: Tensor, image: Crops, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Each crop's own and the thumbnail's scores: (1 + crops, N) -> (crops, N), and what is no padding."""
    shown = not_padding(image, grid)
    raster = scores.new_zeros(image.rows * grid[0], image.columns * grid[1])
    inside = torch.zeros_like(raster, dtype=torch.bool)
    inside[shown] = True
    enlarged = interpolate(
        scores[:1].float().view(1, 1, *grid), size=tuple(raster[shown].shape), mode="bilinear"
    )
    command = raster.float().masked_scatter(inside, enlarged)
    real = cut(inside, image)
    own = scores[1:].float().masked_fill(~real, 0.0)
    return normalize(own, dim=-1) + normalize(cut(command, image), dim=-1), real


@dataclass(frozen=True)
class GlobalCom2(Settings):
    """Drop patches of all crops between vision encoder and projector.

    Parameters
    ----------
    keep : what remains of the patches of an image, its thumbnail and crops together, without padding: the
        paper's retention ratio R, or a count; rounded down.
    temperature : of the softmax over crops; higher treats them more alike.
    official : see above.
    """

    keep: Keep = 0.25
    temperature: Positive = 10.0
    official: bool = False

    judged_by: ClassVar[str] = "next layer"
    needs: ClassVar[frozenset[str]] = frozenset({"class_logits", "crops", "grid"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D), all crops of all images, -> (B, M, D), padded where crops keep different numbers."""
        lead, patches = context.protected, tokens[:, context.protected :]
        scores = context.require("class_logits").float().mean(dim=1)[:, -patches.shape[1] :]
        grid, start, stays = context.require("grid"), 0, []
        for image in context.require("crops"):
            stays.append(self.stays(scores[start : start + image.count], image, grid))
            start += image.count
        return keep_leading(tokens[:, :lead], keep_mask(patches, torch.cat(stays)))

    def stays(self, scores: Tensor, image: Crops, grid: tuple[int, int]) -> Tensor:
        """(1 + crops, N) bool: what one image keeps, from the class token's scores."""
        guided, real = guided_scores(scores, image, grid)
        guided = torch.cat([scores[:1].float(), guided])
        real = torch.cat([torch.ones_like(real[:1]), real])
        counts = self.counts(scores[0].view(grid), image, real.sum(dim=1).tolist())
        if counts == real.sum(dim=1).tolist():
            return torch.ones_like(real)  # padding too: then nothing at all was changed
        return best_counts(guided, real, torch.tensor(counts, device=scores.device)) & real

    def counts(self, thumbnail: Tensor, image: Crops, limits: list[int]) -> list[int]:
        """How many tokens the thumbnail and each crop keep, of `limits` each."""
        total = budget(self.keep, sum(limits), "floor")
        retention = total / sum(limits) if self.keep > 1 else float(self.keep)
        scales = relative_scales(thumbnail, image.rows, image.columns, self.temperature) * retention
        wishes = [scale * limit for scale, limit in zip(scales.tolist(), limits[1:], strict=True)]
        if self.official:
            return [
                int(retention * limits[0]),
                *(min(limit, int(wish)) for wish, limit in zip(wishes, limits[1:], strict=True)),
            ]
        first = round(retention * limits[0])
        return [first, *share_out(total - first, wishes, limits[1:])]


METHOD = Method(
    name="GlobalCom2",
    paper="globalcom2",
    citation="Liu et al., Global Compression Commander, AAAI 2026, arXiv:2501.05179",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=GlobalCom2,
)
