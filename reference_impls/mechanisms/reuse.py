"""Compute some tokens anew and take the others from an earlier step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor


def refresh(cached: Tensor, fresh: Tensor, index: Tensor) -> Tensor:
    """A copy of `cached` (B, N, D) with `fresh` (B, M, D) at the tokens `index` (B, M)."""
    return cached.scatter(1, index.unsqueeze(-1).expand_as(fresh), fresh.to(cached.dtype))


def remember(memory: dict[Any, Any], name: str, compute: Callable[[], Tensor], fresh: bool) -> Tensor:
    """What `memory` holds under `name`; computed and stored first if `fresh`, or if nothing is held yet."""
    if fresh or name not in memory:
        memory[name] = compute()
    held: Tensor = memory[name]
    return held
