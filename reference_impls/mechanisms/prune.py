"""Keep some tokens, drop the rest."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, Rounding, budget


def gather_tokens(values: Tensor, index: Tensor) -> Tensor:
    """Pick rows: (B, N, ...) at (B, M) -> (B, M, ...)."""
    return pick(values, torch.arange(values.shape[0], device=values.device).unsqueeze(-1), index)


def pick(values: Tensor, row: Tensor, index: Tensor) -> Tensor:
    """The tokens at `index` of the batch elements `row`, which broadcast: (B, N, ...) -> (*index.shape, ...).

    Whole tokens are copied, several times faster than `gather` copies their elements.
    """
    if not values.is_contiguous():
        return values[row, index]
    flat = (row * values.shape[1] + index).flatten()
    return values.flatten(0, 1).index_select(0, flat).unflatten(0, index.shape)


def stretch(values: Tensor, index: Tensor) -> Tensor:
    """`values[index]` for ascending indices (K,), without a copy where they are one stretch, as an image's
    tokens in a prompt mostly are.
    """
    first, last = int(index[0]), int(index[-1])
    return values[first : last + 1] if last - first + 1 == index.numel() else values[index]


def top(scores: Tensor, count: int) -> Tensor:
    """The indices of the `count` highest scores (B, N) -> (B, count), highest first.

    A stable sort instead of `topk`, so that ties fall the same way on CPU and GPU.
    """
    if not 0 <= count <= scores.shape[-1]:
        raise ValueError(f"cannot keep {count} of {scores.shape[-1]} tokens")
    return torch.sort(scores, dim=-1, descending=True, stable=True).indices[..., :count]


def keep_index(
    tokens: Tensor, index: Tensor, *, valid: Tensor | None = None, size: Tensor | None = None
) -> Reduction:
    """Keep the tokens at `index` (B, M), in that order. `valid` (B, M) marks padding slots, `size` (B, N) is
    the input's.
    """
    count = tokens.shape[1]
    # Padding slots are noted in a spare last column, which is cut off.
    source = slots_of(index if valid is None else torch.where(valid, index, count), count + 1)[:, :count]
    kept = gather_tokens(tokens, index)
    sizes = torch.ones_like(index, dtype=torch.float32) if size is None else size.gather(1, index)
    if valid is not None:
        kept.flatten(0, 1).index_fill_(0, (~valid).flatten().nonzero().squeeze(-1), 0.0)
        sizes = sizes.masked_fill(~valid, 0.0)
    position = index if valid is None else index.masked_fill(~valid, -1)
    return Reduction(kept, source, sizes, position, valid)


def keep_mask(tokens: Tensor, mask: Tensor, *, size: Tensor | None = None) -> Reduction:
    """Keep the tokens where `mask` (B, N) holds, in order; rows that keep fewer are padded at the end."""
    counts = mask.sum(dim=1)
    longest = int(counts.max())
    if longest == 0:
        raise ValueError("at least one token of the batch must remain")
    # Each kept token's slot; dropped ones write into a spare last one, which is cut off.
    slot = torch.where(mask, mask.cumsum(dim=1) - 1, longest)
    token = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
    index = token.new_zeros(mask.shape[0], longest + 1).scatter(1, slot, token)[:, :longest]
    valid = torch.arange(longest, device=mask.device) < counts.unsqueeze(-1)
    return keep_index(tokens, index, valid=None if bool(valid.all()) else valid, size=size)


def keep_ends(tokens: Tensor, first: int, last: int) -> Reduction:
    """Keep the `first` and the `last` tokens of every row, by slices, which copy faster than a gather."""
    batch, count, _ = tokens.shape
    token, after = torch.arange(count, device=tokens.device), count - last
    position = torch.cat([token[:first], token[after:]])
    source = torch.cat([token[:first], torch.full_like(token[first:after], -1), token[first : first + last]])
    return Reduction(
        torch.cat([tokens[:, :first], tokens[:, after:]], dim=1),
        source.expand(batch, -1),
        torch.ones((batch, first + last), device=tokens.device),
        position.expand(batch, -1),
    )


def best_candidates(
    scores: Tensor, candidates: Tensor, keep: float, rounding: Rounding = "round", *, at_most: bool = False
) -> Tensor:
    """(B, N) bool: all tokens that are no candidates, and of each row's candidates the `keep` best by score
    (B, N).

    Every batch element has its own number of candidates, and `keep` as a fraction is of that number; as a
    count it may exceed it where it is what remains `at_most`.
    """
    totals = candidates.sum(dim=1).tolist()
    counts = [budget(keep, total, rounding, at_most=at_most) if total else 0 for total in totals]
    return best_counts(scores, candidates, torch.tensor(counts, device=scores.device))


def best_counts(scores: Tensor, candidates: Tensor, counts: Tensor) -> Tensor:
    """The same with the number of candidates that stay in each row given, `counts` (B,)."""
    ranked = scores.float().masked_fill(~candidates, -torch.inf)
    order = torch.sort(ranked, dim=1, descending=True, stable=True).indices
    first = torch.arange(order.shape[1], device=order.device) < counts.unsqueeze(-1)
    return ~candidates | torch.zeros_like(candidates).scatter(1, order, first)


def with_protected(patches: Tensor, protected: int) -> Tensor:
    """Patch indices (B, K) as token indices (B, protected + K), the protected leading tokens in front."""
    leading = torch.arange(protected, device=patches.device).expand(patches.shape[0], -1)
    return torch.cat([leading, patches + protected], dim=1)
