"""Which papers have a word, as bits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from catalog.query.words import other_number, words

Rows = int
"""Papers as bits, in the catalogue's order."""


@dataclass
class Index:
    """Which papers have a word in some of their texts; in prose, a word is found in the other number, too."""

    prose: bool = False
    rows_of: dict[str, Rows] = field(default_factory=dict)
    sorted: list[str] = field(default_factory=list)

    def add(self, row: int, texts: Iterable[str]) -> None:
        for text in texts:
            for word in words(text):
                self.rows_of[word] = self.rows_of.get(word, 0) | 1 << row

    def begins(self, prefix: str) -> Rows:
        if not self.sorted:
            self.sorted = sorted(self.rows_of)
        rows = 0
        for at in range(bisect_left(self.sorted, prefix), len(self.sorted)):
            if not self.sorted[at].startswith(prefix):
                break
            rows |= self.rows_of[self.sorted[at]]
        return rows

    def in_other_number(self, word: str) -> Rows:
        return united(self.rows_of.get(other, 0) for other in other_number(word)) if self.prose else 0

    def says(self, word: str) -> Rows:
        return self.begins(word) | self.in_other_number(word)


def united(several: Iterable[Rows]) -> Rows:
    rows = 0
    for one in several:
        rows |= one
    return rows
