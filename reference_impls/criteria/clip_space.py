"""CLIP's common space, in which patches and questions are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import layer_norm, normalize

from reference_impls.criteria.products import products

Embed = Callable[[Tensor], Tensor]
"""(B, N, D) -> (B, N, E): CLIP's last norm and projection."""


def embedding_of(clip: Any) -> Embed:
    """That of a `transformers.CLIPModel`."""
    return nn.Sequential(clip.vision_model.post_layernorm, clip.visual_projection)


def embedded(patches: Tensor, embed: Embed | None) -> Tensor:
    """(B, N, D) -> (B, N, E). Without `embed` a bare norm, for questions in the encoder's width.

    A CLIP that was loaded in another precision than the model embeds in its own.
    """
    if embed is None:
        return layer_norm(patches, patches.shape[-1:])
    weights = next(embed.parameters(), None) if isinstance(embed, nn.Module) else None
    return embed(patches if weights is None else patches.to(weights.dtype))


def check_width(patches: Tensor, texts: Tensor) -> None:
    """Raise ValueError where patches (B, N, E) and questions (..., E) are not of one space."""
    if patches.shape[-1] != texts.shape[-1]:
        raise ValueError(
            f"the question, text=, has embeddings of width {texts.shape[-1]}, and the patches are compared "
            f"in {patches.shape[-1]}: embed both by one CLIP, whose norm and projection from_clip takes"
        )


def relevance(patches: Tensor, texts: Tensor, valid: Tensor | None = None) -> Tensor:
    """The mean cosine similarity of each patch with the texts, (B, N, E) and (B or 1, T, E) -> (B, N), in
    float32. `valid` (B, T) marks the texts that are no padding.
    """
    check_width(patches, texts)
    towards = normalize(texts.float(), dim=-1)
    if valid is None:
        mean = towards.mean(dim=1)
    else:
        mean = towards.masked_fill(~valid.unsqueeze(-1), 0.0).sum(dim=1) / valid.sum(dim=1, keepdim=True)
    return products(normalize(patches.float(), dim=-1), mean.unsqueeze(1)).squeeze(-1)
