"""TeaCache: Timestep Embedding Tells: It's Time to Cache for Video Diffusion Model (Liu et al., CVPR 2025).

Criterion: how much the model's output will change from one step to the next, guessed before it is computed.
What goes into the first block, modulated by the timestep's embedding, changes much as the output does: the
relative L1 distance of two successive steps, |F_t - F_(t+1)| / |F_(t+1)|.
Mechanism: by how much all blocks together changed their input is kept, and added to the input of later steps
instead of running the blocks.
Twist: a polynomial, fitted for each model, rescales the distances to those of outputs. They are summed up
from step to step, and as long as the sum stays below a threshold the blocks are not run; then they are, and
the sum begins anew. So neither the number nor the places of the computed steps are fixed.

The changes of single blocks are kept here; they add up to that of all, for the price of one tensor per block.
Every image or video of a batch decides for itself, so that its result is as alone; a block is spared the
work where all of them can do without. The official code lets a batch decide as one, and computes the last
step in any case; `official=True` does so. Fitting the polynomial, which takes runs of the model, is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.norms import mean_size
from reference_impls.mechanisms.reuse import add_change, is_last
from reference_impls.registry import Method
from reference_impls.settings import NotNegative, Settings

LATTE = (-2464.34137, 308.044764, 80.7447667, -4.11385132, 0.111001402)
"""The official polynomial for Latte, of which the official code computes by a threshold of 0.1 or 0.2."""


def relative_change(now: Tensor, before: Tensor, images: int, as_one: int = 1) -> Tensor:
    """The relative L1 distance of what a step is given from what the one before it was, (R, N, D) each, for
    each of the images, as `mean_size` takes them: (images,).
    """
    return mean_size(now.float() - before.float(), images, as_one) / mean_size(before, images, as_one)


def rescaled(change: Tensor, polynomial: tuple[float, ...]) -> Tensor:
    """The polynomial's value at each change; its coefficients begin with that of the highest power."""
    value = torch.zeros_like(change)
    for coefficient in polynomial:
        value = value * change + coefficient
    return value


@dataclass(frozen=True)
class TeaCache(Settings):
    """Run the blocks only when the summed change of their input says so.

    Parameters
    ----------
    threshold : the paper's delta: blocks run as soon as the sum reaches it. 0 runs them at every step, unless
        the polynomial falls below 0.
    polynomial : what rescales the changes, the highest power first; (1, 0) leaves them as they are. `LATTE`
        is that of Latte.
    guided : the batch is a guided one, its first half without text and its second half with it, as pipelines
        of diffusers pass it: the two halves of an image decide as one. A pipeline may end guidance on the
        way and pass one half only.
    official : see above.
    """

    threshold: NotNegative = 0.2
    polynomial: tuple[float, ...] = (1.0, 0.0)
    guided: bool = False
    official: bool = False

    modules: ClassVar[tuple[str, ...]] = ("block",)
    needs: ClassVar[frozenset[str]] = frozenset({"memory", "run_memory", "step", "images", "modulated"})

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The block's output for (R, N, D), computed or by the change that was kept."""
        shared, memory = context.run_memory, context.memory
        if shared.get("step") != context.step:
            shared["fresh"] = self.decide(shared, context)
            shared["step"] = context.step
        return add_change(memory, compute, tokens, shared["fresh"])

    def decide(self, shared: dict[Any, Any], context: Context) -> list[bool]:
        """For each image whether this step runs the blocks; `shared` keeps the sums and the latest input."""
        now, before = context.require("modulated")(), shared.get("modulated")
        shared["modulated"] = now
        images = context.images
        if shared.setdefault("begun with", images) % 2 and self.guided:
            raise ValueError(f"a guided batch has two halves, and this one has {images} elements")
        if before is None or before.shape != now.shape:  # guidance may end on the way
            shared["distance"] = torch.zeros(images, device=now.device)
            return [True] * images
        guided = images == shared["begun with"] and self.guided
        change = relative_change(now, before, images, images if self.official else 1 + guided)
        distance = shared["distance"] + rescaled(change, self.polynomial)
        fresh = ~(distance < self.threshold)
        if self.official and is_last(context.step, context.steps, "TeaCache"):
            fresh = torch.ones_like(fresh)
        shared["distance"] = distance.masked_fill(fresh, 0.0)
        decided: list[bool] = fresh.tolist()
        return decided


METHOD = Method(
    name="TeaCache",
    paper="teacache",
    citation="Liu et al., Timestep Embedding Tells, CVPR 2025, arXiv:2411.19108",
    domain=("vision",),
    stage="diffusion-step",
    criterion=("representation-change",),
    mechanism=("caching",),
    training="free",
    implementation=TeaCache,
)
