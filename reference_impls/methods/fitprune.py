"""FitPrune: Fit and Prune: Fast and Training-free Visual Token Pruning (Ye et al., AAAI 2025).

Criterion: the attention that an image token gets from the other image tokens, times the attention it gets
from the text after the image; of each map the strongest head counts.
Mechanism: after each layer's attention the weakest image tokens go, as many as a recipe says.
Twist: the recipe is fitted to the model once, on the attention of a few prompts. A share alpha of the
attention is given up in every layer and in both maps: those tokens go which are in the weak tail of both. An
alpha that just meets the budget is found by binary search, without running the model again.

The official code runs the model again for every alpha, so that there the attention of dropped tokens falls to
the others; here it is lost. Tokens leave before the next layer, not between attention and MLP: what is left
is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import ClassVar, Literal

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.cost import LayerShape, layer_macs
from reference_impls.criteria.attention import attention_rows
from reference_impls.mechanisms.merge import weighted_sum
from reference_impls.mechanisms.protect import keep_real
from reference_impls.mechanisms.prune import best_counts
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Settings, Share

# For each layer, what every image token of one prompt gets from the image and from the text.
Prompt = list[tuple[Tensor, Tensor]]
LLAMA_7B = LayerShape(width=4096, hidden=11008, matrices=3)


def image_attention(
    queries: Tensor, keys: Tensor, image: Tensor, visible: Tensor | None = None, chunk: int = 256
) -> tuple[Tensor, Tensor]:
    """What each token gets from image tokens, and from the text after them: two (B, N), means over rows.

    `image` (B, N) bool. The strongest head counts; `chunk` rows are computed at a time.
    """
    batch, count = image.shape
    at = torch.arange(count, device=image.device)
    text = at > (image * at).amax(dim=1, keepdim=True)
    text = text if visible is None else text & visible
    seen = torch.zeros(batch, 2, count, device=image.device)
    for start in range(0, count, chunk):
        part = slice(start, start + chunk)
        rows = attention_rows(queries[:, :, part], keys, visible=visible, causal_offset=start).amax(dim=1)
        seen = seen + weighted_sum(torch.stack([image[:, part], text[:, part]], dim=1), rows)
    counts = torch.stack([image, text], dim=1).sum(dim=-1, keepdim=True)
    from_image, from_text = (seen / counts.clamp(min=1)).unbind(dim=1)
    return from_image, from_text


def weak_tail(attention: Tensor, alive: Tensor, alpha: float) -> Tensor:
    """(N,) bool: the most of the weakest tokens still alive that can go while 1 - alpha of all attention
    stays.
    """
    attention = attention.double()
    order = torch.sort(attention.masked_fill(~alive, torch.inf), stable=True).indices[: int(alive.sum())]
    weakest_first = attention[order]
    left = weakest_first.flip(0).cumsum(dim=0).flip(0) - weakest_first
    gone = order[left >= (1 - alpha) * attention.sum()]
    return torch.zeros_like(alive).scatter(0, gone, True)


def dropped_per_layer(prompt: Prompt, alpha: float) -> list[int]:
    """How many image tokens of a prompt go after each layer's attention."""
    alive = torch.ones_like(prompt[0][0], dtype=torch.bool)
    counts = []
    for from_image, from_text in prompt:
        gone = weak_tail(from_image, alive, alpha) & weak_tail(from_text, alive, alpha)
        alive = alive & ~gone
        counts.append(int(gone.sum()))
    return counts


def relative_cost(recipe: Sequence[float], tokens: int, shape: LayerShape) -> float:
    """The image tokens' MACs under a recipe, as a share of those without; the last layer drops nothing."""
    left = [tokens * (1 - gone) for gone in accumulate(recipe, initial=0.0)]
    after = [*left[1:], left[-1]]
    full = layer_macs(shape, tokens, tokens, tokens) * len(left)
    pairs = zip(map(round, left), map(round, after), strict=True)
    return sum(layer_macs(shape, count, count, remaining) for count, remaining in pairs) / full


def fit(
    prompts: Sequence[Prompt], keep: float, shape: LayerShape = LLAMA_7B, tolerance: float = 0.01
) -> tuple[float, ...]:
    """The recipe: for each layer the share of the image tokens that go after its attention.

    `keep` is what remains of the image tokens' MACs, 1 minus the paper's reduction ratio. Prompts without an
    image are left out.
    """
    if not 0 < keep <= 1:
        raise ValueError(f"keep must be a share of the computation in (0, 1], found {keep!r}")
    prompts = [prompt for prompt in prompts if prompt and len(prompt[0][0])]  # others say nothing of images
    if not prompts:
        raise ValueError(
            "there is no attention to fit to: run some prompts with images under FitPruneStatistics first"
        )
    recipe = (0.0,) * len(prompts[0])
    tokens = round(sum(len(prompt[0][0]) for prompt in prompts) / len(prompts))
    low, high = 0.0, 1.0
    while keep < 1 and high - low > tolerance:
        alpha = (low + high) / 2
        shares = [
            [gone / len(prompt[0][0]) for gone in dropped_per_layer(prompt, alpha)] for prompt in prompts
        ]
        tried = tuple(sum(layer) / len(prompts) for layer in zip(*shares, strict=True))
        if relative_cost(tried, tokens, shape) <= keep:
            high, recipe = alpha, tried
        else:
            low = alpha
    if keep < 1 and not any(recipe):
        raise ValueError(f"keep = {keep} cannot be met: the first layer sees all tokens and costs more")
    return recipe


@dataclass
class FitPruneStatistics:
    """Attach this at "decoder-prefill" and run some prompts; `prompts` then is what `fit` takes."""

    prompts: list[Prompt] = field(default_factory=list)

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates"})

    def acts_on(self, layer: int, layers: int) -> bool:
        return layer > 0

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """Nothing is removed; the attention of the layer before is written down."""
        image = context.require("candidates")
        both = image_attention(context.require("queries"), context.require("keys"), image, context.valid)
        if context.layer == 1:
            self.prompts.extend([] for _ in range(tokens.shape[0]))
        for prompt, of, *attention in zip(self.prompts[-tokens.shape[0] :], image, *both, strict=True):
            prompt.append((attention[0][of], attention[1][of]))
        return Reduction.identity(tokens)


@dataclass(frozen=True)
class FitPrune(Settings):
    """Drop image tokens after every layer's attention.

    Parameters
    ----------
    recipe : for each layer but the last, the share of the image's tokens that go after its attention, as
        `fit` gives it. Empty: not fitted; the same share after every layer, in place of a recipe.
    positions : "keep" the position ids, as published, or "renumber" them.
    """

    recipe: tuple[Share, ...] = ()
    positions: Literal["keep", "renumber"] = "keep"

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates", "memory"})

    def acts_on(self, layer: int, layers: int) -> bool:
        if self.recipe and len(self.recipe) != layers - 1:
            raise ValueError(
                f"this recipe is for a model of {len(self.recipe) + 1} layers, and this one has {layers}"
            )
        return layer > 0

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). Queries and keys are those of the layer before."""
        image = context.require("candidates")
        total = context.memory.setdefault("image tokens", image.sum(dim=1))
        recipe = self.recipe or (1 / context.layers,) * (context.layers - 1)
        before, after = sum(recipe[: context.layer - 1]), sum(recipe[: context.layer])
        gone = (total * after).round().long() - (total * before).round().long()
        from_image, from_text = image_attention(
            context.require("queries"), context.require("keys"), image, context.valid
        )
        stays = best_counts(from_image * from_text, image, (image.sum(dim=1) - gone).clamp(min=0))
        return keep_real(tokens, stays, context)


METHOD = Method(
    name="FitPrune",
    paper="fitprune",
    citation="Ye et al., Fit and Prune, AAAI 2025, arXiv:2409.10197",
    domain=("multimodal",),
    stage="decoder-prefill",
    criterion=("attention", "text-relevance"),
    mechanism=("pruning",),
    training="free",
    implementation=FitPrune,
)
