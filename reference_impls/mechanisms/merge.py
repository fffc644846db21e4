"""Combine tokens that go into the same slot."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

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
    weights = torch.ones_like(size) if weights is None else weights.to(exact)
    scale = size * weights if combine == "mean" else weights
    # Dropped tokens fall into a spare last slot, which is cut off.
    target = torch.where(source >= 0, source, position.shape[1])

    def total(values: Tensor) -> Tensor:
        index = target if values.ndim == 2 else target.unsqueeze(-1).expand_as(values)
        empty = values.new_zeros(values.shape[0], position.shape[1] + 1, *values.shape[2:])
        return empty.scatter_add(1, index, values)[:, :-1]

    merged = total(tokens.to(exact) * scale.unsqueeze(-1))
    if combine == "mean":
        merged = merged / total(scale).clamp(min=torch.finfo(exact).tiny).unsqueeze(-1)
    return Reduction(merged.to(tokens.dtype), source, total(size), position, valid)
