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
from reference_impls.mechanisms.prune import best_candidates, keep_ends, keep_mask
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings, Whole


def sinks_and_recent(valid: Tensor, sinks: int) -> Tensor:
    """Scores (B, N): the first `sinks` tokens that are no padding above all, then the later the better."""
    rank = valid.long().cumsum(dim=1) - 1
    return torch.where(rank < sinks, float(valid.shape[1]), rank.float())


@dataclass(frozen=True)
class StreamingLLM(Settings):
    """Keep attention sinks and a recent window.

    Parameters
    ----------
    keep : what remains of the entries, sinks included; a fraction is rounded down.
    sinks : the paper's four initial tokens.
    """

    keep: Keep = 0.5
    sinks: Whole = 4

    needs: ClassVar[frozenset[str]] = frozenset()

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        if context.valid is None:
            count = budget(self.keep, tokens.shape[1], "floor", at_most=True)
            sinks = min(self.sinks, count)
            return keep_ends(tokens, sinks, count - sinks)
        scores = sinks_and_recent(context.valid, self.sinks)
        stays = best_candidates(scores, context.valid, self.keep, "floor", at_most=True) & context.valid
        heads = tokens.shape[0] // stays.shape[0]
        return keep_mask(tokens, stays.repeat_interleave(heads, dim=0))


METHOD = Method(
    name="StreamingLLM",
    paper="streamingllm",
    citation="Xiao et al., StreamingLLM, ICLR 2024, arXiv:2309.17453",
    domain=("language",),
    stage="kv-cache",
    criterion=("position",),
    mechanism=("pruning",),
    training="both",
    implementation=StreamingLLM,
)
