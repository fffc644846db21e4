"""Compute some tokens anew and take the others from an earlier step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad


def refresh(cached: Tensor, fresh: Tensor, index: Tensor) -> Tensor:
    """A copy of `cached` (B, N, D) with `fresh` (B, M, D) at the tokens `index` (B, M)."""
    return cached.scatter(1, index.unsqueeze(-1).expand_as(fresh), fresh.to(cached.dtype))


def remember(memory: dict[Any, Any], name: str, compute: Callable[[], Tensor], fresh: bool) -> Tensor:
    """What `memory` holds under `name`; computed and stored first if `fresh`, or if nothing is held yet."""
    if fresh or name not in memory:
        memory[name] = compute()
    held: Tensor = memory[name]
    return held


def as_output(given: Tensor, shape: torch.Size) -> Tensor:
    """What was `given` to a module (R, ...) in the `shape` of its output, so that the two can be compared.

    A denoiser's latents may have more channels than its prediction, which are not predicted, or fewer where
    it predicts a variance, too: the first ones stand for each other, and the missing are 0.
    """
    if given.shape == shape:
        return given
    channels = 1 if given.dim() > 3 else -1
    there = given.narrow(channels, 0, min(given.shape[channels], shape[channels]))
    missing = [0, 0] * (given.dim() - 1 - channels % given.dim()) + [
        0,
        shape[channels] - there.shape[channels],
    ]
    return pad(there, missing)


def add_change(
    memory: dict[Any, Any], compute: Callable[[Tensor], Tensor], given: Tensor, fresh: Sequence[bool]
) -> Tensor:
    """What `compute` makes of what is `given` (R, ...); or that and by how much it was changed when it was
    last computed, which `memory` holds.

    `fresh` says which of these it is for each of the images that the rows belong to, one behind the other.
    What was never computed is.
    """
    held = memory.get("change")
    if held is not None and not any(fresh):
        return as_output(given, held.shape).to(held.dtype) + held
    output = compute(given)
    before = as_output(given, output.shape)
    change = output - before
    if held is None or all(fresh):
        memory["change"] = change
        return output
    rows = torch.tensor(fresh, device=given.device).repeat_interleave(given.shape[0] // len(fresh))
    rows = rows.view(-1, *[1] * (given.dim() - 1))
    memory["change"] = torch.where(rows, change, held)
    return torch.where(rows, output, before + held)


def is_last(step: int, steps: int | None, method: str) -> bool:
    """Whether this denoising step, counted from 0, is the last of so many, for a method whose official code
    always computes that one.

    Raises ValueError where nobody said how many there are, or where there are more.
    """
    if steps is None or step >= steps:
        raise ValueError(
            f"{method}'s official code computes the last step, and must be told which one that is: attach "
            f"with steps= as many as the sampler takes, found {steps} at step {step + 1}"
        )
    return step == steps - 1
