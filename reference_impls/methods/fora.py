"""FORA: Fast-Forward Caching in Diffusion Transformer Acceleration (Selvaraju et al., 2024).

Criterion: none; outputs of neighbouring denoising steps are alike, whichever token they belong to.
Mechanism (static caching): every N-th step computes attention and MLP of all blocks and keeps their outputs;
the steps between take those instead.
Twist: only the modules' outputs are kept; the block still scales them by the current timestep and adds them
to its own input.
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


def computes(step: int, interval: int) -> bool:
    """Whether this denoising step, counted from 0, computes anew."""
    return step % interval == 0


@dataclass(frozen=True)
class FORA(Settings):
    """Reuse the outputs of attention and MLP for some steps.

    Parameters
    ----------
    interval : the paper's N: one step in N is computed; 1 changes nothing.
    modules : what is cached; the paper's transformers have attention and MLP, some cross-attention too.
    """

    interval: Count = 3
    modules: tuple[str, ...] = ("attention", "cross-attention", "feed-forward")

    needs: ClassVar[frozenset[str]] = frozenset({"memory", "step"})

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The module's output for (B, N, D), computed or remembered."""
        fresh = computes(context.step, self.interval)
        return remember(context.memory, "output", lambda: compute(tokens), fresh)


METHOD = Method(
    name="FORA",
    paper="fora",
    citation="Selvaraju et al., FORA, 2024, arXiv:2407.01425",
    domain=("vision",),
    stage="diffusion-step",
    criterion=(),
    mechanism=("caching",),
    training="free",
    implementation=FORA,
)
