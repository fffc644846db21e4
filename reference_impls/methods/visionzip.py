"""VisionZip: Longer is Better but Not Necessary in Vision Language Models (Yang et al., CVPR 2025).

Criterion ("dominant token selection"): attention from the class token, summed over heads, in the encoder's
second-last layer; for the others, similarity of the attention keys ("contextual tokens merging").
Mechanism: keep the dominant tokens; spread targets evenly over the rest and merge each remaining token into
its most similar target.
Twist: a contextual token is its target plus the mean of what was assigned to it, a sum with about twice the
norm.

For encoders without a class token the paper takes the attention that each patch receives from all others;
here such encoders are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.similarity import best_match, cosine_similarity
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import gather_tokens, top
from reference_impls.mechanisms.slots import slots_of
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings, Share


def dominant_tokens(class_attention: Tensor, count: int) -> Tensor:
    """The `count` tokens most attended to (B, H, N) over all heads -> (B, count), in that order."""
    return top(class_attention.float().sum(dim=1), count)


def contextual_tokens(
    tokens: Tensor, metric: Tensor, rest: Tensor, count: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Merge the tokens `rest` (B, R) into `count` evenly spread targets.

    Returns the merged tokens (B, count, D), the targets (B, count) and for each of `rest` its target slot (B,
    R).
    """
    step = max(1, rest.shape[1] // count)
    at = torch.arange(0, rest.shape[1], step, device=rest.device)[:count]
    target = rest[:, at]
    _, slot = best_match(cosine_similarity(gather_tokens(metric, rest), gather_tokens(metric, target)))
    is_target = torch.zeros(rest.shape[1], dtype=torch.bool, device=rest.device).scatter(0, at, True)
    own = torch.arange(at.numel(), device=rest.device).expand_as(target)
    slot = slot.scatter(1, at.expand_as(target), own)
    # The mean runs over the assigned tokens only; the target itself is added whole.
    assigned = torch.full_like(rest[:, :1], -1).expand(-1, tokens.shape[1])
    assigned = assigned.scatter(1, rest, torch.where(is_target, -1, slot))
    mean = merge(tokens, assigned, target).tokens
    return gather_tokens(tokens, target) + mean, target, slot


@dataclass(frozen=True)
class VisionZip(Settings):
    """Shorten an image before the projector of a vision-language model.

    Parameters
    ----------
    keep : what remains of the patches, dominant and contextual together, without the class token; rounded to
        nearest.
    contextual : the share of `keep` that becomes contextual tokens; the paper's 54 + 10 of 64 is about 0.16.
    positions : the decoder sees a shorter image, so position ids are renumbered.
    """

    keep: Keep = 64 / 576
    contextual: Share = 10 / 64
    positions: Literal["keep", "renumber"] = "renumber"

    # The class token goes to the language model as well, as in the official code.
    with_class_token: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"class_attention", "keys"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) patches -> (B, M, D): dominant tokens, then contextual ones, each part in raster order.

        With `context.protected` the leading token is the class token and stays. `context.keys` (B, H, N, d)
        are averaged over heads, `context.class_attention` is (B, H, N).
        """
        total = tokens.shape[1] - context.protected
        count = budget(self.keep, total, "round")
        contextual = 0 if count == total else min(round(count * self.contextual), count - 1)
        attention = context.require("class_attention").clone()
        attention[..., : context.protected] = torch.inf
        dominant = dominant_tokens(attention, count - contextual + context.protected).sort(dim=1).values
        return zip_tokens(tokens, context.require("keys").mean(dim=1), dominant, contextual, context.size)


def zip_tokens(
    tokens: Tensor, metric: Tensor, dominant: Tensor, contextual: int, size: Tensor | None
) -> Reduction:
    """Dominant tokens (B, K) as they are, everything else merged into `contextual` tokens: (B, K +
    contextual, D).
    """
    batch, count, _ = tokens.shape
    kept = torch.zeros(batch, count, dtype=torch.bool, device=tokens.device).scatter(1, dominant, True)
    source = slots_of(dominant, count)
    out, position = gather_tokens(tokens, dominant), dominant
    if contextual:
        rest = torch.sort(kept.to(torch.uint8), dim=1, stable=True).indices[:, : count - dominant.shape[1]]
        merged, target, slot = contextual_tokens(tokens, metric, rest, contextual)
        source = source.scatter(1, rest, slot + dominant.shape[1])
        out, position = torch.cat([out, merged], dim=1), torch.cat([position, target], dim=1)
    ones = torch.ones_like(source, dtype=torch.float32) if size is None else size
    slot = torch.where(source >= 0, source, out.shape[1])
    sizes = ones.new_zeros(batch, out.shape[1] + 1).scatter_add(1, slot, ones)[:, :-1]
    return Reduction(out, source, sizes, position)


METHOD = Method(
    name="VisionZip",
    paper="visionzip",
    citation="Yang et al., VisionZip, CVPR 2025, arXiv:2412.04467",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("attention", "similarity"),
    mechanism=("pruning", "merging"),
    training="both",
    implementation=VisionZip,
)
