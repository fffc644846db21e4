"""What was asked of an image, for methods that judge by it, as the caller gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Question:
    """Embeddings of one question for all images, or of one for each.

    Parameters
    ----------
    text : (B, T, E), floating point: each question in T parts, such as its words or sentences.
    valid : (B, T) bool, False for padding, needed where questions have different numbers of parts. None: all
        valid.
    """

    text: Tensor
    valid: Tensor | None = None

    def __post_init__(self) -> None:
        text, valid = self.text, self.valid
        if not isinstance(text, Tensor) or not text.is_floating_point() or text.ndim != 3 or not text.numel():
            raise ValueError(
                "text= must be the question's embeddings, a floating-point tensor (B, T, E) of B questions "
                f"in T parts; found {_described(text)}, and CLIP's text embedding (B, E) becomes one by "
                "unsqueeze(1)"
            )
        if valid is None:
            return
        if not isinstance(valid, Tensor) or valid.dtype != torch.bool or valid.shape != text.shape[:2]:
            raise ValueError(
                f"text_valid= must be a bool tensor (B, T) = {tuple(text.shape[:2])}, found "
                f"{_described(valid)}"
            )
        if not bool(valid.any(dim=1).all()):
            raise ValueError("text_valid= leaves a question without any part that is no padding")

    def for_rows(self, counts: Sequence[int], device: torch.device) -> dict[str, Tensor | None]:
        """The fields of `Context` for images of which each is so many rows of a batch, crops of it or itself.

        One question is asked of all.
        """
        text = self.text.to(device)
        valid = None if self.valid is None else self.valid.to(device)
        if text.shape[0] > 1:
            if text.shape[0] != len(counts):
                raise ValueError(
                    f"text= has {text.shape[0]} questions, and there are {len(counts)} images: give (B, T, "
                    "E) with one for all, or one for each image"
                )
            times = torch.tensor(counts, device=device)
            text = text.repeat_interleave(times, dim=0)
            valid = None if valid is None else valid.repeat_interleave(times, dim=0)
        return {"text": text, "text_valid": valid}


def _described(given: Any) -> str:
    if isinstance(given, Tensor):
        return f"one of {given.dtype} of {tuple(given.shape)}"
    return f"{given!r:.40}"
