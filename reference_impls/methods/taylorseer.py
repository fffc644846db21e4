"""TaylorSeer: From Reusing to Forecasting (Liu et al., ICCV 2025).

Criterion: none; what a module gives changes smoothly from step to step, whichever token it belongs to.
Mechanism: a full step computes attention and MLP of all blocks; the steps between take what is forecast of
their outputs instead of what they last were.
Twist: the forecast k steps behind a full step is a Taylor series, the sum over i up to the order of
D_i k^i / i!. Its derivatives are finite differences between full steps: D_0 is the output, and D_i is by how
much D_(i-1) changed since the full step before, per step; the paper's Delta^i F / N^i, where full steps are N
apart. With order 0 this is FORA.

What is forecast are the modules' own outputs, which the block still scales by the current timestep and adds
to its input. A module keeps as many tensors as the order, and one more.

The first steps are all computed, and of these the last one is the first whose difference is taken, as in the
official code; the differences are then by one step at first, and by `interval` later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.registry import Method
from reference_impls.settings import Count, Settings, Whole


def derivatives(output: Tensor, before: Sequence[Tensor], apart: int, order: int) -> tuple[Tensor, ...]:
    """D_0 to at most D_order of an output, (B, N, D) each, from those of the full step `before`, which was so
    many steps `apart`; as many as that has, and one more.
    """
    found = [output]
    for earlier in before[:order]:
        found.append((found[-1] - earlier) / apart)
    return tuple(found)


def forecast(derivatives: Sequence[Tensor], steps: int) -> Tensor:
    """The Taylor series so many steps behind the full step that the derivatives are of, (B, N, D)."""
    value = derivatives[-1]
    for number in range(len(derivatives) - 1, 0, -1):
        value = derivatives[number - 1].add(value, alpha=steps / number)
    return value


@dataclass(frozen=True)
class TaylorSeer(Settings):
    """Forecast the outputs of attention and MLP between full steps.

    Parameters
    ----------
    interval : the paper's N: one step in N is computed; 1 changes nothing.
    order : the paper's O, the order of the Taylor series; 0 reuses the outputs as they were. For DiT the
        official code advises an interval of 4 and an order of 4.
    warm_up : so many steps at the beginning are all computed.
    modules : what is forecast.
    """

    interval: Count = 4
    order: Whole = 4
    warm_up: Count = 2
    modules: tuple[str, ...] = ("attention", "temporal-attention", "cross-attention", "feed-forward")

    needs: ClassVar[frozenset[str]] = frozenset({"memory", "step"})

    def computes(self, step: int) -> bool:
        """Whether this denoising step, counted from 0, is a full one."""
        return step < self.warm_up or (step - self.warm_up + 1) % self.interval == 0

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The module's output for (B, N, D), computed or forecast."""
        memory, step = context.memory, context.step
        if not self.computes(step) and "derivatives" in memory:
            return forecast(memory["derivatives"], step - memory["step"])
        output = compute(tokens)
        before = memory["derivatives"] if "derivatives" in memory and step >= self.warm_up - 1 else ()
        apart = step - memory.get("step", step)
        memory["derivatives"] = derivatives(output, before, apart, self.order)
        memory["step"] = step
        return output


METHOD = Method(
    name="TaylorSeer",
    paper="taylorseer",
    citation="Liu et al., From Reusing to Forecasting, ICCV 2025, arXiv:2503.06923",
    domain=("vision",),
    stage="diffusion-step",
    criterion=(),
    mechanism=("caching",),
    training="free",
    implementation=TaylorSeer,
)
