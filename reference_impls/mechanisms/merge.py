"""Combine tokens that go into the same slot."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from reference_impls.mechanisms.prune import gather_tokens, keep_mask, pick
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction


def merge(
    tokens: Tensor,
    source: Tensor,
    position: Tensor,
    *,
    size: Tensor | None = None,
    weights: Tensor | None = None,
    combine: Literal["mean", "sum"] = "mean",
    valid: Tensor | None = None,
) -> Reduction:
    """Combine (B, N, D) tokens into M slots: token i goes to slot `source[:, i]`, or nowhere at -1.

    `position` (B, M) is the input token that each slot stands at. `combine="mean"` is the mean weighted by
    `size` (B, N), how many original tokens each stands for, so that repeated merging stays the mean of the
    originals (ToMe, Sec. 3). `combine="sum"` adds `weights * tokens` without renormalising (EViT, PruMerge).
    Sums run in float32 at least.
    """
    exact = torch.promote_types(tokens.dtype, torch.float32)
    size = tokens.new_ones(tokens.shape[:2], dtype=exact) if size is None else size.to(exact)
    share = torch.ones_like(size) if weights is None else weights.to(exact)
    batch, slots = position.shape
    # Dropped tokens go to a spare last slot, which is cut off.
    target = torch.where(source >= 0, source, slots)

    def total(values: Tensor) -> Tensor:
        return values.new_zeros(batch, slots + 1).scatter_add(1, target, values)

    if combine == "mean":
        share = share * size
        share = share / total(share).gather(1, target).clamp(min=torch.finfo(exact).tiny)

    # A slot begins as its share of the first token that goes there, and is zero if none does ...
    count = tokens.shape[1]
    token = torch.arange(count, device=tokens.device).expand(batch, -1)
    first = target.new_full((batch, slots + 1), count).scatter_reduce(1, target, token, "amin")[:, :-1]
    begins = first.clamp(max=count - 1)
    merged = gather_tokens(tokens, begins).to(exact)
    merged.mul_((share.gather(1, begins) * (first < count)).unsqueeze(-1))

    # ... and the others, which are few, are added.
    placed = token.new_zeros(batch, count + 1, dtype=torch.bool).scatter(1, first, True)[:, :-1]
    row, other = ((source >= 0) & ~placed).nonzero(as_tuple=True)
    joining = pick(tokens, row, other).to(exact).mul_(share[row, other].unsqueeze(-1))
    merged.flatten(0, 1).index_add_(0, row * slots + source[row, other], joining)
    return Reduction(merged.to(tokens.dtype), source, total(size)[:, :-1], position, valid)


def weighted_sum(weights: Tensor, tokens: Tensor) -> Tensor:
    """Sums of tokens (..., N, D) by their weights (..., M, N), in float32 at least, inside `torch.autocast`
    too: (..., M, D).
    """
    exact = torch.promote_types(tokens.dtype, torch.float32)
    with torch.autocast(tokens.device.type, enabled=False):
        return weights.to(exact) @ tokens.to(exact)


def keep_and_average(tokens: Tensor, stays: Tensor) -> Reduction:
    """The tokens where `stays` (B, N), in order, and behind them the mean of all others: (B, N, D) -> (B, M,
    D), padded; a row that keeps all has no mean.

    One product makes the mean, so that the many tokens that go are never copied.
    """
    kept, counts, gone = keep_mask(tokens, stays), stays.sum(dim=1, keepdim=True), (~stays).sum(dim=1)
    has_mean = gone.unsqueeze(1) > 0
    total = counts + has_mean
    slots = torch.arange(int(total.max()), device=tokens.device)
    more = slots.numel() - kept.tokens.shape[1]
    at_mean, valid = (slots == counts) & has_mean, slots < total
    weights = (~stays).float() / gone.clamp(min=1).unsqueeze(1)
    mean = weighted_sum(weights.unsqueeze(1), tokens).to(tokens.dtype)
    return Reduction(
        torch.where(at_mean.unsqueeze(-1), mean, pad(kept.tokens, (0, 0, 0, more))),
        torch.where(stays, kept.source, counts),
        torch.where(at_mean, gone.unsqueeze(1).float(), pad(kept.size, (0, more))),
        pad(kept.position, (0, more), value=-1),
        None if bool(valid.all()) else valid,
    )


def merge_shares(
    tokens: Tensor, removed: Tensor, remaining: Tensor, shares: Tensor, size: Tensor | None = None
) -> Reduction:
    """Give the tokens `removed` (B, R) to several of `remaining` (B, M): (B, N, D) -> (B, M, D).

    `shares` (B, R, M) is what each remaining token takes; it becomes the mean of itself and that. A removed
    token counts in `source` for the slot with its largest share.
    """
    exact = torch.promote_types(tokens.dtype, torch.float32)
    size = tokens.new_ones(tokens.shape[:2], dtype=exact) if size is None else size.to(exact)
    weights = shares.transpose(1, 2).to(exact)
    taken = weighted_sum(weights, gather_tokens(tokens, removed))
    own = gather_tokens(tokens, remaining).to(exact)
    mean = (own + taken) / (1 + weights.sum(dim=-1, keepdim=True))
    of_removed = size.gather(1, removed).unsqueeze(-1)
    sizes = size.gather(1, remaining) + weighted_sum(weights, of_removed).squeeze(-1)
    source = slots_of(remaining, tokens.shape[1]).scatter(1, removed, shares.argmax(dim=-1))
    return Reduction(mean.to(tokens.dtype), source, sizes, remaining)
