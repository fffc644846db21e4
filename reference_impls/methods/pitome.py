"""PiToMe: Accelerating Transformers with Spectrum-Preserving Token Merging (Tran et al., NeurIPS 2024).

Criterion (the energy score): how many close neighbours it has by cosine similarity of the attention
keys, averaged over heads; similarities under a margin count against it.
Mechanism: the 2r tokens of highest energy are split by turns into sets A and B, and each of A merges into its
most similar token of B; the other tokens are protected.
Twist: isolated tokens are left alone, and the margin falls from layer to layer, so that more tokens count as
neighbours in deep layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.similarity import best_match, cosine_similarity, strongest_first
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import gather_tokens
from reference_impls.mechanisms.rows import without_padding
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget, too_few
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


def energy(metric: Tensor, margin: float, *, official: bool = False) -> Tensor:
    """The energy score with alpha = 1: (B, N, d) -> (B, N), the mean over tokens of x where x >= margin, else
    exp(x - margin) - 1, with x the cosine similarity.

    The official code takes x - margin in place of x above the margin, so that the curve has no step.
    """
    similarity = cosine_similarity(metric, metric)
    above = similarity - margin if official else similarity
    return torch.where(similarity >= margin, above, torch.expm1(similarity - margin)).mean(dim=-1)


def text_energy(metric: Tensor, margin: float) -> Tensor:
    """What the official code takes for text instead: a Gaussian of width 1 - margin around similarity 1."""
    distance = 1.0 - cosine_similarity(metric, metric)
    return torch.exp(-0.5 * (distance / (1.0 - margin)) ** 2).mean(dim=-1)


def match_by_energy(
    metric: Tensor, scores: Tensor, r: int, *, protected: int = 0, protect: bool = True, halves: bool = False
) -> tuple[Tensor, Tensor]:
    """Match (B, N, d) tokens by their energy (B, N - protected): source (B, N) and position (B, N - r).

    Slots are the `protected` leading tokens, the tokens of low energy by falling energy, then set B.
    `halves` puts the first r of the 2r tokens into A instead of every second. `protect=False` is the ablation
    in which all tokens are split, and the r most similar pairs merge.
    """
    batch, count, _ = metric.shape
    order = strongest_first(scores) + protected
    pool, safe = (order[:, : 2 * r], order[:, 2 * r :]) if protect else (order, order[:, :0])
    a, b = (pool[:, :r], pool[:, r:]) if halves else (pool[:, ::2], pool[:, 1::2])
    closeness, partner = best_match(cosine_similarity(gather_tokens(metric, a), gather_tokens(metric, b)))
    ranking = strongest_first(closeness)
    moved, stay = a.gather(1, ranking[:, :r]), a.gather(1, ranking[:, r:])
    leading = torch.arange(protected, device=metric.device).expand(batch, -1)
    position = torch.cat([leading, safe, stay, b], dim=1)
    source = slots_of(position, count)
    target = source.gather(1, b.gather(1, partner.gather(1, ranking[:, :r])))
    return source.scatter(1, moved, target), position


@dataclass(frozen=True)
class PiToMe(Settings):
    """Merge in every block, between attention and MLP.

    Parameters
    ----------
    keep : what remains of the patches in each block, the paper's ratio r, at least half; rounded up.
    margin : from which similarity on a token is a neighbour. None: the paper's 0.9 - 0.9 * layer / layers.
    text : the official code's energy and split for text, for `stage="encoder-layer"`.
    official : the official code's energy for images, without a step at the margin.
    proportional_attention : attention counts a merged token as many, as the paper has it; the official code
        for timm never passes the sizes on, which False reproduces.
    """

    keep: Keep = 0.9
    margin: float | None = None
    text: bool = False
    official: bool = False
    proportional_attention: bool = True

    needs: ClassVar[frozenset[str]] = frozenset({"keys"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.text and self.margin is not None and self.margin >= 1:
            raise ValueError(
                f"PiToMe: 1 - margin is the width of the text's Gaussian, so margin must be below 1, found "
                f"{self.margin}"
            )

    def acts_on(self, layer: int, layers: int) -> bool:
        return True

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, N - r, D). Looks at the keys of the block's attention."""
        return without_padding(tokens, context, self._merge)

    def _merge(self, tokens: Tensor, context: Context) -> Reduction:
        patches = tokens.shape[1] - context.protected
        r = patches - budget(self.keep, patches, "ceil")
        if 2 * r > patches:
            raise too_few("PiToMe merges pairs", self.keep, patches - patches // 2, patches)
        if r == 0:
            return Reduction.identity(tokens, context.size)
        metric = context.require("keys").mean(dim=1)
        margin = 0.9 - 0.9 * context.layer / context.layers if self.margin is None else self.margin
        judged = metric[:, context.protected :]
        scores = text_energy(judged, margin) if self.text else energy(judged, margin, official=self.official)
        source, position = match_by_energy(metric, scores, r, protected=context.protected, halves=self.text)
        return merge(tokens, source, position, size=context.size)


METHOD = Method(
    name="PiToMe",
    paper="pitome",
    citation="Tran et al., Accelerating Transformers with Spectrum-Preserving Token Merging, NeurIPS 2024, "
    "arXiv:2405.16148",
    domain=("vision", "multimodal"),
    stage="vit-block",
    criterion=("similarity",),
    mechanism=("merging",),
    training="both",
    implementation=PiToMe,
)
