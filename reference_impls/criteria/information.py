"""How much a text tells, token by token, as a language model sees it."""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 256
"""Tokens whose whole distributions are held in float32 at a time: vocabularies are large."""


def self_information(logits: Tensor, ids: Tensor) -> Tensor:
    """-ln p(token | all tokens before it), in nats: (B, N, V) logits and (B, N) ids to (B, N), in float32.

    Row t of the logits is about token t + 1. Nothing comes before the first token, so nothing is known of
    it: its value is nan.
    """
    parts = [logits.new_full((logits.shape[0], 1), torch.nan, dtype=torch.float32)]
    for start in range(0, ids.shape[1] - 1, CHUNK):
        end = min(start + CHUNK, ids.shape[1] - 1)
        expected = logits[:, start:end].float()
        met = expected.gather(-1, ids[:, start + 1 : end + 1, None]).squeeze(-1)
        parts.append(expected.logsumexp(dim=-1) - met)
    return torch.cat(parts, dim=1)
