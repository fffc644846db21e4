"""GlobalCom2: Global Compression Commander: Plug-and-Play Inference Acceleration for High-Resolution Large
Vision-Language Models (Liu et al., AAAI 2026).

Criterion: the class token's attention in the encoder's last layer, as products before the softmax, averaged
over heads. Where the encoder has no class token, as SigLIP: how unlike the mean of its view, thumbnail or
crop, a token is, s_i = -cos(x_i, mean of x). In a cut image the thumbnail commands: its scores in a crop's
area say how much the crop keeps, and say together with the crop's own scores which tokens.
Mechanism: crop j of n keeps the fraction R (1 + s_j - 1/n) of its tokens, where R is `keep` and s the
softmax, over `temperature`, of the thumbnail's scores summed in each crop's area; the thumbnail keeps R of
its own. In a crop the tokens stay with the highest sum of its scores and the thumbnail's, enlarged to the
size of the cut image, both of length one.
Twist: crops compete for one budget; what the model cuts off again as padding takes no part.

With a class token this is checked against the official code. `official=True` rounds every number down, as
that does, so that it spends less than it may; here the budget is spent exactly.

Without one it follows the paper alone, whose Table 5 gives 95.8 % for it beside 96.4 % for the class token.
What the paper leaves open is decided thus: x_i is the encoder's output before the projector; a crop's mean is
of all its tokens, padding too; then scores are used as the class token's are, temperature and lengths
included. The paper's extension to videos is not built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import interpolate, normalize

from reference_impls.context import Context, Crops
from reference_impls.criteria.similarity import cosine_similarity
from reference_impls.mechanisms.crops import cut, not_padding
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.prune import best_counts, keep_mask
from reference_impls.mechanisms.share import share_out
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Positive, Settings


def unlikeness(tokens: Tensor) -> Tensor:
    """Minus the cosine of each token and the mean of its view: (B, N, D) -> (B, N)."""
    mean = tokens.float().mean(dim=1, keepdim=True)
    return -cosine_similarity(tokens, mean).squeeze(-1)


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

    An image that is not cut is a thumbnail alone, and spends its whole budget on itself.
    """

    keep: Keep = 0.25
    temperature: Positive = 10.0
    official: bool = False

    judged_by: ClassVar[str] = "next layer"
    needs: ClassVar[frozenset[str]] = frozenset({"crops", "grid"})
    prefers: ClassVar[frozenset[str]] = frozenset({"class_logits"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D), all crops of all images, -> (B, M, D), padded where crops keep different numbers."""
        return behind_leading(tokens, context, self._choose)

    def _choose(self, patches: Tensor, context: Context) -> Reduction:
        if context.class_logits is None:
            scores = unlikeness(patches)
        else:
            scores = context.class_logits.float().mean(dim=1)[:, -patches.shape[1] :]
        images = context.crops or (Crops(0, 0, 0, 0),) * patches.shape[0]
        of_images = scores.split([image.count for image in images])
        stays = [self.stays(of, image, context) for of, image in zip(of_images, images, strict=True)]
        return keep_mask(patches, torch.cat(stays))

    def stays(self, scores: Tensor, image: Crops, context: Context) -> Tensor:
        """(1 + crops, N) bool: what one image keeps, from its tokens' scores."""
        if image.count == 1:
            total = torch.tensor([budget(self.keep, scores.shape[1], "floor")], device=scores.device)
            return best_counts(scores, torch.ones_like(scores, dtype=torch.bool), total)
        grid = context.require("grid")
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
    criterion=("attention", "similarity"),
    mechanism=("pruning",),
    training="free",
    implementation=GlobalCom2,
)
