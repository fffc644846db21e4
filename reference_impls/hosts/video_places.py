"""Which place of its frame each video token of a prompt stands at.

A method inside the decoder sees one long prompt; what was above what in the frame before is known from the
model's inputs only: LLaVA-OneVision's `pixel_values_videos` (videos, frames, ...) or Qwen2-VL's
`video_grid_thw`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.hosts.attachment import Attachment


class VideoPlaces:
    """Remembers the latest videos that `model` encoded."""

    def __init__(self, attachment: Attachment, model: nn.Module) -> None:
        self.video_token: int | None = getattr(model.config, "video_token_id", None)
        vision = getattr(model.config, "vision_config", None)
        self.merge: int = getattr(vision, "spatial_merge_size", 1)
        self._videos: list[tuple[int, int | None]] = []
        owners = [module for module in model.modules() if hasattr(module, "get_video_features")]
        if owners:
            owner: Any = owners[-1]
            attachment.replace(owner, "get_video_features", self._noticing(owner.get_video_features))

    def _noticing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)  # `generate` looks at the signature
        def get_video_features(*args: Any, **kwargs: Any) -> Any:
            given = inspect.signature(original).bind(*args, **kwargs).arguments
            # Versions differ in what they call the pixels, which come first.
            grid, pixels = given.get("video_grid_thw"), next(iter(given.values()))
            if grid is not None:
                self._videos = [
                    (frames, height * width // self.merge**2) for frames, height, width in grid.tolist()
                ]
            else:
                self._videos = [(pixels.shape[1], None)] * pixels.shape[0]
            return original(*args, **kwargs)

        return get_video_features

    def take(self, ids: Tensor | None, candidates: Tensor) -> Tensor:
        """(B, N) int64: equal numbers for tokens at the same place of the same video, -1 outside
        `candidates`.

        Tokens that belong to no video, such as an image's, all stand at places of their own.
        """
        videos, self._videos = self._videos, []
        places = torch.arange(candidates.numel(), device=candidates.device)
        if ids is not None and self.video_token is not None and videos:
            tokens = (ids == self.video_token).flatten().nonzero().squeeze(-1)
            start = 0
            for frames, given in videos:
                per_frame = given or (tokens.numel() // len(videos)) // frames
                end = start + (frames * per_frame if given else tokens.numel() // len(videos))
                # What is left of a video's tokens after its frames is the newline.
                of_video = tokens[start : start + frames * per_frame]
                places[of_video] = of_video[:per_frame].repeat(frames)
                start = end
            if start != tokens.numel():
                raise ValueError(f"the videos given make {start} tokens, the prompt has {tokens.numel()}")
        return places.view(candidates.shape).masked_fill(~candidates, -1)


def places_of_frames(candidates: Tensor, frames: int) -> Tensor:
    """The same where the candidates (B, N) of each prompt are known to make `frames` frames."""
    counts = candidates.sum(dim=1, keepdim=True)
    if bool((counts % frames).any()):
        raise ValueError(f"{counts.flatten().tolist()} candidates do not make {frames} equal frames")
    rank = candidates.long().cumsum(dim=1) - 1
    return (rank % (counts // frames).clamp(min=1)).masked_fill(~candidates, -1)
