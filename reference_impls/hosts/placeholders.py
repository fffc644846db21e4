"""Placeholders of a prompt whose image or video token is gone leave the sequence before the decoder's first
layer.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.language_model import Prompts
from reference_impls.hosts.views import Run, filled, padding_first
from reference_impls.mechanisms.prune import keep_mask


class Placeholders:
    """Drops the marked ones of a prompt's placeholders, which are the tokens `token_ids`."""

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module, *token_ids: int) -> None:
        self.attachment, self.token_ids = attachment, token_ids
        self.renumber = getattr(method, "positions", "renumber") == "renumber"
        self._dropped: dict[int, Tensor] = {}
        self.prompts = Prompts(attachment, model, begin=self._begin, before_layers=True)
        attachment.before(self.prompts.layers[0], self._refuse_behind_others, first=True)

    def drop(self, flags: Tensor, token_id: int | None = None) -> None:
        """Mark the placeholders of the coming prompt, all of the batch in order: True for those that go.

        `token_id` says which placeholders, where there are several kinds.
        """
        self._dropped[self.token_ids[0] if token_id is None else token_id] = flags

    def _refuse_behind_others(self, _: nn.Module, __: Any, kwargs: dict[str, Any]) -> None:
        if self._dropped and filled(kwargs.get("past_key_values")):
            self._dropped = {}
            self.attachment.reductions.clear()
            raise ValueError(
                f"{self.attachment.method} shortens what comes with a prompt, and here it comes behind "
                "past_key_values: pass the whole conversation with all its images and videos without them"
            )

    def _begin(self, run: Run, number: int, hidden: Tensor, kwargs: dict[str, Any]) -> Tensor:
        if number:
            return hidden
        if not self._dropped:
            self.attachment.reductions.clear()  # they are an earlier prompt's
            return hidden
        if run.input_ids is None:
            raise ValueError("the model was called without input_ids, so its placeholders are unknown")
        dropped, self._dropped = self._dropped, {}
        stays = torch.ones_like(run.input_ids, dtype=torch.bool)
        for token_id, flags in dropped.items():
            placeholders = run.input_ids == token_id
            stays = stays.masked_scatter(placeholders, ~_for_every_row(flags, placeholders.sum(dim=1)))
        if run.valid is not None:
            stays = stays & run.valid
        if bool(stays.all()):
            return hidden
        kept = padding_first(keep_mask(hidden, stays))
        return self.prompts.inputs.shorten(run, 0, kept, self.renumber, kwargs)


def _for_every_row(flags: Tensor, counts: Tensor) -> Tensor:
    """The flags of rows with `counts` (B,) placeholders, where each row may stand several times in a batch
    that was encoded once: for beams, and for several answers to one prompt.
    """
    total = int(counts.sum())
    times = total // max(1, flags.numel())
    if times * flags.numel() != total or counts.numel() % max(1, times):
        raise ValueError(f"{flags.numel()} visual tokens for {total} placeholders")
    if times <= 1:
        return flags
    rows = flags.split(counts[::times].tolist())
    return torch.cat([row for row in rows for _ in range(times)])
