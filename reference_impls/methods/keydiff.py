"""KeyDiff: Key Similarity-Based KV Cache Eviction (Park et al., NeurIPS 2025).

Criterion: how little a key resembles the mean direction of all keys of its head. No query is looked at.
Mechanism: keep the most distinct entries. The paper evicts block by block as the prompt is read; here it is
done once, at the prompt's end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import normalize

from reference_impls.context import Context
from reference_impls.criteria.products import products
from reference_impls.mechanisms.cache import keep_entries
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


def distinctness(keys: Tensor, valid: Tensor | None = None) -> Tensor:
    """Minus the cosine similarity to the mean of the normalised keys: (B, Hkv, N, d) -> (B, Hkv, N)."""
    directions = normalize(keys.float(), dim=-1)
    if valid is None:
        anchor = directions.mean(dim=2, keepdim=True)
    else:
        real = valid[:, None, :, None]
        anchor = (directions * real).sum(dim=2, keepdim=True) / real.sum(dim=2, keepdim=True)
    return -products(directions, normalize(anchor, dim=-1)).squeeze(-1)


@dataclass(frozen=True)
class KeyDiff(Settings):
    """Keep the keys that differ most.

    Parameters
    ----------
    keep : what remains of a head's entries; a fraction is rounded down.
    """

    keep: Keep = 0.5

    needs: ClassVar[frozenset[str]] = frozenset({"keys"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        scores = distinctness(context.require("keys"), context.valid)
        return keep_entries(tokens, scores, self.keep, context.valid)


METHOD = Method(
    name="KeyDiff",
    paper="keydiff",
    citation="Park et al., KeyDiff: Key Similarity-Based KV Cache Eviction, NeurIPS 2025, arXiv:2504.15364",
    domain=("language",),
    stage="kv-cache",
    criterion=("similarity",),
    mechanism=("pruning",),
    training="free",
    implementation=KeyDiff,
)
