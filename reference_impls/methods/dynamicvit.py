"""DynamicViT: Efficient Vision Transformers with Dynamic Token Sparsification (Rao et al., NeurIPS 2021).

Criterion (Sec. 3): a small trained network gives each patch a probability to stay, from its own features and
from their mean over the patches that are left.
Mechanism: before some blocks the most probable patches stay, a fixed share of the image.
Twist: the share shrinks stage by stage, rho, rho^2, rho^3 of the original patches.

Here is the inference. In training the paper draws the decisions with Gumbel-softmax and hides the dropped
tokens in the attention instead of removing them; the predictors' weights are what that training leaves. They
are no parameters of the model, and the choice here passes no gradients on to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.criteria.learned import TokenPredictor
from reference_impls.depth import after_parts
from reference_impls.mechanisms.prune import keep_index, top, with_protected
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Blocks, Keep, Settings


@dataclass(frozen=True)
class DynamicViT(Settings):
    """Drop patches before some blocks, by one predictor each.

    Parameters
    ----------
    predictors : one module per stage, patches (B, N, D) -> (B, N, 2) log-probabilities (keep, drop).
    keep : the paper's rho: stage s leaves rho^s of the original patches, rounded down. A count is what every
        stage leaves.
    ratios : what each stage leaves, if not the powers of `keep`; the official `token_ratio`.
    blocks : before which blocks, counted from 0. None: the paper's 4th, 7th and 10th of 12, scaled to the
        depth.
    """

    predictors: nn.ModuleList
    keep: Keep = 0.7
    ratios: tuple[Keep, ...] | None = None
    blocks: Blocks | None = None

    needs: ClassVar[frozenset[str]] = frozenset()
    place: ClassVar[str] = "before block"

    @classmethod
    def untrained(cls, width: int, stages: int = 3, **settings: Any) -> DynamicViT:
        """Predictors with random weights. `predictors.load_state_dict` takes trained ones: those of an
        official checkpoint are called `score_predictor.*`, a prefix that is to be taken off.
        """
        return cls(nn.ModuleList(TokenPredictor(width) for _ in range(stages)), **settings)

    def __post_init__(self) -> None:
        super().__post_init__()
        stages = len(self.predictors if self.blocks is None else self.blocks)
        for name in ("predictors", "ratios"):
            given = getattr(self, name)
            if given is not None and len(given) < stages:
                raise ValueError(f"every stage needs its own: {name} are {len(given)}, stages {stages}")

    def to(self, *args: Any, **kwargs: Any) -> DynamicViT:
        """The same method with its predictors moved, as `nn.Module.to`."""
        self.predictors.to(*args, **kwargs)
        return self

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer in self._blocks(layers)

    def _blocks(self, layers: int) -> tuple[int, ...]:
        if self.blocks is not None:
            return self.blocks
        chosen = after_parts(layers, len(self.predictors) + 1)
        if len(set(chosen)) < len(chosen):
            raise ValueError(
                f"DynamicViT has {len(chosen)} stages, each before another block, and this model has "
                f"{layers} blocks: give fewer predictors"
            )
        return chosen

    def chosen(self, tokens: Tensor, context: Context) -> Tensor:
        """The patches that stay, most probable first: (B, N, D) -> (B, K), counted without class token."""
        patches = tokens[:, context.protected :]
        stage = self._blocks(context.layers).index(context.layer)
        original: int = context.memory.setdefault("patches", patches.shape[1])
        count = budget(self.keep, original, "floor")
        if self.ratios is not None:
            count = budget(self.ratios[stage], original, "floor")
        elif self.keep < 1:
            count = budget(self.keep ** (stage + 1), original, "floor")
        left = None if context.valid is None else context.valid[:, context.protected :]
        scores = self.predictors[stage](patches, left)[:, :, 0].float()
        if left is not None:
            scores = scores.masked_fill(~left, -torch.inf)
        return top(scores, min(count, patches.shape[1]))

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, K + 1, D) with a class token: that one first, then the patches, most probable
        first.
        """
        index = with_protected(self.chosen(tokens, context), context.protected)
        if index.shape[1] == tokens.shape[1]:
            return Reduction.identity(tokens, context.size)
        valid = None if context.valid is None else context.valid.gather(1, index)
        return keep_index(tokens, index, valid=valid, size=context.size)


METHOD = Method(
    name="DynamicViT",
    paper="dynamicvit",
    citation="Rao et al., DynamicViT, NeurIPS 2021, arXiv:2106.02034",
    domain=("vision",),
    stage="vit-block",
    criterion=("learned-predictor",),
    mechanism=("pruning",),
    training="based",
    implementation=DynamicViT,
)
