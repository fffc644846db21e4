"""FrameFusion: Combining Similarity and Importance for Video Token Reduction (Fu et al., ICCV 2025).

Criterion: cosine similarity of the hidden states of a token and its predecessor at the same place of the
frame before; once few are alike, the attention that a token receives, averaged over heads. The paper speaks
of accumulated attention (`attention_from="all"`); the official code asks the last prompt token alone, which
is the default here.
Mechanism: in the first layers, runs of similar tokens merge into the mean, at the first of them; then one
pruning by attention.
Twist: the budget is a cost over all layers. How much the pruning takes follows from what merging has saved.
Where the code acts after a layer's attention, this acts before the next layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from reference_impls.context import Context
from reference_impls.criteria.attention import accumulated_attention, last_token_attention
from reference_impls.criteria.similarity import paired_similarity
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import best_counts, keep_mask, top
from reference_impls.mechanisms.rows import each_prompt
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings, Share


def predecessor_similarity(hidden: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """How alike each video token of (N, D) is to the one before it at the same place, -2 where there is none.

    `places` (N,) is each token's place in its frame, -1 outside the video. Returns the similarity (V,) and
    the tokens' indices (V,), both place after place and in time.
    """
    order = torch.sort(places, stable=True).indices[int((places < 0).sum()) :]
    ordered = hidden[order]
    similarity = paired_similarity(ordered[1:], ordered[:-1])
    same_place = places[order][1:] == places[order][:-1]
    return pad(similarity.masked_fill(~same_place, -2.0), (1, 0), value=-2.0), order


def merge_runs(tokens: Tensor, similar: Tensor, order: Tensor, real: Tensor) -> Reduction:
    """Merge every token of (1, N, D) that is similar to its predecessor into the run's first: (1, M, D).

    `similar` and `order` (V,) are in the order of `predecessor_similarity`, `real` (N,) marks what is no
    padding.
    """
    count, device = tokens.shape[1], tokens.device
    run = (~similar).long().cumsum(dim=0) - 1
    head = torch.arange(count, device=device).scatter(0, order, order[~similar][run])
    position = ((head == torch.arange(count, device=device)) & real).nonzero().squeeze(-1)
    slots = slots_of(position, count)
    return merge(tokens, slots[head].masked_fill(~real, -1).unsqueeze(0), position.unsqueeze(0))


def share_to_prune(removed: Sequence[float], cost: float, layers: int) -> float:
    """Which share of the tokens has to go now, so that the mean over `layers` of what remains is `cost`.

    `removed` is the share that went in each of the calls before, of what was there then.
    """
    remaining, spent = 1.0, 0.0
    for share in removed:
        remaining *= 1.0 - share
        spent += remaining
    left = layers * cost - spent
    if left < 0:
        raise ValueError(
            f"FrameFusion cannot keep {cost:.3g} of the video on average over {layers} layers: what the "
            f"first {len(removed)} hold is {spent / layers:.3g} of it, on average over all; raise "
            "keep above that"
        )
    return max(0.0, 1.0 - left / ((layers - len(removed)) * remaining))


def _unchanged(tokens: Tensor, valid: Tensor | None) -> Reduction:
    """Every token where it is, padding included."""
    same = Reduction.identity(tokens)
    if valid is None:
        return same
    index = same.position.masked_fill(~valid, -1)
    return Reduction(tokens, index, same.size.masked_fill(~valid, 0.0), index, valid)


@dataclass
class _Progress:
    """How far one prompt is: what each call removed, and what is still to do."""

    cost: float
    phase: Literal["merging", "pruning", "done"]
    removed: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class FrameFusion(Settings):
    """Merge, then prune the tokens of a video in the first layers of a decoder.

    Parameters
    ----------
    keep : the paper's cost, what remains of the video on average over the layers; what the pruning leaves is
        rounded to nearest.
    threshold : the least cosine similarity that merges.
    enough : when less than this share of the video was alike in a layer, merging ends and the next call
        prunes.
    merge : False only prunes. Images, which have no frame before, are only pruned anyway.
    attention_from : whose attention the pruning asks for: the "last" prompt token's, or that of "all" tokens.
    positions : "keep" the position ids, as published, or "renumber" them.
    """

    keep: Keep = 0.3
    threshold: float = 0.6
    enough: Share = 0.1
    merge: bool = True
    attention_from: Literal["last", "all"] = "last"
    positions: Literal["keep", "renumber"] = "keep"

    before_attention: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates", "places", "memory"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return True

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). Queries and keys are those of the layer before, missing before the first
        one.
        """
        candidates = context.require("candidates")
        begun = context.memory.setdefault("progress", {})
        for row, total in enumerate(candidates.sum(dim=1).tolist()):
            if row not in begun:
                # A prompt without a video is done at once, whatever the budget.
                stays = budget(self.keep, total, "round") if total else 0
                cost = self.keep if self.keep <= 1 else stays / max(1, total)
                first: Literal["merging", "pruning"] = "merging" if self.merge else "pruning"
                begun[row] = _Progress(float(cost), first if total else "done")
        if all(progress.phase == "done" for progress in begun.values()):
            return _unchanged(tokens, context.valid)

        def reduce_row(row: int, alone: Tensor, real: Tensor) -> Reduction:
            if begun[row].phase == "merging":
                return self._merge(alone, context.require("places")[row], real, begun[row], context.layers)
            if begun[row].phase == "pruning" and context.queries is not None:
                stays = self._prune(row, context, begun[row])
                return keep_mask(alone, (stays & real).unsqueeze(0))
            begun[row].removed.append(0.0)
            return keep_mask(alone, real.unsqueeze(0))

        return each_prompt(tokens, context, reduce_row)

    def _merge(
        self, tokens: Tensor, places: Tensor, real: Tensor, progress: _Progress, layers: int
    ) -> Reduction:
        similarity, order = predecessor_similarity(tokens[0], places)
        similar = similarity >= self.threshold
        share = float(similar.sum()) / similar.numel()
        limit = share_to_prune(progress.removed, progress.cost, layers)
        if share >= limit:
            # All of the budget can be had by merging: only the most similar go, and nothing is pruned later.
            similar = torch.zeros_like(similar).scatter(
                0, top(similarity, int(limit * similar.numel())), True
            )
            progress.phase = "done"
        elif share < self.enough:
            progress.phase = "pruning"
        progress.removed.append(share)
        return merge_runs(tokens, similar, order, real)

    def _prune(self, row: int, context: Context, progress: _Progress) -> Tensor:
        """(N,) bool: what stays of one prompt."""
        queries, keys = context.require("queries")[row : row + 1], context.require("keys")[row : row + 1]
        visible = None if context.valid is None else context.valid[row : row + 1]
        received = last_token_attention if self.attention_from == "last" else accumulated_attention
        scores = received(queries, keys, visible=visible).mean(dim=1)
        image = context.require("candidates")[row : row + 1]
        total = int(image.sum())
        stays = round(total * (1 - share_to_prune(progress.removed, progress.cost, context.layers)))
        progress.phase = "done"
        return best_counts(scores, image, torch.tensor([max(1, stays)], device=scores.device))[0]


METHOD = Method(
    name="FrameFusion",
    paper="framefusion",
    citation="Fu et al., FrameFusion, ICCV 2025, arXiv:2501.01986",
    domain=("multimodal",),
    stage="decoder-prefill",
    criterion=("similarity", "temporal-redundancy", "attention"),
    mechanism=("pruning", "merging"),
    training="free",
    implementation=FrameFusion,
)
