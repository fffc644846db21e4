"""Scores from a small network that was trained for it."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TokenPredictor(nn.Module):
    """DynamicViT's prediction module (Sec. 3, "Hierarchical Token Sparsification with Prediction Modules").

    Half of a token's channels describe the token and half, averaged over the tokens that are left, the image.
    Parameters are named as in the official checkpoints.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_conv = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU())
        self.out_conv = nn.Sequential(
            nn.Linear(width, width // 2),
            nn.GELU(),
            nn.Linear(width // 2, width // 4),
            nn.GELU(),
            nn.Linear(width // 4, 2),
            nn.LogSoftmax(dim=-1),
        )

    def forward(self, tokens: Tensor, left: Tensor | None = None) -> Tensor:
        """(B, N, D) -> (B, N, 2), the log-probabilities to keep and to drop each token; `left` (B, N) marks
        what is left. Raises ValueError for tokens of another width than it was made for.
        """
        width, found = self.in_conv[1].in_features, tokens.shape[-1]
        if found != width:
            raise ValueError(
                f"the predictors are made for tokens of width {width}, and this model's have {found}: give "
                f"those of a checkpoint of this size, or untrained({found})"
            )
        features = self.in_conv(tokens.to(self.in_conv[1].weight.dtype))
        local, shared = features.chunk(2, dim=-1)
        if left is None:
            mean = shared.mean(dim=1, keepdim=True)
        else:
            weights = left.to(shared.dtype).unsqueeze(-1)
            mean = (shared * weights).sum(dim=1, keepdim=True) / weights.sum(dim=1, keepdim=True)
        scores: Tensor = self.out_conv(torch.cat([local, mean.expand_as(shared)], dim=-1))
        return scores
