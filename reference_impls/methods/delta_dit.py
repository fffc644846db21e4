"""Δ-DiT: A Training-Free Acceleration Method Tailored for Diffusion Transformers (Chen et al., 2024).

Criterion: none; front blocks draw an image's outline and rear blocks its details.
Mechanism (Δ-Cache): by how much a run of blocks changed its input, F(x) - x, is kept and added to the input
of a later step instead of running the blocks. So the input of the current step is not lost, as it would be if
F(x) itself were reused.
Twist (stage-adaptive): early in the sampling, where outlines form, the rear blocks are skipped; later, where
details form, the front blocks are.

The changes of single blocks are kept here; over a run they add up to F(x) - x, so the output is the paper's,
for the price of one tensor per block instead of one per run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.reduction import budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings, Share


def skipped_blocks(layers: int, skipped: int, early: bool) -> range:
    """The run of blocks that a cached step does not compute, counted from 0: the rear ones, or the front
    ones.
    """
    return range(layers - skipped, layers) if early else range(skipped)


@dataclass(frozen=True)
class DeltaDiT(Settings):
    """Add what a run of blocks added in an earlier step.

    Parameters
    ----------
    keep : what is computed of the blocks at a cached step, a fraction or a count; the paper's N_c is the
        number of the others. 1 changes nothing.
    interval : the paper's N: one step in N computes all blocks.
    boundary : the share of the steps that count as early; the paper's b is the step itself. The paper tunes
        b, N and N_c for each model; the defaults here are none of its settings.
    """

    keep: Keep = 0.5
    interval: Count = 2
    boundary: Share = 0.5

    modules: ClassVar[tuple[str, ...]] = ("block",)
    needs: ClassVar[frozenset[str]] = frozenset({"memory", "step", "steps", "layer"})

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The block's output for (B, N, D), computed or remembered."""
        early = context.step < self.boundary * context.require("steps")
        skipped = context.layers - budget(self.keep, context.layers, "round", of="blocks")
        full = context.step % self.interval == 0 or "change" not in context.memory
        if not full and context.layer in skipped_blocks(context.layers, skipped, early):
            return tokens + context.memory["change"]
        output = compute(tokens)
        if full:
            context.memory["change"] = output - tokens
        return output


METHOD = Method(
    name="Δ-DiT",
    paper="delta-dit",
    citation="Chen et al., Δ-DiT, 2024, arXiv:2406.01125",
    domain=("vision",),
    stage="diffusion-step",
    criterion=(),
    mechanism=("caching",),
    training="free",
    implementation=DeltaDiT,
)
