"""T-GATE: Faster Diffusion via Temporal Attention Decomposition (Liu et al., TMLR 2025).

Criterion: none; cross-attention settles after some steps, while self-attention matters only later.
Mechanism: two phases, parted by the gate step. Before it, self-attention is computed at every k-th step after
a warm-up, and reused between; from it on, cross-attention is not computed again.
Twist: with classifier-free guidance the cross-attention kept is the mean of the halves with and without text;
from then on both halves are the same, and the text is no longer needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.reuse import remember
from reference_impls.registry import Method
from reference_impls.settings import Count, Settings, Whole


def mean_of_halves(output: Tensor) -> Tensor:
    """The mean of a guided batch's two halves: (2B, N, D) -> (B, N, D)."""
    if output.shape[0] % 2:
        raise ValueError(f"a guided batch has two halves, and this one has {output.shape[0]} elements")
    without_text, with_text = output.chunk(2)
    return (without_text + with_text) / 2


@dataclass(frozen=True)
class TGATE(Settings):
    """Compute self-attention rarely before the gate, and cross-attention never after it.

    Parameters
    ----------
    gate : the paper's gate step m: this many steps see the text; the last of them is what is kept.
    interval : the paper's k: before the gate, self-attention is computed at the steps that k divides.
    warm_up : the first steps, and the one after them, that compute everything.
    guided : the batch is a guided one, its first half without text and its second half with it, as pipelines
        of diffusers pass it. False: every element keeps its own cross-attention. After the gate a pipeline
        may pass one half only, as the official one does.
    """

    gate: Count = 10
    interval: Count = 5
    warm_up: Whole = 2
    guided: bool = False

    modules: ClassVar[tuple[str, ...]] = ("attention", "cross-attention")
    needs: ClassVar[frozenset[str]] = frozenset({"memory", "step", "module"})

    def computes(self, module: str, step: int) -> bool:
        """Whether this step, counted from 0, computes this kind of attention."""
        if module == "cross-attention":
            return step < self.gate
        return step <= self.warm_up or step >= self.gate - 1 or step % self.interval == 0

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The attention's output for (B, N, D), computed or remembered."""
        memory, fresh = context.memory, self.computes(context.module, context.step)
        if context.module != "cross-attention" or not self.guided or fresh:
            return remember(memory, "output", lambda: compute(tokens), fresh)
        if "mean" not in memory:
            memory["mean"] = mean_of_halves(remember(memory, "output", lambda: compute(tokens), False))
        mean: Tensor = memory["mean"]
        return mean if tokens.shape[0] == mean.shape[0] else mean.repeat(2, 1, 1)


METHOD = Method(
    name="T-GATE",
    paper="t-gate",
    citation="Liu et al., Faster Diffusion via Temporal Attention Decomposition, TMLR 2025, arXiv:2404.02747",
    domain=("vision",),
    stage="diffusion-step",
    criterion=(),
    mechanism=("caching",),
    training="free",
    implementation=TGATE,
)
