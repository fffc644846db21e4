"""The result of every method: a shortened sequence that remembers where each token went.

Not here: how tokens are judged (`criteria/`) and how they are removed or merged (`mechanisms/`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, Literal

import torch
from torch import Tensor

Rounding = Literal["floor", "round", "ceil"]
_ROUND: dict[str, Callable[[float], int]] = {"floor": math.floor, "round": round, "ceil": math.ceil}


@dataclass(frozen=True)
class Reduction:
    """A sequence of N tokens shortened to M slots.

    Parameters
    ----------
    tokens : (B, M, D)
        What the model continues with; (B, M, 0) in a report that does without them.
    source : (B, N), int64
        The slot that each input token went to, -1 for a token that was dropped.
    size : (B, M), floating point
        How many original tokens each slot stands for.
    position : (B, M), int64
        The index of the input token that each slot stands at, -1 for a slot that stands at none
        (the fused token of EViT).
    valid : (B, M), bool, optional
        False for padding, needed where the elements of a batch keep different numbers of tokens. None: all
        valid.
    """

    tokens: Tensor
    source: Tensor
    size: Tensor
    position: Tensor
    valid: Tensor | None = None

    def __post_init__(self) -> None:
        if self.tokens.ndim != 3:
            raise ValueError(f"tokens must be (B, M, D), found {tuple(self.tokens.shape)}")
        slots = tuple(self.tokens.shape[:2])
        if self.source.ndim != 2 or self.source.shape[0] != slots[0]:
            raise ValueError(f"source must be (B, N) with B = {slots[0]}, found {tuple(self.source.shape)}")
        for name in ("size", "position", "valid"):
            value = getattr(self, name)
            if value is not None and tuple(value.shape) != slots:
                raise ValueError(f"{name} must be (B, M) = {slots}, found {tuple(value.shape)}")

    @classmethod
    def identity(cls, tokens: Tensor, size: Tensor | None = None) -> Reduction:
        """Nothing removed: slot i holds token i."""
        batch, count, _ = tokens.shape
        index = torch.arange(count, device=tokens.device).expand(batch, count)
        return cls(
            tokens, index, torch.ones_like(index, dtype=torch.float32) if size is None else size, index
        )

    def without_tokens(self) -> Reduction:
        """The same where each token went, with no token in it: `tokens` is (B, M, 0)."""
        return replace(self, tokens=self.tokens.new_empty(*self.tokens.shape[:2], 0))

    @property
    def kept(self) -> Tensor:
        """(B, N) bool: the input tokens at which a slot still stands."""
        batch, count = self.source.shape
        marks = torch.zeros(batch, count + 1, dtype=torch.bool, device=self.source.device)
        stands = self.position >= 0 if self.valid is None else (self.position >= 0) & self.valid
        # Slots that stand nowhere mark the spare last column, which is cut off.
        marks.scatter_(1, torch.where(stands, self.position, count), True)
        return marks[:, :count]

    @property
    def merged(self) -> Tensor:
        """(B, N) bool: the input tokens that went into a slot that stands at another token."""
        return (self.source >= 0) & ~self.kept

    @property
    def dropped(self) -> Tensor:
        """(B, N) bool: the input tokens of which nothing is left."""
        return (self.source < 0) & ~self.kept

    @property
    def counts(self) -> Tensor:
        """(B,) int64: how many slots of each batch element are not padding."""
        if self.valid is None:
            batch, slots = self.position.shape
            return torch.full((batch,), slots, device=self.position.device)
        return self.valid.sum(dim=1)

    def unmerge(self, tokens: Tensor | None = None, fill: float = 0.0) -> Tensor:
        """Give every input token the value of its slot, and dropped ones `fill`: (B, M, D) to (B, N, D).

        `tokens` are what a layer made of the slots; by default the slots' own.
        """
        if tokens is None and not self.tokens.shape[2]:
            raise ValueError("this report has no tokens: give some, or attach with report_tokens=True")
        tokens = self.tokens if tokens is None else tokens
        if tokens.shape[:2] != self.tokens.shape[:2]:
            raise ValueError(
                f"expected (B, M) = {tuple(self.tokens.shape[:2])}, found {tuple(tokens.shape[:2])}"
            )
        index = self.source.clamp(min=0).unsqueeze(-1).expand(-1, -1, tokens.shape[-1])
        return tokens.gather(1, index).masked_fill((self.source < 0).unsqueeze(-1), fill)

    def compose(self, later: Reduction) -> Reduction:
        """Both in one: this reduction of N tokens to M, then `later` of those M to K."""
        if later.source.shape != self.position.shape:
            raise ValueError(
                f"the later reduction takes {tuple(later.source.shape)} tokens, "
                f"this one gives {tuple(self.position.shape)}"
            )
        source = later.source.gather(1, self.source.clamp(min=0)).masked_fill(self.source < 0, -1)
        position = self.position.gather(1, later.position.clamp(min=0)).masked_fill(later.position < 0, -1)
        return Reduction(later.tokens, source, later.size, position, later.valid)


BUDGET = "a fraction in (0, 1] or a count of 2 or more"


class AtMost(int):
    """A count for `keep` that what has fewer tokens may fall short of: there all of them stay.

    >>> budget(AtMost(50), 80), budget(AtMost(50), 24)
    (50, 24)
    """

    def __new__(cls, count: int) -> AtMost:
        """Raises ValueError where `count` is no whole number of 2 or more."""
        if isinstance(count, bool) or not isinstance(count, Integral) or count < 2:
            raise ValueError(f"AtMost is given a whole number of 2 or more, found {count!r}")
        return super().__new__(cls, count)

    def __repr__(self) -> str:
        return f"AtMost({int(self)})"


def is_budget(keep: Any) -> bool:
    """Whether it is what `keep` may be: a fraction in (0, 1], or a whole number of 2 or more."""
    if isinstance(keep, bool) or not isinstance(keep, Real):
        return False
    number = float(keep)
    return 0 < number <= 1 or (number > 1 and number.is_integer())


def budget(
    keep: float, total: int, rounding: Rounding = "round", *, at_most: bool = False, of: str = "tokens"
) -> int:
    """How many of `total` tokens remain, or of what else is counted.

    `keep` is a fraction in (0, 1] or a count of 2 or more; 1 and 1.0 both mean all tokens. A fraction is
    rounded as the method's official code does it (`round` is Python's: halves go to the even number), and at
    least one token remains. A count above the total is an error, unless it is the most that may remain:
    where it is an `AtMost`, or with `at_most`.

    >>> budget(0.5, 36), budget(10, 36), budget(1, 36), budget(0.7, 49, "ceil"), budget(64, 36, at_most=True)
    (18, 10, 36, 35, 36)
    """
    if not is_budget(keep):
        raise ValueError(f"keep must be {BUDGET}, found {keep!r}")
    if total < 1:
        raise ValueError(f"there must be at least one token to choose from, found {total}")
    if keep <= 1:
        return max(1, min(total, _ROUND[rounding](keep * total)))
    if keep > total and not (at_most or isinstance(keep, AtMost)):
        count = int(keep)
        raise ValueError(
            f"keep = {count} {of}, but there are only {total}: a fraction fits any number, and so does "
            f"AtMost({count}), which leaves what is shorter whole"
        )
    return min(int(keep), total)


def too_few(why: str, keep: float, least: int, total: int) -> ValueError:
    """What to raise where a method cannot leave as few of `total` tokens as `keep` says; `why` begins it.

    >>> print(too_few("ToMe merges pairs", 7, 32, 64))
    ToMe merges pairs, and leaves at least 32 of these 64 tokens, more than keep = 7: raise it, to 0.5 or more
    """
    fraction = math.ceil(1000 * least / total) / 1000  # rounded up, since methods may round down
    return ValueError(
        f"{why}, and leaves at least {least} of these {total} tokens, more than keep = {keep}: raise it, to "
        f"{fraction:g} or more"
    )
