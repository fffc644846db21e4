"""PAB: Real-Time Video Generation with Pyramid Attention Broadcast (Zhao et al., ICLR 2025).

Criterion: none; in the middle of the denoising, attention outputs of neighbouring steps are alike.
Mechanism: an output is handed on ("broadcast") to the steps that follow, instead of being computed there.
Twist (the pyramid): the steadier a kind of attention, the longer its range: cross-attention longest, temporal
attention shorter, spatial attention shortest.

The official code can also broadcast the MLP, at timesteps that a table for each model names; that is not
here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.reuse import remember
from reference_impls.registry import Method
from reference_impls.settings import Count, Settings


@dataclass(frozen=True)
class Broadcast(Settings):
    """One kind of attention: computed at every `reach`-th step while the timestep is between `low` and
    `high`, and at every step outside.
    """

    reach: Count
    low: float
    high: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low >= self.high:
            raise ValueError(
                f"Broadcast: low must be below high, or no step is between them, found {self.low} and "
                f"{self.high}"
            )

    def reuses(self, step: int, timestep: float) -> bool:
        """Whether this step, counted from 0, takes what an earlier one computed."""
        return self.low < timestep < self.high and step % self.reach != 0


@dataclass(frozen=True)
class PAB(Settings):
    """Hand attention outputs on to later steps.

    Parameters
    ----------
    spatial, temporal, cross : the range of each kind of attention, in steps, and the timesteps (of the
        scheduler, usually 1000 to 0) between which it is used; None is always computed. The paper calls these
        ranges PAB_246.
    """

    spatial: Broadcast | None = Broadcast(2, 100, 800)
    temporal: Broadcast | None = Broadcast(4, 100, 800)
    cross: Broadcast | None = Broadcast(6, 100, 900)

    modules: ClassVar[tuple[str, ...]] = ("attention", "temporal-attention", "cross-attention")
    needs: ClassVar[frozenset[str]] = frozenset({"memory", "step", "timestep", "module"})

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The attention's output for (B, N, D), computed or remembered."""
        kind = {"attention": self.spatial, "temporal-attention": self.temporal}.get(
            context.module, self.cross
        )
        fresh = kind is None or not kind.reuses(context.step, context.require("timestep"))
        return remember(context.memory, "output", lambda: compute(tokens), fresh)


METHOD = Method(
    name="PAB",
    paper="pab",
    citation="Zhao et al., Pyramid Attention Broadcast, ICLR 2025, arXiv:2408.12588",
    domain=("vision",),
    stage="diffusion-step",
    criterion=(),
    mechanism=("caching",),
    training="free",
    implementation=PAB,
)
