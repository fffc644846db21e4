"""Tokens that no method touches: padding, and leading ones such as a class token, which are put back before
what became of the others.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad

from reference_impls.context import Context
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.reduction import Reduction


def real_tokens(tokens: Tensor, valid: Tensor | None) -> Tensor:
    """(B, N) bool: what of (B, N, D) tokens is no padding; in a KV cache all heads share a row of `valid`."""
    if valid is None:
        return torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
    return valid.repeat_interleave(tokens.shape[0] // valid.shape[0], dim=0)


def removable(tokens: Tensor, context: Context) -> Tensor:
    """(B, N) bool: the context's candidates; without any, all but padding and the protected tokens."""
    if context.candidates is not None:
        return context.candidates
    after = torch.arange(tokens.shape[1], device=tokens.device) >= context.protected
    return real_tokens(tokens, context.valid) & after


def keep_real(tokens: Tensor, stays: Tensor, context: Context) -> Reduction:
    """Keep the tokens where `stays` (B, N) holds, in order, and no padding."""
    return keep_mask(tokens, stays & real_tokens(tokens, context.valid), size=context.size)


OF_TOKENS = ("size", "valid", "projected", "received_attention")
OF_HEADS = ("queries", "keys", "values", "class_attention", "early_class_attention")
"""Fields of a context that say something of each token: (B, N, ...), and (B, H, N, ...)."""


def behind_leading(
    tokens: Tensor, context: Context, reduce: Callable[[Tensor, Context], Reduction]
) -> Reduction:
    """The protected leading tokens as they are, then what `reduce` makes of those after them, as if there
    were no others: (B, N, D) -> (B, P + M, D).
    """
    lead = context.protected
    if not lead:
        return reduce(tokens, context)
    of_tokens = {name: value[:, lead:] for name in OF_TOKENS if (value := getattr(context, name)) is not None}
    of_heads = {
        name: value[:, :, lead:] for name in OF_HEADS if (value := getattr(context, name)) is not None
    }
    inside = context.with_(protected=0, **of_tokens, **of_heads)
    return keep_leading(tokens[:, :lead], reduce(tokens[:, lead:], inside))


def keep_leading(leading: Tensor, others: Reduction) -> Reduction:
    """`leading` (B, P, D) as they are, then the reduction of the tokens after them: (B, P + M, D).

    `others` counts its tokens without the leading ones.
    """
    batch, count, _ = leading.shape
    if count == 0:
        return others
    index = torch.arange(count, device=leading.device).expand(batch, count)

    def shifted(places: Tensor) -> Tensor:
        return torch.cat([index, torch.where(places >= 0, places + count, places)], dim=1)

    return Reduction(
        torch.cat([leading, others.tokens], dim=1),
        shifted(others.source),
        pad(others.size, (count, 0), value=1.0),
        shifted(others.position),
        None if others.valid is None else pad(others.valid, (count, 0), value=True),
    )
