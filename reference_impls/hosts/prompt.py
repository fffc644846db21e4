"""Methods that shorten a prompt before the model that is prompted sees any of it.

The model gets fewer `input_ids`, nothing else changes: `generate` and a plain call work as with a shorter
text, and what `generate` returns begins with that text. A method is given the prompt's input embeddings,
(B, N, D).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.reading import ReadingModel
from reference_impls.reduction import Reduction

OFFERS = frozenset({"ids", "logits", "reader", "units", "valid", "candidates", "memory"})
JUDGED = frozenset({"logits", "reader"})
"""What a language model has to give."""
IGNORED = -100
"""What marks a label that no loss is computed of."""


def install(
    attachment: Attachment,
    method: Any,
    model: nn.Module,
    *,
    scorer: nn.Module | None = None,
    candidates: slice | Tensor | None = None,
    units: Tensor | None = None,
) -> None:
    """Attach to a language model, alone or with images.

    `scorer` is the causal language model that judges the prompt, with the model's own tokenizer; by default
    the model itself, which then reads the prompt twice. `candidates` are the tokens that may go, a slice of
    the prompt or a (B, N) bool tensor; by default all but the placeholders of images and videos and the
    tokens beside these. `units` (B, N) int64 are equal for tokens that belong together: a phrase, a
    demonstration.
    """
    if not hasattr(model, "get_input_embeddings"):
        raise ValueError(f"{type(model).__name__} has no input embeddings, and so no prompt")
    judge: Any = model if scorer is None else scorer
    if JUDGED & method.needs and not (hasattr(judge, "can_generate") and judge.can_generate()):
        raise ValueError(f"{type(judge).__name__} is no causal language model, and cannot judge a prompt")
    if candidates is not None and not isinstance(candidates, slice | Tensor):
        raise ValueError(f"candidates must be a slice or a (B, N) bool tensor, found {candidates!r:.40}")
    ShorterPrompt(attachment, method, model, judge, candidates, units)


class ShorterPrompt:
    """Shortens every prompt on its way into the model."""

    def __init__(
        self,
        attachment: Attachment,
        method: Any,
        model: Any,
        scorer: nn.Module,
        candidates: slice | Tensor | None,
        units: Tensor | None,
    ) -> None:
        self.attachment, self.method, self.model, self.scorer = attachment, method, model, scorer
        self.candidates, self.units = candidates, units
        names = ("image_token_id", "video_token_id")
        self.visual = [token for name in names if (token := getattr(model.config, name, None)) is not None]
        self._busy = False
        attachment.before(model, self._before)
        if hasattr(model, "generate"):
            attachment.replace(model, "generate", self._generating(model.generate))

    def _generating(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def generate(*args: Any, **kwargs: Any) -> Any:
            given = _named(original, args, kwargs)
            given.pop("position_ids", None)  # counted from the mask
            ids = given.pop("inputs", None)
            shorter = self._shorten({"input_ids": ids, **given} if ids is not None else given)
            self._busy = True
            try:
                return original(**shorter)
            finally:
                self._busy = False

        return generate

    def _before(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._busy:
            return None
        given = _named(self.model.forward, args, kwargs)
        positions = given.pop("position_ids", None)
        shorter = self._shorten(given)
        mask = shorter["attention_mask"]
        # A model with images places its tokens itself.
        if positions is not None or (not bool(mask.all()) and not self.visual):
            shorter |= _counted(self.model, mask)
        return (), shorter

    def _shorten(self, given: dict[str, Any]) -> dict[str, Any]:
        """The model's arguments for the shorter prompt, padded on the left."""
        ids, cache, mask = (given.get(name) for name in ("input_ids", "past_key_values", "attention_mask"))
        if not isinstance(ids, Tensor) or ids.is_floating_point() or ids.shape[1] == 0:
            raise ValueError("shortening a prompt needs its input_ids, one token at least")
        if cache is not None and cache.get_seq_length():
            raise ValueError("a prompt is shortened whole: call generate, or the model without a cache")
        valid = None if mask is None or bool(mask.all()) else mask.bool()
        reduction = self._reduced(ids, valid)
        self.attachment.reductions.clear()
        self.attachment.record(0, reduction)
        stands = reduction.position >= 0
        order = torch.sort(stands.to(torch.uint8), dim=1, stable=True).indices
        position, real = reduction.position.gather(1, order).clamp(min=0), stands.gather(1, order)

        def picked(name: str, value: Any) -> Any:
            if not isinstance(value, Tensor) or value.shape != ids.shape:
                return value
            fill = {"input_ids": self._padding(), "labels": IGNORED}.get(name, 0)
            # What padding foretells of the first token is no loss.
            known = real & real.roll(1, dims=1) if name == "labels" and not bool(real.all()) else real
            return value.gather(1, position).masked_fill(~known, fill)

        changed = {name: picked(name, value) for name, value in given.items()}
        return {**changed, "attention_mask": real.long()}

    def _padding(self) -> int:
        config = self.model.config
        for name in ("pad_token_id", "eos_token_id"):
            found = getattr(config, name, None)
            if isinstance(found, int):
                return found
        return 0

    def _reduced(self, ids: Tensor, valid: Tensor | None) -> Reduction:
        if self.units is not None and self.units.shape != ids.shape:
            raise ValueError(f"units must be (B, N) = {tuple(ids.shape)}, found {tuple(self.units.shape)}")
        if JUDGED & self.method.needs:
            self._refuse_unknown(ids)
        context = Context(
            ids=ids,
            valid=valid,
            candidates=self._candidates(ids, valid),
            units=None if self.units is None else self.units.to(ids.device),
            logits=self._logits(ids, valid) if "logits" in self.method.needs else None,
            reader=lambda: ReadingModel(self.scorer),
        )
        self._busy = True
        try:
            return self.method.reduce(self.model.get_input_embeddings()(ids), context)
        finally:
            self._busy = False

    def _candidates(self, ids: Tensor, valid: Tensor | None) -> Tensor:
        if isinstance(self.candidates, slice):
            marks = torch.zeros_like(ids, dtype=torch.bool)
            marks[:, self.candidates] = True
        elif self.candidates is not None:
            if self.candidates.shape != ids.shape:
                raise ValueError(
                    f"candidates must be (B, N) = {tuple(ids.shape)}, found {tuple(self.candidates.shape)}"
                )
            marks = self.candidates.to(ids.device)
        else:
            visual = torch.isin(ids, torch.tensor(self.visual, device=ids.device, dtype=ids.dtype))
            marks = ~visual
            marks[:, 1:] &= ~visual[:, :-1]  # marks and words that part one picture from the next
            marks[:, :-1] &= ~visual[:, 1:]
        return marks if valid is None else marks & valid

    def _refuse_unknown(self, ids: Tensor) -> None:
        known = self.scorer.get_input_embeddings().num_embeddings
        if int(ids.max()) >= known:
            raise ValueError(
                f"the scorer knows {known} tokens, and the prompt has one of number {int(ids.max())}: "
                "give a scorer with the tokenizer of the model"
            )

    def _logits(self, ids: Tensor, valid: Tensor | None) -> Tensor:
        there = self.scorer.get_input_embeddings().weight.device
        given = {"input_ids": ids.to(there)}
        if valid is not None:
            mask = valid.long().to(there)
            given |= {"attention_mask": mask, **_counted(self.scorer, mask)}
        self._busy = True
        try:
            with torch.no_grad():
                return self.scorer(**given).logits.to(ids.device)
        finally:
            self._busy = False


def _named(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """All arguments of a call by their names."""
    bound = inspect.signature(function).bind_partial(*args, **kwargs)
    named: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        several = bound.signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        named |= value if several else {name: value}
    return named


def _counted(model: nn.Module, mask: Tensor) -> dict[str, Tensor]:
    """Positions that count real tokens from 0, for a model that takes any."""
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return {}
    return {"position_ids": (mask.cumsum(dim=1) - 1).clamp(min=0)}
