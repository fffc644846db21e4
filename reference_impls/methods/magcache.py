"""MagCache: Fast Video Generation with Magnitude-Aware Cache (Ma et al., NeurIPS 2025).

Criterion: how much the residual, the model's prediction minus its input, changes from one step to the next.
In most of a run it keeps its direction and only becomes shorter, by a ratio gamma that is nearly the same for
every prompt (Sec. 3.2).
Mechanism: the residual of the latest computed step is kept, and added to the input of later steps instead of
running the model.
Twist: the ratios are measured once, in one run, and with them the error is known before a step: behind a
computed step it is 1 - gamma_1 gamma_2 ..., and these errors are summed up. A step is left out while the sum
is at most delta and at most K steps in a row are left out; then one is computed, and the sum begins anew
(Sec. 3.3). The first fifth of the steps is always computed (Sec. 4.1). So which steps are computed is known
before a run, and the same for all images.

`Calibration` measures the ratios. The official code for Wan 2.1 takes the residual around all blocks, so that
the model's last layer is still run, counts an error by its absolute value, and leaves out only what is below
delta; `official=True` does so, with the changes of single blocks, which add up to that of all. The official
code that evaluates Open-Sora has the paper's count, around all blocks, too: by that a residual that grows, as
those of the paper's models do not, makes the sum smaller, and K alone ends the reuse. Where a model predicts
more channels than it is given, such as a variance, its input counts as 0 there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.reuse import add_change, as_output
from reference_impls.registry import Method
from reference_impls.settings import Count, NotNegative, Positive, Settings, Share

AROUND_ALL, AROUND_BLOCKS = ("denoiser",), ("block",)


def of_steps(ratios: Sequence[float], steps: int) -> tuple[float, ...]:
    """The ratios for so many steps: of a run of another number of steps, those of the nearest of its steps.

    >>> of_steps((1.0, 0.9, 0.8), 5)
    (1.0, 1.0, 0.9, 0.8, 0.8)
    """
    if len(ratios) == steps:
        return tuple(ratios)
    if steps == 1:
        return (ratios[-1],)
    apart = (len(ratios) - 1) / (steps - 1)
    return tuple(ratios[round(step * apart)] for step in range(steps))


@cache
def computed_steps(
    ratios: tuple[float, ...], threshold: float, most: int, first: int, official: bool = False
) -> tuple[bool, ...]:
    """For each step whether it is computed. `ratios` has one for each, of its residual's length to that of
    the step before; `first` steps are computed in any case, and `most` left out in a row.
    """
    computed = []
    ratio, error, skipped = 1.0, 0.0, 0
    for step, changes in enumerate(ratios):
        fresh = step < max(1, first)
        if not fresh:
            ratio *= changes
            error += abs(1 - ratio) if official else 1 - ratio
            skipped += 1
            fresh = skipped > most or (error >= threshold if official else error > threshold)
        if fresh:
            ratio, error, skipped = 1.0, 0.0, 0
        computed.append(fresh)
    return tuple(computed)


@dataclass(frozen=True)
class MagCache(Settings):
    """Run the model only when its residual will have changed enough.

    Parameters
    ----------
    threshold, most : the paper's delta and K: how much error may sum up, and how many steps in a row may be
        left out.
    keep_first : the share of the steps, from the first on, that are all computed, rounded down.
    ratios : the paper's gamma of every step, measured on the model by `Calibration`, the first step's being
        1; for another number of steps the nearest are taken. One 1 says that nothing is known: then `most`
        alone decides.
    official : see above.
    """

    threshold: NotNegative = 0.12
    most: Count = 2
    keep_first: Share = 0.2
    ratios: tuple[Positive, ...] = (1.0,)
    official: bool = False

    modules: ClassVar[tuple[str, ...]] = AROUND_ALL
    needs: ClassVar[frozenset[str]] = frozenset({"memory", "step", "steps"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ratios:
            raise ValueError("MagCache: ratios must have one of every step, or one 1 for all, found none")
        if self.official:
            object.__setattr__(self, "modules", AROUND_BLOCKS)

    def computes(self, step: int, steps: int) -> bool:
        """Whether this one of so many denoising steps, counted from 0, is computed."""
        ratios, first = of_steps(self.ratios, steps), int(steps * self.keep_first)
        return computed_steps(ratios, self.threshold, self.most, first, self.official)[step]

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The prediction for latents (B, ...), or a block's output for (B, N, D), computed or by the residual
        that was kept.
        """
        fresh = self.computes(context.step, context.require("steps"))
        return add_change(context.memory, compute, tokens, [fresh])


class Calibration:
    """Measures MagCache's ratios on a model: attach it, and draw one image or video.

        with attach(calibration := Calibration(), pipeline.transformer):
            pipeline(prompt, num_inference_steps=50)
        method = MagCache(ratios=calibration.ratios)

    It computes every step. Of several images, calls in a step and runs the mean is taken. For
    `MagCache(official=True)` it is told so, too, and measures around all blocks.
    """

    stage: ClassVar[str] = "diffusion-step"
    needs: ClassVar[frozenset[str]] = frozenset({"run_memory", "step", "layer", "grid"})

    def __init__(self, official: bool = False) -> None:
        self.official = official
        self.modules = AROUND_BLOCKS if official else AROUND_ALL
        self._found: dict[int, list[float]] = {}

    @property
    def ratios(self) -> tuple[float, ...]:
        """One for each step of the runs, the first step's being 1. Raises ValueError before there was any."""
        if not self._found:
            raise ValueError(
                "Calibration has measured nothing yet: run the model inside the with block, for two steps or "
                "more"
            )
        return 1.0, *(fmean(self._found[step]) for step in sorted(self._found))

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The output, computed, and noted by how much it changes its input."""
        output, shared = compute(tokens), context.run_memory
        residual = output - as_output(tokens, output.shape)
        if self.official:
            lies = tuple(residual.shape), context.grid
            if context.layer and shared["lies"] != lies:
                raise ValueError(
                    "the blocks of this model are given their tokens in more than one way, "
                    f"{shared['lies'][0]} and {lies[0]}, so that what all of them change has no length per "
                    "token: measure around the whole model, with official=False"
                )
            residual = shared["residual"] + residual if context.layer else residual
            shared.update(residual=residual, lies=lies)
            if context.layer < context.layers - 1:
                return output
        length = residual.float().norm(dim=1 if residual.dim() > 3 else -1)
        if "length" in shared:
            self._found.setdefault(context.step, []).append(float((length / shared["length"]).mean()))
        shared["length"] = length
        return output


METHOD = Method(
    name="MagCache",
    paper="magcache",
    citation="Ma et al., MagCache, NeurIPS 2025, arXiv:2506.09045",
    domain=("vision",),
    stage="diffusion-step",
    criterion=("representation-change",),
    mechanism=("caching",),
    training="free",
    implementation=MagCache,
)
