"""Methods that let some layers read only part of their KV cache, chosen anew for every decoded token.

Nothing leaves the cache: for the length of one layer's attention the cache shows the chosen entries, then it
holds everything again. A method says by `judges(layer, layers)` whose attention decides; the layers after it
read what the method kept. It is given (B, N, D) entries, all heads side by side, the query of the token being
decoded, that layer's keys, and which entries are visual.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.attending import Attending
from reference_impls.hosts.candidates import check_candidates, marked, refuse_moved
from reference_impls.hosts.configuration import removable_placeholders
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.language_model import follow
from reference_impls.hosts.views import Run
from reference_impls.mechanisms.prune import gather_tokens


@dataclass
class _Choice:
    """The entries of the prompt and of earlier tokens that are read: `index` (B, M), `valid` (B, M)."""

    index: Tensor
    valid: Tensor | None


class Reading:
    """Calls the method at every decoded token."""

    def __init__(
        self, attachment: Attachment, method: Any, model: nn.Module, candidates: slice | Tensor | None
    ) -> None:
        check_candidates(candidates)
        self.attachment, self.method, self.model, self.given = attachment, method, model, candidates
        self.prompts = follow(
            attachment,
            model,
            begin=lambda run, number, hidden, kwargs: hidden,
            finish=lambda run, number, cache: None,
        )
        layers = self.prompts.layers
        judges = [number for number in range(len(layers)) if method.judges(number, len(layers))]
        if not judges or judges[0] + 1 == len(layers):
            raise ValueError(f"{type(method).__name__} leaves none of this model's {len(layers)} layers less")
        self.attending = Attending(attachment, layers[judges[0]], frozenset({"queries", "keys"}))
        self.placeholders = (
            removable_placeholders(method, model, "say with candidates= which entries may be left")
            if candidates is None
            else []
        )
        self._judges = False
        self._choice: _Choice | None = None
        self._full: tuple[Tensor, Tensor] | None = None
        attachment.before(layers[0], self._forget)
        attachment.before(layers[judges[0]], self._listen)
        attachment.after(layers[judges[0]], partial(self._judge, judges[0]))
        for number in range(judges[0] + 1, len(layers)):
            attachment.before(layers[number], partial(self._show_part, number))
            attachment.after(layers[number], partial(self._show_all, number))

    def _forget(self, *_: Any) -> None:
        self._choice = None

    def _listen(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        hidden = args[0] if args else kwargs["hidden_states"]
        self._judges = not self.prompts.prefilling and hidden.shape[1] == 1
        if self._judges:
            self.attending.noting()

    def _judge(self, number: int, _: nn.Module, __: Any, kwargs: dict[str, Any], ___: Any) -> None:
        cache, run = kwargs.get("past_key_values"), self.prompts.run
        if cache is None or run is None or not self._judges:
            return
        keys, values = cache.layers[number].keys, cache.layers[number].values
        batch, _heads, count, _width = keys.shape
        view = run.held_in(number)
        held, valid = (run.length, run.valid) if view is None else (view.slots, view.valid)
        after = torch.ones(batch, count - held, dtype=torch.bool, device=keys.device)
        before = torch.ones_like(after[:, :1]).expand(-1, held) if valid is None else valid
        marks = self._candidates(run, batch, keys.device)
        marks = marks if view is None else view.of(marks)
        valid = None if valid is None else torch.cat([valid, after], dim=1)
        context = Context(
            candidates=torch.cat([marks & before, ~after], dim=1),
            valid=valid,
            layer=number,
            layers=len(self.prompts.layers),
            **self.attending.take(valid),
        )
        entries = torch.cat([keys, values], dim=-1).transpose(1, 2).flatten(2)
        reduction = reduction_of(self.method, entries, context)
        if run.reported:
            self.attachment.reductions.clear()
            self.attachment.record(number, reduction)
            self._count(number, int(reduction.kept[:, :held].sum(dim=1).max()))
        # The token being decoded is no entry of the later layers yet.
        read = reduction.kept[:, :-1]
        counts = read.sum(dim=1, keepdim=True)
        index = torch.sort((~read).to(torch.uint8), dim=1, stable=True).indices[:, : int(counts.max())]
        present = torch.arange(index.shape[1], device=index.device) < counts
        self._choice = _Choice(index, None if bool(present.all()) else present)

    def _count(self, judge: int, read: int) -> None:
        """Note for the cost how many of the prompt's entries the layers after `judge` read."""
        layers = self.attachment.layers
        layers[judge + 1 :] = [replace(layer, read=read) for layer in layers[judge + 1 :]]

    def _candidates(self, run: Run, batch: int, device: torch.device) -> Tensor:
        """(B, N) bool over the whole prompt."""
        if self.given is not None:
            refuse_moved(self.model)
            return marked(self.given, (batch, run.length), device)
        if run.input_ids is None:
            raise ValueError("the model was called without input_ids: say with candidates= what is visual")
        return torch.isin(run.input_ids, torch.tensor(self.placeholders, device=device))

    def _show_part(
        self, number: int, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        choice = self._choice
        if choice is None:
            return None
        layer = kwargs["past_key_values"].layers[number]
        self._full = layer.keys, layer.values
        layer.keys, layer.values = (
            gather_tokens(states.transpose(1, 2), choice.index).transpose(1, 2) for states in self._full
        )
        mask = kwargs.get("attention_mask")
        return args, {**kwargs, "attention_mask": self._mask(mask, choice, layer.keys)}

    def _mask(self, mask: Tensor | None, choice: _Choice, keys: Tensor) -> Tensor | None:
        """The given mask's columns of what is read, and the new token's."""
        if mask is None and choice.valid is None:
            return None
        shape = (*choice.index.shape[:1], 1, 1, choice.index.shape[1])
        valid = torch.ones_like(choice.index, dtype=torch.bool) if choice.valid is None else choice.valid
        if mask is None:
            visible = torch.cat([valid, torch.ones_like(valid[:, :1])], dim=1)
            flash = self.prompts.config._attn_implementation.startswith("flash")
            return visible if flash else visible[:, None, None]
        if mask.ndim == 2:  # flash attention
            return torch.cat([mask.gather(1, choice.index) * valid.to(mask.dtype), mask[:, -1:]], dim=1)
        given = mask.expand(shape[0], -1, -1, -1)
        picked = given[..., :-1].gather(3, choice.index.view(shape).expand(-1, given.shape[1], 1, -1))
        hidden = ~valid.view(shape)
        lowest = False if mask.dtype == torch.bool else torch.finfo(mask.dtype).min
        return torch.cat([picked.masked_fill(hidden, lowest), given[..., -1:]], dim=3)

    def _show_all(self, number: int, _: nn.Module, __: Any, kwargs: dict[str, Any], ___: Any) -> None:
        if self._choice is None or self._full is None:
            return
        layer = kwargs["past_key_values"].layers[number]
        keys, values = self._full
        layer.keys = torch.cat([keys, layer.keys[:, :, -1:]], dim=2)
        layer.values = torch.cat([values, layer.values[:, :, -1:]], dim=2)
        self._full = None
