"""Selective Context: Compressing Context to Enhance Inference Efficiency of Large Language Models (Li et al.,
EMNLP 2023).

Criterion (Sec. 3.1): a token's self-information, -log p(token | what stands before it), as a base language
model sees it; of a lexical unit, such as a phrase, the sum over its tokens.
Mechanism (Sec. 3.3): delete the units below a percentile of all units' self-information. The model that is
prompted reads what is left, as any shorter text.
Twist: the share that goes is a percentile over the whole context and not a threshold, so that how much a text
says decides what stays, never how much.

The official code differs in two points. It averages over a unit's tokens (`official=True`); and it lets the
base model begin anew with each sentence, which here is the caller's choice: one prompt per sentence. Both
find phrases with a parser; here the caller says in `units` which tokens belong together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.information import self_information
from reference_impls.mechanisms.protect import keep_real, real_tokens, removable
from reference_impls.mechanisms.prune import top
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


def percentile_count(keep: float, total: int) -> int:
    """How many of `total` values are at least their (1 - keep) quantile, interpolated between two values; a
    count is the most that remains.

    >>> percentile_count(0.5, 10), percentile_count(0.5, 11), percentile_count(0.3, 14)
    (5, 6, 4)
    """
    counted = budget(keep, total, at_most=True)
    return counted if keep > 1 else 1 + math.floor(keep * (total - 1) + 1e-9)


@dataclass(frozen=True)
class SelectiveContext(Settings):
    """Delete what a language model finds least informative from a prompt.

    Parameters
    ----------
    keep : what remains of the lexical units, 1 minus the paper's reduction ratio; the units are the context's
        `units`, by default every token is one. Ties stay or go by their order.
    official : judge a unit by the mean over its tokens, as the official code does, and not by the sum.
    """

    keep: Keep = 0.5
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"ids", "logits"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). A prompt's first token, of which nothing is known, stays."""
        informs = self_information(context.require("logits"), context.require("ids"))
        real = real_tokens(tokens, context.valid)
        begins = real & (real.cumsum(dim=1) == 1)
        judged = removable(tokens, context) & ~begins & ~informs.isnan()
        stays = ~judged
        for row, may_go in enumerate(judged):
            if bool(may_go.any()):
                units = None if context.units is None else context.units[row, may_go]
                stays[row, may_go] = self._informative(informs[row, may_go], units)
        return keep_real(tokens, stays, context)

    def _informative(self, informs: Tensor, units: Tensor | None) -> Tensor:
        """(K,) bool: the tokens of the units that stay."""
        if units is None:
            units = torch.arange(informs.numel(), device=informs.device)
        names, unit = units.unique(return_inverse=True)
        told = informs.new_zeros(names.numel()).index_add(0, unit, informs)
        if self.official:
            told = told / torch.bincount(unit)
        best = top(told[None], percentile_count(self.keep, names.numel()))[0]
        return torch.isin(unit, best)


METHOD = Method(
    name="Selective Context",
    paper="selective-context",
    citation="Li et al., Selective Context, EMNLP 2023, arXiv:2310.06201",
    domain=("language",),
    stage="prompt",
    criterion=("perplexity", "auxiliary-model"),
    mechanism=("pruning",),
    training="free",
    implementation=SelectiveContext,
)
