"""PyramidKV: Dynamic KV Cache Compression based on Pyramidal Information Funneling (Cai et al., COLM 2025).

Criterion: SnapKV's votes, the pooled attention that the prompt's last tokens pay to each earlier key.
Mechanism: keep the best entries of every head, and the window itself.
Twist: lower layers keep more than upper ones, along a straight line, since attention spreads over the whole
text below and narrows to a few tokens above. What a layer keeps beside the window falls from twice the mean
to the mean's part 1 / `beta`; where the prompt has fewer tokens than the first layer would keep, the line is
turned about its middle until they suffice.

The official code divides without rest, so that upper layers keep a little more than on the line, and gives
all layers the same where the prompt is shorter than twice the mean; `official=True` does so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.cache import entry_budgets, keep_counts
from reference_impls.methods.snapkv import SnapKV
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Count, Rule


def room(mean: int, most: int, layer: int, layers: int, beta: float, official: bool = False) -> int:
    """How many of the `most` entries outside the window a layer keeps, `mean` over all layers.

    `layer` counts from 0, the first to be run; the last keeps `mean` / `beta`.
    """
    if layers == 1:
        return mean
    last = mean // beta if official else mean / beta
    first = 2 * mean - last
    if first > most:
        first, last = most, 2 * mean - most
    if official:
        return int(first - layer * ((first - last) // (layers - 1)))
    return round(first - layer * (first - last) / (layers - 1))


Steepness = Annotated[float, Rule(lambda value: value >= 1, "a number of 1 or more")]


@dataclass(frozen=True)
class PyramidKV(SnapKV):
    """Keep what the end of the prompt looks at, more of it in lower layers.

    Parameters
    ----------
    keep : what remains of a head's entries in the mean of all layers, the window included; the paper's
        max_capacity_prompt as a count, or a fraction, rounded down.
    beta : how many times the mean of all layers is what the last one keeps beside the window.
    window, kernel, pooling : SnapKV's.
    official : see above.
    """

    window: Count = 8
    beta: Steepness = 20
    official: bool = False

    shared: ClassVar[str] = "layers"

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        keys, valid = context.require("keys"), context.valid
        scores = self.scores(context.require("queries"), keys, valid, context.seen)
        layer, layers = context.require("layer"), context.require("layers")
        lengths = [tokens.shape[1]] * keys.shape[0] if valid is None else valid.sum(dim=1).tolist()
        counts = [
            self.count(kept, length, layer, layers)
            for kept, length in zip(entry_budgets(scores, self.keep, valid).tolist(), lengths, strict=True)
        ]
        each = torch.tensor(counts, device=tokens.device).unsqueeze(1).expand(scores.shape[:2])
        return keep_counts(tokens, scores, each, valid)

    def count(self, kept: int, length: int, layer: int, layers: int) -> int:
        """How many of `length` entries a layer keeps, where all layers keep `kept` in the mean."""
        window = min(self.window, kept)
        mean = kept - window
        if self.official and length < 2 * mean:
            return kept
        return window + room(mean, length - window, layer, layers, self.beta, self.official)


METHOD = Method(
    name="PyramidKV",
    paper="pyramidkv",
    citation="Cai et al., PyramidKV, COLM 2025, arXiv:2406.02069",
    domain=("language",),
    stage="kv-cache",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=PyramidKV,
)
