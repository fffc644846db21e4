"""A-ViT: Adaptive Tokens for Efficient Vision Transformer (Yin et al., CVPR 2022).

Criterion (Sec. 3): a token's halting probability after a block, the sigmoid of its first channel; it has no
weights of its own, since training makes that channel of a ViT say it.
Mechanism: a token whose probabilities add up to 1 - epsilon halts: it is dropped, and no later block sees it.
Twist: the class token that is read out is the sum of what it was after each block, weighted by its own
halting probabilities, of which the last takes what is missing to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.protect import keep_real
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Settings, Share


@dataclass(frozen=True)
class Halting:
    """How far each token is.

    Parameters
    ----------
    total : (B, N), the halting probabilities so far, added up.
    active : (B, N) bool, which tokens the next block computes.
    layers : (B, N), how many blocks have computed each token.
    remainder : (B, N), the probability that its last block has left, or will have: what is missing to one.
    """

    total: Tensor
    active: Tensor
    layers: Tensor
    remainder: Tensor

    @classmethod
    def start(cls, tokens: Tensor) -> Halting:
        """Before the first block of (B, N, D) tokens."""
        zeros = torch.zeros(tokens.shape[:2], device=tokens.device)
        return cls(zeros, torch.ones_like(zeros, dtype=torch.bool), zeros, torch.ones_like(zeros))

    @property
    def ponder(self) -> Tensor:
        """(B, N): blocks and remainder, whose mean the training makes small."""
        return self.layers + self.remainder

    def step(self, probability: Tensor, epsilon: float) -> tuple[Halting, Tensor]:
        """After a block that gave each token `probability` (B, N): the new state, and how much the block's
        output counts for each token's own sum.
        """
        total = self.total + probability
        goes_on = self.active & (total < 1 - epsilon)
        halts = self.active & ~goes_on
        weight = torch.where(goes_on, probability, torch.where(halts, self.remainder, 0.0))
        remainder = torch.where(goes_on, self.remainder - probability, self.remainder)
        return Halting(total, goes_on, self.layers + self.active, remainder), weight

    def at(self, index: Tensor) -> Halting:
        """The state of the tokens at `index` (B, M)."""
        return Halting(*(value.gather(1, index) for value in vars(self).values()))


def halting_probability(tokens: Tensor, scale: float, center: float) -> Tensor:
    """(B, N, D) -> (B, N), from the first channel: sigmoid(scale * channel - center)."""
    return torch.sigmoid(tokens[..., 0].float() * scale - center)


@dataclass(frozen=True)
class AViT(Settings):
    """Drop halted tokens after every block.

    The class token stays in the sequence after it has halted, because the model reads it; its sum is complete
    then, so that nothing it still sees or shows changes the result.

    Parameters
    ----------
    scale, center : of the halting probability, sigmoid(scale * channel - center): the paper's gamma, and its
        beta with the sign turned.
    epsilon : how much less than one is enough to halt.
    """

    scale: float = 5.0
    center: float = 10.0
    epsilon: Share = 0.01

    needs: ClassVar[frozenset[str]] = frozenset({"protected"})
    place: ClassVar[str] = "after block"
    adaptive: ClassVar[bool] = True

    def acts_on(self, layer: int, layers: int) -> bool:
        return True

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D), padded where elements differ; after the last block token 0 is the class
        token's sum, and nothing else is dropped.
        """
        if context.protected < 1:
            raise ValueError("A-ViT reads out the class token, and this model has none")
        state: Halting = context.memory.get("state", Halting.start(tokens))
        last = context.layer == context.layers - 1
        probability = halting_probability(tokens, self.scale, self.center)
        if last:
            probability = torch.ones_like(probability)
        state, weight = state.step(probability, self.epsilon)
        read_out = context.memory.get("read out", 0.0) + tokens[:, :1].float() * weight[:, :1, None]
        context.memory["read out"] = read_out
        if last:
            summed = torch.cat([read_out.to(tokens.dtype), tokens[:, 1:]], dim=1)
            whole = Reduction.identity(summed, context.size)
            return Reduction(summed, whole.source, whole.size, whole.position, context.valid)
        leading = torch.arange(tokens.shape[1], device=tokens.device) < context.protected
        reduction = keep_real(tokens, state.active | leading, context)
        context.memory["state"] = state.at(reduction.position.clamp(min=0))
        return reduction


METHOD = Method(
    name="A-ViT",
    paper="a-vit",
    citation="Yin et al., A-ViT: Adaptive Tokens for Efficient Vision Transformer, CVPR 2022, "
    "arXiv:2112.07658",
    domain=("vision",),
    stage="vit-block",
    criterion=("learned-predictor",),
    mechanism=("pruning", "skipping"),
    training="based",
    implementation=AViT,
)
