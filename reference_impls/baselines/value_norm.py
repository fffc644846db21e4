"""Value norm: keep the cache entries by the length of their values alone, a baseline without attention.

Criterion: an entry adds to the output in proportion to its value.
Mechanism: keep the longest values.
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
class ValueNorm(Settings):
    """Keep the entries with the longest values.

    Parameters
    ----------
    keep : what remains of a head's entries; a fraction is rounded down.
    """

    keep: Keep = 0.5

    needs: ClassVar[frozenset[str]] = frozenset({"values"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        return keep_entries(tokens, norm(context.require("values")), self.keep, context.valid)


METHOD = Method(
    name="Value norm",
    paper=None,
    citation="Baseline; no paper",
    domain=("language",),
    stage="kv-cache",
    criterion=("norm",),
    mechanism=("pruning",),
    training="free",
    implementation=ValueNorm,
)
