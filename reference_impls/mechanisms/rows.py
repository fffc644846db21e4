"""Batches whose elements are each reduced alone, because what they keep depends on their own lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from reference_impls.reduction import Reduction


def stack(rows: Sequence[Reduction]) -> Reduction:
    """One batch of reductions of B = 1; shorter ones are padded at the end."""
    longest = max(row.tokens.shape[1] for row in rows)
    spare = [longest - row.tokens.shape[1] for row in rows]
    valid = None
    if any(spare) or any(row.valid is not None for row in rows):
        masks = [
            torch.ones_like(row.position, dtype=torch.bool) if row.valid is None else row.valid
            for row in rows
        ]
        valid = torch.cat([pad(mask, (0, more)) for mask, more in zip(masks, spare, strict=True)])
    pairs = list(zip(rows, spare, strict=True))
    return Reduction(
        torch.cat([pad(row.tokens, (0, 0, 0, more)) for row, more in pairs]),
        torch.cat([row.source for row in rows]),
        torch.cat([pad(row.size, (0, more)) for row, more in pairs]),
        torch.cat([pad(row.position, (0, more), value=-1) for row, more in pairs]),
        valid,
    )


def each_row(tokens: Tensor, reduce: Callable[[int, Tensor], Reduction]) -> Reduction:
    """`reduce(row, tokens[row : row + 1])` for every batch element, as one batch."""
    return stack([reduce(row, tokens[row : row + 1]) for row in range(tokens.shape[0])])
