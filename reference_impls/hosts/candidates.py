"""Which tokens of a prompt may go, as the caller says it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

SHORTENED = "shortened_by"
"""What a model has while a method shortens its prompts before it sees them."""


def check_candidates(given: Any) -> None:
    """Raise ValueError where it is neither a slice of the prompt nor a (B, N) bool tensor."""
    if given is None or isinstance(given, slice):
        return
    if not isinstance(given, Tensor):
        raise ValueError(f"candidates must be a slice or a (B, N) bool tensor, found {given!r:.40}")
    if given.dtype != torch.bool:
        raise ValueError(f"candidates must be a slice or a (B, N) bool tensor, found one of {given.dtype}")


def refuse_moved(model: nn.Module) -> None:
    """Raise ValueError where the tokens that a caller named for the decoder stand elsewhere by then."""
    if hasattr(model, SHORTENED):
        raise ValueError(
            "candidates= names tokens of the prompt as it was given, and what shortens it before the decoder "
            "moves them: attach one of the two methods alone"
        )


def marked(given: slice | Tensor, shape: tuple[int, int], device: torch.device) -> Tensor:
    """(B, N) bool, the candidates of a prompt of this shape. A tensor's rows are repeated where the batch has
    each prompt several times, for beams and for several answers.
    """
    if isinstance(given, slice):
        marks = torch.zeros(shape, dtype=torch.bool, device=device)
        marks[:, given] = True
        if not bool(marks.any()):
            text = f"slice({given.start}, {given.stop})"
            raise ValueError(f"candidates={text} selects none of the prompt's {shape[1]} tokens")
        return marks
    if given.ndim != 2 or given.shape[1] != shape[1] or not len(given) or shape[0] % given.shape[0]:
        raise ValueError(f"candidates must be (B, N) = {tuple(shape)}, found {tuple(given.shape)}")
    return given.to(device).repeat_interleave(shape[0] // given.shape[0], dim=0)
