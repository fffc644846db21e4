"""H2O: Heavy-Hitter Oracle for Efficient Generative Inference (Zhang et al., NeurIPS 2023).

Criterion (Sec. 4): the attention that a key has received from all queries so far.
Mechanism: keep the heavy hitters and the most recent tokens.
Twist: the scores are raw sums, which favour early keys; `average=True` divides by how many queries could see
the key.

The paper evicts at every step of generation; here the prompt's cache is compressed once, and what is decoded
afterwards stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import accumulated_attention, mean_over_group
from reference_impls.mechanisms.cache import keep_entries
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Rule, Settings

Recent = Annotated[
    float,
    Rule(
        lambda value: 0 <= value <= 1 or (value > 1 and float(value).is_integer()),
        "a share up to 1 or a count",
    ),
]


@dataclass(frozen=True)
class H2O(Settings):
    """Keep heavy hitters and a recent window.

    Parameters
    ----------
    keep : what remains of a head's entries, both parts together; a fraction is rounded down.
    recent : the recent part, as a share of `keep` (the paper's half; 1 is all of it) or a count of 2 or more;
        0 for none.
    average : divide each sum by the number of queries that saw the key.

    With grouped-query attention the query heads that share a key head are averaged.
    """

    keep: Keep = 0.5
    recent: Recent = 0.5
    average: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys"})

    def heavy_hitters(
        self, queries: Tensor, keys: Tensor, valid: Tensor | None = None, seen: Tensor | None = None
    ) -> Tensor:
        """The attention that each key received, (B, Hkv, N). `seen` is that of `Context`."""
        received = accumulated_attention(queries, keys, visible=valid, seen=seen)
        if self.average:
            received = received / self._times_seen(keys, valid, seen)
        return mean_over_group(received, keys.shape[1])

    @staticmethod
    def _times_seen(keys: Tensor, valid: Tensor | None, seen: Tensor | None) -> Tensor:
        """How many queries saw each key: (N,), or (B, H, N) by `seen`."""
        if seen is None:
            return torch.arange(keys.shape[2], 0, -1, device=keys.device)
        rows = seen if valid is None else seen & valid[:, None, :, None]
        return rows.sum(dim=2).clamp(min=1)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        scores = self.heavy_hitters(
            context.require("queries"), context.require("keys"), context.valid, context.seen
        )
        batch, _, length = scores.shape
        lengths = [length] * batch if context.valid is None else context.valid.sum(dim=1).tolist()
        recent = torch.tensor([self._recent(total) for total in lengths], device=scores.device)
        newest = torch.arange(length, device=scores.device) >= length - recent[:, None, None]
        return keep_entries(tokens, scores.masked_fill(newest, torch.inf), self.keep, context.valid)

    def _recent(self, length: int) -> int:
        """How many of the entries that remain of `length` are the newest."""
        count = budget(self.keep, length, "floor", at_most=True)
        return round(count * self.recent) if self.recent <= 1 else min(int(self.recent), count)


METHOD = Method(
    name="H2O",
    paper="h2o",
    citation="Zhang et al., H2O, NeurIPS 2023, arXiv:2306.14048",
    domain=("language",),
    stage="kv-cache",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=H2O,
)
