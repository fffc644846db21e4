"""FiCoCo-V: Filter, Correlate, Compress: Training-Free Token Reduction for MLLM Acceleration (Han et al.,
AAAI 2026), the variant that acts in the vision encoder.

Criterion (filter): a patch is redundant if it agrees with the other patches on average and the class token
agrees little with it; both are products of queries and keys before the softmax, averaged over heads and
brought to length one over the patches. A local penalty spreads the discarded over the image: in each window
of the grid only the most redundant patch keeps its score, for the others it counts half.
Mechanism (correlate, compress): a discarded patch goes to the remaining ones that it attends to most, those
above a quantile of its row, in proportion to that attention; each of these becomes the mean of itself and
what it takes in.
Twist: a patch may be recycled into several others, as many as its own row says. Only the rows of the class
token and of the discarded patches are computed.

`official=True` reproduces two slips of the code: a discarded patch's targets are looked for among all tokens,
and their numbers are taken for places in the list of the remaining ones, which is sorted by redundancy.
It shortens a vision encoder; a LLaVA around it, whose prompt expects every patch, is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import normalize

from reference_impls.context import Context
from reference_impls.criteria.attention import mean_products
from reference_impls.criteria.similarity import strongest_first
from reference_impls.mechanisms.merge import merge_shares
from reference_impls.mechanisms.pool import window_of
from reference_impls.mechanisms.prune import gather_tokens
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Blocks, Count, Keep, Settings, Share


def redundancy(with_patches: Tensor, with_class: Tensor, balance: float) -> Tensor:
    """How much the encoder can do without each patch, from its mean product with the patches and the class
    token's product with it: two (B, P) -> (B, P).
    """
    return (1 - balance) * normalize(with_patches, dim=-1) - balance * normalize(with_class, dim=-1)


def penalise_neighbours(scores: Tensor, window: Tensor) -> Tensor:
    """Lower all scores (B, P) but the highest of each `window` (B, P): half if positive, else twice."""
    empty = scores.new_full((scores.shape[0], int(window.max()) + 1), -torch.inf)
    highest = empty.scatter_reduce(1, window, scores, "amax")
    lower = torch.where(scores > 0, scores * 0.5, scores * 2)
    return torch.where(scores == highest.gather(1, window), scores, lower)


def correlation(rows: Tensor, quantile: float) -> Tensor:
    """Shares in which each discarded token goes to others, from products (B, R, N): each row adds up to 1."""
    threshold = torch.quantile(rows, quantile, dim=-1, keepdim=True)
    return rows.masked_fill(rows < threshold, -torch.inf).softmax(dim=-1)


def misplaced(shares: Tensor, slots: int) -> Tensor:
    """The shares of tokens (B, R, N) read as shares of slots (B, R, slots), as in the official code."""
    beyond = shares.shape[-1] - slots
    if beyond > slots:
        raise ValueError("the official code cannot discard more than half of the tokens at once")
    column = torch.arange(shares.shape[-1], device=shares.device)
    column = torch.where(column < slots, column, column - beyond)
    return shares.new_zeros(*shares.shape[:2], slots).index_add(2, column, shares)


@dataclass(frozen=True)
class FiCoCoV(Settings):
    """Discard and recycle patches between attention and MLP of some blocks.

    Parameters
    ----------
    keep : what remains of the patches after the last of these blocks, each of which discards the same number;
        rounded to nearest.
    blocks : the blocks where it acts, counted from 0. None: the encoder's second half.
    balance : the class token's weight against that of the other patches.
    window : side of the windows of the local penalty; 1 is no penalty.
    quantile : a discarded patch goes to those above this quantile of its row.
    official : see above.
    """

    keep: Keep = 64 / 576
    blocks: Blocks | None = None
    balance: Share = 0.35
    window: Count = 2
    quantile: Share = 0.998
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "protected"})

    def acts_in(self, layers: int) -> tuple[int, ...]:
        """The blocks where it acts in an encoder of `layers`."""
        return tuple(range(layers // 2, layers)) if self.blocks is None else self.blocks

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer in self.acts_in(layers)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D), in raster order. Token 0 is the class token."""
        lead = context.protected
        context.require_class_token("FiCoCo-V")
        if context.valid is not None:
            raise ValueError("FiCoCo-V discards equally many patches of every image, so it takes no padding")
        count = self._discarded(tokens.shape[1] - lead, context)
        if count == 0:
            return Reduction.identity(tokens, context.size)
        queries, keys = context.require("queries"), context.require("keys")
        scores = self.scores(queries, keys, lead, context)
        order = strongest_first(scores) + lead
        removed, left = order[:, :count], order[:, count:]
        leading = torch.arange(lead, device=tokens.device).expand(tokens.shape[0], -1)
        rows = mean_products(gather_tokens(queries.transpose(1, 2), removed).transpose(1, 2), keys)
        if self.official:
            remaining = torch.cat([left, leading], dim=1)
            shares = misplaced(correlation(rows, self.quantile), remaining.shape[1])
            place = remaining.argsort(dim=1)
            remaining = remaining.gather(1, place)
            shares = shares.gather(2, place.unsqueeze(1).expand_as(shares))
        else:
            remaining = torch.cat([leading, left.sort(dim=1).values], dim=1)
            among = remaining[:, lead:].unsqueeze(1).expand(-1, count, -1)
            shares = correlation(rows.gather(2, among), self.quantile)
            shares = torch.nn.functional.pad(shares, (lead, 0))
        self._remember(remaining[:, lead:] - lead, context)
        return merge_shares(tokens, removed, remaining, shares, context.size)

    def scores(self, queries: Tensor, keys: Tensor, lead: int, context: Context) -> Tensor:
        """The redundancy of each patch after the local penalty: (B, P)."""
        patches = queries[:, :, lead:], keys[:, :, lead:]
        with_patches = mean_products(patches[0], patches[1].mean(dim=2, keepdim=True)).squeeze(-1)
        with_class = mean_products(queries[:, :, :1], patches[1]).squeeze(1)
        scores = redundancy(with_patches, with_class, self.balance)
        windows, position = self._places(scores, context)
        return scores if windows is None else penalise_neighbours(scores, windows[position])

    def _discarded(self, patches: int, context: Context) -> int:
        """How many patches this block discards: an even share of what is still too much."""
        target = budget(self.keep, context.memory.setdefault("patches", patches), "round")
        coming = sum(block >= context.layer for block in self.acts_in(context.layers))
        return -(-(patches - target) // max(1, coming))

    def _places(self, scores: Tensor, context: Context) -> tuple[Tensor | None, Tensor]:
        """The window of each patch that the encoder began with, and which of these each patch is that is
        still there.
        """
        if "places" not in context.memory:
            whole = torch.arange(scores.shape[1], device=scores.device).expand_as(scores)
            context.memory["places"] = self._windows(scores, context), whole
        places: tuple[Tensor | None, Tensor] = context.memory["places"]
        return places

    def _windows(self, scores: Tensor, context: Context) -> Tensor | None:
        """(P,), where no window is in two frames of a video; None without a penalty."""
        if self.window < 2:
            return None
        if context.grid is None:
            raise ValueError(
                "FiCoCo-V's local penalty looks at neighbours, and this model does not show the grid of its "
                "patches: attach to the model that is given pixels, or set window=1, which is no penalty"
            )
        window = window_of(context.grid, (self.window, self.window), scores.device)
        frames = torch.arange(context.frames or 1, device=scores.device).unsqueeze(1)
        return (window + frames * (window.max() + 1)).flatten()

    def _remember(self, left: Tensor, context: Context) -> None:
        windows, position = context.memory["places"]
        context.memory["places"] = windows, position.gather(1, left)


METHOD = Method(
    name="FiCoCo-V",
    paper="ficoco",
    citation="Han et al., Filter, Correlate, Compress, AAAI 2026, arXiv:2411.17686",
    domain=("multimodal",),
    stage="vit-block",
    criterion=("attention", "text-relevance"),
    mechanism=("pruning", "merging"),
    training="free",
    implementation=FiCoCoV,
)
