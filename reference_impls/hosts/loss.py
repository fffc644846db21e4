"""The loss of a sequence that was shortened: its labels are those of the tokens that stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.views import View

IGNORED = -100
"""What marks a label that no loss is computed of."""

LOSS = "_loss_function"
"""Where transformers keeps a model's loss that was set."""


def kept_labels(labels: Tensor, index: Tensor, real: Tensor | None) -> Tensor:
    """Labels (B, N) of the tokens at `index` (B, M); of what is not `real` (B, M), which is padding, none."""
    kept = labels.gather(1, index.to(labels.device))
    if real is None:
        return kept
    # What padding foretells of the first token is no loss.
    known = real & real.roll(1, dims=1)
    return torch.where(known.to(labels.device), kept, IGNORED)


def follow_loss(attachment: Attachment, owner: PreTrainedModel, held: Callable[[], View | None]) -> None:
    """Let `owner` compute its loss of the tokens that its last layer `held`: labels are the whole prompt's,
    and logits only of what stays.
    """

    def of_kept(original: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def loss(logits: Tensor, labels: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            view = None if attachment.paused else held()
            if view is not None and view.index is not None and logits.shape[1] == view.slots:
                labels = kept_labels(labels, view.index, view.valid)
            return original(logits, labels, *args, **kwargs)

        return loss

    if LOSS in vars(owner):
        attachment.wrap(owner, LOSS, of_kept)
    else:
        attachment.replace(owner, LOSS, of_kept(owner.loss_function))
