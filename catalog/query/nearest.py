"""The papers that have the most of what is asked for, where none has all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from catalog.query.text_index import Rows, united

_SHARE: Final = (2, 3)
"""What a paper has, of what the best of them have."""
_LEAST: Final = (1, 3)
"""What the best have, of all that is asked for; with less, they would be found by chance."""
_LEAST_WORDS: Final = 2


def with_most(held: Sequence[Rows], told: Sequence[Rows], rows: Rows, papers: int) -> Rows:
    """Those of *rows* that have the most of several words.

    A word that few papers have weighs more: one for each time that the number of papers can be halved until
    it is that of those that have it.  A paper with a term that a word tells of has it, too, for what that
    weighs.

    Parameters
    ----------
    held : for each word the papers that have it
    told : for each word those with a term that it tells of; one without any of both is passed over
    papers : how many there are

    >>> few, many, none = 0b0011, 0b1110, 0b0000
    >>> bin(with_most([few, many, none], [none] * 3, 0b1111, 4))
    '0b10'
    >>> bin(with_most([few, none], [none, many], 0b1111, 4)), with_most([few], [many], 0b1111, 4)
    ('0b10', 0)
    """
    words = [(one, other) for one, other in zip(held, told, strict=True) if one | other]
    weights: dict[int, int] = {}
    for row in _places(rows & united(one | other for one, other in words)):
        having = [_weight(found, papers) for one in words if (found := _having(row, *one))]
        if len(having) >= _LEAST_WORDS:
            weights[row] = sum(having)
    best = max(weights.values(), default=0)
    if best * _LEAST[1] < sum(_weight(one or other, papers) for one, other in words) * _LEAST[0]:
        return 0
    return united(1 << row for row, weight in weights.items() if weight * _SHARE[1] >= best * _SHARE[0])


def _having(row: int, held: Rows, told: Rows) -> Rows:
    """Among which papers this one is for a word; none where it has it in neither way."""
    return next((one for one in (held, told) if one >> row & 1), 0)


def _weight(having: Rows, papers: int) -> int:
    return (papers // having.bit_count()).bit_length()


def _places(rows: Rows) -> list[int]:
    return [row for row in range(rows.bit_length()) if rows >> row & 1]
