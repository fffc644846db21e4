"""The pre-norm block of `transformers`' speech encoders (Whisper; HuBERT and Wav2Vec2 in their large sizes),
taken apart so that a method acts in its middle.

It adds attention and feed-forward as a vision block does, under names of its own, and drops numbers by rates
where that one has modules.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from reference_impls.hosts.plain_block import PreNormBlock, first_part

NORM_AFTER = "final_layer_norm"
_NORM_BEFORE = ("self_attn_layer_norm", "layer_norm")
_ATTENTION = ("self_attn", "attention")
_FEED_FORWARD = ("fc1", "activation_fn", "fc2")
"""The feed-forward part of a block that has no module for it."""


def is_speech_block(layer: nn.Module) -> bool:
    """Whether the block's parts have the names that speech encoders give them."""
    return hasattr(layer, NORM_AFTER)


class SpeechBlock(PreNormBlock):
    """The parts of a pre-norm block, in the order in which it goes through them."""

    parts = frozenset({NORM_AFTER, *_NORM_BEFORE, *_ATTENTION, *_FEED_FORWARD, "feed_forward", "dropout"})

    def __init__(self, layer: nn.Module) -> None:
        self.layer: Any = layer
        self.norm_before = first_part(layer, *_NORM_BEFORE)
        self.attention = first_part(layer, *_ATTENTION)
        if not hasattr(layer, "feed_forward"):
            for name in _FEED_FORWARD:
                first_part(layer, name)

    def attend(self, hidden: Tensor, mask: Tensor | None, kwargs: dict[str, Any]) -> Tensor:
        """Attention and its residual."""
        return hidden + self._dropped(self.attended(hidden, mask, kwargs), "dropout")

    def feed_forward(self, hidden: Tensor) -> Tensor:
        """Feed-forward and its residual; Whisper keeps what overflows float16 within it."""
        layer, given = self.layer, self.layer.final_layer_norm(hidden)
        if hasattr(layer, "feed_forward"):
            return hidden + layer.feed_forward(given)  # it drops by itself
        inner = self._dropped(layer.activation_fn(layer.fc1(given)), "activation_dropout")
        result = hidden + self._dropped(layer.fc2(inner), "dropout")
        if result.dtype == torch.float16:
            most = torch.finfo(result.dtype).max - 1000
            result = result.clamp(-most, most)
        return result

    def _dropped(self, values: Tensor, name: str) -> Tensor:
        """What is left of the values by the layer's module or rate of this name."""
        rate = getattr(self.layer, name)
        if isinstance(rate, nn.Module):
            return rate(values)
        return dropout(values, p=rate, training=self.layer.training)
