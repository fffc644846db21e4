"""Methods that shorten each layer's KV cache once the prompt is through.

The prompt itself is computed in full; generation then attends to fewer entries. An entry is a token of width
2d, its key beside its value, and every key head has a sequence of its own: the method is given (B * Hkv, N,
2d) tokens and may keep other entries in each head. Keys hold their rotary positions, so nothing has to be
renumbered. What is written behind the prompt stays, but with methods that have a `buffer` (`kv_writing.py`).
A method that looks at `future_queries` says by `horizon` over how many positions behind the prompt. One with
`revises = True` is asked again, each time that a layer has been read, about every layer before it: it is then
given what that layer still holds, without queries, and its own `memory` of the layer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.attending import Attending
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.kv_reading import Reading
from reference_impls.hosts.kv_writing import Writing
from reference_impls.hosts.language_model import follow
from reference_impls.hosts.projections import find_projection
from reference_impls.hosts.views import Run, View, padding_first, shorten_layer

OFFERS = frozenset(
    {"queries", "future_queries", "keys", "values", "valid", "given", "stands", "seen", "layer"}
)
OFFERS |= {"candidates", "memory", "run_memory"}


def install(
    attachment: Attachment, method: Any, model: nn.Module, *, candidates: slice | Tensor | None = None
) -> None:
    """Attach to a decoder that generates with a cache.

    A method with `every_step = True` chooses anew for each decoded token what is read (`kv_reading.py`);
    `candidates` are then the entries that may be left out, by default those of images and videos. Others
    choose among all entries, once, or with a `buffer` each time that so many tokens more are written.
    """
    if getattr(method, "every_step", False):
        Reading(attachment, method, model, candidates)
    elif candidates is not None:
        raise ValueError(
            f"{type(method).__name__} takes no candidates: it chooses among all entries of the prompt"
        )
    elif "candidates" in method.needs:
        raise ValueError(
            f"{type(method).__name__} looks at candidates, which a compressed cache does not know"
        )
    else:
        Compression(attachment, method, model)


def of_heads(valid: Tensor) -> Tensor:
    """(B, Hkv, M) bool, or (B, M) where all heads hold the same slots, as masks for all of them want it."""
    return valid[:, 0] if bool((valid == valid[:, :1]).all()) else valid


def _horizon(method: Any) -> int:
    """Over how many positions behind the prompt a method is shown queries; 0 where it looks at none.

    Raises ValueError where it does not say so, or has a buffer besides.
    """
    if "future_queries" not in method.needs:
        return 0
    name, horizon = type(method).__name__, getattr(method, "horizon", None)
    if isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1:
        raise ValueError(
            f"{name} looks at future_queries and has horizon = {horizon!r:.40}: that is how many positions "
            "behind the prompt they are turned to, a whole number of 1 or more"
        )
    if getattr(method, "buffer", None) is not None:
        raise ValueError(
            f"{name} looks at future_queries and has a buffer: these are known at the prompt's end, and not "
            "as text is written"
        )
    return horizon


def _revises(method: Any) -> bool:
    """Whether a method is asked about earlier layers again.

    Raises ValueError where what it leaves of them could not be shown to it.
    """
    if not getattr(method, "revises", False):
        return False
    name = type(method).__name__
    if getattr(method, "buffer", None) is not None:
        raise ValueError(f"{name} revises earlier layers and has a buffer: one host does only one of these")
    if getattr(method, "shared", None) == "heads":
        raise ValueError(
            f"{name} revises earlier layers, and its heads keep different numbers of entries: a layer is "
            "shown to a method again with as many in every head"
        )
    return True


class Compression:
    """Calls the method for each layer after the prefill, and as more is written where it has a `buffer`."""

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module) -> None:
        self.attachment, self.method = attachment, method
        self.prompts = follow(attachment, model, begin=self._begin, finish=self._finish)
        looked = sorted({"queries", "future_queries", "keys", "values"} & set(method.needs))
        if looked and any(find_projection(layer, "keys") is None for layer in self.prompts.layers):
            raise ValueError(
                f"{type(model).__name__} caches what its keys and values are made of, one for all heads, and "
                f"{type(method).__name__} looks at {', '.join(looked)}, which its cache does not hold"
            )
        # Keys alone are in the cache.
        judged = self.prompts.layers if {"queries", "future_queries"} & set(method.needs) else []
        self.attending = [
            Attending(attachment, layer, frozenset({"queries", "keys", "seen"})) for layer in judged
        ]
        self.horizon = _horizon(method)
        self.future: dict[str, Tensor] = {}
        self.revises = _revises(method)
        rewrites = getattr(method, "buffer", None) is not None
        self.writing = Writing(attachment, method, self.prompts, self.attending) if rewrites else None

    def _begin(self, run: Run, number: int, hidden: Tensor, kwargs: dict[str, Any]) -> Tensor:
        if number == 0:
            run.check_ends()
            self.attachment.reductions.clear()
        if self.horizon:
            given = self.prompts.inputs.given(run, number, kwargs)
            tables = self.prompts.inputs.behind(run, number, hidden, given, self.horizon)
            self.future = {"future_queries": self.attending[number].on_average(hidden, given, tables)}
        if self.attending:
            self.attending[number].noting()
        return hidden

    def _finish(self, run: Run, number: int, cache: Any) -> None:
        layer = cache.layers[number]
        keys, values = layer.keys, layer.values
        batch, heads, length, width = keys.shape
        held = run.held_in(number)
        given = run.valid if held is None else held.valid
        noted = self.attending[number].take(given) if self.attending else {"keys": keys}
        context = self._context(run, number, values=values, valid=given, **noted, **self.future)
        self.future = {}
        entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
        reduction = reduction_of(self.method, entries, context)
        if self.writing is not None:
            reduction = padding_first(reduction)
        self.attachment.record(number, reduction)
        shorter = reduction.tokens.unflatten(0, (batch, heads))
        slots = shorter.shape[2]
        if slots < length or reduction.valid is not None:
            kept_keys, kept_values = shorter.split(width, dim=-1)
            shorten_layer(cache, number, kept_keys.contiguous(), kept_values.contiguous(), run.length - slots)
        valid = None if reduction.valid is None else of_heads(reduction.valid.view(batch, heads, slots))
        # A view for every layer, even a full one: a layer without its own would be taken to hold its
        # predecessor's. The next one is given what this one was, not what its cache has kept.
        if held is not None:
            run.views.setdefault(number + 1, held)
        run.views[number] = View(slots, valid, next_position=None if held is None else held.next_position)
        if self.writing is not None:
            self.writing.begin(run, number, cache, reduction)
        if self.revises:
            for earlier in range(number):
                self._revise(run, earlier, cache)
            if number == len(self.prompts.layers) - 1:
                run.memory.clear()

    def _context(self, run: Run, number: int, **shown: Any) -> Context:
        return Context(
            layer=number,
            layers=len(self.prompts.layers),
            memory=run.memory.setdefault(number, {}) if self.revises else {},
            run_memory=run.memory.setdefault("all layers", {}) if self.revises else {},
            **shown,
        )

    def _revise(self, run: Run, number: int, cache: Any) -> None:
        """Ask the method about an earlier layer again, and forget what it drops of that, too."""
        layer, view = cache.layers[number], run.views[number]
        keys, values = layer.keys, layer.values
        batch, heads, _, width = keys.shape
        context = self._context(run, number, keys=keys, values=values, valid=view.valid)
        entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
        reduction = reduction_of(self.method, entries, context)
        if reduction.tokens is entries:
            return
        slots, shorter = reduction.tokens.shape[1], reduction.tokens.unflatten(0, (batch, heads))
        kept_keys, kept_values = (states.contiguous() for states in shorter.split(width, dim=-1))
        shorten_layer(cache, number, kept_keys, kept_values, run.length - slots)
        valid = None if reduction.valid is None else of_heads(reduction.valid.view(batch, heads, slots))
        run.views[number] = replace(view, slots=slots, valid=valid)
        run.held[number] = replace(run.held[number], cached=slots)
        self.attachment.add(number, reduction)
