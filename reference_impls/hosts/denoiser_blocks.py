"""Which blocks of a denoiser methods act in, told by how diffusers builds them; nothing here runs one."""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn

WORDS = "encoder_hidden_states"


def blocks_of(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """The transformer blocks of `model`, in order, each with its name.

    Raises ValueError where it has none, or has some that read text and image in one sequence.
    """
    found = [
        (name, module)
        for name, module in model.named_modules()
        if hasattr(module, "attn1") and hasattr(module, "ff")
    ]
    if not found or any(_joins_words(block) for _, block in found):
        raise ValueError(
            f"{type(model).__name__} has no transformer blocks of the kind that is supported, with "
            "attention and feed-forward as attn1 and ff, as DiT, PixArt, Stable Diffusion's U-Net and "
            "Latte have; blocks that read text and image together, as those of SD3, Flux and CogVideoX, are "
            "not. A method around the whole denoiser, such as EasyCache, needs none"
        )
    return found


def mixes_frames(name: str) -> bool:
    """Whether a block's tokens are the frames at one place: video models name those blocks so."""
    return any(part in name for part in ("temp", "motion", "transformer_in"))


def told_of_places(block: nn.Module) -> str | None:
    """What a block is told by where each token stands, such as `image_rotary_emb`; None where by nothing."""
    return next((name for name in inspect.signature(block.forward).parameters if "rotary" in name), None)


def patch_of(config: Any) -> tuple[int, int]:
    """Height and width of a patch, where a configuration may count frames before them."""
    size = getattr(config, "patch_size", None) or 1
    if isinstance(size, int):
        return size, size
    height, width = tuple(size)[-2:]
    return height, width


def _joins_words(block: nn.Module) -> bool:
    """A block without attention to words that cannot do without words reads them among the image's tokens."""
    words = inspect.signature(block.forward).parameters.get(WORDS)
    alone = getattr(block, "attn2", None) is None
    return alone and words is not None and words.default is inspect.Parameter.empty
