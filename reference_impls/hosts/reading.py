"""A causal language model that reads a text piece by piece, goes back, and reads on otherwise.

What it has read is kept in its cache, so that each piece is computed once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from reference_impls.criteria.information import self_information
from reference_impls.hosts.adapters import device_of_words
from reference_impls.hosts.judge import counted, refuse_too_long, refuse_unable_to_go_back


@dataclass(frozen=True)
class Place:
    """How many tokens have been read, and what is expected of the next: (1, 1, V) logits, at first None."""

    count: int
    expected: Tensor | None


class ReadingModel:
    """A model of `transformers` before a text, as `reference_impls.context.Reading` describes it."""

    def __init__(self, model: nn.Module) -> None:
        refuse_unable_to_go_back(model)
        self._model: Any = model
        self._cache = DynamicCache()
        self._place = Place(0, None)

    def read(self, ids: Tensor) -> Tensor:
        """(N,) token ids to (N,) nats, on the device of the ids."""
        if ids.numel() == 0:
            return ids.new_empty(0, dtype=torch.float32)
        there = device_of_words(self._model, ids.device)
        now, before = ids[None].to(there), self._place
        count = before.count + ids.numel()
        refuse_too_long(self._model, count)
        # Positions of its own: Qwen's models with images would go on from those of their latest prompt.
        places = counted(self._model, torch.ones(1, count, dtype=torch.long, device=there))
        asked = {name: numbers[:, before.count :] for name, numbers in places.items()}
        with torch.no_grad():
            logits = self._model(input_ids=now, past_key_values=self._cache, use_cache=True, **asked).logits
        self._place = Place(count, logits[:, -1:])
        if self._cache.get_seq_length() != self._place.count:
            name = type(self._model).__name__
            raise ValueError(f"{name} keeps no cache of keys and values, and cannot go back in a text")
        if before.expected is None:
            return self_information(logits, now)[0].to(ids.device)
        # What was expected of the first of these tokens goes in front, beside any token at all.
        rows, tokens = torch.cat([before.expected, logits], dim=1), torch.cat([now[:, :1], now], dim=1)
        return self_information(rows, tokens)[0, 1:].to(ids.device)

    def place(self) -> Place:
        return self._place

    def go_back(self, place: Place) -> None:
        if place.count > self._place.count:
            raise ValueError(f"cannot go back from token {self._place.count} to token {place.count}")
        if gone := self._place.count - place.count:
            self._cache.crop(-gone)
        self._place = place
