"""LagKV: Lag-Relative Information of the KV Cache Tells Which Tokens Are Important (Liang et al., 2025).

Criterion: how much a token differs from the text that follows it. The cache behind the first tokens, the
sinks, is cut into parts of `lag` tokens. Each channel of a part's keys is scaled by its least and greatest
value in the next part (Eq. 7 to 9); a token's score is the spread of its scaled channels, of which the part's
softmax is taken, the keys' and the values' in sum (Eq. 10 and 11). No query and no attention is looked at.
Mechanism: keep the best tokens of every part and head, as many in each part; the sinks; and what is behind
the last part that has a next one: that one itself and the tokens that make no whole part.
Twist: a part is chosen from once, by its next one, as soon as that is whole, be it read or written; what is
left of it then stays. So neither the length of the text nor the question at its end decides.

The paper's r is what remains of a part, and the whole shrinks by Eq. 12 and 13, which are solved for r here,
as for the paper's results on RULER. Text of fewer than two parts behind the sinks the paper leaves whole;
where that, or the sinks and the end, is more than the budget, the newest tokens stay beside the sinks, as in
the authors' code for kvpress. The authors' own class has a fixed r, a lag of 1,024, and keeps what remains of
a part in the order of its scores. A channel that does not vary in the next part, where the official code
divides by nothing, counts as 0 here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.cache import keep_counts
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, Settings, Several, Whole

DONE, NEWEST = 1.0, 2.0
"""Scores: those of parts are below 1, what remains of earlier ones has 1, the end has 2 and more."""


def spread(states: Tensor, lag: int) -> Tensor:
    """Eq. 10 for keys or values (B, H, P * lag, d), all parts but the last: (B, H, (P - 1) * lag)."""
    parts = states.float().unflatten(2, (-1, lag))
    following = parts[:, :, 1:]
    least, most = following.amin(dim=3, keepdim=True), following.amax(dim=3, keepdim=True)
    width = torch.where(most > least, most - least, torch.inf)
    return ((parts[:, :, :-1] - least) / width).std(dim=-1).softmax(dim=-1).flatten(2)


def chosen_before(stands: Tensor, sinks: int, lag: int) -> int:
    """How many of the first entries are sinks or of parts that were chosen from: `stands` (N,) says where
    each entry stands in the text, whose newest tokens are all there.
    """
    gaps = (stands.diff() > 1).nonzero()
    whole_from = int(gaps[-1]) + 1 if gaps.numel() else 0
    place = int(stands[whole_from])
    begun = max(0, -((sinks - place) // lag))  # of parts that begin before this place
    return min(stands.numel(), whole_from + max(0, sinks + begun * lag - place))


@dataclass(frozen=True)
class LagKV(Settings):
    """Keep what the text that follows does not resemble.

    Parameters
    ----------
    keep : what remains of a head's entries, sinks and end included; a fraction is of all tokens that were
        read and written so far, the paper's 1 - C, and is rounded down.
    lag : the paper's L, how many tokens make a part.
    sinks : the paper's S, how many of the first tokens stay.
    buffer : after so many written tokens it is chosen again; the official class does so when a part is whole.
    """

    keep: Keep = 0.5
    lag: Several = 128
    sinks: Whole = 16
    buffer: Count = 128

    needs: ClassVar[frozenset[str]] = frozenset({"keys", "values"})

    def scores(self, keys: Tensor, values: Tensor, stands: Tensor) -> Tensor:
        """(B, Hkv, N) of prompts without padding, whose entries stand at `stands`, (N,), in all of them."""
        count = keys.shape[2]
        done = chosen_before(stands, self.sinks, self.lag)
        parts = (count - done) // self.lag
        end = done + max(0, parts - 1) * self.lag
        newest = NEWEST + torch.arange(count, device=keys.device) / count
        newest = newest.masked_fill(stands < self.sinks, 2 * NEWEST)
        newest[int((stands < self.sinks).sum()) : done] = DONE
        scores = newest.expand(*keys.shape[:2], -1).clone()
        if parts > 1:
            whole = slice(done, end + self.lag)
            score = spread(keys[:, :, whole], self.lag) + spread(values[:, :, whole], self.lag)
            rank = score.unflatten(2, (-1, self.lag)).argsort(dim=-1, stable=True).argsort(dim=-1)
            scores[:, :, done:end] = (rank / self.lag).flatten(2)
        return scores

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d)."""
        keys, values = context.require("keys"), context.require("values")
        batch, heads, length = keys.shape[:3]
        valid, stands = context.valid, context.stands
        held = [length] * batch if valid is None else valid.sum(dim=1).tolist()
        given = held if context.given is None else context.given.tolist()
        counts = [
            min(count, budget(self.keep, total, "floor", at_most=True) if total else 0)
            for count, total in zip(held, given, strict=True)
        ]
        if counts == held:
            return Reduction.identity(tokens)
        # All heads keep as much of each part, so that one's places tell the parts of all; and so do prompts
        # of which as much was given.
        places = (
            torch.arange(length, device=keys.device).expand(batch, -1) if stands is None else stands[:, 0]
        )
        if valid is None and min(given) == max(given):
            scores = self.scores(keys, values, places[0])
        else:
            scores = keys.new_zeros(batch, heads, length, dtype=torch.float32)
            for row in (row for row in range(batch) if held[row]):
                real = slice(None) if valid is None else valid[row]
                own = places[row, real] if stands is not None else places[row, : held[row]]
                alone = keys[row : row + 1, :, real], values[row : row + 1, :, real]
                scores[row, :, real] = self.scores(*alone, own)[0]
        each = torch.tensor(counts, device=keys.device).unsqueeze(1).expand(-1, heads)
        return keep_counts(tokens, scores, each, valid)


METHOD = Method(
    name="LagKV",
    paper="lagkv",
    citation="Liang et al., LagKV, 2025, arXiv:2504.04704",
    domain=("language",),
    stage="kv-cache",
    criterion=("similarity",),
    mechanism=("pruning",),
    training="free",
    implementation=LagKV,
)
