"""Methods that shorten a prompt before the model that is prompted sees any of it.

The model gets fewer `input_ids`, nothing else changes: `generate` and a plain call work as with a shorter
text, and what `generate` returns begins with that text. A method is given the prompt's input embeddings,
(B, N, D).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.reduction import Reduction

OFFERS = frozenset({"ids", "logits", "units", "valid", "candidates", "memory"})
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
    the prompt or a (B, N) bool tensor; by default all but the placeholders of images and videos. `units` (B,
    N) int64 are equal for tokens that belong together, such as a phrase.
    """
    if not hasattr(model, "get_input_embeddings"):
        raise ValueError(f"{type(model).__name__} has no input embeddings, and so no prompt")
    ShorterPrompt(attachment, method, model, model if scorer is None else scorer, candidates, units)


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
            name = next((name for name in ("input_ids", "inputs") if kwargs.get(name) is not None), None)
            given = kwargs[name] if name else args[0] if args else None
            if not isinstance(given, Tensor) or kwargs.get("past_key_values") is not None:
                raise ValueError("shortening a prompt needs its input_ids, and no cache of what came before")
            shorter = self._shorten(given, {key: value for key, value in kwargs.items() if key != name})
            self._busy = True
            try:
                return original(**shorter)
            finally:
                self._busy = False

        return generate

    def _before(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._busy:
            return None
        ids = kwargs.get("input_ids", args[0] if args else None)
        if not isinstance(ids, Tensor) or ids.is_floating_point():
            raise ValueError("shortening a prompt needs its input_ids")
        rest = {name: value for name, value in kwargs.items() if name != "input_ids"}
        return (), self._shorten(ids, rest)

    def _shorten(self, ids: Tensor, others: dict[str, Any]) -> dict[str, Any]:
        """The model's arguments for the shorter prompt, padded on the left."""
        mask = others.get("attention_mask")
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
            return value.gather(1, position).masked_fill(~real, fill)

        changed = {name: picked(name, value) for name, value in others.items()}
        return {**changed, "input_ids": picked("input_ids", ids), "attention_mask": real.long()}

    def _padding(self) -> int:
        config = self.model.config
        for name in ("pad_token_id", "eos_token_id"):
            found = getattr(config, name, None)
            if isinstance(found, int):
                return found
        return 0

    def _reduced(self, ids: Tensor, valid: Tensor | None) -> Reduction:
        context = Context(
            ids=ids,
            valid=valid,
            candidates=self._candidates(ids, valid),
            units=self.units,
            logits=self._logits(ids, valid) if "logits" in self.method.needs else None,
        )
        return self.method.reduce(self.model.get_input_embeddings()(ids), context)

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
            marks = ~torch.isin(ids, torch.tensor(self.visual, device=ids.device, dtype=ids.dtype))
        return marks if valid is None else marks & valid

    def _logits(self, ids: Tensor, valid: Tensor | None) -> Tensor:
        known = self.scorer.get_input_embeddings().num_embeddings
        if int(ids.max()) >= known:
            raise ValueError(
                f"the scorer knows {known} tokens, and the prompt has one of number {int(ids.max())}: "
                "give a scorer with the tokenizer of the model"
            )
        there = self.scorer.get_input_embeddings().weight.device
        mask = None if valid is None else valid.long().to(there)
        self._busy = True
        try:
            with torch.no_grad():
                return self.scorer(input_ids=ids.to(there), attention_mask=mask).logits.to(ids.device)
        finally:
            self._busy = False
