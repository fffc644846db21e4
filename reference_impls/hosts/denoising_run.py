"""Which run of a denoiser one of its calls belongs to, and which step and half of it: by timesteps, latents,
text and classes, since nobody says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Half:
    """What one of a run's calls at a timestep was given: the shape of its latents, its text and classes."""

    shape: tuple[int, ...]
    told: tuple[Tensor, ...]

    def goes_on_with(self, later: Half, guided: bool) -> bool:
        """Whether `later` may be the same at a lower timestep."""
        if self.shape == later.shape:
            return _same(self.told, later.told)
        one, both = later.shape[0], self.shape[0]
        if not guided or 2 * one != both or self.shape[1:] != later.shape[1:]:
            return False
        return any(
            _same(tuple(told[rows] for told in self.told), later.told)
            for rows in (slice(one, None), slice(one))
        )


@dataclass(frozen=True)
class Call:
    """The model's call that its modules are in.

    `half` is its number among the `halves` of the run: guidance makes two calls at a timestep, and each
    remembers for itself. Those that are `open` were not made at this timestep yet. `first` are the latents
    that the run began with, until its second step, and `start` its first timestep.
    """

    step: int = -1
    timestep: float = float("-inf")
    half: int = 0
    halves: tuple[Half, ...] = ()
    open: tuple[int, ...] = ()
    first: Tensor | None = None
    start: float = float("-inf")
    latent: tuple[int, int] = (1, 1)
    images: int = 1
    memories: dict[Any, dict[Any, Any]] = field(default_factory=dict)

    def copy(self) -> Call:
        """The same with what is remembered now, whatever becomes of that later."""
        return replace(self, memories={key: dict(held) for key, held in self.memories.items()})

    def next(self, timestep: float, sample: Tensor, given: Half, guided: bool) -> Call:
        """The call after this one, of the same run or the first of a new one."""
        again = timestep == self.timestep
        begins = timestep > self.timestep or (
            again and self.step == 0 and not _same((self.first,), (sample,))
        )
        waiting = self.open if again else tuple(range(len(self.halves)))
        half = next((one for one in waiting if self.halves[one].goes_on_with(given, guided)), None)
        if begins or (half is None and not again):
            return Call(0, timestep, 0, (given,), (), sample.detach().clone(), timestep)
        if half is None:
            half, halves = len(self.halves), (*self.halves, given)
        else:
            halves = self.halves
        return replace(
            self,
            step=self.step + int(not again),
            timestep=timestep,
            half=half,
            halves=halves,
            open=tuple(one for one in waiting if one != half),
            first=self.first if again else None,
        )

    def rises_to(self, later: Call) -> bool:
        """Whether `later` began a run from the same text at a higher timestep, below this one's start: that
        of another image, or of a sampler that goes back.
        """
        same = any(half.goes_on_with(later.halves[0], guided=False) for half in self.halves)
        return same and later.step == 0 and self.timestep < later.timestep < self.start


def _same(one: Sequence[Tensor | None], other: Sequence[Tensor | None]) -> bool:
    """Whether both hold equal tensors, of the same kinds and at the same devices."""
    return len(one) == len(other) and all(
        a is not None
        and b is not None
        and (a.shape, a.dtype, a.device) == (b.shape, b.dtype, b.device)
        and torch.equal(a, b)
        for a, b in zip(one, other, strict=True)
    )
