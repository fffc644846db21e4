"""HiRED: Attention-Guided Token Dropping for Efficient Inference of High-Resolution Vision-Language Models
(Arif et al., AAAI 2025).

Criterion: the class token's attention, averaged over heads, from two layers of the encoder. An early one, in
the overview of a cut image, tells where there is content; a late one tells which tokens carry it.
Mechanism: a budget for the whole image. The overview gets the share `overview` of it; each crop's share of
the rest follows from how many of the overview's most attended tokens lie in the crop's area. In every crop
the tokens with the most late attention stay, in raster order.
Twist: a fixed budget, whatever the resolution. As in the official code, the share 1 - `overview` of the
overview's tokens counts as its most attended.

`official=True` takes equal strips of the overview's raster for the crops' areas instead of rectangles, and
rounds every budget down, so that it spends less than it may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context, Crops
from reference_impls.mechanisms.crops import areas_in_overview
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.prune import best_counts, keep_mask, top
from reference_impls.mechanisms.share import share_out
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Rule, Settings, Share


def visual_content(early: Tensor, areas: Tensor, share: float) -> Tensor:
    """How many of the overview's most attended tokens lie in each crop's area: (N,) and (N,) -> (crops,).

    `early` is the overview's early class attention, `areas` says which crop each of its tokens belongs to.
    """
    chosen = top(early, max(1, int(share * early.numel())))
    return torch.bincount(areas[chosen], minlength=int(areas.max()) + 1)


def crop_budgets(content: Tensor, total: int, overview: float, limit: int, official: bool) -> list[int]:
    """How many tokens the overview and each crop keep, of `limit` each and `total` in all."""
    first = int(overview * total)
    if official:
        # In float32, where a product that ought to be whole may fall short of it.
        rest: list[int] = (content / content.sum() * (total - first)).int().tolist()
        return [first, *rest]
    weights: list[int] = content.tolist()
    first = min(limit, max(first, total - limit * len(weights)))
    wishes = [weight * (total - first) / sum(weights) for weight in weights]
    return [first, *share_out(total - first, wishes, [limit] * len(weights))]


def crop_strips(count: int, crops: int, device: torch.device | None = None) -> Tensor:
    """Which crop each token of the overview counts for in the official code: equal parts of the raster."""
    return torch.arange(count, device=device) * crops // count


@dataclass(frozen=True)
class HiRED(Settings):
    """Drop patches of all crops between vision encoder and projector.

    Parameters
    ----------
    keep : what remains of all patches of an image, its overview and crops together; rounded down.
    overview : the overview's share of that, the paper's alpha.
    official : see above.

    An image that is not cut spends its whole budget on itself.
    """

    keep: Keep = 0.2
    overview: Annotated[Share, Rule(lambda value: 0 < value < 1, "neither of them")] = 0.5
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"class_attention", "early_class_attention", "crops", "grid"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D), all crops of all images, -> (B, M, D), padded where crops keep different numbers."""
        return behind_leading(tokens, context, self._choose)

    def _choose(self, patches: Tensor, context: Context) -> Reduction:
        late = context.require("class_attention").float().mean(dim=1)
        early = context.require("early_class_attention").float().mean(dim=1)
        images = context.crops or (Crops(0, 0, 0, 0),) * patches.shape[0]
        counts: list[int] = []
        for image in images:
            counts += self.budgets(early[len(counts)], image, context.grid)
        everything = torch.ones_like(late, dtype=torch.bool)
        return keep_mask(patches, best_counts(late, everything, torch.tensor(counts, device=late.device)))

    def budgets(self, early: Tensor, image: Crops, grid: tuple[int, int] | None) -> list[int]:
        """How many tokens each part of one image keeps, from the overview's early attention (N,)."""
        count = early.numel()
        total = budget(self.keep, count * image.count, "floor")
        if image.count == 1:
            return [total]
        if self.official:
            areas = crop_strips(count, image.count - 1, early.device)
        elif grid is None:
            raise ValueError("HiRED needs the patches' grid to know what each crop shows")
        else:
            areas = areas_in_overview(image, grid, early.device)
        content = visual_content(early, areas, 1 - self.overview)
        return crop_budgets(content, total, self.overview, count, self.official)


METHOD = Method(
    name="HiRED",
    paper="hired",
    citation="Arif et al., HiRED, AAAI 2025, arXiv:2408.10945",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=HiRED,
)
