"""ToMe: Token Merging: Your ViT But Faster (Bolya et al., ICLR 2023).

Criterion (Sec. 3, "Token Similarity"): cosine similarity of the attention keys, averaged over heads.
Mechanism (Sec. 3, "Bipartite Soft Matching"): every second token (set A) proposes its most similar token of
the others (set B); the r strongest pairs merge into the size-weighted mean.
Twist: attention is told how many patches a token holds, softmax(QK/sqrt(d) + log s) (Eq. 1).

Register tokens, which the paper's models do not have, stay as they are, as the class token does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.similarity import best_match, cosine_similarity, strongest_first
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.rows import without_padding
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget, too_few
from reference_impls.registry import Method
from reference_impls.settings import Keep, Rule, Settings, Whole


def bipartite_soft_matching(
    metric: Tensor, r: int, class_token: bool, distill_token: bool, *, move_distill_token: bool = True
) -> tuple[Tensor, Tensor]:
    """Match (B, N, d) tokens and say where each goes: source (B, N) and the slots' position (B, N - r).

    Slots are the unmerged tokens of set A, then set B: raster order is lost, as in the official code. With a
    class token A's part is in order, otherwise it is sorted by similarity; a distillation token comes second.
    At most half of the unprotected tokens merge, so a larger r is lowered. The official unmerging forgets
    that the distillation token was moved: to reproduce it, unmerge by the source of
    `move_distill_token=False`.
    """
    batch, count, _ = metric.shape
    protected = int(class_token) + int(distill_token)
    r = min(r, (count - protected) // 2)
    a, b = metric[:, ::2], metric[:, 1::2]
    similarity = cosine_similarity(a, b)
    # The class token is A's first and the distillation token B's first: neither may be merged.
    first = torch.zeros(1, dtype=torch.long, device=metric.device)
    if class_token:
        similarity = similarity.index_fill(1, first, -torch.inf)
    if distill_token:
        similarity = similarity.index_fill(2, first, -torch.inf)
    closeness, partner = best_match(similarity)
    order = strongest_first(closeness)
    moved, stay = order[:, :r], order[:, r:]
    if class_token:
        stay = stay.sort(dim=1).values
    in_b = torch.arange(b.shape[1], device=metric.device).expand(batch, -1)
    position = torch.cat([stay * 2, in_b * 2 + 1], dim=1)
    if distill_token and move_distill_token:
        unmerged = stay.shape[1]
        order_out = [0, unmerged, *range(1, unmerged), *range(unmerged + 1, position.shape[1])]
        position = position[:, order_out]
    source = slots_of(position, count)
    target = source.gather(1, partner.gather(1, moved) * 2 + 1)
    return source.scatter(1, moved * 2, target), position


def merges_per_layer(layers: int, r: int | tuple[int, float]) -> list[int]:
    """How many tokens each layer merges. `(r, inflect)` tilts the schedule: -1, the paper's decreasing one,
    starts at 2r and falls to 0.
    """
    amount, inflect = r if isinstance(r, tuple) else (r, 0.0)
    start = int(amount * (1.0 - inflect))
    step = (2 * amount - 2 * start) / (layers - 1) if layers > 1 else 0.0
    return [int(start + step * layer) for layer in range(layers)]


Tilt = Annotated[float, Rule(lambda value: -1 <= value <= 1, "a number between -1 and 1")]


@dataclass(frozen=True)
class ToMe(Settings):
    """Merge in every block, between attention and MLP.

    Parameters
    ----------
    keep : what remains of the patches each time it acts, at least half; a fraction is rounded up. None: use
        `r`.
    r : the paper's own setting, tokens merged per layer, or `(r, inflect)` for a falling or rising schedule.
    proportional_attention : Eq. 1. The authors switch it off for models trained as masked autoencoders.
    """

    keep: Keep | None = None
    r: Whole | tuple[Whole, Tilt] = 8
    proportional_attention: bool = True

    needs: ClassVar[frozenset[str]] = frozenset({"keys"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return True

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, N - r, D). Looks at the keys of the block's attention."""
        return without_padding(tokens, context, self._merge)

    def _merge(self, tokens: Tensor, context: Context) -> Reduction:
        if context.protected > 2:  # more than the class and distillation tokens that the matching knows
            return behind_leading(tokens, context, self._merge)
        patches = tokens.shape[1] - context.protected
        if self.keep is None:
            r = merges_per_layer(context.layers, self.r)[context.layer]
        else:
            r = patches - budget(self.keep, patches, "ceil")
            if 2 * r > patches:
                raise too_few("ToMe merges pairs", self.keep, patches - patches // 2, patches)
        if r == 0:
            return Reduction.identity(tokens, context.size)
        metric = context.require("keys").mean(dim=1)
        source, position = bipartite_soft_matching(metric, r, context.protected > 0, context.protected > 1)
        return merge(tokens, source, position, size=context.size)


METHOD = Method(
    name="ToMe",
    paper="tome",
    citation="Bolya et al., Token Merging: Your ViT But Faster, ICLR 2023, arXiv:2210.09461",
    domain=("vision",),
    stage="vit-block",
    criterion=("similarity",),
    mechanism=("merging",),
    training="both",
    implementation=ToMe,
)
