"""Methods that shorten images and videos whose patches are merged 2 x 2 before the language model sees them:
in Qwen2-VL, Qwen2.5-VL, Qwen3-VL and InternVL.

The method is given the merged tokens, the very ones that fill the placeholders. Images of one size, or
InternVL's tiles, are one batch, (B, h * w, D); others go one by one, and each leaves its own entry in
`reductions`. A method that looks at `frames` is given whole videos, (B, frames * h * w, D), and no images;
for any other a video's frames are a batch of images. Tokens stay at their places, and so keep the height,
width and time of their rotary positions; those that stand nowhere fill the first places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.configuration import config_of
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.placeholders import Placeholders
from reference_impls.hosts.video_output import back_in_place

SHOWN = frozenset({"frames", "grid", "projected"})

Sizes = list[tuple[int, int, int]]
"""Frames, rows and columns of merged tokens, of each image or video."""


def merges_patches(model: nn.Module) -> bool:
    """Whether the model's patches are merged as Qwen2-VL's or InternVL's are."""
    return _owner(model) is not None


def _owner(model: nn.Module) -> Any:
    """The module that encodes images: Qwen's has a `visual` that merges, InternVL's shuffles pixels."""

    def encodes(module: nn.Module) -> bool:
        merges = hasattr(getattr(module, "visual", None), "spatial_merge_size")
        return merges or (hasattr(module, "pixel_shuffle") and hasattr(module, "get_image_features"))

    return next(filter(encodes, reversed(list(model.modules()))), None)


class MergedOutput:
    """Shortens each image and video before the decoder."""

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module) -> None:
        self.attachment, self.method = attachment, method
        unknown = set(method.needs) - SHOWN
        if unknown:
            raise ValueError(
                f"{type(method).__name__} looks at {', '.join(sorted(unknown))}, not shown for merged "
                "patches, which have neither a class token nor a text encoder beside them; shown are "
                f"{', '.join(sorted(SHOWN))}"
            )
        self.owner = _owner(model)
        self.whole_videos = "frames" in method.needs
        config = config_of(model, "image_token_id")
        video_token = getattr(config, "video_token_id", None)
        if self.whole_videos and video_token is None:
            raise ValueError(f"{type(model).__name__} takes the frames of a video as images")
        encoded = {"get_image_features": config.image_token_id, "get_video_features": video_token}
        tokens = {name: token for name, token in encoded.items() if token is not None}
        self.placeholders = Placeholders(attachment, method, model, *tokens.values())
        for name, token in tokens.items():
            if name == "get_video_features" or not self.whole_videos:
                attachment.replace(self.owner, name, self._shortening(getattr(self.owner, name), token))
        self._fresh = True
        self._encoding = False
        attachment.before(model, self._begin)

    def _begin(self, *_: Any) -> None:
        # `generate` encodes before it calls the model: whatever is encoded after a call is a new prompt's.
        self._fresh = True

    def _shortening(self, original: Callable[..., Any], token: int) -> Callable[..., Any]:
        @wraps(original)  # `generate` looks at the signature
        def get_features(*args: Any, **kwargs: Any) -> Any:
            if self._encoding:  # Qwen3-VL encodes videos as it does images
                return original(*args, **kwargs)
            self._encoding = True
            try:
                outputs = original(*args, **kwargs)
            finally:
                self._encoding = False
            if self._fresh:
                self.attachment.reductions.clear()
                self._fresh = False
            parts = outputs.pooler_output
            shortened, dropped = self._shorten(parts, self._sizes(parts, args, kwargs))
            outputs.pooler_output = torch.stack(shortened) if isinstance(parts, Tensor) else shortened
            self.placeholders.drop(dropped, token)
            return outputs

        return get_features

    def _sizes(self, parts: Sequence[Tensor], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Sizes:
        if hasattr(self.owner, "pixel_shuffle"):  # square tiles
            return [(1, math.isqrt(part.shape[0]), math.isqrt(part.shape[0])) for part in parts]
        side = int(self.owner.visual.spatial_merge_size)
        given = [value for name, value in kwargs.items() if name.endswith("grid_thw")]
        sizes = (given or args[1:])[0].tolist()
        return [(frames, height // side, width // side) for frames, height, width in sizes]

    def _shorten(self, parts: Sequence[Tensor], sizes: Sizes) -> tuple[tuple[Tensor, ...], Tensor]:
        """Every image's or video's tokens with zeros where some are gone, and all flags in a row."""
        if len(set(sizes)) == 1:
            padded, dropped = self._batch(torch.stack(list(parts)), sizes[0])
            return tuple(padded), dropped.flatten()
        done = [self._batch(part.unsqueeze(0), size) for part, size in zip(parts, sizes, strict=True)]
        return tuple(padded[0] for padded, _ in done), torch.cat([dropped[0] for _, dropped in done])

    def _batch(self, tokens: Tensor, size: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
        frames, height, width = size
        given = tokens if self.whole_videos else tokens.reshape(-1, height * width, tokens.shape[-1])
        context = Context(frames=frames, grid=(height, width), projected=given)
        reduction = reduction_of(self.method, given, context)
        self.attachment.record(0, reduction)
        padded, dropped = back_in_place(reduction, given.shape[1])
        return padded.reshape(tokens.shape), dropped.reshape(tokens.shape[:2])
