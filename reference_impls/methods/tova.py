"""TOVA: Transformers are Multi-State RNNs (Oren et al., EMNLP 2024).

Criterion: the newest token's attention, averaged over all heads of the layer.
Mechanism: keep the best entries, the same ones in every head.

The paper drops one entry at every step once the cache is full; here the prompt's cache is compressed once, by
the prompt's last token, and what is decoded afterwards stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import last_token_attention
from reference_impls.mechanisms.cache import keep_entries
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


@dataclass(frozen=True)
class TOVA(Settings):
    """Keep what the last token looks at.

    Parameters
    ----------
    keep : what remains of the entries; a fraction is rounded down. The last token itself always stays.
    """

    keep: Keep = 0.5

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys"})

    def scores(self, queries: Tensor, keys: Tensor, valid: Tensor | None = None) -> Tensor:
        """(B, Hkv, N), the same for all heads; infinite for the last token."""
        attention = last_token_attention(queries, keys, visible=valid).mean(dim=1, keepdim=True)
        last = torch.arange(keys.shape[2], device=keys.device) == keys.shape[2] - 1
        return attention.masked_fill(last, torch.inf).expand(-1, keys.shape[1], -1)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        scores = self.scores(context.require("queries"), context.require("keys"), context.valid)
        return keep_entries(tokens, scores, self.keep, context.valid)


METHOD = Method(
    name="TOVA",
    paper="tova",
    citation="Oren et al., Transformers are Multi-State RNNs, EMNLP 2024, arXiv:2401.06104",
    domain=("language",),
    stage="kv-cache",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=TOVA,
)
