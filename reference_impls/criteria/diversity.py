"""Choosing tokens that differ from each other."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_impls.criteria.similarity import cosine_similarity


def farthest_first(tokens: Tensor, count: int) -> Tensor:
    """Greedy max-min selection by cosine distance: (B, N, D) -> (B, count), in the order of selection.

    The first is the token whose nearest neighbour is farthest; each next one is farthest from all chosen.
    """
    distance = 1.0 - cosine_similarity(tokens, tokens)
    others = distance.masked_fill(
        torch.eye(tokens.shape[1], dtype=torch.bool, device=tokens.device), torch.inf
    )
    chosen = [others.amin(dim=-1).argmax(dim=-1)]
    nearest = torch.full(tokens.shape[:2], torch.inf, device=tokens.device, dtype=distance.dtype)
    for _ in range(count - 1):
        last = chosen[-1].view(-1, 1, 1).expand(-1, 1, tokens.shape[1])
        nearest = torch.minimum(nearest, distance.gather(1, last).squeeze(1)).scatter(
            1, chosen[-1].unsqueeze(-1), -torch.inf
        )
        chosen.append(nearest.argmax(dim=-1))
    return torch.stack(chosen, dim=-1)
