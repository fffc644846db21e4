"""Methods that choose anew from each layer's KV cache as text is written, so that it does not grow with it.

A method says by `buffer` after how many written tokens it chooses again, and by `window` of how many of the
latest tokens it is shown the queries. It is given the entries that are left of its last choice and those that
came since, (B * Hkv, N, 2d) as at the prompt's end, and chooses among all of them. Not here: the choice at
the prompt's end (`kv_cache.py`), and what is only left out of reading (`kv_reading.py`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.attending import Attending
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.language_model import Prompts
from reference_impls.hosts.views import Run, ShortenedLayer, View, padding_first, shorten_layer
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction


class Writing:
    """Calls the method for each layer whenever its buffer is full."""

    def __init__(
        self, attachment: Attachment, method: Any, prompts: Prompts, attending: list[Attending]
    ) -> None:
        _check_buffer(method, judges=bool(attending))
        self.attachment, self.method, self.prompts, self.attending = attachment, method, prompts, attending
        self._noting = False
        for number, layer in enumerate(prompts.layers):
            attachment.before(layer, partial(self._before, number))
            attachment.after(layer, partial(self._after, number))

    def begin(self, run: Run, number: int, cache: Any, reduction: Reduction) -> None:
        """Note what a layer's cache holds at the end of a prompt."""
        layer = cache.layers[number]
        if not isinstance(layer, ShortenedLayer):
            shorten_layer(cache, number, layer.keys, layer.values, 0)
            layer = cache.layers[number]
        batch, heads = layer.keys.shape[:2]
        places = reduction.position.unflatten(0, (batch, heads))
        prompt = torch.full((batch,), reduction.source.shape[1], device=places.device)
        held = run.held_in(number)
        given = run.valid if held is None else held.valid
        real = prompt if given is None else given.sum(dim=1)
        layer.beside = {"places": places, "prompt": prompt, "given": real}
        if run.reported:
            self.attachment.written = 0

    def _since(self, run: Run, number: int, layer: Any) -> int:
        """How many tokens came behind those that were last chosen from."""
        view = run.view(number)
        since = int(layer.keys.shape[2]) - (run.length if view is None else view.slots)
        if since < 0:
            raise ValueError(
                f"past_key_values were cut to {layer.keys.shape[2]} entries, into those that "
                f"{self.attachment.method} had chosen: pass the whole prompt without them"
            )
        return since

    def _before(self, number: int, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        cache, run = kwargs.get("past_key_values"), self.prompts.run
        self._noting = False
        if cache is None or run is None or self.prompts.prefilling or not self.attending:
            return
        hidden = args[0] if args else kwargs["hidden_states"]
        since = self._since(run, number, cache.layers[number]) + hidden.shape[1]
        self._noting = since > self.method.buffer - self.method.window
        if self._noting:
            self.attending[number].noting()

    def _after(self, number: int, _: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> None:
        cache, run = kwargs.get("past_key_values"), self.prompts.run
        if cache is None or run is None or self.prompts.prefilling:
            return
        layer = cache.layers[number]
        if self._noting:
            latest = self.attending[number].take(None)["queries"].detach()
            earlier = layer.beside.get("queries", latest[:, :, :0])
            window = torch.cat([earlier, latest], dim=2)[:, :, -self.method.window :]
            layer.beside = {**layer.beside, "queries": window}
        hidden = output[0] if isinstance(output, tuple) else output
        since = self._since(run, number, layer)
        # Several tokens at once are a later turn of the caller's, and the answer to it begins behind them.
        if hidden.shape[1] == 1 and since >= self.method.buffer:
            self._choose(run, number, layer, since)

    def _choose(self, run: Run, number: int, layer: Any, since: int) -> None:
        """Let the method choose among what the layer's cache holds, and forget the rest."""
        view = run.views[number]
        keys, values, beside = layer.keys, layer.values, dict(layer.beside)
        batch, heads, length, width = keys.shape
        valid = view.valid
        if valid is not None:
            valid = torch.cat([valid, valid.new_ones(batch, since)], dim=1)
        given = beside["given"] + since
        new = torch.arange(since, device=keys.device) + beside["prompt"][:, None, None] + view.written
        places = torch.cat([beside["places"], new.expand(-1, heads, -1)], dim=2)
        padding = beside["prompt"] + view.written + since - given
        shown = {"queries": beside.pop("queries")} if self.attending else {}
        context = Context(
            keys=keys,
            values=values,
            valid=valid,
            given=given,
            stands=(places - padding[:, None, None]).masked_fill(places < 0, -1),
            layer=number,
            layers=len(self.prompts.layers),
            **shown,
        )
        entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
        # Between what was kept and what is written next, padding would part neighbours.
        reduction = padding_first(reduction_of(self.method, entries, context))
        slots = reduction.tokens.shape[1]
        if slots < length or reduction.valid is not None:
            kept = reduction.tokens.unflatten(0, (batch, heads))
            layer.keys, layer.values = (states.contiguous() for states in kept.split(width, dim=-1))
            layer.removed += length - slots
        stays = None if reduction.valid is None else reduction.valid.unflatten(0, (batch, heads))[:, 0]
        written = view.written + since
        run.views[number] = replace(view, slots=slots, valid=stays, written=written)
        position = reduction.position.unflatten(0, (batch, heads))
        places = places.gather(2, position.clamp(min=0)).masked_fill(position < 0, -1)
        layer.beside = {**beside, "places": places, "given": given}
        if run.reported:
            self._report(number, reduction, places.flatten(0, 1), int(beside["prompt"][0]), run.views[number])

    def _report(self, number: int, reduction: Reduction, places: Tensor, prompt: int, view: View) -> None:
        """Let the report say what is left of the prompt and of all that was written by now."""
        count = prompt + view.written
        source = slots_of(places.masked_fill(places < 0, count), count + 1)[:, :count]
        whole = replace(reduction, source=source, position=places)
        attached = self.attachment
        attached.record(number, whole)
        latest = attached.reductions.pop()
        attached.reductions[:] = [latest if one[0] == number else one for one in attached.reductions]
        attached.written = view.written
        attached.layers[number] = replace(attached.layers[number], cached=view.slots)


def _check_buffer(method: Any, judges: bool) -> None:
    """Raise ValueError where a method could not be shown a cache again and again; it `judges` by queries."""
    name, buffer, window = type(method).__name__, method.buffer, getattr(method, "window", None)
    counts = [buffer, window] if judges else [buffer]
    if any(isinstance(count, bool) or not isinstance(count, int) or count < 1 for count in counts):
        raise ValueError(
            f"{name} has buffer = {buffer!r:.40} and window = {window!r:.40}: of a method that chooses again "
            "from a cache, these are how many tokens are written in between, and of how many of the latest "
            "it looks at the queries"
        )
    if judges and counts[1] > buffer:
        raise ValueError(f"{name} has a window of {window} tokens, and its buffer holds only {buffer}")
    if getattr(method, "shared", None) == "heads":
        raise ValueError(
            f"{name} has a buffer, and its heads keep different numbers of entries: a cache that is chosen "
            "from again is shown to a method with as many in every head"
        )
