"""ToMeSD: Token Merging for Fast Stable Diffusion (Bolya & Hoffman, CVPR workshop 2023).

Criterion (Sec. 3): cosine similarity of the block's input tokens.
Mechanism: ToMe's bipartite matching, but the destinations are one random token of each window of the image.
Twist: merge before attention, unmerge after it, because every pixel has to be drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.similarity import best_match, cosine_similarity, strongest_first
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget, too_few
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings


def destinations(grid: tuple[int, int], stride: tuple[int, int], generator: torch.Generator | None) -> Tensor:
    """(N,) bool: one destination in each stride window, drawn by `generator`, or the window's first without
    one.

    Windows cover the part of the grid that they divide; tokens beyond it are never destinations.
    """
    rows, columns = grid[0] // stride[0], grid[1] // stride[1]
    shape = (rows, columns, 1)
    if generator is None:
        pick = torch.zeros(shape, dtype=torch.long)
    else:
        pick = torch.randint(stride[0] * stride[1], shape, generator=generator, device=generator.device).cpu()
    marks = torch.zeros(rows, columns, stride[0] * stride[1], dtype=torch.bool).scatter(2, pick, True)
    covered = (
        marks.view(rows, columns, *stride).transpose(1, 2).reshape(rows * stride[0], columns * stride[1])
    )
    chosen = torch.zeros(grid, dtype=torch.bool)
    chosen[: covered.shape[0], : covered.shape[1]] = covered
    return chosen.flatten()


def match_to_destinations(metric: Tensor, chosen: Tensor, r: int) -> tuple[Tensor, Tensor]:
    """Merge the r tokens of (B, N, d) nearest to a destination: source (B, N) and position (B, N - r).

    `chosen` (N,) marks the destinations, which do not merge, so that a larger r is lowered.
    """
    batch, count, _ = metric.shape
    in_b = chosen.nonzero().squeeze(-1).to(metric.device)
    in_a = (~chosen).nonzero().squeeze(-1).to(metric.device)
    r = min(r, in_a.numel())
    closeness, partner = best_match(cosine_similarity(metric[:, in_a], metric[:, in_b]))
    order = strongest_first(closeness)
    moved, stay = in_a[order[:, :r]], in_a[order[:, r:]]
    position = torch.cat([stay, in_b.expand(batch, -1)], dim=1)
    source = slots_of(position, count)
    target = source.gather(1, in_b[partner.gather(1, order[:, :r])])
    return source.scatter(1, moved, target), position


@dataclass(frozen=True)
class ToMeSD(Settings):
    """Merge around the self-attention of a U-Net's first and last transformer blocks.

    Parameters
    ----------
    keep : what remains of the tokens, at least the destinations, one token per window. The paper's r is the
        fraction merged, so keep = 1 - r; the number merged is rounded down.
    stride : (rows, columns) of the windows that hold one destination each.
    randomise : False always takes the window's first token (the paper's regular destinations).
    seed : of the random destinations; each denoising step draws its own, one layout for the whole batch.
    max_downsample : act only where the image is at most this many times smaller than the latent.
    modules : the parts that see merged tokens; the paper found attention enough.
    """

    keep: Keep = 0.5
    stride: tuple[Count, Count] = (2, 2)
    randomise: bool = True
    seed: int = 0
    max_downsample: Count = 1
    modules: tuple[str, ...] = ("attention",)

    needs: ClassVar[frozenset[str]] = frozenset({"grid"})

    def acts_here(self, context: Context) -> bool:
        return context.downsample <= self.max_downsample

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D)."""
        generator = None
        if self.randomise:
            # One layout per denoising step, the same in all blocks of that step and in every run.
            generator = torch.Generator().manual_seed(self.seed + context.step)
        chosen = destinations(context.require("grid"), self.stride, generator)
        count = tokens.shape[1]
        r = count - budget(self.keep, count, "ceil")
        if r == 0:
            return Reduction.identity(tokens)
        if not bool(chosen.any()):
            grid = context.require("grid")
            raise ValueError(
                f"ToMeSD's windows of {self.stride[0]} x {self.stride[1]} do not fit into a block's image of "
                f"{grid[0]} x {grid[1]} tokens: take a smaller stride, or a lower max_downsample, which "
                "leaves out the blocks with smaller images"
            )
        if r > count - int(chosen.sum()):
            why = f"ToMeSD merges within windows of {self.stride[0]} x {self.stride[1]}"
            raise too_few(why, self.keep, int(chosen.sum()), count)
        source, position = match_to_destinations(tokens, chosen, r)
        return merge(tokens, source, position)


METHOD = Method(
    name="ToMeSD",
    paper="tomesd",
    citation="Bolya and Hoffman, Token Merging for Fast Stable Diffusion, CVPRW 2023, arXiv:2303.17604",
    domain=("vision",),
    stage="diffusion-step",
    criterion=("similarity",),
    mechanism=("merging", "restoration"),
    training="free",
    implementation=ToMeSD,
)
