"""CLIP's common space, in which patches and questions are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import layer_norm, normalize

Embed = Callable[[Tensor], Tensor]
"""(B, N, D) -> (B, N, E): CLIP's last norm and projection."""


def embedding_of(clip: Any) -> Embed:
    """That of a `transformers.CLIPModel`."""
    return nn.Sequential(clip.vision_model.post_layernorm, clip.visual_projection)


def embedded(patches: Tensor, embed: Embed | None) -> Tensor:
    """(B, N, D) -> (B, N, E). Without `embed` a bare norm, for questions in the encoder's width."""
    return layer_norm(patches, patches.shape[-1:]) if embed is None else embed(patches)


def relevance(patches: Tensor, texts: Tensor, valid: Tensor | None = None) -> Tensor:
    """The mean cosine similarity of each patch with the texts, (B, N, E) and (B or 1, T, E) -> (B, N), in
    float32. `valid` (B, T) marks the texts that are no padding.
    """
    towards = normalize(texts.float(), dim=-1)
    if valid is None:
        mean = towards.mean(dim=1)
    else:
        mean = (towards * valid.unsqueeze(-1)).sum(dim=1) / valid.sum(dim=1, keepdim=True)
    return (normalize(patches.float(), dim=-1) @ mean.unsqueeze(-1)).squeeze(-1)
