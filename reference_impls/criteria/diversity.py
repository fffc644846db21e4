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


def determinantal(kernel: Tensor, count: int) -> Tensor:
    """Greedy maximum of a determinantal point process: (B, N, N) -> (B, count), in the order of selection.

    `kernel` is symmetric and has no negative eigenvalues. Each next token is the one that raises the
    determinant of the chosen ones' part of it most; its Cholesky factor grows by a row with each (Chen et
    al., Fast Greedy MAP Inference for Determinantal Point Process, NeurIPS 2018).
    """
    batch, tokens, _ = kernel.shape
    element = torch.arange(batch, device=kernel.device)
    rows = kernel.new_zeros(batch, count, tokens)
    gain = kernel.diagonal(dim1=1, dim2=2)
    # Less than this is rounding: all directions are taken, and what comes then adds none.
    least = gain.amax(dim=1) * 1e-6
    chosen: list[Tensor] = []
    with torch.autocast(kernel.device.type, enabled=False):
        for step in range(count):
            best = gain.argmax(dim=1)
            chosen.append(best)
            known = (rows[element, :step, best].unsqueeze(1) @ rows[:, :step]).squeeze(1)
            most = gain[element, best]
            row = (kernel[element, best] - known) / torch.maximum(most, least).sqrt().unsqueeze(1)
            rows[:, step] = row * (most > least).unsqueeze(1)
            gain = (gain - rows[:, step].square()).scatter(1, best.unsqueeze(1), -torch.inf)
    return torch.stack(chosen, dim=1)
