"""DeepStack (Meng et al., 2024, arXiv:2406.04334), as in Qwen3-VL: behind its first layers the decoder adds
features of earlier encoder layers to the visual tokens. Of a prompt that was shortened they go to what stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.views import View
from reference_impls.mechanisms.prune import gather_tokens

ADDING = "_deepstack_process"
"""What the decoder adds the features by."""


def follow_deepstack(attachment: Attachment, decoder: Any, held: Callable[[], View | None]) -> None:
    """Let the decoder, if it adds features, add them to the tokens that its latest layer `held`."""
    if hasattr(decoder, ADDING):
        attachment.replace(decoder, ADDING, _adding_to_kept(getattr(decoder, ADDING), held))


def _adding_to_kept(
    original: Callable[..., Tensor], held: Callable[[], View | None]
) -> Callable[..., Tensor]:
    """Features that belong to all visual tokens of the prompt are added to those that the layer held."""

    def add(hidden: Tensor, visual: Tensor, features: Tensor) -> Tensor:
        view = held()
        if view is None or view.index is None:
            return original(hidden, visual, features)
        everywhere = hidden.new_zeros(*visual.shape, hidden.shape[-1])
        everywhere[visual] = features.to(hidden)
        return hidden + gather_tokens(everywhere, view.index)

    return add
