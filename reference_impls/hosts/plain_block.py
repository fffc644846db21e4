"""The pre-norm block of `transformers`' vision encoders, taken apart so that a method acts in its middle."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor, nn

_NAMES = {
    "norm_before": ("layernorm_before", "layer_norm1", "norm1"),
    "attention": ("attention", "self_attn", "attn"),
    "norm_after": ("layernorm_after", "layer_norm2", "norm2"),
}
"""The parts that every block has, under the names that each family gives them."""


class PreNormBlock:
    """What every pre-norm block begins with: a norm, and attention."""

    norm_before: Any
    attention: Any

    @property
    def takes_mask(self) -> bool:
        """Whether its attention can be told which tokens to look at."""
        return "attention_mask" in inspect.signature(self.attention.forward).parameters

    def attended(self, hidden: Tensor, mask: Tensor | None, kwargs: dict[str, Any]) -> Tensor:
        """What attention makes of the normalised tokens."""
        if mask is not None:
            kwargs = {**kwargs, "attention_mask": mask}
        result = self.attention(self.norm_before(hidden), **kwargs)
        found: Tensor = result[0] if isinstance(result, tuple) else result
        return found


class PlainBlock(PreNormBlock):
    """The parts of a pre-norm block, in the order in which it goes through them."""

    parts = frozenset(
        {name for names in _NAMES.values() for name in names}
        | {"mlp", "intermediate", "output", "dropout", "layer_scale1", "layer_scale2", "drop_path"}
    )

    def __init__(self, layer: nn.Module) -> None:
        self.norm_before, self.attention, self.norm_after = (
            first_part(layer, *names) for names in _NAMES.values()
        )
        self.mlp: Any = getattr(layer, "mlp", None)
        self.dropout: Any = getattr(layer, "dropout", nn.Identity())
        self.scale_before: Any = getattr(layer, "layer_scale1", nn.Identity())
        self.scale_after: Any = getattr(layer, "layer_scale2", nn.Identity())
        self.drop_path: Any = getattr(layer, "drop_path", nn.Identity())
        if self.mlp is None:
            self.intermediate, self.output = first_part(layer, "intermediate"), first_part(layer, "output")

    def attend(self, hidden: Tensor, mask: Tensor | None, kwargs: dict[str, Any]) -> Tensor:
        """Attention and its residual."""
        attended = self.dropout(self.attended(hidden, mask, kwargs))
        return hidden + self.drop_path(self.scale_before(attended))

    def feed_forward(self, hidden: Tensor) -> Tensor:
        """MLP and its residual."""
        if self.mlp is None:
            return self.output(self.intermediate(self.norm_after(hidden)), hidden)
        return hidden + self.drop_path(self.scale_after(self.dropout(self.mlp(self.norm_after(hidden)))))


def unknown_block(layer: nn.Module, why: str) -> ValueError:
    """The error for a layer that cannot be run part by part."""
    return ValueError(
        f"{type(layer).__name__} is no block that is known here: {why}; known are those of ViT, DeiT, "
        "DINOv2, CLIP, SigLIP, ViViT, VideoMAE, timm's ViT and, for sound, AST, Whisper and the large "
        "HuBERT and Wav2Vec2"
    )


def first_part(layer: nn.Module, *names: str) -> Any:
    """The layer's part under the first of these names that it has.

    Raises ValueError for a layer that has none.
    """
    for name in names:
        if isinstance(getattr(layer, name, None), nn.Module):
            return getattr(layer, name)
    raise unknown_block(layer, f"it has none of {', '.join(names)}")
