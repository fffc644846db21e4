"""VTW: Boosting Multimodal Large Language Models with Visual Tokens Withdrawal (Lin et al., AAAI 2025).

Criterion: by some layer K the text has taken over what the image has to say, so all image tokens can go at
once.
Mechanism: layers 0 .. K-1 see everything, later ones the text only.
Twist: K is chosen once, on a few prompts: the first layer at which withdrawing changes the distribution of
the next token, by Kullback-Leibler divergence, by less than a threshold. No attention map is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor
from torch.nn.functional import kl_div

from reference_impls.context import Context
from reference_impls.mechanisms.protect import keep_real
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Settings, Whole


def divergence(standard: Tensor, withdrawn: Tensor) -> float:
    """KL(standard || withdrawn) between next-token distributions, from logits (S, V); the mean over S
    prompts. The official code has the two the other way round.
    """
    log_standard, log_withdrawn = (logits.float().log_softmax(dim=-1) for logits in (standard, withdrawn))
    return float(kl_div(log_withdrawn, log_standard, reduction="batchmean", log_target=True))


def choose_layer(
    logits: Callable[[int | None], Tensor], layers: Sequence[int], threshold: float = 0.003
) -> int:
    """The first of `layers` where withdrawing hardly changes what comes next.

    `logits(K)` gives the next token's logits (S, V) of some prompts with the image withdrawn at layer K;
    `logits(None)` those of the untouched model.
    """
    standard = logits(None)
    for layer in layers:
        if divergence(standard, logits(layer)) < threshold:
            return layer
    raise ValueError(f"at none of the layers {list(layers)} is the divergence below {threshold}")


@dataclass(frozen=True)
class VTW(Settings):
    """Withdraw the whole image before one decoder layer.

    Parameters
    ----------
    layer : the paper's K, counted from 0: this layer is the first without the image. `choose_layer` finds it.
        None: 15 of 32, which the authors use for LLaVA-1.5-7B, scaled to the depth.
    positions : "keep" the text's position ids, as published, or "renumber" them.
    """

    layer: Whole | None = None
    positions: Literal["keep", "renumber"] = "keep"

    needs: ClassVar[frozenset[str]] = frozenset({"candidates"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer == (layers * 15 // 32 if self.layer is None else self.layer)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D): everything but the image."""
        return keep_real(tokens, ~context.require("candidates"), context)


METHOD = Method(
    name="VTW",
    paper="vtw",
    citation="Lin et al., Visual Tokens Withdrawal, AAAI 2025, arXiv:2405.05803",
    domain=("multimodal",),
    stage="decoder-prefill",
    criterion=("output-error",),
    mechanism=("pruning",),
    training="free",
    implementation=VTW,
)
