"""Audio TopK: Token Pruning in Audio Transformers: Optimizing Performance and Decoding Patch Importance (Lee
and Lee, ECAI 2025).

Criterion: the class token's attention to the patches of a spectrogram, averaged over heads.
Mechanism: in some blocks the most attended patches go on, between attention and MLP; the others are gone.
Twist: none. The choice is EViT's without its fused token; the paper asks which patches stay, by how loud and
how even they are. Class and distillation tokens stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.methods.evit import EViT
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Blocks, Keep, Settings


@dataclass(frozen=True)
class AudioTopK(Settings):
    """Drop the patches that the class token attends to least, between attention and MLP of some blocks.

    Parameters
    ----------
    keep : what remains of the patches each time, the paper's keep rate; rounded up.
    blocks : the blocks where it acts, counted from 0, which the official code is told. None: EViT's, the
        4th, 7th and 10th of 12, scaled to the depth.
    """

    keep: Keep = 0.7
    blocks: Blocks | None = None

    needs: ClassVar[frozenset[str]] = EViT.needs

    @property
    def _choice(self) -> EViT:
        return EViT(keep=self.keep, blocks=self.blocks, fuse=False)

    def acts_on(self, layer: int, layers: int) -> bool:
        return self._choice.acts_on(layer, layers)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, protected + K, D), most attended first. Token 0 is the class token."""
        context.require_class_token("AudioTopK")
        return self._choice.reduce(tokens, context)


METHOD = Method(
    name="Audio TopK",
    paper="token-pruning-audio-transformers",
    citation="Lee and Lee, Token Pruning in Audio Transformers, ECAI 2025, arXiv:2504.01690",
    domain=("audio-speech",),
    stage="audio-encoder",
    criterion=("attention",),
    mechanism=("pruning",),
    training="based",
    implementation=AudioTopK,
)
