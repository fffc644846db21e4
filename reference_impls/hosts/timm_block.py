"""The blocks of `timm`'s vision transformers, an optional adapter: `timm` need not be installed.

They differ from those of `transformers` in three ways: one matrix projects queries, keys and values, which
`projections.py` splits; layer scale and stochastic depth follow each half; and the mask has another name.
"""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor, nn

from reference_impls.hosts.plain_block import unknown_block

# What `timm.models.vision_transformer.Block` is made of; parallel and post-norm blocks lack some of it.
PARTS = ("norm1", "attn", "ls1", "drop_path1", "norm2", "mlp", "ls2", "drop_path2")


def is_timm_block(layer: nn.Module) -> bool:
    """Whether the block's attention projects queries, keys and values in one."""
    return hasattr(getattr(layer, "attn", None), "qkv")


def check_model(model: nn.Module) -> None:
    """Raise ValueError for what the methods do not know: register tokens among the tokens."""
    registers = getattr(model, "num_reg_tokens", 0)
    if registers:
        raise ValueError(
            f"this {type(model).__name__} has {registers} register tokens, which no method here knows of"
        )


class TimmBlock:
    """The parts of a pre-norm block."""

    parts = frozenset(PARTS)

    def __init__(self, layer: nn.Module) -> None:
        missing = [part for part in PARTS if not hasattr(layer, part)]
        if missing:
            raise unknown_block(layer, f"it has no {missing[0]}")
        self.layer: Any = layer

    @property
    def attention(self) -> Any:
        """The part that attends."""
        return self.layer.attn

    @property
    def takes_mask(self) -> bool:
        """Whether its attention can be told which tokens to look at."""
        return "attn_mask" in inspect.signature(self.layer.attn.forward).parameters

    def attend(self, hidden: Tensor, mask: Tensor | None, kwargs: dict[str, Any]) -> Tensor:
        """Attention and its residual."""
        layer = self.layer
        if mask is not None:
            kwargs = {**kwargs, "attn_mask": mask}
        return hidden + layer.drop_path1(layer.ls1(layer.attn(layer.norm1(hidden), **kwargs)))

    def feed_forward(self, hidden: Tensor) -> Tensor:
        """MLP and its residual."""
        layer = self.layer
        return hidden + layer.drop_path2(layer.ls2(layer.mlp(layer.norm2(hidden))))
