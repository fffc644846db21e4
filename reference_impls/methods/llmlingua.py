"""LLMLingua: Compressing Prompts for Accelerated Inference of Large Language Models (Jiang et al., EMNLP
2023).

Criterion (Sec. 4.1, 4.2): perplexity under a small language model. First of whole demonstrations, then of
tokens: -log p(token | what stands before it in its segment, and what was left of all earlier segments).
Mechanism: of the demonstrations, the most surprising stay, one after the other, until they hold more than k
times the budget; of the tokens of these, the most surprising of each segment.
Twist: the small model reads on from what it has left of a segment, and not from the whole text, so that a
token that said the same as one already dropped is judged again (Algorithm 2).

The paper also takes a few tokens from the instruction and the question (ratios of 0.85 and 0.9); here only
the context's candidates go, which should be the demonstrations. It trains the small model to expect what the
large one writes (Sec. 4.3); here that is the caller's choice of a scorer. A demonstration's perplexity is the
mean over its tokens but the first; one of a single token has none, and ranks behind all others.

The official code differs in four points (`official=True`): a token goes or stays by the surprise of the one
after it; the threshold is taken over all that is left of the prompt and not over one segment; it lies above
the last of the tokens that it should keep; and what remains after the last whole segment stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context, Reading
from reference_impls.mechanisms.protect import real_tokens, removable
from reference_impls.mechanisms.prune import best_counts, keep_mask
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Rule, Settings, Several

Reader = Callable[[], Reading]


def chosen_units(ids: Tensor, units: Tensor, most: float, reader: Reader) -> Tensor:
    """The units (K,) that stay of the text `ids` (N,), whose tokens belong to `units` (N,): the most
    surprising first, until they hold more than `most` tokens (Algorithm 1). Of a unit of one token nothing is
    known (the official code gets nan), and it comes last.
    """
    names = units.unique()
    surprise = torch.stack([reader().read(ids[units == name])[1:].mean() for name in names])
    ranked = names[surprise.nan_to_num(-torch.inf).argsort(descending=True, stable=True)]
    held = torch.stack([(units == name).sum() for name in ranked]).cumsum(dim=0)
    return ranked[: 1 + int((held <= most).sum())]


def telling_tokens(ids: Tensor, may_go: Tensor, count: int, segment: int, reader: Reader) -> Tensor:
    """(N,) bool: what stays of a text `ids` (N,) so that `count` of the tokens that `may_go` (N,) do
    (Algorithm 2). Every segment keeps its share of the count.
    """
    share = count * may_go.cumsum(dim=0) // max(1, int(may_go.sum()))
    stays = torch.ones_like(may_go)
    reading, left = reader(), ids[:0]
    for piece in torch.arange(ids.numel(), device=ids.device).split(segment):
        reading.read(left)
        begun = reading.place()
        told = reading.read(ids[piece]).nan_to_num(torch.inf)
        before = share[piece[0] - 1] if int(piece[0]) else 0
        stays[piece] = best_counts(told[None], may_go[piece][None], (share[piece[-1]] - before)[None])[0]
        left = ids[piece][stays[piece]]
        reading.go_back(begun)
    return stays


def official_tokens(ids: Tensor, may_go: Tensor, target: int, segment: int, reader: Reader) -> Tensor:
    """(N,) bool: what the official `iterative_compress_prompt` leaves of a text `ids` (N,) when it is asked
    for `target` tokens. Its first segment is one token shorter than the others, and it counts a text with two
    line breaks behind it and the prompt with one token more.
    """
    ratio = target / (ids.numel() + 3)
    place = torch.arange(ids.numel(), device=ids.device)
    told = reader().read(ids)[1:]  # of each token but the last: how surprising is the next?
    reading, read, done, length = reader(), 0, 0, segment - 1
    while done + segment <= place.numel():
        if length == segment:
            before = reading.read(ids[place[read:done]])
            begun = reading.place()
            fresh = reading.read(ids[place[done : done + segment]])
            reading.go_back(begun)
            told[read : done + segment - 1] = torch.cat([before, fresh])[1:]
            read = done
        last = max(0, min(told.numel(), int(told.numel() * ratio)) - 1)
        threshold = told.sort(descending=True).values[last]
        stays = torch.ones_like(place, dtype=torch.bool)
        stays[done : done + length] = told[done : done + length] > threshold
        stays |= ~may_go[place]
        done, length = done + int(stays[done : done + length].sum()), segment
        place, told = place[stays], told[stays[:-1]]
    return torch.zeros_like(may_go).index_fill(0, place, value=True)


@dataclass(frozen=True)
class LLMLingua(Settings):
    """Delete what a small language model finds least surprising from a prompt, reading what it leaves.

    Parameters
    ----------
    keep : what remains of the tokens that may go, 1 minus the paper's compression rate; a count is the most
        that remains.
    segment : tokens that are judged before the next ones are read, 100 in the paper.
    coarse : the paper's k: demonstrations stay until they hold more than `coarse * keep` of all tokens that
        may go. They are the context's `units`; without any, all tokens are judged one by one.
    official : choose tokens as the official code does; `keep` is then its `target_token`, which it comes near
        in long prompts only.
    """

    keep: Keep = 0.5
    segment: Several = 100
    coarse: Annotated[float, Rule(lambda value: value >= 1, "a number of 1 or more")] = 2.0
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"ids", "reader", "units"})

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). A prompt's first token, of which nothing is known, counts as the most
        surprising.
        """
        ids = context.require("ids")
        real = real_tokens(tokens, context.valid)
        judged = removable(tokens, context) & real
        stays = real.clone()
        for row, may_go in enumerate(judged):
            if bool(may_go.any()):
                units = None if context.units is None else context.units[row, real[row]]
                stays[row, real[row]] = self._left(
                    ids[row, real[row]], may_go[real[row]], units, context.require("reader")
                )
        return keep_mask(tokens, stays, size=context.size)

    def _left(self, ids: Tensor, may_go: Tensor, units: Tensor | None, reader: Reader) -> Tensor:
        """(N,) bool: the tokens of one text that stay."""
        total = int(may_go.sum())
        count = budget(self.keep, total, at_most=True)
        there = torch.ones_like(may_go)
        if count == total:
            return there
        if units is not None:
            shown = chosen_units(ids[may_go], units[may_go], self.coarse * count, reader)
            there = ~may_go | torch.isin(units, shown)
        ids, may_go = ids[there], may_go[there]
        choose = official_tokens if self.official else telling_tokens
        return there.masked_scatter(
            there, choose(ids, may_go, min(count, int(may_go.sum())), self.segment, reader)
        )


METHOD = Method(
    name="LLMLingua",
    paper="llmlingua",
    citation="Jiang et al., LLMLingua, EMNLP 2023, arXiv:2310.05736",
    domain=("language",),
    stage="prompt",
    criterion=("perplexity", "auxiliary-model"),
    mechanism=("pruning",),
    training="based",
    implementation=LLMLingua,
)
