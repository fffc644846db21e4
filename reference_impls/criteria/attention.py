"""Scores from attention. Only the asked rows of the map are computed, so the model itself keeps SDPA or flash
attention.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from reference_impls.criteria.products import products


def repeat_heads(keys: Tensor, heads: int) -> Tensor:
    """Give every query head its key head (grouped-query attention): (B, Hkv, N, d) to (B, H, N, d)."""
    groups = _sharing(heads, keys.shape[1])
    return keys if groups == 1 else keys.repeat_interleave(groups, dim=1)


def _sharing(heads: int, key_heads: int) -> int:
    """How many query heads share a key head."""
    groups, rest = divmod(heads, key_heads)
    if rest:
        raise ValueError(f"{heads} query heads cannot share {key_heads} key heads evenly")
    return groups


def attention_rows(
    queries: Tensor,
    keys: Tensor,
    *,
    scale: float | None = None,
    visible: Tensor | None = None,
    causal_offset: int | None = None,
    row_positions: Tensor | None = None,
    seen: Tensor | None = None,
) -> Tensor:
    """Softmax attention of the given query rows, in float32: (B, H, Q, d) x (B, Hkv, N, d) -> (B, H, Q, N).

    `visible` (B, N) hides padding. With `causal_offset`, row i sees the keys up to `causal_offset + i`;
    with `row_positions` (Q,), up to its own position; with `seen` (B, H, Q, N), whose B and H may be 1, those
    that are True.
    `scale` is 1/sqrt(d) unless given.
    """
    batch, heads, rows, width = queries.shape
    groups = _sharing(heads, keys.shape[1])
    scale = width**-0.5 if scale is None else scale
    # The query heads that share a key head are rows of one product, so that no key is copied for each; the
    # scaled queries are let go behind it, before the softmax takes as much as the product.
    logits = products(
        (queries.float() * scale).reshape(batch, keys.shape[1], groups * rows, width), keys
    ).view(batch, heads, rows, -1)
    lowest = torch.finfo(logits.dtype).min
    if causal_offset is not None:
        row_positions = torch.arange(queries.shape[2], device=keys.device) + causal_offset
    if row_positions is not None:
        later = torch.arange(keys.shape[2], device=keys.device) > row_positions.unsqueeze(-1)
        logits = logits.masked_fill(later, lowest)
    if seen is not None:
        logits = logits.masked_fill(~seen, lowest)
    if visible is not None:
        logits = logits.masked_fill(~visible[:, None, None, :], lowest)
    return logits.softmax(dim=-1)


def class_attention(queries: Tensor, keys: Tensor, *, visible: Tensor | None = None) -> Tensor:
    """The class token's attention to every token, itself included, per head: (B, H, N). The class token is
    token 0.
    """
    return attention_rows(queries[:, :, :1], keys, visible=visible)[:, :, 0]


def last_token_attention(queries: Tensor, keys: Tensor, *, visible: Tensor | None = None) -> Tensor:
    """The last query row's attention to every token, per head: (B, H, N)."""
    return attention_rows(queries[:, :, -1:], keys, visible=visible)[:, :, 0]


def accumulated_attention(
    queries: Tensor,
    keys: Tensor,
    *,
    visible: Tensor | None = None,
    seen: Tensor | None = None,
    chunk: int = 256,
) -> Tensor:
    """The causal attention that each key received from all queries, per query head: (B, H, N).

    `seen` (B, H, Q, N), whose B and H may be 1, says which keys each query sees where that is not all up to
    itself. Summed over chunks of `chunk` rows, so that the N x N map never exists at once.
    """
    length, offset = keys.shape[2], keys.shape[2] - queries.shape[2]
    total = queries.new_zeros((queries.shape[0], queries.shape[1], length), dtype=torch.float32)
    for start in range(0, queries.shape[2], chunk):
        # No row of the chunk sees a key beyond its last one, where none sees later ones.
        end = length if seen is not None else min(length, offset + start + chunk)
        rows = attention_rows(
            queries[:, :, start : start + chunk],
            keys[:, :, :end],
            visible=None if visible is None else visible[:, :end],
            causal_offset=offset + start if seen is None else None,
            seen=None if seen is None else seen[:, :, start : start + chunk],
        )
        if visible is not None:
            # A padded query's row means nothing and must not vote.
            padded = ~visible[:, offset:][:, start : start + chunk]
            rows = rows.masked_fill(padded[:, None, :, None], 0.0)
        total = total + pad(rows.sum(dim=2), (0, length - end))
    return total


def mean_over_group(scores: Tensor, key_heads: int) -> Tensor:
    """Average the query heads that share a key head: (B, H, N) to (B, Hkv, N)."""
    batch, heads, count = scores.shape
    return scores.view(batch, key_heads, heads // key_heads, count).mean(dim=2)


def received_attention(
    queries: Tensor, keys: Tensor, *, visible: Tensor | None = None, chunk: int = 256
) -> Tensor:
    """The attention that each key received from all queries, in both directions of the sequence: (B, H, N).

    `visible` (B, N) marks what is no padding: padding neither gives nor receives attention. Summed over
    chunks of `chunk` rows, so that the N x N map never exists at once.
    """
    total = queries.new_zeros((queries.shape[0], queries.shape[1], keys.shape[2]), dtype=torch.float32)
    for start in range(0, queries.shape[2], chunk):
        rows = attention_rows(queries[:, :, start : start + chunk], keys, visible=visible)
        if visible is not None:
            rows = rows.masked_fill(~visible[:, None, start : start + chunk, None], 0.0)
        total = total + rows.sum(dim=2)
    return total


def attention_entropy(rows: Tensor) -> Tensor:
    """How widely each row of (..., N) attention spreads, in nats: 0 where it looks at one token only."""
    return torch.special.entr(rows.float()).sum(dim=-1)


def mean_products(queries: Tensor, keys: Tensor, scale: float | None = None) -> Tensor:
    """Attention before its softmax, averaged over heads: (B, H, Q, d) x (B, H, N, d) -> (B, Q, N).

    `scale` is 1/sqrt(d) unless given.
    """
    scale = queries.shape[-1] ** -0.5 if scale is None else scale
    return products(queries.float() * scale, keys).mean(dim=1)
