"""RLT: Don't Look Twice: Faster Video Transformers with Run-Length Tokenization (Choudhury et al., NeurIPS
2024).

Criterion ("static patches"): a patch that looks as it did before, by the mean absolute difference of
its pixels: the last frame of its tubelet against the first frame of the one before.
Mechanism: before the first block, all but the first patch of a run of unchanged ones are dropped.
Twist: what a token looks like decides, so that the video sets its own budget. A learned embedding may tell
the model how long each run is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from reference_impls.context import Context
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import NotNegative, Settings


def changed_patches(pixels: Tensor, frames: int, patch: tuple[int, int], threshold: float) -> Tensor:
    """(B, C, T, H, W) in `frames` tubelets of T / frames -> (B, frames, H / h, W / w) bool; all of the first
    frame.
    """
    batch, _, length, height, width = pixels.shape
    tubelet, values = length // frames, pixels.float()
    begins, ends = values[:, :, 0 : length - tubelet : tubelet], values[:, :, 2 * tubelet - 1 :: tubelet]
    difference = (ends - begins).abs().mean(dim=1)
    pooled = avg_pool2d(difference.view(-1, 1, height, width), patch) if frames > 1 else difference
    first = torch.ones(
        batch, 1, height // patch[0], width // patch[1], dtype=torch.bool, device=pixels.device
    )
    later = pooled.view(batch, frames - 1, *first.shape[2:]) > threshold
    return torch.cat([first, later], dim=1)


def run_heads(changed: Tensor) -> Tensor:
    """The frame in which each patch's run began: (B, F, h, w) bool -> int64."""
    frame = torch.arange(changed.shape[1], device=changed.device).view(1, -1, 1, 1)
    return torch.where(changed, frame, 0).cummax(dim=1).values


@dataclass(frozen=True)
class RLT(Settings):
    """Drop repeated patches of a video before the first block of its transformer.

    Parameters
    ----------
    threshold : the paper's tau, in the units of the pixels that the model is given: a patch stays where its
        mean absolute difference is larger. There is no other budget.
    length_encoding : (L, D), added to a run's token by its length, 1 to L; longer ones take the last. A
        checkpoint that was fine-tuned with it has one; without, runs of all lengths look alike.
    """

    threshold: NotNegative = 0.1
    length_encoding: Tensor | None = field(default=None, repr=False, compare=False)

    place: ClassVar[str] = "before block"
    adaptive: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"pixels", "frames", "grid"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == 0

    def _check_width(self, width: int) -> None:
        """Raise ValueError where the encoding is not one of tokens of this width."""
        found = tuple(self.length_encoding.shape) if self.length_encoding is not None else ()
        if len(found) != 2 or found[1] != width:
            raise ValueError(
                f"RLT: length_encoding must be (L, D) with D = {width}, the width of this model's tokens, "
                f"found {found}"
            )

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D) in order, padded where videos differ. `size` is the length of each run."""
        pixels, frames, grid = context.require("pixels"), context.require("frames"), context.require("grid")
        patch = (pixels.shape[3] // grid[0], pixels.shape[4] // grid[1])
        changed = changed_patches(pixels, frames, patch, self.threshold)
        protected, per_frame = context.protected, grid[0] * grid[1]
        always = torch.ones(tokens.shape[0], protected, dtype=torch.bool, device=tokens.device)
        kept = keep_mask(tokens, torch.cat([always, changed.flatten(1)], dim=1))
        within = torch.arange(per_frame, device=tokens.device).view(1, 1, *grid)
        head = (run_heads(changed) * per_frame + within).flatten(1) + protected
        itself = torch.arange(protected, device=tokens.device).expand(tokens.shape[0], -1)
        source = kept.source.gather(1, torch.cat([itself, head], dim=1))
        size = torch.zeros_like(kept.size).scatter_add(
            1, source, torch.ones_like(source, dtype=kept.size.dtype)
        )
        out = kept.tokens
        if self.length_encoding is not None:
            self._check_width(tokens.shape[-1])
            lengths = size.long().clamp(1, self.length_encoding.shape[0]) - 1
            patches = (kept.position >= protected).unsqueeze(-1)
            out = out + (self.length_encoding[lengths] * patches).to(out.dtype)
        return Reduction(out, source, size, kept.position, kept.valid)


METHOD = Method(
    name="RLT",
    paper="rlt",
    citation="Choudhury et al., Don't Look Twice, NeurIPS 2024, arXiv:2411.05222",
    domain=("vision",),
    stage="vit-block",
    criterion=("temporal-redundancy",),
    mechanism=("pruning",),
    training="both",
    implementation=RLT,
)
