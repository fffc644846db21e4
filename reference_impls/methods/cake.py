"""CAKE: Cascading and Adaptive KV Cache Eviction with Layer Preferences (Qin et al., ICLR 2025).

Criterion: the attention that the prompt's last tokens, the window, pay to each earlier key: its mean over the
window plus gamma times its variance, so that what is looked at now and then stays, too; smoothed by the mean
over neighbours.
Mechanism: keep the best entries of every head, and the window itself.
Twist: all layers share one budget. A layer's part is in proportion to its preference H^(1/tau1) * V^(1/tau2):
H is the entropy of the window's attention to what is earlier, in sum, and tells how widely the layer looks; V
is the variance of the same attention from token to token, in sum, and tells how much that changes. The budget
is cut anew each time that a layer has been read, and the layers before it give up what they had more (the
cascade), so that while a prompt is read no more is held than the budget and one layer's whole prompt.

Parts are rounded down, and what is left over by that is dealt out evenly, as in the official code, and so is
what a layer's part has more than the prompt has tokens; the official code does that once, and what it then
deals to a layer beyond its prompt is lost. It also leaves prompts whole that have no more tokens than the
mean of all layers and one window more. `official=True` does both.

The official code goes on evicting at every written token, by that token's attention; here the choice is made
once, at the prompt's end. Both temperatures are tuned there for each model and budget, between 0.4 and 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d

from reference_impls.context import Context
from reference_impls.criteria.attention import attention_entropy, attention_rows, mean_over_group
from reference_impls.mechanisms.cache import entry_budgets, keep_counts
from reference_impls.methods.snapkv import Odd
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, NotNegative, Positive, Settings


def over_window(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of the attention (B, H, W, N) that each key gets from the W tokens: (B, H, N) each.
    One token has no variance.
    """
    variance, mean = torch.var_mean(rows, dim=2, correction=min(1, rows.shape[2] - 1))
    return mean, variance


def indicator(mean: Tensor, variance: Tensor, gamma: float, kernel: int) -> Tensor:
    """How much each key is looked at, and how unsteadily, (B, H, N), smoothed."""
    return avg_pool1d(mean + gamma * variance, kernel_size=kernel, padding=kernel // 2, stride=1)


def preference(rows: Tensor, variance: Tensor, tau1: float, tau2: float) -> Tensor:
    """How large a part of the budget a layer asks for, of the window's attention (B, H, W, N) to what is
    earlier, and its variance (B, H, N): (B,), in float64.
    """
    dispersion, shift = (part.double().sum(dim=(1, 2)) for part in (attention_entropy(rows), variance))
    return dispersion ** (1 / tau1) * shift ** (1 / tau2)


def parts_of(preferences: Sequence[float], total: int, most: int, official: bool = False) -> list[int]:
    """How many of `total` entries each layer keeps: in proportion to the preferences, `most` at the most."""
    whole = sum(preferences)
    wishes = [one / whole if whole > 0 else 1 / len(preferences) for one in preferences]
    parts = _without_excess([int(wish * total) for wish in wishes], most)
    parts = _dealt(parts, total - sum(parts), most)
    while not official and max(parts) > most > min(parts):
        parts = _without_excess(parts, most)
    return [min(part, most) for part in parts]


def _without_excess(parts: list[int], most: int) -> list[int]:
    """The parts without what they have beyond `most`, which is dealt to the others."""
    excess = sum(max(0, part - most) for part in parts)
    return _dealt([min(part, most) for part in parts], excess, most)


def _dealt(parts: list[int], spare: int, most: int) -> list[int]:
    """The parts with `spare` more entries, dealt evenly to those below `most`, the rest to the first ones."""
    short = [number for number, part in enumerate(parts) if part < most]
    each, rest = divmod(spare, len(short)) if short else (0, 0)
    more = {number: each + (place < rest) for place, number in enumerate(short)}
    return [part + more.get(number, 0) for number, part in enumerate(parts)]


@dataclass(frozen=True)
class CAKE(Settings):
    """Keep what the end of the prompt looks at, more of it in layers that look widely and unsteadily.

    Parameters
    ----------
    keep : what remains of a head's entries in the mean of all layers, the window included; a fraction is
        rounded down.
    window : the paper's S_w, how many of the last tokens judge, and stay.
    gamma : the weight of the variance beside the mean. kernel : of the smoothing.
    tau1, tau2 : temperatures of the preference; the lower, the more entropy or variance tells layers apart.
    official : see above.
    """

    keep: Keep = 0.5
    window: Count = 32
    gamma: NotNegative = 200.0
    kernel: Odd = 5
    tau1: Positive = 1.0
    tau2: Positive = 1.0
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "memory", "run_memory"})
    shared: ClassVar[str] = "layers"
    revises: ClassVar[bool] = True

    def judged(
        self, queries: Tensor, keys: Tensor, valid: Tensor | None = None, seen: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Scores (B, Hkv, N) and the layer's preference (B,). The window stays: its scores are above all
        others, the newest the highest.
        """
        length = keys.shape[2]
        window = min(self.window, length - 1)
        rows = attention_rows(
            queries[:, :, -window:],
            keys,
            visible=valid,
            causal_offset=length - window if seen is None else None,
            seen=None if seen is None else seen[:, :, -window:],
        )[..., : length - window]
        mean, variance = over_window(rows)
        scores = mean_over_group(indicator(mean, variance, self.gamma, self.kernel), keys.shape[1])
        newest = torch.arange(1, 1 + window, device=scores.device) + scores.amax(dim=(1, 2), keepdim=True)
        scores = torch.cat([scores, newest.expand(-1, scores.shape[1], -1)], dim=-1)
        return scores, preference(rows, variance, self.tau1, self.tau2)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d), of a layer's prompt, or of what is left of it. `memory` holds
        what was found of the layer, `run_memory` the preferences of all layers that have been read.
        """
        memory, preferences, valid = context.memory, context.run_memory, context.valid
        keys, layer, layers = context.require("keys"), context.require("layer"), context.require("layers")
        held = [tokens.shape[1]] * keys.shape[0] if valid is None else valid.sum(dim=1).tolist()
        if "scores" not in memory:
            scores, preference = self.judged(context.require("queries"), keys, valid, context.seen)
            means = entry_budgets(scores, self.keep, valid).tolist()
            memory.update(scores=scores, lengths=held, means=means)
            preferences[layer] = preference.tolist()
        counts = []
        for row, (mean, length) in enumerate(zip(memory["means"], memory["lengths"], strict=True)):
            asked = {number: of_prompts[row] for number, of_prompts in preferences.items()}
            counts.append(min(held[row], self.counts(asked, mean, length, layers)[layer]))
        if counts == held:
            return Reduction.identity(tokens)
        scores = memory["scores"]
        each = torch.tensor(counts, device=tokens.device).unsqueeze(1).expand(scores.shape[:2])
        reduction = keep_counts(tokens, scores, each, valid)
        left = scores.flatten(0, 1).gather(1, reduction.position.clamp(min=0))
        memory["scores"] = left.unflatten(0, scores.shape[:2])
        return reduction

    def counts(self, preferences: dict[int, float], mean: int, length: int, layers: int) -> dict[int, int]:
        """How many of `length` entries each layer of these preferences keeps, where all `layers` keep `mean`
        on average.
        """
        window = min(self.window, mean)
        if self.official and length <= mean + window:
            return dict.fromkeys(preferences, length)
        parts = parts_of(list(preferences.values()), (mean - window) * layers, length - window, self.official)
        return {layer: window + part for layer, part in zip(preferences, parts, strict=True)}


METHOD = Method(
    name="CAKE",
    paper="cake",
    citation="Qin et al., CAKE, ICLR 2025, arXiv:2503.12491",
    domain=("language",),
    stage="kv-cache",
    criterion=("attention",),
    mechanism=("pruning",),
    training="free",
    implementation=CAKE,
)
