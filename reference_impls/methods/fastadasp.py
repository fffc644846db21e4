"""FastAdaSP: Multitask-Adapted Efficient Inference for Large Speech Language Model (Lu et al., EMNLP 2024,
Industry Track).

Criterion: cosine similarity of the keys of two neighbouring audio tokens, all heads together.
Mechanism (Fig. 2): the most similar neighbours merge, whole runs of them into one token, as the mean weighted
by the attention that each one receives from all tokens, summed over heads.
Twist: what is asked decides where. Tasks that need all that is said, such as transcription, merge a little in
every layer (`schedule="constant"` or `"decay"`), others much before one layer (`"once"`), which the paper
chooses by transfer entropy; that choice is not built. Where the code acts after a layer's attention, this
acts before the next layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import accumulated_attention
from reference_impls.criteria.similarity import paired_similarity
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import top
from reference_impls.mechanisms.rows import each_prompt
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings


def neighbours_to_merge(keys: Tensor, candidates: Tensor, amount: int) -> Tensor:
    """(N,) bool: the `amount` candidates whose keys (H, N, d) are most like those of the candidate just
    before them; fewer where not so many have one.
    """
    flat = keys.transpose(0, 1).flatten(1)
    alike = paired_similarity(flat[1:], flat[:-1])
    beside = candidates[1:] & candidates[:-1]
    chosen = top(alike.masked_fill(~beside, -torch.inf), min(amount, int(beside.sum())))
    return torch.zeros_like(candidates).scatter(0, chosen + 1, True)


def merge_runs(tokens: Tensor, joins: Tensor, weights: Tensor, real: Tensor) -> Reduction:
    """Merge every token of (1, N, D) that `joins` (N,) the one before it into the first of its run, by
    `weights` (N,): (1, M, D). `real` (N,) marks what is no padding.
    """
    begins = real & ~joins
    source = (begins.cumsum(dim=0) - 1).masked_fill(~real, -1)
    shares = weights.clamp(min=torch.finfo(weights.dtype).tiny)
    return merge(tokens, source.unsqueeze(0), begins.nonzero().T, weights=shares.unsqueeze(0))


@dataclass(frozen=True)
class FastAdaSP(Settings):
    """Merge neighbouring audio tokens before one decoder layer, or before several.

    Parameters
    ----------
    keep : what remains of the audio tokens each time, 1 minus the paper's merge ratio; a fraction is rounded
        up. Of a "decay" it is what the first time leaves.
    layer : layers 0 .. layer-1 see all tokens, and the attention of layer - 1 is the first that decides; the
        code's `perform_layer` is layer - 1.
    schedule : merge "once"; the same share before that layer and each after it ("constant"); or a share that
        falls evenly, to nothing behind the last layer ("decay").
    weighted : False takes the plain mean, the official code's `merge_ave`.
    positions : "renumber" the position ids of what remains, as the official code does, or "keep" them.
    """

    keep: Keep = 0.5
    layer: Count = 2
    schedule: Literal["once", "constant", "decay"] = "once"
    weighted: bool = True
    positions: Literal["renumber", "keep"] = "renumber"

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates"})
    hears: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.schedule != "once" and self.keep > 1:
            raise ValueError(
                f"FastAdaSP: keep = {self.keep:g} tokens cannot be left by every layer of a {self.schedule} "
                "schedule, which removes shares: give a fraction, or merge once"
            )

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == self.layer if self.schedule == "once" else layer >= self.layer

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). Queries and keys are those of the layer before."""
        queries, keys = context.require("queries"), context.require("keys")
        candidates = context.require("candidates")
        amounts = [self._amount(int(row.sum()), context) for row in candidates]
        if context.valid is None and not any(amounts):
            return Reduction.identity(tokens)
        weights = torch.ones(tokens.shape[:2], device=tokens.device)
        if self.weighted:
            weights = accumulated_attention(queries, keys, visible=context.valid).sum(dim=1)

        def reduce_row(row: int, alone: Tensor, real: Tensor) -> Reduction:
            joins = neighbours_to_merge(keys[row], candidates[row], amounts[row])
            return merge_runs(alone, joins, weights[row], real)

        return each_prompt(tokens, context, reduce_row)

    def _amount(self, total: int, context: Context) -> int:
        """How many of so many audio tokens merge into the one before them in this layer."""
        if self.keep > 1:
            return total - budget(self.keep, total) if total else 0
        removed = 1 - self.keep
        if self.schedule == "decay":
            removed *= (context.layers - context.layer) / (context.layers - self.layer)
        return int(round(total * removed, 9))  # 3 of 10 at 0.7, where 1 - 0.7 is a little less than 0.3


METHOD = Method(
    name="FastAdaSP",
    paper="fastadasp",
    citation="Lu et al., FastAdaSP, EMNLP 2024 Industry Track, arXiv:2410.03007",
    domain=("multimodal", "audio-speech"),
    stage="decoder-prefill",
    criterion=("similarity", "entropy"),
    mechanism=("merging",),
    training="free",
    implementation=FastAdaSP,
)
