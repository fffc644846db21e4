"""ATS: Adaptive Token Sampling for Efficient Vision Transformers (Fayyaz et al., ECCV 2022).

Criterion (Sec. 3, "Token Scoring"): the class token's attention times the norm of a token's value, per head,
as shares that add up to one.
Mechanism (Sec. 3, "Token Sampling"): sample K times along the cumulative share, at fixed and even steps; a
token that is sampled several times stays once, one that is never sampled is dropped.
Twist: how many tokens remain follows the image: few where few tokens hold most of the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import class_attention
from reference_impls.mechanisms.prune import keep_index, with_protected
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Blocks, Keep, Settings


def significance(attention: Tensor, values: Tensor, *, protected: int = 1, official: bool = False) -> Tensor:
    """Each patch's share of the score: class attention (B, H, N) and values (B, H, N, d) -> (B, N -
    protected).

    Heads are scored alone and averaged; the official code adds their attention and takes one norm over all
    heads.
    """
    lengths = values.float().norm(dim=-1)
    if official:
        scores = attention.sum(dim=1) * lengths.square().sum(dim=1).sqrt()
        return scores[:, protected:] / scores[:, protected:].sum(dim=1, keepdim=True)
    scores = (attention * lengths)[:, :, protected:]
    return (scores / scores.sum(dim=2, keepdim=True)).mean(dim=1)


def sample(
    scores: Tensor, samples: int | Sequence[int], *, valid: Tensor | None = None, official: bool = False
) -> tuple[Tensor, Tensor]:
    """Sample patches by their shares (B, P): the index (B, P) of the sampled ones in front, by rising score,
    and which of them are samples (B, P) bool.

    `samples` is K, for all or for each of B. `valid` (B, P) marks what is no padding, whose share is 0.
    The steps are 1/2K, 3/2K, ... (2K - 1)/2K, and each samples the token whose cumulative share is nearest.
    The official code stretches the cumulative shares to [0, 1] first, steps from its smallest value above 0
    to 1, and with fewer samples than patches never takes one of the P - K patches of lowest score.
    """
    batch, count = scores.shape
    if valid is not None:  # in front of all shares, a patch's share of 0 included
        scores = scores.masked_fill(~valid, -1.0)
    rising = torch.sort(scores, dim=1, stable=True)
    real = torch.ones_like(scores, dtype=torch.bool) if valid is None else valid.gather(1, rising.indices)
    cumulative = rising.values.float().masked_fill(~real, 0.0).cumsum(dim=1)
    each = [max(1, times) for times in ([samples] * batch if isinstance(samples, int) else samples)]
    times = torch.tensor(each, device=scores.device).unsqueeze(1)
    # An element that is sampled less often than others takes its last step once more.
    steps = torch.arange(max(each), device=scores.device).minimum(times - 1).float()
    if official:
        low = cumulative.masked_fill(~real, torch.inf).amin(dim=1, keepdim=True)
        cumulative = (cumulative - low) / (cumulative[:, -1:] - low)
        start = cumulative.masked_fill(cumulative <= 0, torch.inf).amin(dim=1, keepdim=True)
        wanted = start + (1 - start) * steps / (times - 1).clamp(min=1)
    else:
        wanted = (2 * steps + 1) / (2 * times)
    distance = (wanted[:, :, None] - cumulative[:, None, :]).abs()
    if official:
        eligible = real & (torch.arange(count, device=scores.device) >= count - times)
        distance = distance.masked_fill(~eligible[:, None], torch.inf)
    elif valid is not None:
        distance = distance.masked_fill(~real[:, None], torch.inf)
    sampled = torch.zeros_like(real).scatter(1, distance.argmin(dim=2), True) & real
    return in_front(rising.indices, sampled)


def in_front(index: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Both (B, P), with the `chosen` (B, P) bool before the others, in their order."""
    front = torch.sort((~chosen).to(torch.uint8), dim=1, stable=True).indices
    return index.gather(1, front), chosen.gather(1, front)


@dataclass(frozen=True)
class ATS(Settings):
    """Sample tokens in some blocks, between attention and MLP: what is dropped was still a key, no query.

    Parameters
    ----------
    keep : the paper's K, how often to sample and so the most patches that may remain, of those that the first
        of these blocks sees; rounded to nearest, and 1 keeps everything. None: as often as there are patches,
        as published, which leaves fewer because some are sampled several times.
    blocks : the blocks where it acts, counted from 0. None: all after the first quarter, the paper's 4th to
        12th of 12.
    official : score and step as the official code.
    """

    keep: Keep | None = None
    blocks: Blocks | None = None
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "values", "protected"})
    adaptive: ClassVar[bool] = True

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer >= layers // 4 if self.blocks is None else layer in self.blocks

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D): the class token, then the samples by rising score, padded where elements
        differ.
        """
        context.require_class_token("ATS")
        protected = context.protected
        valid = None if context.valid is None else context.valid[:, protected:]
        # A text's own tokens are counted, not those of the longest one beside it.
        counted: int | list[int] = context.memory.setdefault(
            "patches", tokens.shape[1] - protected if valid is None else valid.sum(dim=1).tolist()
        )
        patches = [counted] * tokens.shape[0] if isinstance(counted, int) else counted
        samples = [self._samples(count) for count in patches]
        whole = [
            self.keep is not None and times == count for times, count in zip(samples, patches, strict=True)
        ]
        if all(whole):
            return Reduction.identity(tokens, context.size)
        attention = class_attention(
            context.require("queries"), context.require("keys"), visible=context.valid
        )
        values = context.require("values")
        scores = significance(attention, values, protected=protected, official=self.official)
        index, sampled = sample(scores, samples, valid=valid, official=self.official)
        if any(whole) and valid is not None:
            everything = torch.tensor(whole, device=tokens.device).unsqueeze(1) & valid.gather(1, index)
            index, sampled = in_front(index, sampled | everything)
        longest = int(sampled.sum(dim=1).max())
        index = with_protected(index[:, :longest], protected)
        leading = torch.ones_like(index[:, :protected], dtype=torch.bool)
        stays = torch.cat([leading, sampled[:, :longest]], dim=1)
        return keep_index(tokens, index, valid=None if bool(stays.all()) else stays, size=context.size)

    def _samples(self, patches: int) -> int:
        """How often to sample of so many patches."""
        return patches if self.keep is None or not patches else budget(self.keep, patches, "round")


METHOD = Method(
    name="ATS",
    paper="ats",
    citation="Fayyaz et al., Adaptive Token Sampling for Efficient Vision Transformers, ECCV 2022, "
    "arXiv:2111.15667",
    domain=("vision",),
    stage="vit-block",
    criterion=("attention", "norm"),
    mechanism=("pruning",),
    training="both",
    implementation=ATS,
)
