"""The papers that have the most of what is asked for, where none has all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from catalog.query.text_index import Rows, united

_SHARE: Final = (3, 4)
"""What a paper has, of what the best of them have."""
_LEAST: Final = (1, 3)
"""What the best have, of all that is asked for; with less, they would be found by chance."""
_LEAST_WORDS: Final = 2


def with_most(held: Sequence[Rows], rows: Rows, papers: int) -> Rows:
    """Those of *rows* that have the most of several words.

    A word that few papers have weighs more: one for each time that the number of papers can be halved until
    it is that of those that have it.

    Parameters
    ----------
    held : for each word the papers that have it; one that none has is passed over
    papers : how many there are

    >>> few, many, other = 0b0011, 0b1110, 0b0000
    >>> bin(with_most([few, many, other], 0b1111, 4))
    '0b10'
    >>> with_most([few], 0b1111, 4)
    0
    """
    weighed = [(one, (papers // one.bit_count()).bit_length()) for one in held if one]
    weights: dict[int, int] = {}
    for row in _places(rows & united(one for one, _ in weighed)):
        having = [weight for one, weight in weighed if one >> row & 1]
        if len(having) >= _LEAST_WORDS:
            weights[row] = sum(having)
    best = max(weights.values(), default=0)
    if best * _LEAST[1] < sum(weight for _, weight in weighed) * _LEAST[0]:
        return 0
    return united(1 << row for row, weight in weights.items() if weight * _SHARE[1] >= best * _SHARE[0])


def _places(rows: Rows) -> list[int]:
    return [row for row in range(rows.bit_length()) if rows >> row & 1]
