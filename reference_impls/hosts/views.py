"""What the layers of a decoder hold of a prompt, and a cache that is shorter than the sequence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicLayer

from reference_impls.mechanisms.prune import gather_tokens
from reference_impls.reduction import Reduction
from reference_impls.run_cost import LayerTokens


class ShortenedLayer(DynamicLayer):
    """A layer of a KV cache that holds fewer entries than the sequence has tokens.

    It reports the sequence's length, so that the model's positions and masks count as if nothing were
    missing. What is noted `beside` its sequences, one row for each, goes where they go.
    """

    removed: int = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.beside: dict[str, Tensor] = {}

    def get_seq_length(self) -> int:
        return int(super().get_seq_length()) + self.removed

    def reorder_cache(self, beam_idx: Tensor) -> None:
        super().reorder_cache(beam_idx)
        self._pick(beam_idx)

    def batch_select_indices(self, indices: Tensor) -> None:
        super().batch_select_indices(indices)
        self._pick(indices)

    def batch_repeat_interleave(self, repeats: int) -> None:
        super().batch_repeat_interleave(repeats)
        self.beside = {name: rows.repeat_interleave(repeats, dim=0) for name, rows in self.beside.items()}

    def _pick(self, index: Tensor) -> None:
        self.beside = {name: rows[index.to(rows.device)] for name, rows in self.beside.items()}


def shorten_layer(cache: Any, number: int, keys: Tensor, values: Tensor, removed: int) -> None:
    """Let a layer of the cache hold these (B, H, M, d) entries, `removed` fewer than it has seen."""
    refuse_other_caches(cache)
    shortened = ShortenedLayer()
    shortened.lazy_initialization(keys, values)
    shortened.keys, shortened.values, shortened.removed = keys, values, removed
    cache.layers[number] = shortened


def refuse_other_caches(cache: Any) -> None:
    """Raise ValueError for a cache whose layers cannot be shortened, such as one of a fixed length."""
    for layer in cache.layers:
        if type(layer) not in (DynamicLayer, ShortenedLayer):
            raise ValueError(f"a {type(layer).__name__} cannot be shortened; use the default DynamicCache")


def filled(cache: Any) -> bool:
    """Whether a KV cache holds what was read before."""
    return cache is not None and cache.get_seq_length() > 0


def padding_first(reduction: Reduction) -> Reduction:
    """The same slots with padding in front, as generation needs the prompt's end at the end."""
    if reduction.valid is None:
        return reduction
    order = torch.sort(reduction.valid.to(torch.uint8), dim=1, stable=True).indices
    place = torch.argsort(order, dim=1)
    source = place.gather(1, reduction.source.clamp(min=0)).masked_fill(reduction.source < 0, -1)
    moved = (values.gather(1, order) for values in (reduction.size, reduction.position, reduction.valid))
    return Reduction(gather_tokens(reduction.tokens, order), source, *moved)


@dataclass
class View:
    """What a layer holds of the prompt, in M slots, or of the prompt and what was written behind it.

    Parameters
    ----------
    slots : M.
    valid : (B, M), or (B, Hkv, M) where heads differ; None: all slots hold a token.
    index : (B, M), the prompt's token in each slot; None where only the cache is shorter.
    next_position : (B,), the position id of the first generated token where ids are renumbered, else None.
    size : (B, M), how many tokens each slot counts as in attention; None: one.
    written : how many of the tokens behind the prompt the slots stand for, too.
    rotary, mask, position_ids : what the layer is given during prefill.
    """

    slots: int
    valid: Tensor | None
    index: Tensor | None = None
    next_position: Tensor | None = None
    size: Tensor | None = None
    written: int = 0
    rotary: tuple[Tensor, Tensor] | None = None
    mask: Tensor | None = None
    position_ids: Tensor | None = None

    def of(self, prompt: Tensor) -> Tensor:
        """What is said of each token of the whole prompt, (B, N), for those in the slots: (B, M)."""
        return prompt if self.index is None else prompt.gather(1, self.index)


@dataclass
class Run:
    """One prompt on its way through the layers, and afterwards its cache's bookkeeping.

    `positions` (3, B, N) are the position ids of models whose tokens have several: time, height and width;
    `next_position` (B,) or (1,) is the one behind the prompt's last.
    `reported` says that what is done to it is in the attachments' reports, and `held` what each layer had
    of it. `shown` is how long it was when each of the methods came to it, in the order of acting.
    """

    length: int
    valid: Tensor | None
    input_ids: Tensor | None
    positions: Tensor | None = None
    next_position: Tensor | None = None
    views: dict[int, View] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict)
    reported: bool = True
    held: list[LayerTokens] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)

    def view(self, layer: int) -> View | None:
        """The view that holds for `layer`: the last one that began at or before it."""
        begun = [start for start in self.views if start <= layer]
        return self.views[max(begun)] if begun else None

    def held_in(self, layer: int) -> View | None:
        """What `layer` is given of the prompt, if that is not the whole."""
        view = self.view(layer)
        return None if view is None or view.index is None else view

    def over_prompt(self, hidden: Tensor) -> Tensor:
        """The first layer's tokens (B, M, D) at their places in the prompt, (B, N, D), with zeros between."""
        view = self.held_in(0)
        if view is None or view.index is None:
            return hidden
        index = view.index.unsqueeze(-1).expand_as(hidden)
        if view.valid is not None:
            hidden = hidden.masked_fill(~view.valid.unsqueeze(-1), 0)
        empty = hidden.new_zeros(hidden.shape[0], self.length, hidden.shape[2])
        return empty.scatter_add(1, index, hidden)

    def check_ends(self) -> None:
        """Raise ValueError where a prompt's last token is not in the last column, which judges stand in."""
        if self.valid is not None and not bool(self.valid[:, -1].all()):
            raise ValueError(
                "pad prompts on the left: what is judged by their last tokens needs these in line"
            )
