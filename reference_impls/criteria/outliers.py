"""How many tokens matter, told by the scores themselves."""

from __future__ import annotations

import torch
from torch import Tensor


def outliers(scores: Tensor) -> int:
    """How many of the scores (N,) lie above the third quartile by 1.5 times the interquartile range."""
    scores = scores.float()
    low, high = torch.quantile(scores, scores.new_tensor([0.25, 0.75]))
    return int((scores > high + 1.5 * (high - low)).sum())
