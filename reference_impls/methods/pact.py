"""PACT: Pruning and Clustering-Based Token Reduction for Faster Visual Language Models (Dhouib et al., CVPR
2025).

Criterion: without attention maps, how well each token's key answers the mean query of all visual tokens,
softmax over tokens, averaged over heads, times the norm of the hidden state ("EUTI"); for the others the
density of the keys.
Mechanism: unimportant tokens go; the others form clusters whose members lie within a cutoff of their centre
("DBDPC", distance-bounded density peak clustering) and merge into the mean.
Twist: the cutoff decides how many remain, so that the image sets its own budget. Pruned tokens near a centre
come back into its mean, and attention counts a cluster as many, softmax(QK / sqrt(d) + log size).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import repeat_heads
from reference_impls.criteria.norms import norm
from reference_impls.criteria.products import products
from reference_impls.criteria.similarity import cosine_similarity, strongest_first
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import top
from reference_impls.mechanisms.rows import each_prompt
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, NotNegative, Settings, Whole


def importance(queries: Tensor, keys: Tensor, hidden: Tensor) -> Tensor:
    """EUTI's score of visual tokens: queries and keys (H, V, d) and (Hkv, V, d), hidden (V, D) -> (V,).

    Queries and keys are those before rotary embedding.
    """
    together = queries.float().mean(dim=1, keepdim=True)
    keys = repeat_heads(keys.unsqueeze(0), queries.shape[0])[0]
    answers = products(keys, together).squeeze(-1).softmax(dim=-1)
    return answers.mean(dim=0) * norm(hidden)


def cosine_distance(left: Tensor, right: Tensor) -> Tensor:
    """1 - cosine, (N, d) x (M, d) -> (N, M), in float32."""
    same, left = right is left, left.float()
    return (1.0 - cosine_similarity(left, left if same else right.float())).clamp(min=0.0)


def density_centres(keys: Tensor, cutoff: float, width: float = 2.0) -> Tensor:
    """DBDPC's centres among (V, d) keys, ascending: from the densest token on, whatever is farther than
    `cutoff` from every centre so far is the next centre.

    The density is the sum of exp(-(distance / width)^2) over all tokens; 2 is the largest cosine distance.
    """
    distance = cosine_distance(keys, keys).fill_diagonal_(0.0)
    density = torch.exp(-((distance / width) ** 2)).sum(dim=1)
    near = (distance <= cutoff).cpu()
    covered = torch.zeros(near.shape[0], dtype=torch.bool)
    centres = []
    for token in strongest_first(density).tolist():
        if not covered[token]:
            centres.append(token)
            covered |= near[token]
    return torch.tensor(sorted(centres), device=keys.device)


def nearest_centre(keys: Tensor, centres: Tensor, among: Tensor, farthest: float = float("inf")) -> Tensor:
    """The slot (0 .. K-1) of the centre that each key of (V, d) is nearest to, -1 beyond `farthest`.

    Tokens in `among` (V,) bool always go to a centre; a centre goes to itself.
    """
    nearest = cosine_distance(keys, keys[centres]).min(dim=1)
    slot = nearest.indices.masked_fill(~among & (nearest.values > farthest), -1)
    return slot.scatter(0, centres, torch.arange(centres.numel(), device=keys.device))


@dataclass(frozen=True)
class PACT(Settings):
    """Prune and cluster image tokens before one decoder layer.

    Parameters
    ----------
    important : the share of the image tokens that EUTI leaves to be clustered, 1 minus the paper's pruning
        percentage; rounded to nearest.
    cutoff : the largest cosine distance of keys within a cluster, the paper's d_c; less of it keeps more
        tokens. There is no other budget.
    recover : pruned tokens within this many cutoffs of a centre join its mean, the paper's alpha; 0 is none.
    layer : where it acts, judged by that layer's own queries and keys; in a shallower decoder its last.
    positions : "keep" the centres' position ids, as published, or "renumber" them.
    """

    important: Keep = 0.55
    cutoff: NotNegative = 0.21
    recover: NotNegative = 1.5
    layer: Whole = 4
    positions: Literal["keep", "renumber"] = "keep"
    proportional_attention: bool = True

    judged_by: ClassVar[str] = "this layer"
    adaptive: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"keys", "plain_queries", "plain_keys", "candidates"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == min(self.layer, layers - 1)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D): text, and the cluster means at their centres' places."""
        candidates = context.require("candidates")

        def reduce_row(row: int, alone: Tensor, real: Tensor) -> Reduction:
            image = candidates[row].nonzero().squeeze(-1)
            slot, centres = self._cluster(row, alone[0, image], image, context)
            stays = real.scatter(0, image, False).scatter(0, image[centres], True)
            position = stays.nonzero().squeeze(-1)
            slots = slots_of(position, alone.shape[1])
            joined = slots[image[centres]][slot.clamp(min=0)].masked_fill(slot < 0, -1)
            return merge(alone, slots.scatter(0, image, joined).unsqueeze(0), position.unsqueeze(0))

        return each_prompt(tokens, context, reduce_row)

    def _cluster(self, row: int, hidden: Tensor, image: Tensor, context: Context) -> tuple[Tensor, Tensor]:
        """The cluster of each image token (V,), -1 for none, and the centres' numbers (K,)."""
        if image.numel() == 0:
            return image, image
        queries, plain = context.require("plain_queries")[row], context.require("plain_keys")[row]
        # Image tokens mostly stand side by side: then a slice copies nothing.
        first, last = int(image[0]), int(image[-1])
        there: slice | Tensor = slice(first, last + 1) if last - first + 1 == image.numel() else image
        scores = importance(queries[:, there], plain[:, there], hidden)
        wanted = budget(self.important, image.numel(), "round")
        kept = top(scores, wanted).sort().values
        keys = context.require("keys")[row][:, there].transpose(0, 1).flatten(1)
        centres = kept[density_centres(keys[kept], self.cutoff)]
        among = torch.zeros_like(image, dtype=torch.bool).scatter(0, kept, True)
        return nearest_centre(keys, centres, among, self.recover * self.cutoff), centres


METHOD = Method(
    name="PACT",
    paper="pact",
    citation="Dhouib et al., PACT, CVPR 2025, arXiv:2504.08966",
    domain=("multimodal",),
    stage="decoder-prefill",
    criterion=("attention", "norm", "similarity"),
    mechanism=("pruning", "clustering", "merging"),
    training="free",
    implementation=PACT,
)
