"""Methods that shorten a video after encoder, projector and pooling (LLaVA-OneVision).

The method is given a whole video, (B, frames * tokens per frame, D), frame after frame. Each of its M tokens
stays at its place in the video, or, where it stands nowhere, all fill the first placeholders in order. The
newline token that the model adds after a video stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.placeholders import Placeholders
from reference_impls.hosts.projections import find_layers


class VideoOutput:
    """Shortens each video before the decoder."""

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module) -> None:
        self.attachment, self.method = attachment, method
        unknown = set(method.needs) - {"frames", "grid"}
        if unknown:
            raise ValueError(
                f"{type(method).__name__} looks at {', '.join(sorted(unknown))}, not shown for videos"
            )
        owners = [module for module in model.modules() if hasattr(module, "get_video_features")]
        token = getattr(model.config, "video_token_id", None)
        if not owners or token is None or not hasattr(owners[-1], "vision_tower"):
            raise ValueError(f"{type(model).__name__} does not take videos as LLaVA-OneVision does")
        if find_layers(owners[-1].vision_tower) is None:
            raise ValueError(f"{type(model).__name__} has no vision encoder with attention layers")
        owner = owners[-1]
        attachment.replace(owner, "get_video_features", self._shortening(owner.get_video_features))
        self.placeholders = Placeholders(attachment, method, model, token)

    def _shortening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def get_video_features(pixel_values_videos: Tensor, *args: Any, **kwargs: Any) -> Any:
            outputs = original(pixel_values_videos, *args, **kwargs)
            outputs.pooler_output = self._shorten(outputs.pooler_output, pixel_values_videos.shape[1])
            return outputs

        return get_video_features

    def _shorten(self, features: Tensor, frames: int) -> Tensor:
        # Some versions of transformers add the newline token here, others after this function.
        newlines = int(_has_newline(features.shape[1], frames))
        count = features.shape[1] - newlines
        video, newline = features[:, :count], features[:, count:]
        side = round((count // frames) ** 0.5)
        grid = (side, side) if side * side * frames == count else None
        reduction = self.method.reduce(video, Context(frames=frames, grid=grid))
        self.attachment.reductions.clear()
        self.attachment.record(0, reduction)
        batch, places = video.shape[:2]
        valid = reduction.position >= -1 if reduction.valid is None else reduction.valid
        place = reduction.position
        if bool((place[valid] < 0).any()):
            place = torch.arange(place.shape[1], device=place.device).expand_as(place)
        place = torch.where(valid, place, places)
        empty = video.new_zeros(batch, places + 1, video.shape[2])
        padded = empty.scatter(1, place.unsqueeze(-1).expand_as(reduction.tokens), reduction.tokens)
        dropped = torch.ones(batch, places + 1, dtype=torch.bool, device=video.device).scatter(
            1, place, False
        )
        dropped[:, -1] = False  # the spare last place now stands for the newline
        self.placeholders.drop(dropped.flatten())
        return torch.cat([padded[:, :places], newline], dim=1)


def _has_newline(count: int, frames: int) -> bool:
    """Whether `count` tokens are one more than `frames` equal frames, which are squares of tokens."""
    return (count - 1) % frames == 0 and (count % frames != 0 or round(count**0.5) ** 2 != count)
