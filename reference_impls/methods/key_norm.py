"""Key norm: keep the cache entries by the length of their keys alone, a baseline without attention.

Criterion (Devoto et al., EMNLP 2024): a key with a small norm draws much attention.
Mechanism: keep the shortest keys. The authors' example leaves the first two layers whole; here all layers are
compressed alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.norms import norm
from reference_impls.mechanisms.cache import keep_entries
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


@dataclass(frozen=True)
class KeyNorm(Settings):
    """Keep the entries with the shortest keys.

    Parameters
    ----------
    keep : what remains of a head's entries; a fraction is rounded down.
    """

    keep: Keep = 0.5

    needs: ClassVar[frozenset[str]] = frozenset({"keys"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        return keep_entries(tokens, -norm(context.require("keys")), self.keep, context.valid)


METHOD = Method(
    name="Key norm",
    paper="simple-effective-l2-norm-based",
    citation="Devoto et al., A Simple and Effective L2 Norm-Based Strategy, EMNLP 2024, arXiv:2406.11430",
    domain=("language",),
    stage="kv-cache",
    criterion=("norm",),
    mechanism=("pruning",),
    training="free",
    implementation=KeyNorm,
)
