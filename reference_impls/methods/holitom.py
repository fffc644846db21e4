"""HoliTom: Holistic Token Merging for Fast Video Large Language Models (Shao et al., NeurIPS 2025).

Criterion: a place in the frame is redundant over a segment of the video where each frame's token is alike
(cosine) to the one before; the rest is judged by the attention that it receives in the vision encoder.
Mechanism ("global redundancy-aware temporal segmentation"): dynamic programming cuts the video where most
tokens can be merged over time, into the first frame of their segment. Then, in space, what was merged is
clustered (DPC-kNN), and of the others the most attended to remain.
Twist: the cuts are the best of all, not the first that a threshold allows. `HoliTomInner` merges once more
inside the language model: attach it behind `HoliTom`, as in the paper, or alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import last_token_attention
from reference_impls.criteria.density import cluster_of, density_noise, density_peaks, scaled_distance
from reference_impls.criteria.similarity import best_match, cosine_similarity, paired_similarity
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import best_candidates, top
from reference_impls.mechanisms.rows import each_prompt, each_row
from reference_impls.mechanisms.share import share_out, tokens_per_frame
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings, Share


def best_segments(alike: Tensor, longest: int) -> tuple[list[tuple[int, int]], int]:
    """Cut F frames so that most tokens can be merged: (F - 1, P) bool -> (first, last) frame of each
    segment, and how many tokens that saves.

    In a segment each place that is alike in all its steps saves a token per step. Of equal cuts the one whose
    last segments begin earliest.
    """
    frames = alike.shape[0] + 1
    rows = alike.cpu()
    best, start = [0] * (frames + 1), [0] * (frames + 1)
    for end in range(1, frames + 1):
        saved = []
        throughout = torch.ones_like(rows[0])
        for first in range(end - 1, max(-1, end - 1 - longest), -1):
            if first < end - 1:
                throughout = throughout & rows[first]
            saved.append((best[first] + int(throughout.sum()) * (end - 1 - first), -first))
        best[end], negative = max(saved)
        start[end] = -negative
    segments, end = [], frames
    while end:
        segments.append((start[end], end - 1))
        end = start[end]
    return segments[::-1], best[frames]


def density_merge(
    tokens: Tensor, count: int, neighbours: int, beta: float, noise: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Merge (S, D) tokens into `count` clusters: `beta` of the centre and the rest the mean of its members.

    `noise` (S,) breaks ties of density. Returns the merged tokens (K, D), the centres (K,) ascending and each
    token's cluster (S,).
    """
    values = tokens.float().unsqueeze(0)
    distance = scaled_distance(values)
    scores = density_peaks(distance, min(neighbours, tokens.shape[0]), noise.unsqueeze(0))
    centres = top(scores, count).sort().values
    slot = cluster_of(distance, centres)
    others = merge(values, slot.scatter(1, centres, -1), centres)
    at_centre = values[:, centres[0]]
    mixed = beta * at_centre + (1 - beta) * others.tokens
    merged = torch.where(others.size.unsqueeze(-1) > 0, mixed, at_centre)
    return merged[0].to(tokens.dtype), centres[0], slot[0]


@dataclass(frozen=True)
class HoliTom(Settings):
    """Merge the tokens of a video over time, then thin them out in space, before the language model.

    Parameters
    ----------
    keep : what remains of the video; rounded down, and less where merging over time alone leaves less.
    similarity : the paper's tau.
    longest : the most frames of a segment.
    beta : the share of a cluster's centre in its merged token. neighbours : of the density estimate.
    seed : of the 1e-6 density noise.
    """

    keep: Keep = 0.2
    similarity: float = 0.8
    longest: Count = 1024
    beta: Share = 0.6
    neighbours: Count = 7
    seed: int = 0

    adaptive: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"frames", "received_attention"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, F * P, D) -> (B, M, D), in the order of the video. `received_attention` is (B, F * P)."""
        frames, attention = context.require("frames"), context.require("received_attention")
        wanted = budget(self.keep, tokens.shape[1], "floor")
        if wanted == tokens.shape[1]:
            return Reduction.identity(tokens)
        return each_row(tokens, lambda row, alone: self._reduce_row(alone, attention[row], frames, wanted))

    def _reduce_row(self, tokens: Tensor, attention: Tensor, frames: int, wanted: int) -> Reduction:
        total = tokens.shape[1]
        video = tokens[0].view(frames, tokens_per_frame(total, frames), -1)
        numbers = torch.arange(total, device=tokens.device)
        first = numbers.view(frames, -1).clone()  # the token that each one is merged into over time
        alike = paired_similarity(video[1:], video[:-1]) > self.similarity
        values = tokens[0].clone()
        groups: list[tuple[Tensor, bool]] = []
        for start, end in best_segments(alike, self.longest)[0]:
            still = alike[start:end].all(dim=0) & torch.tensor(end > start, device=tokens.device)
            first[start : end + 1, still] = first[start, still].clone()
            mean = video[start : end + 1, still].float().mean(dim=0).to(tokens.dtype)
            values[first[start, still]] = mean
            groups.append((first[start, still], True))
            groups.extend((first[frame, ~still], False) for frame in range(start, end + 1))
        groups = [group for group in groups if group[0].numel()]
        sizes = [group.numel() for group, _ in groups]
        counts = share_out(wanted, [wanted * size / sum(sizes) for size in sizes], sizes)
        goes_to = torch.full_like(numbers, -1)
        for (group, still_group), count in zip(groups, counts, strict=True):
            if count == group.numel():
                goes_to = goes_to.scatter(0, group, group)
            elif count and still_group:
                noise = density_noise(group.numel(), self.seed, group.device)
                merged, centres, slot = density_merge(values[group], count, self.neighbours, self.beta, noise)
                values[group[centres]] = merged
                goes_to = goes_to.scatter(0, group, group[centres][slot])
            elif count:
                kept = group[top(attention[group].float(), count)]
                goes_to = goes_to.scatter(0, kept, kept)
        return _gather_slots(values, goes_to[first.flatten()])


def _gather_slots(values: Tensor, goes_to: Tensor) -> Reduction:
    """Slots at the tokens of (N, D) that any of (N,) `goes_to` names, in order."""
    position = torch.unique(goes_to[goes_to >= 0])
    numbered = slots_of(position, goes_to.numel())
    source = numbered[goes_to.clamp(min=0)].masked_fill(goes_to < 0, -1).unsqueeze(0)
    size = merge(values[None, :, :1], source, position.unsqueeze(0)).size
    return Reduction(values[position].unsqueeze(0), source, size, position.unsqueeze(0))


@dataclass(frozen=True)
class HoliTomInner(Settings):
    """Merge visual tokens before one decoder layer, those that `HoliTom` left or, alone, all.

    Each token but the most attended to merges into the mean with the remaining one whose hidden state is most
    similar.

    Parameters
    ----------
    keep : what remains of the visual tokens; rounded to nearest.
    layer : the attention of the layer before decides, as in FastV; in a shallower decoder its last.
    positions : "keep" the position ids of what remains, or "renumber" them.
    """

    keep: Keep = 0.5
    layer: Count = 18
    positions: Literal["keep", "renumber"] = "keep"

    stage: ClassVar[str] = "decoder-prefill"
    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == min(self.layer, layers - 1)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). Queries and keys are those of the layer before."""
        candidates = context.require("candidates")
        scores = last_token_attention(
            context.require("queries"), context.require("keys"), visible=context.valid
        ).mean(dim=1)
        stays = best_candidates(scores, candidates, self.keep, "round")

        def reduce_row(row: int, alone: Tensor, real: Tensor) -> Reduction:
            position = (stays[row] & real).nonzero().squeeze(-1)
            slots = slots_of(position, alone.shape[1])
            goes = (candidates[row] & ~stays[row]).nonzero().squeeze(-1)
            if goes.numel():
                kept = (candidates[row] & stays[row]).nonzero().squeeze(-1)
                _, partner = best_match(cosine_similarity(alone[0, goes].float(), alone[0, kept].float()))
                slots = slots.scatter(0, goes, slots[kept[partner]])
            return merge(alone, slots.unsqueeze(0), position.unsqueeze(0))

        return each_prompt(tokens, context, reduce_row)


METHOD = Method(
    name="HoliTom",
    paper="holitom",
    citation="Shao et al., HoliTom, NeurIPS 2025, arXiv:2505.21334",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("temporal-redundancy", "similarity", "attention"),
    mechanism=("merging", "clustering", "pruning"),
    training="free",
    implementation=HoliTom,
    inside=HoliTomInner,
)
