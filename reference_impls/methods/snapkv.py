"""SnapKV: LLM Knows What You are Looking for Before Generation (Li et al., NeurIPS 2024).

Criterion (Sec. 4, "Vote for important previous features"): the attention that a prompt's last tokens, the
observation window, pay to each earlier key; pooled along the sequence, so that neighbours stay together.
Mechanism: keep the best entries of every head, and the window itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d, max_pool1d

from reference_impls.context import Context
from reference_impls.criteria.attention import attention_rows, mean_over_group
from reference_impls.mechanisms.cache import keep_entries
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Rule, Settings


def window_votes(
    queries: Tensor,
    keys: Tensor,
    window: int,
    kernel: int,
    pooling: str,
    visible: Tensor | None = None,
    seen: Tensor | None = None,
) -> Tensor:
    """How much the last `window` queries attend to each earlier key, averaged and smoothed: (B, H, N -
    window). `seen` is that of `Context`.
    """
    length = keys.shape[2]
    rows = attention_rows(
        queries[:, :, -window:],
        keys,
        visible=visible,
        causal_offset=length - window if seen is None else None,
        seen=None if seen is None else seen[:, :, -window:],
    )
    votes = rows[..., : length - window].mean(dim=2)
    smooth = avg_pool1d if pooling == "average" else max_pool1d
    return smooth(votes, kernel_size=kernel, padding=kernel // 2, stride=1)


Odd = Annotated[int, Rule(lambda value: value > 0 and value % 2 == 1, "an odd number")]


@dataclass(frozen=True)
class SnapKV(Settings):
    """Keep what the end of the prompt looks at.

    Parameters
    ----------
    keep : what remains of a head's entries, the window included; the paper's max_capacity_prompt as a count,
        or a fraction, rounded down.
    window : the observation window, in tokens. kernel, pooling : of the smoothing, "average" or "max".

    With grouped-query attention the votes of the query heads that share a key head are averaged; the official
    code repeats the keys instead and compresses every query head's copy.
    """

    keep: Keep = 0.5
    window: Count = 16
    kernel: Odd = 5
    pooling: Literal["average", "max"] = "average"

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys"})

    def scores(
        self, queries: Tensor, keys: Tensor, valid: Tensor | None = None, seen: Tensor | None = None
    ) -> Tensor:
        """(B, Hkv, N). The window stays: above every vote, none of which exceeds 1, the newest highest."""
        window = min(self.window, keys.shape[2] - 1)
        votes = window_votes(queries, keys, window, self.kernel, self.pooling, valid, seen)
        votes = mean_over_group(votes, keys.shape[1])
        newest = torch.arange(2, 2 + window, device=votes.device, dtype=votes.dtype)
        return torch.cat([votes, newest.expand(*votes.shape[:2], -1)], dim=-1)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        scores = self.scores(context.require("queries"), context.require("keys"), context.valid, context.seen)
        return keep_entries(tokens, scores, self.keep, context.valid)


METHOD = Method(
    name="SnapKV",
    paper="snapkv",
    citation="Li et al., SnapKV, NeurIPS 2024, arXiv:2404.14469",
    domain=("language",),
    stage="kv-cache",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=SnapKV,
)
