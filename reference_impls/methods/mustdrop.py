"""MustDrop: Multi-Stage Vision Token Dropping: Towards Efficient Multimodal Large Language Model (Liu et al.,
2024).

The paper drops tokens in three stages. Here is the first, local spatial merging, which the golden file
proves. The official code merges inside the vision encoder, behind its first layer, windows of 3 above 0.8; so
does attach(MustDrop(0.8, 3), encoder, stage="vit-block") here. By default it merges at the encoder's output,
where a model that answers can be told how many tokens are left. The filter at prefill, by attention from the
text and sparing a set of key tokens that the encoder named, and the cache policy at decoding, by attention
from the output, are left out: nothing here could prove them, and a method is shown one place of a model, not
what was decided at another. METHOD names what the whole paper does.

Criterion: the mean cosine similarity of all pairs of tokens in a window of the grid.
Mechanism: a window above the threshold becomes the mean of its tokens; all other tokens stay.
Twist: only neighbours merge, as many windows as the image has that are alike inside.

`official=True`: merged windows come first, the most alike ahead, and the others follow; every image of a
batch merges as few windows as the one that merges least.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.similarity import strongest_first
from reference_impls.mechanisms.merge import merge, weighted_sum
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.rows import each_row
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Settings, Several


def windows(grid: tuple[int, int], side: int, device: torch.device | None = None) -> Tensor:
    """The tokens of each whole window of a raster: (W, side * side); tokens at a ragged edge are in none."""
    height, width = grid[0] // side * side, grid[1] // side * side
    if not height or not width:
        return torch.empty(0, side * side, dtype=torch.long, device=device)
    raster = torch.arange(grid[0] * grid[1], device=device).view(grid)[:height, :width]
    return raster.unfold(0, side, side).unfold(1, side, side).flatten(2).flatten(0, 1)


def likeness(tokens: Tensor, members: Tensor) -> Tensor:
    """The mean cosine similarity of the pairs inside each window: (B, N, D) and (W, k) -> (B, W)."""
    count = members.shape[1]
    values = tokens.index_select(1, members.flatten()).unflatten(1, members.shape).float()
    # The sum of the unit vectors as a product, which does not copy them.
    total = weighted_sum((1 / values.norm(dim=-1).clamp(min=1e-12)).unsqueeze(2), values)
    return (total.square().sum(dim=(-2, -1)) - count) / (count * (count - 1))


def merge_windows(
    tokens: Tensor, members: Tensor, merged_first: bool = False, size: Tensor | None = None
) -> Reduction:
    """Average the windows `members` (W, k) of one image: (1, N, D) -> (1, M, D).

    In raster order, a window at its first token's place, or the windows in their given order and then the
    others.
    """
    token = torch.arange(tokens.shape[1], device=tokens.device)
    leader = token.scatter(0, members.flatten(), members[:, :1].expand_as(members).flatten())
    position = token[leader == token]
    if merged_first:
        alone = torch.ones_like(token, dtype=torch.bool).scatter(0, members.flatten(), False)
        position = torch.cat([members[:, 0], token[alone]])
    return merge(tokens, slots_of(position, token.numel())[leader][None], position[None], size=size)


@dataclass(frozen=True)
class MustDrop(Settings):
    """Merge neighbours that are alike, at the vision encoder's output or behind its first block.

    Parameters
    ----------
    threshold : windows more alike than this merge; 1 merges nothing.
    side : of the windows, in tokens.
    official : see above.
    """

    threshold: float = 0.7
    side: Several = 2
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"grid"})
    place: ClassVar[str] = "after block"

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == 0

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D), padded where images merge different numbers of windows."""
        return behind_leading(tokens, context, self._merge)

    def _merge(self, patches: Tensor, context: Context) -> Reduction:
        members = windows(context.require("grid"), self.side, patches.device)
        alike = likeness(patches, members)
        counts = (alike > self.threshold).sum(dim=1)
        if self.official:
            counts = counts.amin().expand_as(counts)
        order = strongest_first(alike)

        def reduce_row(row: int, alone: Tensor) -> Reduction:
            chosen = members[order[row, : int(counts[row])]]
            size = None if context.size is None else context.size[row : row + 1]
            return merge_windows(alone, chosen, self.official, size)

        return each_row(patches, reduce_row)


METHOD = Method(
    name="MustDrop",
    paper="mustdrop",
    citation="Liu et al., Multi-Stage Vision Token Dropping, 2024, arXiv:2411.10803",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("similarity", "attention", "text-relevance"),
    mechanism=("merging", "pruning"),
    training="free",
    implementation=MustDrop,
)
