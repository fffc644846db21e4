"""Cluster centres by density peaks among k nearest neighbours (DPC-kNN; Du et al., 2016)."""

from __future__ import annotations

import torch
from torch import Tensor

NOISE = 1e-6
"""How far published code moves densities, so that equal ones have an order."""


def scaled_distance(tokens: Tensor) -> Tensor:
    """Euclidean distance over sqrt(D), in float32: (B, N, D) -> (B, N, N)."""
    values = tokens.float()
    return torch.cdist(values, values) / values.shape[-1] ** 0.5


def density_noise(count: int, seed: int, device: torch.device) -> Tensor:
    """(N,) numbers below `NOISE`; drawn on the CPU, they are the same on every device."""
    return (torch.rand(count, generator=torch.Generator().manual_seed(seed)) * NOISE).to(device)


def density_peaks(distance: Tensor, neighbours: int, noise: Tensor | None = None) -> Tensor:
    """How good a centre each token is, from pairwise distances (B, N, N): (B, N).

    Density is exp(-mean squared distance to the `neighbours` nearest, itself included); a good centre is
    dense and far from any denser token. `noise` (B, N) breaks ties of density.
    """
    nearest = distance.topk(neighbours, dim=-1, largest=False).values
    density = (-(nearest**2).mean(dim=-1)).exp()
    if noise is not None:
        density = density + noise
    denser = density[:, None, :] > density[:, :, None]
    farthest = distance.flatten(1).amax(dim=-1)[:, None, None]
    return torch.where(denser, distance, farthest).amin(dim=-1) * density


def cluster_of(distance: Tensor, centres: Tensor) -> Tensor:
    """The centre (0 .. K-1) that each token is nearest to, a centre to itself: (B, N, N) and (B, K) -> (B,
    N).
    """
    batch, count, _ = distance.shape
    to_centres = distance.gather(1, centres.unsqueeze(-1).expand(-1, -1, count))
    own = torch.arange(centres.shape[1], device=distance.device).expand(batch, -1)
    return to_centres.argmin(dim=1).scatter(1, centres, own)
