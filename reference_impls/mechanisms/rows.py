"""Batches whose elements are each reduced alone, because what they keep depends on their own lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from reference_impls.context import Context
from reference_impls.mechanisms.protect import real_tokens
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.reduction import Reduction


def stack(rows: Sequence[Reduction]) -> Reduction:
    """One batch of reductions of B = 1; shorter ones are padded at the end."""
    if len(rows) == 1:
        return rows[0]
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
        torch.cat([pad(row.tokens, (0, 0, 0, more)) if more else row.tokens for row, more in pairs]),
        torch.cat([row.source for row in rows]),
        torch.cat([pad(row.size, (0, more)) for row, more in pairs]),
        torch.cat([pad(row.position, (0, more), value=-1) for row, more in pairs]),
        valid,
    )


def each_row(tokens: Tensor, reduce: Callable[[int, Tensor], Reduction]) -> Reduction:
    """`reduce(row, tokens[row : row + 1])` for every batch element, as one batch."""
    return stack([reduce(row, tokens[row : row + 1]) for row in range(tokens.shape[0])])


def each_prompt(
    tokens: Tensor, context: Context, reduce: Callable[[int, Tensor, Tensor], Reduction]
) -> Reduction:
    """The same with `reduce(row, tokens[row : row + 1], real)`, where `real` (N,) bool marks what is no
    padding.
    """
    real = real_tokens(tokens, context.valid)
    return each_row(tokens, lambda row, alone: reduce(row, alone, real[row]))


def without_padding(
    tokens: Tensor, context: Context, reduce: Callable[[Tensor, Context], Reduction]
) -> Reduction:
    """`reduce(tokens, context)`; where there is padding, of every element alone and without its padding.

    For methods that look at nothing but tokens, sizes, queries, keys and values.
    """
    if context.valid is None:
        return reduce(tokens, context)
    masks: Tensor = context.valid

    def reduce_row(row: int, alone: Tensor) -> Reduction:
        mask, one = masks[row], slice(row, row + 1)
        size = None if context.size is None else context.size[one]
        real = keep_mask(alone, mask.unsqueeze(0), size=size)

        def heads(values: Tensor | None) -> Tensor | None:
            return None if values is None else values[one][:, :, mask]

        inside = context.with_(
            valid=None,
            size=real.size,
            queries=heads(context.queries),
            keys=heads(context.keys),
            values=heads(context.values),
        )
        return real.compose(reduce(real.tokens, inside))

    return each_row(tokens, reduce_row)
