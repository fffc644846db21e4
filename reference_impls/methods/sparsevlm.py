"""SparseVLM: Visual Token Sparsification for Efficient VLM Inference (Zhang et al., ICML 2025).

Criterion (Sec. 3.2): the attention that image tokens receive from a few prompt words, the raters: those that
resemble the image more than the average word does.
Mechanism: keep the best; recycle the best of the pruned ones into a few clusters (Sec. 3.3).
Twist: how many go follows from the rank of the attention (Sec. 3.2, Eq. 7), `keep=None`; the official first
version has fixed counts instead, which are the default here.

Two more points follow the official code where the paper writes something else: a cluster becomes the mean of
its members (`combine="sum"` is the paper's sum), and they go to the nearest centre by Euclidean distance, not
by cosine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import attention_rows
from reference_impls.criteria.density import cluster_of, density_noise, density_peaks, scaled_distance
from reference_impls.criteria.products import products
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import keep_index, stretch, top
from reference_impls.mechanisms.rows import each_prompt
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, NotNegative, Settings, Share


def rate_words(image: Tensor, words: Tensor) -> Tensor:
    """How much each word resembles the image: (V, D) and (T, D) embeddings -> (T,). Raters are those not
    below the mean.
    """
    return products(image, words).softmax(dim=-1).mean(dim=0)


def relation(rater_rows: Tensor) -> Tensor:
    """The attention that each image token receives from the raters: (H, R, V) -> (V,)."""
    return rater_rows.float().mean(dim=0).mean(dim=0)


def recycle(relation_of_pruned: Tensor, share: float = 0.3) -> Tensor:
    """The pruned tokens that are worth recycling, best first: (P,) -> (int(P * share) + 1,) indices."""
    pruned = relation_of_pruned.numel()
    return top(relation_of_pruned, min(pruned, int(pruned * share) + 1))


def cluster(tokens: Tensor, seed: int, per_cluster: int = 10) -> tuple[Tensor, Tensor]:
    """Group (R, D) tokens into int(R / per_cluster) + 1 clusters: each token's cluster (R,) and the centres
    (K,).
    """
    count = tokens.shape[0] // per_cluster + 1
    distance = scaled_distance(tokens.unsqueeze(0))
    noise = density_noise(tokens.shape[0], seed, tokens.device)
    scores = density_peaks(distance, count, noise.unsqueeze(0))
    centres = top(scores, count)
    return cluster_of(distance, centres)[0], centres[0]


@dataclass(frozen=True)
class SparseVLM(Settings):
    """Drop and recycle image tokens before several decoder layers.

    Parameters
    ----------
    keep : what remains of the image tokens that a stage is given, recycled ones not counted; one value, or
        one per layer. The default is the official setting for LLaVA-1.5 that averages 64 tokens: 66, 30 and
        17. None deletes int(scale * (V - rank)) of V tokens, rank being that of the raters' attention (Eq.
        7).
    layers : where it acts; the layer before each of them is the one that judges.
    recycle : whether pruned tokens come back in clusters. share : of the pruned tokens that do, the paper's
        tau. per_cluster : how many share a cluster, 1 over the paper's theta. combine : a cluster's "mean" or
        "sum".
    seed : of the 1e-6 density noise.
    positions : "renumber" the position ids, as the official code does, or "keep" them.
    """

    keep: Keep | tuple[Keep, ...] | None = (66 / 576, 30 / 82, 17 / 32)
    layers: tuple[Count, ...] = (2, 6, 15)
    recycle: bool = True
    share: Share = 0.3
    per_cluster: Count = 10
    combine: Literal["mean", "sum"] = "mean"
    scale: NotNegative = 1.0
    seed: int = 0
    positions: Literal["keep", "renumber"] = "renumber"

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates", "embeddings"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.keep, tuple) and len(self.keep) != len(self.layers):
            raise ValueError(f"keep gives {len(self.keep)} budgets for {len(self.layers)} layers")

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer in self.layers

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D): image tokens that stay, then clusters, in the image's place of the
        prompt.
        """
        return each_prompt(tokens, context, partial(self._reduce_row, context))

    def _reduce_row(self, context: Context, row: int, tokens: Tensor, real: Tensor) -> Reduction:
        image = context.require("candidates")[row].nonzero().squeeze(-1)
        if image.numel() == 0:
            return keep_index(tokens, real.nonzero().T)
        scores, rank = self._judge(row, context, image, real)
        stays = top(scores, self._count(context.layer, image.numel(), rank)).sort().values
        pruned = torch.ones_like(scores, dtype=torch.bool).scatter(0, stays, False).nonzero().squeeze(-1)
        present = real.nonzero().squeeze(-1)
        before, after = present[present < image[0]], present[present > image[-1]]
        between = real.scatter(0, image, False).nonzero().squeeze(-1)
        between = between[(between > image[0]) & (between < image[-1])]
        kept = torch.cat([image[stays], between]).sort().values
        if not self.recycle or pruned.numel() == 0:
            return keep_index(tokens, torch.cat([before, kept, after]).unsqueeze(0))
        again = image[pruned[recycle(scores[pruned], self.share)]]
        groups, centres = cluster(tokens[0, again], self.seed, self.per_cluster)
        position = torch.cat([before, kept, again[centres], after])
        source = slots_of(position, tokens.shape[1]).scatter(0, again, groups + before.numel() + kept.numel())
        return merge(tokens, source.unsqueeze(0), position.unsqueeze(0), combine=self.combine)

    def _judge(self, row: int, context: Context, image: Tensor, real: Tensor) -> tuple[Tensor, int]:
        """Each image token's relation to the raters (V,), and the rank of that attention."""
        embeddings = context.require("embeddings")[row]
        words = real.nonzero().squeeze(-1)
        words = words[words > image[-1]]
        if words.numel() == 0:
            raise ValueError("SparseVLM judges by the words after the image, and this prompt has none")
        rating = rate_words(stretch(embeddings, image), stretch(embeddings, words))
        raters = words[rating >= rating.mean()]
        queries = context.require("queries")[row : row + 1, :, raters]
        keys = context.require("keys")[row : row + 1]
        visible = None if context.valid is None else real.unsqueeze(0)
        rows = attention_rows(queries, keys, visible=visible, row_positions=raters)[0]
        rank = 0
        if self.keep is None:
            rank = int(torch.linalg.matrix_rank(rows[:, :, image].mean(dim=0).float()))
        return relation(rows)[image], rank

    def _count(self, layer: int, total: int, rank: int) -> int:
        if self.keep is None:
            return max(1, total - int(self.scale * (total - rank)))
        keep = self.keep[self.layers.index(layer)] if isinstance(self.keep, tuple) else self.keep
        return budget(keep, total, "round")


METHOD = Method(
    name="SparseVLM",
    paper="sparsevlm",
    citation="Zhang et al., SparseVLM, ICML 2025, arXiv:2410.04417",
    domain=("multimodal",),
    stage="decoder-prefill",
    criterion=("attention", "text-relevance", "similarity"),
    mechanism=("pruning", "clustering", "merging"),
    training="free",
    implementation=SparseVLM,
)
