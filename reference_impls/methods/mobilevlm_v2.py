"""MobileVLM V2: Faster and Stronger Baseline for Vision Language Model (Chu et al., 2024): its projector,
LDPv2.

Criterion: none.
Mechanism: two linear layers carry each patch into the language model's space, adaptive average pooling
shrinks the grid, and a depth-wise convolution added to it gives the means their places back.
Twist: it takes the place of the model's own projector, with few weights of its own, trained with the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.mechanisms.pool import pool, pooled_grid
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


class LDPv2(nn.Module):
    """The lightweight downsample projector, from patches of `width` to tokens of `hidden`.

    Parameters are named as in the official checkpoints, behind their prefix `model.mm_projector.`.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        layers = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, hidden))
        self.mlp = nn.ModuleDict({"mlp": layers})
        places = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.peg = nn.ModuleDict({"peg": nn.Sequential(places)})

    def projected(self, patches: Tensor) -> Tensor:
        """Each patch by itself: (B, N, width) -> (B, N, hidden).

        Raises ValueError for patches of another width than it was made for.
        """
        layers, found = self.mlp["mlp"], patches.shape[-1]
        width = layers[0].in_features
        if found != width:
            raise ValueError(
                f"the projector is made for patches of width {width}, and this model's have {found}: give "
                f"that of a checkpoint of this size, or untrained({found}, …)"
            )
        result: Tensor = layers(patches.to(layers[0].weight.dtype))
        return result

    def placed(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """Tokens with what their neighbours in the `grid` add: (B, h * w, hidden) -> the same shape."""
        image = tokens.transpose(1, 2).unflatten(2, grid)
        result: Tensor = (self.peg["peg"](image) + image).flatten(2).transpose(1, 2)
        return result


@dataclass(frozen=True)
class MobileVLMV2(Settings):
    """Project an image's patches to fewer tokens.

    Parameters
    ----------
    projector : the weights.
    keep : what remains of the patches, at most: as many as the largest grid of theirs has, with both sides
        shortened alike. The paper's is 12 x 12 of 24 x 24.
    """

    projector: LDPv2
    keep: Keep = 0.25

    needs: ClassVar[frozenset[str]] = frozenset({"grid"})
    adaptive: ClassVar[bool] = True
    projects: ClassVar[bool] = True

    @classmethod
    def untrained(cls, width: int, hidden: int | None = None, **settings: Any) -> MobileVLMV2:
        """A projector with random weights, from patches of `width` to a language model of `hidden`, by
        default as wide. `projector.load_state_dict` takes trained ones.
        """
        return cls(LDPv2(width, width if hidden is None else hidden), **settings)

    def to(self, *args: Any, **kwargs: Any) -> MobileVLMV2:
        """The same method with its projector moved, as `nn.Module.to`."""
        self.projector.to(*args, **kwargs)
        return self

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, E), E the language model's width, row by row. A token stands at the middle of
        its window.
        """
        if context.protected:
            raise ValueError(
                "MobileVLM V2 pools a grid of patches, and here a class token stands before them"
            )
        grid: tuple[int, int] = context.require("grid")
        pooled = pooled_grid(grid, budget(self.keep, tokens.shape[1], "floor"))
        reduction = pool(self.projector.projected(tokens), grid, pooled, size=context.size)
        made = self.projector.placed(reduction.tokens, pooled)
        return replace(reduction, tokens=made.to(tokens.dtype))


METHOD = Method(
    name="MobileVLM V2",
    paper="mobilevlm-v2",
    citation="Chu et al., MobileVLM V2, arXiv:2402.03766",
    domain=("multimodal",),
    stage="projector",
    criterion=(),
    mechanism=("pooling", "projection"),
    training="based",
    implementation=MobileVLMV2,
)
