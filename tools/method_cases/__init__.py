"""What `bench_methods.py` measures: each method's core at its paper's sizes, beside the plainest PyTorch.

A file per family; `case` puts a function into `CASES`. The plain side is written from the paper without any
of `reference_impls`, computes no more than it must, and has to give the same tokens before anything is timed.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Sides(NamedTuple):
    """The method and the plain code, each a call that returns the shortened tokens."""

    method: Callable[[], Tensor]
    plain: Callable[[], Tensor]


class Draw:
    """Random tensors on a device, the same in every run."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._generator = torch.Generator().manual_seed(0)

    def __call__(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self._generator).to(self.device)

    def attention(self, *shape: int) -> Tensor:
        """Rows that add up to one."""
        return (3 * self(*shape)).softmax(dim=-1)


@dataclass(frozen=True)
class Case:
    """One method's core.

    Parameters
    ----------
    sizes : in words, and where the paper has them.
    plain : what the plain side is, in words.
    note : why the method cannot be faster, or hold less, where that needs saying.
    make : the two sides, from (draw, small); `small` shrinks everything, to see that the code is right.
    """

    method: str
    sizes: str
    plain: str
    make: Callable[[Draw, bool], Sides]
    note: str = ""


CASES: dict[str, Case] = {}


def case(
    method: str, sizes: str, plain: str, note: str = ""
) -> Callable[[Callable[[Draw, bool], Sides]], Any]:
    """Register the decorated function as the case of `method`."""

    def register(make: Callable[[Draw, bool], Sides]) -> Any:
        CASES[method] = Case(method, sizes, plain, make, note)
        return make

    return register


def rows_at(tokens: Tensor, index: Tensor) -> Tensor:
    """(B, N, D) at (B, M) -> (B, M, D)."""
    return tokens.gather(1, index.unsqueeze(-1).expand(-1, -1, tokens.shape[-1]))


def class_row(queries: Tensor, keys: Tensor) -> Tensor:
    """The class token's attention to the others, averaged over heads: (B, N - 1)."""
    logits = queries[:, :, :1] @ keys.transpose(-1, -2) * queries.shape[-1] ** -0.5
    return logits.softmax(dim=-1)[:, :, 0, 1:].mean(dim=1)


def padded(rows: list[Tensor]) -> Tensor:
    """Sequences (M, D) of different lengths as one batch with zeros behind."""
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


def _families() -> None:
    """Fill `CASES`: every module here."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importlib.import_module(f"{__name__}.{module.name}")


_families()
