"""Causal masks of a decoder whose layers hold different tokens, for the prompt and for what follows it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from reference_impls.hosts.views import View


def check_causal(mask: Tensor | None, causal: bool) -> None:
    """Raise ValueError where a token of the prompt sees a later one, as in PaliGemma: by the mask, and where
    that says nothing of it, in a decoder whose attention is not `causal`.
    """
    told = mask is not None and mask.ndim == 4
    if not (told or causal) or seen_both_ways(mask, None) is not None:
        raise ValueError(
            "in this model tokens of the prompt see later ones; only causal decoders are supported"
        )


def seen_both_ways(mask: Tensor | None, valid: Tensor | None) -> Tensor | None:
    """(B, H, N, N) bool, which tokens each token of a prompt sees by the model's mask, whose B and H may be
    1; None where no token sees a later one. What padding sees, which `valid` (B, N) marks, does not count.
    """
    if mask is None or mask.ndim != 4:
        return None
    seen = mask if mask.dtype == torch.bool else mask > torch.finfo(mask.dtype).min / 2
    later = seen.triu(1) if valid is None else seen.triu(1) & valid.to(seen.device)[:, None, :, None]
    return seen if bool(later.any()) else None


def prompt_mask(
    tokens: Tensor, valid: Tensor | None, size: Tensor | None, kind: str, written: bool = False
) -> Tensor | None:
    """The prefill's mask over M slots, in the form that the attention `kind` of the model takes.

    Parameters
    ----------
    tokens : (B, M, D).
    valid : (B, M); None: all slots hold a token.
    size : (B, M), how many tokens each slot counts as; None: one.
    written : whether the model writes its masks out, and may, as Doge, look back alone only by these.
    """
    if kind.startswith("flash"):
        if size is not None:
            raise ValueError(f"{kind} cannot count a token as many: load the model with sdpa attention")
        return valid
    if kind == "sdpa" and valid is None and size is None and not written:
        return None
    count = tokens.shape[1]
    visible = (
        torch.ones(count, count, dtype=torch.bool, device=tokens.device)
        .tril()
        .expand(tokens.shape[0], 1, -1, -1)
    )
    if valid is not None:
        # A padding row sees itself: a row that sees nothing would be NaN.
        itself = torch.eye(count, dtype=torch.bool, device=tokens.device)
        visible = visible & valid[:, None, None, :] | itself
    if size is not None:
        return _additive(visible, tokens.dtype) + _log_size(size, tokens.dtype)
    return visible if kind == "sdpa" else _additive(visible, tokens.dtype)


def later_mask(
    view: View, hidden: Tensor, mask: Tensor | None, prompt: int, past: int, config: Any
) -> Tensor | None:
    """The mask for tokens after the prompt: the view's slots, then the columns of what came after these.

    Parameters
    ----------
    hidden : (B, rows, D), the new tokens.
    mask : the model's own, over the whole sequence.
    prompt, past : how many tokens the slots were chosen from, the prompt's and what was written by then, and
        how many came after them before these.
    config : the decoder's.

    Raises ValueError where heads hold different slots and attention takes one mask for all.
    """
    batch, rows = hidden.shape[:2]
    kind = config._attn_implementation
    if mask is None and view.valid is None and view.size is None and (rows == 1 or kind.startswith("flash")):
        return None  # new tokens that see everything before them
    valid = view.valid
    if valid is None:
        valid = torch.ones(batch, view.slots, dtype=torch.bool, device=hidden.device)
    if kind.startswith("flash") or (mask is not None and mask.ndim == 2):
        after = valid.new_ones(batch, past + rows) if mask is None else mask[:, prompt:]
        return torch.cat([_of_all_heads(valid, kind).to(after.dtype), after], dim=1)
    if mask is None:
        after = torch.ones(rows, past + rows, dtype=torch.bool, device=hidden.device).tril(past)
        after = after.expand(batch, 1, -1, -1)
    else:
        after = mask[..., prompt:].expand(batch, -1, -1, -1)
    heads = valid[:, None] if valid.ndim == 2 else _per_query_head(valid, config.num_attention_heads)
    before = heads[:, :, None, :].expand(-1, -1, rows, -1)
    weighted = view.size is not None
    if weighted or after.dtype != torch.bool or config._attn_implementation == "eager":
        before = _additive(before, hidden.dtype)
        if view.size is not None:
            before = before + _log_size(view.size, hidden.dtype)
        after = _additive(after, hidden.dtype) if after.dtype == torch.bool else after
    return torch.cat([before, after.expand(-1, before.shape[1], -1, -1)], dim=-1)


def _of_all_heads(held: Tensor, kind: str) -> Tensor:
    """What all heads hold alike: (B, M), or (B, Hkv, M) to (B, M)."""
    if held.ndim == 2:
        return held
    if not bool((held == held[:, :1]).all()):
        raise ValueError(
            f"{kind} takes one mask for all heads, and here they hold different numbers of entries: load the "
            "model with sdpa attention"
        )
    return held[:, 0]


def _per_query_head(held: Tensor, heads: int) -> Tensor:
    return held.repeat_interleave(heads // held.shape[1], dim=1)


def _log_size(size: Tensor, dtype: torch.dtype) -> Tensor:
    """What (B, M) sizes add to logits, (B, 1, 1, M); padding's size of 0 adds nothing, its mask hides it."""
    return size.float().clamp(min=1.0).log().to(dtype)[:, None, None, :]


def _additive(visible: Tensor, dtype: torch.dtype) -> Tensor:
    """A mask to be added to logits: 0 where visible, the lowest number elsewhere."""
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(
        ~visible, torch.finfo(dtype).min
    )
