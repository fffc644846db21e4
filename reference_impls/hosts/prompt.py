"""Methods that shorten a prompt before the model that is prompted sees any of it.

The model gets fewer `input_ids`, nothing else changes. A method is given the prompt's input embeddings,
(B, N, D).

`generate` gives back what it would without a method: the prompt as it was given, padding included, then the
new tokens; so do streamers. What is counted or looked at on the way is the shortened prompt: `max_length` and
`min_length`, logits processors, stopping criteria, the states and the cache of `return_dict_in_generate`. Its
tokens stand in `attached.reductions`. A plain call's logits are those of the shortened prompt.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment, paused
from reference_impls.hosts.candidates import SHORTENED, check_candidates, marked
from reference_impls.hosts.configuration import placeholders
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.generation import (
    WholePromptFirst,
    named,
    padding_mask,
    refuse_packing,
    with_whole_prompt,
)
from reference_impls.hosts.judge import (
    counted,
    embeddings_of_words,
    readable,
    refuse_unable_to_go_back,
    refuse_unfit,
    straight_logits,
    undisturbed,
)
from reference_impls.hosts.loss import kept_labels
from reference_impls.hosts.reading import ReadingModel
from reference_impls.reduction import Reduction

OFFERS = frozenset({"ids", "logits", "reader", "units", "valid", "candidates", "memory"})
JUDGED = frozenset({"logits", "reader"})
"""What a language model has to give."""


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
    the model itself, which then reads the prompt twice. It reads without dropout, without what else is
    attached to it, and only words: of images the placeholders. `candidates` are the tokens that may go, a
    slice of the prompt or a (B, N) bool tensor; by default all. Placeholders of images, videos
    and sound and the tokens beside these always stay. `units` (B, N) int64 are equal for tokens that belong
    together: a phrase, a demonstration; a token whose unit is below 0 belongs to none, and stays.
    """
    if embeddings_of_words(model) is None:
        raise ValueError(f"{type(model).__name__} has no input embeddings, and so no prompt")
    judge: Any = model if scorer is None else scorer
    if JUDGED & method.needs:
        refuse_unfit(judge)
    if "reader" in method.needs:
        refuse_unable_to_go_back(judge)
    check_candidates(candidates)
    if units is not None and not (isinstance(units, Tensor) and _counts(units)):
        found = units.dtype if isinstance(units, Tensor) else f"{units!r:.40}"
        raise ValueError(f"units must be a (B, N) tensor of whole numbers, found {found}")
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
        self.placeholders = placeholders(model)
        # Of two of these the second would be told about a prompt that it does not see: it is refused.
        attachment.replace(model, SHORTENED, lambda: self)
        # First, so that what else is attached sees the shorter prompt and its mask, in whichever order.
        attachment.before(model, self._before, first=True)
        if hasattr(model, "generate"):
            attachment.wrap(model, "generate", self._generating)
        refuse_packing(attachment, model)

    def _generating(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def generate(*args: Any, **kwargs: Any) -> Any:
            given = named(original, args, kwargs)
            given.pop("position_ids", None)  # counted from the mask
            if given.get("inputs") is not None:
                given["input_ids"] = given.pop("inputs")
            prompt = given.get("input_ids")
            if given.get("attention_mask") is None and isinstance(prompt, Tensor):
                given["attention_mask"] = padding_mask(self.model, given, prompt)
            shorter, prompt = self._shorten(given), given["input_ids"]
            if given.get("streamer") is not None:
                shorter["streamer"] = WholePromptFirst(given["streamer"], prompt)
            with paused(self.attachment):
                return with_whole_prompt(original(**shorter), shorter["input_ids"], prompt)

        return generate

    def _before(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = named(self.model.forward, args, kwargs)
        positions = given.pop("position_ids", None)
        shorter = self._shorten(given)
        mask = shorter["attention_mask"]
        # A model with images or sound places its tokens itself.
        if positions is not None or (not bool(mask.all()) and not self.placeholders):
            shorter |= counted(self.model, mask)
        return (), shorter

    def _shorten(self, given: dict[str, Any]) -> dict[str, Any]:
        """The model's arguments for the shorter prompt, padded on the left."""
        ids = self._ids(given)
        mask = given.get("attention_mask")
        valid = None if mask is None or bool(mask.all()) else mask.to(ids.device).bool()
        reduction = self._reduced(ids, valid)
        self.attachment.reductions.clear()
        self.attachment.record(0, reduction)
        stands = reduction.position >= 0
        if reduction.valid is not None:
            stands = stands & reduction.valid
        order = torch.sort(stands.to(torch.uint8), dim=1, stable=True).indices
        position, real = reduction.position.gather(1, order).clamp(min=0), stands.gather(1, order)

        def picked(name: str, value: Any) -> Any:
            if not isinstance(value, Tensor) or value.shape != ids.shape or name.startswith("negative"):
                return value
            if name == "labels":
                return kept_labels(value, position, real)
            return value.gather(1, position).masked_fill(~real, self._padding() if name == "input_ids" else 0)

        changed = {name: picked(name, value) for name, value in given.items()}
        return {**changed, "attention_mask": real.long()}

    def _ids(self, given: dict[str, Any]) -> Tensor:
        """The prompt's ids (B, N), where the call is one for a whole prompt."""
        if given.get("*"):
            raise ValueError(
                f"{type(self.model).__name__} takes its arguments by position without naming them: give it "
                "input_ids= by name, or attach to the model inside it"
            )
        ids, cache, mask = (given.get(name) for name in ("input_ids", "past_key_values", "attention_mask"))
        if not isinstance(ids, Tensor) or ids.is_floating_point() or ids.ndim != 2 or ids.shape[1] == 0:
            raise ValueError("shortening a prompt needs its input_ids, (B, N), one token at least")
        if given.get("inputs_embeds") is not None:
            raise ValueError("shortening a prompt needs its input_ids alone, without inputs_embeds")
        if cache is not None and cache.get_seq_length():
            raise ValueError(
                "a prompt is shortened whole, and past_key_values hold an earlier one: pass the whole prompt "
                "without them, or leave the block and go on there, where the cache is that of the shortened "
                "prompt in attached.reductions"
            )
        if mask is not None and tuple(mask.shape) != tuple(ids.shape):
            raise ValueError(
                f"attention_mask must be (B, N) = {tuple(ids.shape)}, found {tuple(mask.shape)}: padding is "
                "all that a prompt's mask may say"
            )
        return ids

    def _padding(self) -> int:
        config = getattr(self.model, "config", None)
        for name in ("pad_token_id", "eos_token_id"):
            found = getattr(config, name, None)
            if isinstance(found, int):
                return found
        return 0

    def _reduced(self, ids: Tensor, valid: Tensor | None) -> Reduction:
        if self.units is not None and self.units.shape != ids.shape:
            raise ValueError(f"units must be (B, N) = {tuple(ids.shape)}, found {tuple(self.units.shape)}")
        units = None if self.units is None else self.units.to(ids.device)
        held = torch.isin(ids, torch.tensor(self.placeholders, device=ids.device, dtype=ids.dtype))
        candidates = self._candidates(held, valid, units)
        read = ids
        if JUDGED & self.method.needs:
            read = readable(self.scorer, ids, ~held if valid is None else ~held & valid)
        with undisturbed(self.scorer):
            context = Context(
                ids=read,
                valid=valid,
                candidates=candidates,
                units=units,
                logits=straight_logits(self.scorer, read, valid) if "logits" in self.method.needs else None,
                reader=lambda: ReadingModel(self.scorer),
            )
            return reduction_of(self.method, self.model.get_input_embeddings()(ids), context)

    def _candidates(self, held: Tensor, valid: Tensor | None, units: Tensor | None) -> Tensor:
        """(B, N) bool, where (B, N) `held` are placeholders."""
        marks = ~held
        marks[:, 1:] &= ~held[:, :-1]  # marks and words that part one picture from the next
        marks[:, :-1] &= ~held[:, 1:]
        if self.candidates is not None:
            marks &= marked(self.candidates, (held.shape[0], held.shape[1]), held.device)
        if units is not None:
            marks &= units >= 0
        return marks if valid is None else marks & valid


def _counts(units: Tensor) -> bool:
    return not (units.is_floating_point() or units.is_complex() or units.dtype == torch.bool)
