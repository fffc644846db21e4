"""StreamingLLM: Efficient Streaming Language Models with Attention Sinks (Xiao et al., ICLR 2024).

Criterion (Sec. 3.2): where a token stands.
Mechanism: keep the first tokens, on which attention rests, and the last.
Twist of the paper that is left out: in an endless stream the window moves on with every token and positions
count within the cache; here the prompt's cache is compressed once, and its positions stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.prune import best_candidates, keep_mask
from reference_impls.reduction import Reduction
from reference_impls.registry import Method


def sinks_and_recent(length: int, sinks: int, valid: Tensor | None, device: torch.device) -> Tensor:
    """Scores (B or 1, N): the first `sinks` real tokens above all, then the later the better."""
    if valid is None:
        rank = torch.arange(length, device=device).unsqueeze(0)
    else:
        rank = valid.long().cumsum(dim=1) - 1
    return torch.where(rank < sinks, float(length), rank.float())


@dataclass(frozen=True)
class StreamingLLM:
    """Keep attention sinks and a recent window.

    Parameters
    ----------
    keep : what remains of the entries, sinks included; a fraction is rounded down.
    sinks : the paper's four initial tokens.
    """

    keep: float = 0.5
    sinks: int = 4

    needs: ClassVar[frozenset[str]] = frozenset({"keys"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        batch, heads, length, _ = context.require("keys").shape
        scores = sinks_and_recent(length, self.sinks, context.valid, tokens.device).expand(batch, length)
        real = torch.ones_like(scores, dtype=torch.bool) if context.valid is None else context.valid
        stays = best_candidates(scores, real, self.keep, "floor") & real
        return keep_mask(tokens, stays.repeat_interleave(heads, dim=0))


METHOD = Method(
    name="StreamingLLM",
    paper="streamingllm",
    citation="Xiao et al., StreamingLLM, ICLR 2024, arXiv:2309.17453",
    domain=("language",),
    stage="kv-cache",
    criterion=("position",),
    mechanism=("pruning",),
    training="free",
    implementation=StreamingLLM,
)
