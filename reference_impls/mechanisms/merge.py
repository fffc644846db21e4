"""Combine tokens that go into the same slot."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from reference_impls.mechanisms.prune import gather_tokens, pick
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
    even = size is None and weights is None
    size = tokens.new_ones(tokens.shape[:2], dtype=exact) if size is None else size.to(exact)
    weights = torch.ones_like(size) if weights is None else weights.to(exact)
    scale = size * weights if combine == "mean" else weights
    batch, slots = position.shape
    # Dropped tokens fall into a spare last slot, which is cut off.
    target = torch.where(source >= 0, source, slots)

    def total(values: Tensor) -> Tensor:
        return values.new_zeros(batch, slots + 1).scatter_add(1, target, values)[:, :-1]

    # Most slots begin as the token that they stand at, and few tokens join: only these rows are computed.
    place = position.clamp(min=0)
    stands = (position >= 0) & (source.gather(1, place) == torch.arange(slots, device=tokens.device))
    begins = torch.zeros_like(target, dtype=torch.bool)
    begins = nn.functional.pad(begins, (0, 1)).scatter(1, place.where(stands, source.shape[1]), True)[:, :-1]
    row, token = ((source >= 0) & ~begins).nonzero(as_tuple=True)
    slot = row * slots + source[row, token]
    own, joining = scale.gather(1, place) * stands, scale[row, token]
    if combine == "mean" and not even:
        whole = total(scale).clamp(min=torch.finfo(exact).tiny)
        own, joining = own / whole, joining / whole.flatten()[slot]
    merged = gather_tokens(tokens, place).to(exact).flatten(0, 1)
    _scale_rows(merged, own)
    added = pick(tokens, row, token).to(exact)
    merged.index_add_(0, slot, added if even else added * joining.unsqueeze(-1))
    if combine == "mean" and even:
        _scale_rows(merged, 1 / total(scale).clamp(min=1))
    merged = merged.unflatten(0, (batch, slots)).to(tokens.dtype)
    return Reduction(merged, source, total(size), position, valid)


def _scale_rows(rows: Tensor, factor: Tensor) -> None:
    """Multiply the (R, D) rows in place by a factor each, but for those where it is 1."""
    changed = (factor.flatten() != 1).nonzero().squeeze(-1)
    part = factor.flatten()[changed].unsqueeze(-1)
    rows[changed] = (rows[changed] * part).masked_fill(part == 0, 0.0)


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
    taken = weights @ gather_tokens(tokens, removed).to(exact)
    own = gather_tokens(tokens, remaining).to(exact)
    mean = (own + taken) / (1 + weights.sum(dim=-1, keepdim=True))
    sizes = size.gather(1, remaining) + (weights @ size.gather(1, removed).unsqueeze(-1)).squeeze(-1)
    slots = torch.arange(remaining.shape[1], device=tokens.device).expand_as(remaining)
    source = torch.zeros(tokens.shape[:2], dtype=torch.long, device=tokens.device)
    source = source.scatter(1, remaining, slots).scatter(1, removed, shares.argmax(dim=-1))
    return Reduction(mean.to(tokens.dtype), source, sizes, remaining)
