"""VidCom2: Video Compression Commander (Liu et al., EMNLP 2025).

Criterion: how unlike the average a token is, by a sum of Gaussian kernels over half of the channels, those
that vary least: unlike the video's average and unlike its frame's ("adaptive token compression").
Mechanism: each frame keeps its most unusual tokens, in their order.
Twist: unusual frames get a larger share of the budget ("frame compression adjustment").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import normalize

from reference_impls.context import Context
from reference_impls.mechanisms.prune import keep_index, top
from reference_impls.mechanisms.rows import each_row
from reference_impls.mechanisms.share import share_out, tokens_per_frame
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Positive, Settings, Share

ALPHAS = (0.125, 0.25, 0.5, 1.0, 2.0)


def steadiest_channels(tokens: Tensor, share: float) -> Tensor:
    """The channels of (N, D) tokens that vary least, as (N, int(share * D)), then scaled to unit length."""
    variance = tokens.float().var(dim=0)
    chosen = top(-variance, max(1, int(tokens.shape[1] * share)))
    return normalize(tokens.float()[:, chosen], dim=-1)


def likeness(tokens: Tensor, centre: Tensor, alphas: tuple[float, ...] = ALPHAS) -> Tensor:
    """Sum of Gaussian kernels exp(-|x - c|^2 / 2a) around a centre: (..., D) -> (...)."""
    distance = (tokens - centre).square().sum(dim=-1)
    return torch.stack([torch.exp(-distance / (2 * alpha)) for alpha in alphas]).sum(dim=0)


def frame_shares(video_likeness: Tensor, keep: float, temperature: float) -> Tensor:
    """What remains of each frame: (F, P) -> (F,), `keep` on average, more where frames are unlike the
    video.
    """
    unlikeness = -video_likeness.mean(dim=1)
    weight = (unlikeness / temperature).softmax(dim=0)
    return keep * (1.0 + weight - weight.mean())


@dataclass(frozen=True)
class VidCom2(Settings):
    """Drop tokens of a video before the language model.

    Parameters
    ----------
    keep : what remains of the video, the paper's retention ratio; a fraction is rounded down.
    low_variance : the share of the channels that is looked at.
    temperature : of the softmax over frames.
    official : round each frame's share down, but not to 0, as the code does, which seldom spends `keep`
        exactly.
    """

    keep: Keep = 0.25
    low_variance: Share = 0.5
    temperature: Positive = 0.01
    alphas: tuple[float, ...] = ALPHAS
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"frames"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, F * P, D) -> (B, M, D), frame after frame."""
        frames = context.require("frames")
        wanted = budget(self.keep, tokens.shape[1], "floor")
        return each_row(tokens, lambda _, alone: keep_index(alone, self._chosen(alone[0], frames, wanted)))

    def _chosen(self, tokens: Tensor, frames: int, wanted: int) -> Tensor:
        total, per_frame = tokens.shape[0], tokens_per_frame(tokens.shape[0], frames)
        if wanted == total:
            return torch.arange(total, device=tokens.device).unsqueeze(0)
        video = steadiest_channels(tokens, self.low_variance).view(frames, per_frame, -1)
        to_video = likeness(video, video.mean(dim=(0, 1)), self.alphas)
        to_frame = likeness(video, video.mean(dim=1, keepdim=True), self.alphas)
        keep = self.keep if self.keep <= 1 else wanted / total
        wishes = (frame_shares(to_video, keep, self.temperature) * per_frame).tolist()
        if self.official:
            counts = [max(1, min(per_frame, int(wish))) for wish in wishes]
        else:
            counts = share_out(wanted, wishes, [per_frame] * frames)
        unusual = -(to_video + to_frame)
        chosen = [
            top(unusual[frame], count).sort().values + frame * per_frame for frame, count in enumerate(counts)
        ]
        return torch.cat(chosen).unsqueeze(0)


METHOD = Method(
    name="VidCom2",
    paper="vidcom2",
    citation="Liu et al., Video Compression Commander, EMNLP 2025, arXiv:2505.14454",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("similarity",),
    mechanism=("pruning",),
    training="free",
    implementation=VidCom2,
)
