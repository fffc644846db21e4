"""R-KV: Redundancy-aware KV Cache Compression for Reasoning Models (Cai et al., NeurIPS 2025).

Criterion: importance I, the attention that the latest tokens, the observation window, pay to each earlier
key, less redundancy R, how alike the key is to the others of its head: Z = lambda * I - (1 - lambda) * R.
Attention alone keeps what a model that reasons says again and again, since it looks at all repetitions.
Mechanism: keep the best entries of every head, and the window itself.
Twist: the cache is compressed while the answer is written. New tokens gather in a buffer; when it is full, a
budget is chosen from what was left before and the buffer, so that no layer ever holds more than both. And of
tokens that are alike the latest is spared: in each token's row of cosines the last one above the threshold
counts as 0, so that one of a group stays.

A prompt that is longer than the budget is brought down to it at its end. Importance is as in the official
code: query heads that share a key head are joined by the greatest of their products, before a softmax over
what is earlier than the window; the window's mean is smoothed by its maximum over neighbours. Redundancy is
the softmax of the mean cosine to all keys, the window's among them.

The official code differs in two ways, which `official=True` reproduces. Where a token has no other above the
threshold, its cosine with the cache's first entry counts as 0, which so seems less redundant than it is. And
what was kept stands in the cache in the order of its scores, so that at the next choice the entries that
count as neighbours and as the latest of a group are not those of the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import max_pool1d, normalize

from reference_impls.context import Context
from reference_impls.criteria.products import products
from reference_impls.mechanisms.cache import keep_counts
from reference_impls.mechanisms.prune import keep_index
from reference_impls.methods.snapkv import Odd
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings, Share, Whole

WINDOW = 2
"""The score of the window's first token; all earlier ones' are below 1."""


def importance(
    queries: Tensor, keys: Tensor, window: int, kernel: int, valid: Tensor | None = None
) -> Tensor:
    """I: how much the last `window` queries attend to each earlier key, averaged and smoothed: (B, H, Q, d)
    and (B, Hkv, N, d) to (B, Hkv, N - window).
    """
    batch, heads, _, width = queries.shape
    latest = queries[:, :, queries.shape[2] - window :].float() * width**-0.5
    key_heads, earlier = keys.shape[1], keys[:, :, : keys.shape[2] - window]
    # The query heads that share a key head are rows of one product.
    shared = latest.reshape(batch, key_heads, heads // key_heads * window, width)
    logits = products(shared, earlier).view(batch, key_heads, heads // key_heads, window, -1).amax(dim=2)
    if valid is not None:
        padding = ~valid[:, None, None, : earlier.shape[2]]
        logits = logits.masked_fill(padding, torch.finfo(logits.dtype).min)
    votes = logits.softmax(dim=-1).mean(dim=2)
    return max_pool1d(votes, kernel_size=kernel, padding=kernel // 2, stride=1)


def redundancy(
    keys: Tensor,
    threshold: float,
    spared: int,
    valid: Tensor | None = None,
    official: bool = False,
    chunk: int = 256,
) -> Tensor:
    """R: how alike each key is to the others of its head, (B, Hkv, N, d) -> (B, Hkv, N), 1 in sum.

    In each key's row the `spared` last cosines above `threshold` count as 0. Rows are computed in chunks, so
    that the N x N map never exists at once.
    """
    directions, count = normalize(keys.float(), dim=-1), keys.shape[2]
    index = torch.arange(count, dtype=torch.int32, device=keys.device)
    total = directions.new_zeros(keys.shape[:3])
    for start in range(0, count, chunk):
        alike = products(directions[:, :, start : start + chunk], directions)
        alike.diagonal(start, dim1=-2, dim2=-1).zero_()
        if valid is not None:
            both = valid[:, None, start : start + chunk, None] & valid[:, None, None, :]
            alike.masked_fill_(~both, 0.0)
        for _ in range(spared):
            latest = torch.where(alike > threshold, index, -1).amax(dim=-1, keepdim=True).long()
            instead = torch.zeros_like(latest, dtype=alike.dtype)
            if not official:
                instead = torch.where(latest < 0, alike[..., :1], instead)
            alike.scatter_(-1, latest.clamp(min=0), instead)
        total += alike.sum(dim=2)
    if valid is None:
        return (total / count).softmax(dim=-1)
    real = valid[:, None]
    mean = (total / real.sum(dim=-1, keepdim=True)).masked_fill(~real, torch.finfo(total.dtype).min)
    return mean.softmax(dim=-1)


def by_score(reduction: Reduction, entries: Tensor, scores: Tensor) -> Reduction:
    """The same entries, the best first by scores (B, Hkv, N), and behind them the window in its own order."""
    at = scores.flatten(0, 1).gather(1, reduction.position.clamp(min=0))
    place = torch.where(at >= WINDOW, at, -at)
    if reduction.valid is not None:
        place = place.masked_fill(~reduction.valid, torch.inf)
    order = torch.sort(place, dim=1, stable=True).indices
    valid = None if reduction.valid is None else reduction.valid.gather(1, order)
    index = reduction.position.gather(1, order)
    return keep_index(entries, index if valid is None else index.clamp(min=0), valid=valid)


@dataclass(frozen=True)
class RKV(Settings):
    """Keep what the latest tokens look at and what was not said before.

    Parameters
    ----------
    keep : what remains of a head's entries, the window included; the paper's B_budget as a count, or a
        fraction of all tokens that were read and written so far, rounded down.
    buffer : the paper's B_buffer: after so many written tokens the cache is brought down to `keep` again.
    window : the paper's alpha, how many of the latest tokens judge; no more than the buffer.
    balance : the paper's lambda, the weight of importance; redundancy has the rest.
    kernel : of the smoothing. threshold : from which cosine on two keys count as alike.
    spared : the paper's beta, how many of those that are alike to a key are spared, the latest.
    official : see above.
    """

    keep: Keep = 0.5
    buffer: Count = 128
    window: Count = 8
    balance: Share = 0.1
    kernel: Odd = 7
    threshold: Share = 0.5
    spared: Whole = 1
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window > self.buffer:
            raise ValueError(
                f"RKV: the window's queries are the buffer's last, and window = {self.window} is more than "
                f"buffer = {self.buffer}"
            )

    def scores(self, queries: Tensor, keys: Tensor, valid: Tensor | None = None) -> Tensor:
        """Z, (B, Hkv, N). The window stays: its scores are above all others, the newest the highest."""
        window = min(self.window, queries.shape[2], keys.shape[2] - 1)
        attended = importance(queries, keys, window, self.kernel, valid)
        alike = redundancy(keys, self.threshold, self.spared, valid, self.official)
        mixed = self.balance * attended - (1 - self.balance) * alike[:, :, : attended.shape[2]]
        newest = torch.arange(WINDOW, WINDOW + window, device=mixed.device, dtype=mixed.dtype)
        return torch.cat([mixed, newest.expand(*mixed.shape[:2], -1)], dim=-1)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        keys, valid = context.require("keys"), context.valid
        batch, heads, length = keys.shape[:3]
        held = [length] * batch if valid is None else valid.sum(dim=1).tolist()
        given = held if context.given is None else context.given.tolist()
        counts = [
            min(count, budget(self.keep, total, "floor", at_most=True) if total else 0)
            for count, total in zip(held, given, strict=True)
        ]
        if counts == held:
            return Reduction.identity(tokens)
        scores = self.scores(context.require("queries"), keys, valid)
        each = torch.tensor(counts, device=tokens.device).unsqueeze(1).expand(-1, heads)
        reduction = keep_counts(tokens, scores, each, valid)
        return by_score(reduction, tokens, scores) if self.official else reduction


METHOD = Method(
    name="R-KV",
    paper="r-kv",
    citation="Cai et al., R-KV, NeurIPS 2025, arXiv:2505.24133",
    domain=("language",),
    stage="kv-cache",
    criterion=("attention", "similarity"),
    mechanism=("pruning",),
    training="free",
    implementation=RKV,
)
