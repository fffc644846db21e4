"""Which place of its frame each video token of a prompt stands at.

A method inside the decoder sees one long prompt; what was above what in the frame before is known from the
model's inputs only: LLaVA-OneVision's `pixel_values_videos` (videos, frames, ...) or Qwen2-VL's
`video_grid_thw`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.configuration import config_of
from reference_impls.hosts.video_output import has_newline


@dataclass(frozen=True)
class _Video:
    """How many tokens each of a video's frames has, and how many (a newline) come behind them all."""

    frames: int
    per_frame: int
    behind: int = 0

    @property
    def tokens(self) -> int:
        return self.frames * self.per_frame + self.behind


class VideoPlaces:
    """Remembers the latest videos that `model` encoded."""

    def __init__(self, attachment: Attachment, model: nn.Module) -> None:
        config = config_of(model)
        self.video_token: int | None = getattr(config, "video_token_id", None)
        vision = getattr(config, "vision_config", None)
        self.merge: int = getattr(vision, "spatial_merge_size", 1)
        self._videos: list[_Video] = []
        owners = [module for module in model.modules() if hasattr(module, "get_video_features")]
        if owners:
            owner: Any = owners[-1]
            attachment.replace(owner, "get_video_features", self._noticing(owner.get_video_features))

    def _noticing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)  # `generate` looks at the signature
        def get_video_features(*args: Any, **kwargs: Any) -> Any:
            given = inspect.signature(original).bind(*args, **kwargs).arguments
            outputs = original(*args, **kwargs)
            # Versions differ in what they call the pixels, which come first.
            grid, pixels = given.get("video_grid_thw"), next(iter(given.values()))
            if grid is not None:
                self._videos = [
                    _Video(frames, height * width // self.merge**2) for frames, height, width in grid.tolist()
                ]
            else:
                frames, count = pixels.shape[1], outputs.pooler_output.shape[1]
                per_frame = (count - int(has_newline(count, frames))) // frames
                self._videos = [_Video(frames, per_frame)] * pixels.shape[0]
            return outputs

        return get_video_features

    def take(self, ids: Tensor | None, candidates: Tensor) -> Tensor:
        """(B, N) int64: equal numbers for tokens at the same place of the same video, -1 outside
        `candidates`.

        Tokens that belong to no video, such as an image's, all stand at places of their own. Each row may
        stand several times in a batch whose videos were encoded once, for beams and for several answers.
        """
        videos, self._videos = self._videos, []
        places = torch.arange(candidates.numel(), device=candidates.device).view(candidates.shape)
        if ids is not None and self.video_token is not None and videos:
            visual = ids == self.video_token
            found = int(visual.sum())
            if found % sum(video.tokens for video in videos):  # a newline stands behind each
                videos = [replace(video, behind=1) for video in videos]
            given = sum(video.tokens for video in videos)
            times = found // given
            if times * given != found or ids.shape[0] % max(1, times):
                raise ValueError(f"the videos given make {given} tokens, the prompt has {found}")
            if times:
                once = _with_videos(places[::times].flatten(), visual[::times].flatten(), videos)
                places = once.view(-1, ids.shape[1]).repeat_interleave(times, dim=0)
        return places.masked_fill(~candidates, -1)


def _with_videos(places: Tensor, visual: Tensor, videos: list[_Video]) -> Tensor:
    """The places of all rows in a line, where tokens of later frames stand at those of the first."""
    of_videos = visual.nonzero().squeeze(-1).split([video.tokens for video in videos])
    places = places.clone()
    for video, tokens in zip(videos, of_videos, strict=True):
        in_frames = tokens[: video.frames * video.per_frame]
        places[in_frames] = places[in_frames[: video.per_frame]].repeat(video.frames)
    return places


def places_of_frames(candidates: Tensor, frames: int) -> Tensor:
    """The same where the candidates (B, N) of each prompt are known to make `frames` frames."""
    counts = candidates.sum(dim=1, keepdim=True)
    if bool((counts % frames).any()):
        raise ValueError(f"{counts.flatten().tolist()} candidates do not make {frames} equal frames")
    rank = candidates.long().cumsum(dim=1) - 1
    return (rank % (counts // frames).clamp(min=1)).masked_fill(~candidates, -1)
