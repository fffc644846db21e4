"""Methods that shorten a video after encoder, projector and pooling (LLaVA-OneVision).

The method is given a whole video, (B, frames * tokens per frame, D), frame after frame. Each of its M tokens
stays at its place in the video, or, where it stands nowhere, all fill the first placeholders in order. The
newline token that the model adds after a video stays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.criteria.attention import received_attention
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.configuration import config_of
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.placeholders import Placeholders
from reference_impls.hosts.projections import Projections, feature_layer, find_layers
from reference_impls.reduction import Reduction

SHOWN = frozenset({"frames", "grid", "received_attention"})


class VideoOutput:
    """Shortens each video before the decoder."""

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module) -> None:
        self.attachment, self.method = attachment, method
        unknown = set(method.needs) - SHOWN
        if unknown:
            raise ValueError(
                f"{type(method).__name__} looks at {', '.join(sorted(unknown))}, not shown for videos"
            )
        owners = [module for module in model.modules() if hasattr(module, "get_video_features")]
        token = getattr(config_of(model), "video_token_id", None)
        tower = getattr(owners[-1], "vision_tower", None) if owners else None
        pools = bool(owners) and hasattr(owners[-1], "apply_pooling")
        if token is None or not isinstance(tower, nn.Module) or not pools:
            raise ValueError(f"{type(model).__name__} does not take videos as LLaVA-OneVision does")
        self.owner: Any = owners[-1]
        layers = find_layers(self.owner.vision_tower)
        if layers is None:
            raise ValueError(f"{type(model).__name__} has no vision encoder with attention layers")
        self.listener: Projections | None = None
        if "received_attention" in method.needs:
            layer = layers[feature_layer(layers, model)]
            self.listener = Projections(attachment, layer, frozenset({"queries", "keys"}))
        attachment.replace(self.owner, "get_video_features", self._shortening(self.owner.get_video_features))
        self.placeholders = Placeholders(attachment, method, model, token)

    def _shortening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)  # `generate` looks at the signature
        def get_video_features(pixel_values_videos: Tensor, *args: Any, **kwargs: Any) -> Any:
            outputs = original(pixel_values_videos, *args, **kwargs)
            outputs.pooler_output = self._shorten(outputs.pooler_output, pixel_values_videos.shape[1])
            return outputs

        return get_video_features

    def _shorten(self, features: Tensor, frames: int) -> Tensor:
        # Some versions of transformers add the newline token here, others after this function.
        newlines = int(has_newline(features.shape[1], frames))
        count = features.shape[1] - newlines
        video, newline = features[:, :count], features[:, count:]
        side = round((count // frames) ** 0.5)
        grid = (side, side) if side * side * frames == count else None
        context = Context(frames=frames, grid=grid, received_attention=self._received(video.shape[0]))
        reduction = reduction_of(self.method, video, context)
        self.attachment.reductions.clear()
        self.attachment.record(0, reduction)
        padded, dropped = back_in_place(reduction, count)
        stays = dropped.new_zeros(video.shape[0], 1)  # the newline
        self.placeholders.drop(torch.cat([dropped, stays], dim=1).flatten())
        return torch.cat([padded, newline], dim=1)

    def _received(self, videos: int) -> Tensor | None:
        """(B, frames * tokens per frame): the encoder's attention, pooled as the model pools its features."""
        if self.listener is None:
            return None
        caught = self.listener.take()
        patches = received_attention(caught["queries"], caught["keys"])
        patches = patches.mean(dim=1) / patches.shape[2]
        pooled = self.owner.apply_pooling(patches.unsqueeze(-1)).squeeze(-1)
        return pooled.reshape(videos, -1)


def back_in_place(reduction: Reduction, places: int) -> tuple[Tensor, Tensor]:
    """Put the M slots at their places among N: tokens (B, N, D) with zeros between, and (B, N) bool, the
    places left empty.

    Where a slot stands nowhere, the slots fill the first places in their order.
    """
    tokens, place = reduction.tokens, reduction.position
    valid = torch.ones_like(place, dtype=torch.bool) if reduction.valid is None else reduction.valid
    if bool((place[valid] < 0).any()):
        place = torch.arange(place.shape[1], device=place.device).expand_as(place)
    place = torch.where(valid, place, places)
    empty = tokens.new_zeros(tokens.shape[0], places + 1, tokens.shape[2])
    padded = empty.scatter(1, place.unsqueeze(-1).expand_as(tokens), tokens)
    left = torch.ones(padded.shape[:2], dtype=torch.bool, device=tokens.device).scatter(1, place, False)
    return padded[:, :places], left[:, :places]


def has_newline(count: int, frames: int) -> bool:
    """Whether `count` tokens are one more than `frames` equal frames, which are squares of tokens."""
    return (count - 1) % frames == 0 and (count % frames != 0 or round(count**0.5) ** 2 != count)
