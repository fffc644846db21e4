"""DyCoke: Dynamic Compression of Tokens for Fast Video Large Language Models (Tao et al., CVPR 2025).

Criterion ("token temporal merging"): cosine similarity to the token at the same place of an earlier frame in
a window of four: frames 1 and 3 are compared with 0 and 2, then 2 with 0. While decoding ("KV cache dynamic
pruning"): the attention that the token being decoded pays to visual tokens in one early layer.
Mechanism: the most similar tokens of a frame go. While decoding, later layers read only the visual entries
most attended to.
Twist: nothing is thrown away in the cache: what a step leaves out is put aside, and a later step may ask for
it. The paper speaks of merging, but what goes is not averaged into what stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import attention_rows
from reference_impls.criteria.similarity import paired_similarity
from reference_impls.mechanisms.protect import keep_real
from reference_impls.mechanisms.prune import best_candidates, keep_index, top
from reference_impls.mechanisms.rows import each_row
from reference_impls.mechanisms.share import share_out, tokens_per_frame
from reference_impls.reduction import Reduction, budget, too_few
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings, Share

WINDOW = 4


def references(frames: int) -> list[int | None]:
    """The frame that each frame is compared with; a window's first frame is its own."""
    return [frame if frame % WINDOW == 0 else frame - (1 if frame % 2 else 2) for frame in range(frames)]


def official_references(frames: int) -> list[int | None]:
    """The same as the code has it: an odd last frame is lost (None), and in a window that begins among the
    last four frames the third frame is not compared.
    """
    if frames <= WINDOW:
        raise ValueError(f"the official code needs more than {WINDOW} frames, found {frames}")
    even = frames - frames % 2
    found = [*references(even), *[None] * (frames - even)]
    for frame in range(2, even, WINDOW):
        # The loop over windows leaves out those that begin among the last four frames.
        if frame - 2 >= frames - WINDOW:
            found[frame] = frame
    return found


def least_similar(video: Tensor, frame: int, reference: int, count: int) -> Tensor:
    """The `count` tokens of a frame that are least like their counterparts, least first: (F, P, D) ->
    (count,).
    """
    return top(-paired_similarity(video[reference], video[frame]), count)


@dataclass(frozen=True)
class DyCoke(Settings):
    """Drop the tokens of a video that repeat an earlier frame, before the language model.

    Parameters
    ----------
    keep : what remains of the video, at least the first frame of each window; rounded down. None: by `ratio`.
    ratio : the paper's merging ratio K, the share of a compared frame that goes; the rest is rounded down.
        0.7 keeps 0.475 of a video of whole windows.
    official : lose an odd last frame, spare the third frame of the last window, and order a frame's tokens by
        similarity, as the code does.
    """

    keep: Keep | None = None
    ratio: Share = 0.7
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"frames"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, F * P, D) -> (B, M, D), frame after frame."""
        frames = context.require("frames")
        compared = official_references(frames) if self.official else references(frames)
        counts = self._counts(compared, tokens_per_frame(tokens.shape[1], frames))
        return each_row(tokens, lambda _, alone: keep_index(alone, self._chosen(alone[0], compared, counts)))

    def _counts(self, compared: list[int | None], per_frame: int) -> list[int]:
        """How many tokens each frame keeps."""
        whole = [reference == frame for frame, reference in enumerate(compared)]
        if self.keep is None:
            fewer = max(1, int((1.0 - self.ratio) * per_frame))
            counts = [per_frame if stays else fewer for stays in whole]
        else:
            total, fixed = per_frame * len(compared), per_frame * sum(whole)
            wanted = budget(self.keep, total, "floor")
            if wanted < fixed:
                raise too_few("DyCoke keeps a frame of each window whole", self.keep, fixed, total)
            others = len(compared) - sum(whole)
            wishes = [float(per_frame) if stays else (wanted - fixed) / max(1, others) for stays in whole]
            counts = share_out(wanted, wishes, [per_frame] * len(compared))
        return [0 if reference is None else count for count, reference in zip(counts, compared, strict=True)]

    def _chosen(self, tokens: Tensor, compared: list[int | None], counts: list[int]) -> Tensor:
        per_frame = tokens.shape[0] // len(compared)
        video = tokens.view(len(compared), per_frame, -1)
        chosen = []
        for frame, (reference, count) in enumerate(zip(compared, counts, strict=True)):
            if reference is None:
                continue
            if count == per_frame:
                kept = torch.arange(per_frame, device=tokens.device)
            else:
                kept = least_similar(video, frame, reference, count)
                kept = kept if self.official else kept.sort().values
            chosen.append(kept + frame * per_frame)
        return torch.cat(chosen).unsqueeze(0)


@dataclass(frozen=True)
class DyCokeCache(Settings):
    """While decoding, let the layers from `layer` on read only part of the video's cache entries.

    The choice is made anew for each token, by the attention of layer `layer - 1`. Attach it behind `DyCoke`,
    as in the paper, or alone.

    Parameters
    ----------
    keep : what these layers read of the visual entries, 1 minus the paper's pruning rate P; rounded down.
    layer : the first layer that reads less, the paper's L = 3.
    """

    keep: Keep = 0.3
    layer: Count = 3

    stage: ClassVar[str] = "kv-cache"
    every_step: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates"})

    def judges(self, layer: int, layers: int) -> bool:
        """Whether this layer's attention decides for all that follow."""
        return layer == self.layer - 1

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) entries of all heads side by side -> (B, M, D): text, and the visual entries that are
        attended to. Queries (B, H, 1, d) are those of the token being decoded.
        """
        attention = attention_rows(
            context.require("queries"), context.require("keys"), visible=context.valid
        )[:, :, -1]
        stays = attended_entries(attention, context.require("candidates"), self.keep)
        return keep_real(tokens, stays, context)


def attended_entries(attention: Tensor, candidates: Tensor, keep: float) -> Tensor:
    """(B, N) bool: what a decoding step reads, from its attention (B, H, N), averaged over heads."""
    return best_candidates(attention.float().mean(dim=1), candidates, keep, "floor", at_most=True)


METHOD = Method(
    name="DyCoke",
    paper="dycoke",
    citation="Tao et al., DyCoke, CVPR 2025, arXiv:2411.15024",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("similarity", "temporal-redundancy", "attention"),
    mechanism=("merging", "pruning", "retrieval"),
    training="free",
    implementation=DyCoke,
    inside=DyCokeCache,
)
