"""ToCa: Accelerating Diffusion Transformers with Token-wise Feature Caching (Zou et al., ICLR 2025).

Criterion: a token is worth computing anew if others attend to it (s1, attention received), if it looks at
many words (s2, entropy of its cross-attention), and if its cached output is old (s3). The best of each small
window of the image gets a bonus (s4), so that the chosen ones are spread evenly.
Mechanism: every N-th step computes everything and fills the cache; at the steps between, only
the best tokens go through a layer, and the others take its cached output.
Twist: how many tokens are computed depends on the kind of layer and its depth. Here self-attention, whose
tokens cannot be computed alone, is reused whole.

`official` varies interval and share as the official code for DiT does: the interval shrinks over the run, and
the share grows with every step, from below 0, which counts as nothing. Its constants were fitted to what that
code gave for 50 and 250 steps, of which they reproduce every step; for other numbers of steps they are a
guess. The weights of s3 and s4 are the official ones; the weight of s2 is this file's choice, since a
class-conditional DiT has no words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from reference_impls.context import Context
from reference_impls.criteria.attention import attention_entropy, attention_rows, received_attention
from reference_impls.mechanisms.pool import window_of
from reference_impls.mechanisms.prune import gather_tokens, top
from reference_impls.mechanisms.reuse import refresh
from reference_impls.reduction import budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, NotNegative, Settings

# How much the official shares vary over steps and over blocks, and the official share of the MLP.
SLOPES = {"ddim50": (2.0, -0.2), "ddpm250": (0.4, 0.8)}
MLP_SHARE = 2.5


def cache_scores(influence: Tensor, stale: Tensor, interval: int, weight: float) -> Tensor:
    """s1 + weight * s3, from attention received (B, N) and the steps (B, N) since each token was computed."""
    return normalize(influence.float(), dim=-1) + weight * stale / interval


def spread_bonus(scores: Tensor, grid: tuple[int, int], window: int, bonus: float) -> Tensor:
    """s4: the best score of every `window` x `window` tokens is raised by the share `bonus`, (B, N)."""
    cell = window_of(grid, (window, window), scores.device).expand_as(scores)
    count = -(-grid[0] // window) * -(-grid[1] // window)
    best = torch.full_like(scores[:, :count], -torch.inf).scatter_reduce(1, cell, scores, "amax")
    return torch.where(scores == best.gather(1, cell), scores * (1 + bonus), scores)


def official_share(share: float, kind: str, step: int, steps: int, layer: int, layers: int) -> float:
    """Which share of the tokens the official code computes in an MLP; below 0 it means none.

    `step` counts down to 0, as the code does.
    """
    over_steps, over_layers = SLOPES[kind]
    in_time = 1 + over_steps - 2 * over_steps * step / steps
    in_depth = 1 + over_layers - 2 * over_layers * layer / max(1, layers - 1)
    return share * MLP_SHARE * in_time * in_depth


@cache
def official_schedule(interval: int, steps: int) -> tuple[tuple[bool, ...], tuple[int, ...]]:
    """For each step in order: whether it computes everything, and the interval that holds after it.

    Counted down, a step that the interval divides computes everything, and then sets the next interval.
    """
    full, intervals, now = [], [], interval
    for step in reversed(range(steps)):
        computes = step == steps - 1 or step % now == 0
        if computes:
            # The code guards one fifth of the run by an interval of 2.
            guarded = 0.2 <= step / steps < 0.4
            now = 2 if guarded else max(1, round(interval / (1.4 - 0.8 * step / steps)))
        full.append(computes)
        intervals.append(now)
    return tuple(full), tuple(intervals)


def _steps(context: Context) -> int:
    """How many denoising steps there are, which the official schedule and its shares are made for."""
    if context.steps is None:
        raise ValueError(
            "ToCa's official schedule is made for a number of steps: pass the number of denoising steps as "
            "steps="
        )
    return context.steps


@dataclass(frozen=True)
class ToCa(Settings):
    """Compute some tokens of a layer and take the others from the cache.

    Parameters
    ----------
    keep : what is computed of the tokens between full steps, 1 minus the paper's caching ratio R; rounded
        down. 1 computes everything and changes nothing.
    interval : the paper's N: one step in N computes everything.
    entropy_weight, stale_weight : of s2 and s3, beside s1.
    bonus, window : s4, by how much the best token of each window is raised, and the window's side.
    official : the official code's varying intervals and shares for 50 DDIM or 250 DDPM steps of DiT, with
        `keep` and `interval` as what is varied.
    """

    keep: Keep = 0.07
    interval: Count = 3
    entropy_weight: float = 1.0
    stale_weight: float = 0.25
    bonus: NotNegative = 0.6
    window: Count = 2
    official: Literal["ddim50", "ddpm250"] | None = None

    modules: ClassVar[tuple[str, ...]] = ("attention", "cross-attention", "feed-forward")
    needs: ClassVar[frozenset[str]] = frozenset(
        {"memory", "block_memory", "step", "module", "grid", "queries", "keys", "cross_queries", "cross_keys"}
    )

    def around(self, compute: Callable[..., Tensor], tokens: Tensor, context: Context) -> Tensor:
        """The layer's output for (B, N, D), all, some or no tokens of it computed."""
        memory = context.memory
        if self._is_full(context) or "output" not in memory:
            if context.queries is not None:
                context.block_memory.update(self._judge(context))
            memory["stale"] = tokens.new_zeros(tokens.shape[:2], dtype=torch.long)
            memory["output"] = compute(tokens)
            return memory["output"]
        count = 0 if context.module == "attention" else self._count(context, tokens.shape[1])
        stale: Tensor = memory["stale"] + 1
        if count:
            chosen = top(self.scores(memory["stale"], context), count)
            memory["output"] = refresh(memory["output"], compute(gather_tokens(tokens, chosen)), chosen)
            stale = stale.scatter(1, chosen, 0)
        memory["stale"] = stale
        return memory["output"]

    def scores(self, stale: Tensor, context: Context) -> Tensor:
        """s1 to s4 in one, (B, N); `stale` (B, N) is how many steps ago each token was computed."""
        seen = context.block_memory
        scores = cache_scores(seen["influence"], stale, self.interval, self.stale_weight)
        if "entropy" in seen:
            scores = scores + self.entropy_weight * normalize(seen["entropy"], dim=-1)
        return spread_bonus(scores, context.require("grid"), self.window, self.bonus)

    def _judge(self, context: Context) -> dict[str, Tensor]:
        """What the block's attentions say at a full step."""
        seen = {
            "influence": received_attention(context.require("queries"), context.require("keys")).mean(dim=1)
        }
        if context.cross_queries is not None:
            words = attention_rows(context.cross_queries, context.require("cross_keys")).mean(dim=1)
            seen["entropy"] = attention_entropy(words)
        return seen

    def _is_full(self, context: Context) -> bool:
        if self.keep == 1:
            return True
        if self.official is None:
            return context.step % self.interval == 0
        steps = _steps(context)
        if context.step >= steps:
            raise ValueError(
                f"ToCa's official schedule is made for steps={steps}, and this is step {context.step + 1}: "
                "attach with steps= as many as the sampler takes"
            )
        return official_schedule(self.interval, steps)[0][context.step]

    def _count(self, context: Context, total: int) -> int:
        if self.official is None or self.keep > 1:
            return budget(self.keep, total, "floor")
        steps = _steps(context)
        step = steps - 1 - context.step
        share = official_share(self.keep, self.official, step, steps, context.layer, context.layers)
        return int(min(1.0, max(0.0, share)) * total)


METHOD = Method(
    name="ToCa",
    paper="toca",
    citation="Zou et al., Token-wise Feature Caching, ICLR 2025, arXiv:2410.05317",
    domain=("vision",),
    stage="diffusion-step",
    criterion=("attention", "entropy", "position"),
    mechanism=("caching",),
    training="free",
    implementation=ToCa,
)
