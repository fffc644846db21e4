"""Expected Attention: KV Cache Compression by Estimating Attention from Future Queries Distribution (Devoto
et al., 2025).

Criterion: the attention that queries still to come are expected to pay to a key, times the length of its
value. A head's queries are taken for draws from a Gaussian (Eq. 5), whose mean mu and covariance S are those
of the prompt's own queries, turned as on average over the next `horizon` positions (Eq. 6). The expected
exp(q k / sqrt(d)) is then exp(mu k / sqrt(d) + k S k / 2d) (Eq. 7), and a softmax over the keys makes it
attention (Eq. 8). The score is (attention + epsilon) * |v| (Eq. 9), averaged over the query heads that share
a key head.
Mechanism: keep the best entries of a layer.
Twist: no attention is looked at, neither all tokens' nor that of the prompt's end, so that a prompt whose
question is yet to come is shortened as well as one that ends with it.

Heads share a layer's budget, as in Ada-KV: a share of the mean, the safeguard, is every head's in any case,
and the rest goes to the best of all heads, as the authors' library has it. With `safeguard=1` all heads keep
the same, as its scorer alone has it.

Equation 9 measures the value behind the output projection; the paper's experiments leave that out, and so it
is here. Epsilon is 0 in the official code, and 0.02 in the paper but for needles in haystacks. The code
spares the prompt's first tokens, the sinks, of which the paper's equations say nothing: they stay, and
neither their queries nor their keys count in the scores; `sinks=0` is the equations alone.

The paper also compresses while text is written, every 512 tokens; here it is done once, at the prompt's end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.attention import mean_over_group
from reference_impls.criteria.norms import norm
from reference_impls.criteria.products import products
from reference_impls.mechanisms.cache import entry_budgets, keep_counts
from reference_impls.methods.ada_kv import best_of_all_heads
from reference_impls.reduction import Reduction
from reference_impls.registry import Method
from reference_impls.settings import Count, Keep, NotNegative, Settings, Share, Whole


def statistics(queries: Tensor, counted: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (B, H, d) and covariance (B, H, d, d) of the queries (B, H, N, d) that are `counted`, (B, N)."""
    others = ~counted[:, None, :, None]
    total = counted.sum(dim=1).clamp(min=1).view(-1, 1, 1)
    own = queries.float().masked_fill(others, 0.0)
    mean = own.sum(dim=2) / total
    centred = own.sub_(mean.unsqueeze(2)).masked_fill_(others, 0.0).transpose(-1, -2)  # of a copy
    return mean, products(centred, centred) / total.unsqueeze(-1)


def expected_attention(queries: Tensor, keys: Tensor, counted: Tensor) -> Tensor:
    """The attention that each key is expected to get from queries (B, H, N, d) to come, Eq. 7 and 8: keys
    (B, Hkv, N, d) to (B, H, N). What is not `counted` (B, N) neither asks nor gets any.
    """
    key_heads, width = keys.shape[1], keys.shape[3]
    mean, covariance = (part.unflatten(1, (key_heads, -1)) for part in statistics(queries, counted))
    logits = products(mean, keys) * width**-0.5
    for member in range(logits.shape[2]):  # one at a time: a row of S k is as long as the key
        turned = products(keys, covariance[:, :, member])
        logits[:, :, member] += (turned * keys).sum(dim=-1) / (2 * width)
    hidden = ~counted[:, None, None]
    return logits.masked_fill(hidden, torch.finfo(logits.dtype).min).softmax(dim=-1).flatten(1, 2)


def shared_counts(scores: Tensor, means: Tensor, safeguard: float) -> Tensor:
    """How many entries each head keeps, (B, Hkv), of scores (B, Hkv, N) and of what heads keep in the mean
    (B,): its own best of the safeguard, and as many more as are among the best of all heads.
    """
    order = torch.sort(scores, dim=-1, descending=True, stable=True).indices
    safe = (means.double() * safeguard).floor()[:, None, None]
    first = (torch.arange(scores.shape[-1], device=scores.device) < safe).expand_as(order)
    secured = torch.zeros_like(first).scatter(-1, order, first)
    return best_of_all_heads(scores.masked_fill(secured, torch.inf), means)


@dataclass(frozen=True)
class ExpectedAttention(Settings):
    """Keep what queries still to come are expected to look at.

    Parameters
    ----------
    keep : what remains of the entries in the mean of a layer's heads, the paper's 1 - r; a fraction is
        rounded down.
    horizon : the paper's T, over how many positions behind the prompt queries are expected.
    sinks : how many of the first tokens stay in any case, and judge nothing.
    epsilon : added to the attention, so that a long value counts where none is expected.
    safeguard : the share of the mean that every head keeps at least; with 1 all heads keep the same.
    """

    keep: Keep = 0.5
    horizon: Count = 512
    sinks: Whole = 4
    epsilon: NotNegative = 0.02
    safeguard: Share = 0.2

    needs: ClassVar[frozenset[str]] = frozenset({"future_queries", "keys", "values"})
    shared: ClassVar[str] = "heads"

    def scores(self, queries: Tensor, keys: Tensor, values: Tensor, valid: Tensor | None = None) -> Tensor:
        """(B, Hkv, N), of queries as `Context.future_queries` has them. The sinks stay: theirs are above all
        others, the first one's highest. Padding's are below all.
        """
        batch, key_heads, length = keys.shape[:3]
        real = torch.ones(batch, length, dtype=torch.bool, device=keys.device) if valid is None else valid
        rank = real.long().cumsum(dim=1) - 1
        attention = expected_attention(queries, keys, real & (rank >= self.sinks))
        scores = (mean_over_group(attention, key_heads) + self.epsilon) * norm(values)
        stays = scores.amax(dim=(1, 2), keepdim=True) + (self.sinks - rank)[:, None]
        scores = torch.where((rank < self.sinks)[:, None], stays, scores)
        return scores.masked_fill(~real[:, None], -torch.inf)

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B * Hkv, N, 2d) -> (B * Hkv, M, 2d), padded where heads keep different numbers."""
        queries, keys, values = (context.require(name) for name in ("future_queries", "keys", "values"))
        scores = self.scores(queries, keys, values, context.valid)
        counts = shared_counts(scores, entry_budgets(scores, self.keep, context.valid), self.safeguard)
        return keep_counts(tokens, scores, counts, context.valid)


METHOD = Method(
    name="Expected Attention",
    paper="expected-attention",
    citation="Devoto et al., Expected Attention, 2025, arXiv:2510.00636",
    domain=("language",),
    stage="kv-cache",
    criterion=("attention", "norm"),
    mechanism=("pruning",),
    training="free",
    implementation=ExpectedAttention,
)
