"""Methods that shorten images and videos behind Qwen2-VL's encoder, which merges 2 x 2 patches itself.

The method is given the merged tokens, the very ones that fill the placeholders. Images of one size are one
batch, (B, h * w, D); others go one by one, and each leaves its own entry in `reductions`. A method that
looks at `frames` is given whole videos, (B, frames * h * w, D), and no images; for any other a video's frames
are a batch of images. Tokens stay at their places, and so keep the height, width and time of their rotary
positions; those that stand nowhere fill the first places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.placeholders import Placeholders
from reference_impls.hosts.video_output import back_in_place

SHOWN = frozenset({"frames", "grid", "text"})


def merges_patches(model: nn.Module) -> bool:
    """Whether the model's vision encoder is built as Qwen2-VL's."""
    return any(hasattr(getattr(module, "visual", None), "spatial_merge_size") for module in model.modules())


class MergedOutput:
    """Shortens each image and video before the decoder."""

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module, text: Tensor | None) -> None:
        self.attachment, self.method, self.text = attachment, method, text
        unknown = set(method.needs) - SHOWN
        if unknown:
            raise ValueError(
                f"{type(method).__name__} looks at {', '.join(sorted(unknown))}, not shown for merged "
                f"patches, which have no class token; shown are {', '.join(sorted(SHOWN))}"
            )
        owners = [module for module in model.modules() if hasattr(module, "visual")]
        owner: Any = owners[-1]
        self.side = int(owner.visual.spatial_merge_size)
        self.whole_videos = "frames" in method.needs
        tokens = (model.config.image_token_id, model.config.video_token_id)
        self.placeholders = Placeholders(attachment, method, model, *tokens)
        names = ("get_image_features", "get_video_features")
        for name, token in zip(names, tokens, strict=True):
            if name == "get_video_features" or not self.whole_videos:
                attachment.replace(owner, name, self._shortening(getattr(owner, name), token))
        self._fresh = True
        attachment.before(model, self._begin)

    def _begin(self, *_: Any) -> None:
        # `generate` encodes before it calls the model: whatever is encoded after a call is a new prompt's.
        self._fresh = True

    def _shortening(self, original: Callable[..., Any], token: int) -> Callable[..., Any]:
        @wraps(original)  # `generate` looks at the signature
        def get_features(*args: Any, **kwargs: Any) -> Any:
            outputs = original(*args, **kwargs)
            if self._fresh:
                self.attachment.reductions.clear()
                self._fresh = False
            given = [value for name, value in kwargs.items() if name.endswith("grid_thw")]
            sizes = [tuple(size) for size in (given or args[1:])[0].tolist()]
            outputs.pooler_output, dropped = self._shorten(outputs.pooler_output, sizes)
            self.placeholders.drop(dropped, token)
            return outputs

        return get_features

    def _shorten(
        self, parts: Sequence[Tensor], sizes: list[tuple[int, ...]]
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        """Every image's or video's tokens with zeros where some are gone, and all flags in a row."""
        if len(set(sizes)) == 1:
            padded, dropped = self._batch(torch.stack(list(parts)), sizes[0])
            return tuple(padded), dropped.flatten()
        done = [self._batch(part.unsqueeze(0), size) for part, size in zip(parts, sizes, strict=True)]
        return tuple(padded[0] for padded, _ in done), torch.cat([dropped[0] for _, dropped in done])

    def _batch(self, tokens: Tensor, size: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        frames, height, width = size[0], size[1] // self.side, size[2] // self.side
        given = tokens if self.whole_videos else tokens.reshape(-1, height * width, tokens.shape[-1])
        context = Context(frames=frames, grid=(height, width), text=self.text)
        reduction = self.method.reduce(given, context)
        self.attachment.record(0, reduction)
        padded, dropped = back_in_place(reduction, given.shape[1])
        return padded.reshape(tokens.shape), dropped.reshape(tokens.shape[:2])
