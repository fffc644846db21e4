"""From one query to the papers that it finds and what is told of them, by the rules that `reading` tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from catalog.query.clauses import MOST_WORDS, Condition, Either, Query, all_clauses, is_word, words_of
from catalog.query.joining import JOINING
from catalog.query.nearest import with_most
from catalog.query.reader import Reader
from catalog.query.text_index import Rows, united

_OFTEN: Final = 0.02
_LEAST_OFTEN: Final = 5
"""A word that so many titles have, of all and at least, says little beside a term."""


@dataclass(frozen=True, slots=True)
class Left:
    """A word beside those that were read as terms, and whether a paper must have it."""

    word: str
    at: int
    required: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds.

    Attributes
    ----------
    rows : the papers
    left : the words beside terms
    told : papers that have all of the words as text
    named : the words that help to name terms, or are a name in one piece
    reads : whether some words are read as terms
    """

    rows: Rows
    left: tuple[Left, ...]
    told: Rows
    named: frozenset[str]
    reads: bool


@dataclass(frozen=True, slots=True)
class Way:
    """How words are looked for.

    Attributes
    ----------
    deep : in summaries, too
    relaxed : a word beside terms is not asked for where few papers are left with it; without terms, one that
        many titles have
    nearly : papers with the most of the words will do
    """

    deep: bool = False
    relaxed: bool = False
    nearly: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    """One of those typed: whether it helps to name a term, and the papers that it finds."""

    word: str
    at: int
    read: bool
    held: Rows


def find(query: Query, reader: Reader, way: Way | None = None) -> Found:
    """What *query* finds; without a *way*, words are looked for plainly and all of them asked for."""
    return _Finding(query, reader, way or Way()).found()


def find_nearest(query: Query, reader: Reader) -> Rows:
    """The papers that have the most of the query's words; what OR joins are words as others."""
    return find(Query(tuple(_without_or(query.clauses))), reader, Way(deep=True, nearly=True)).rows


class _Finding:
    """One query on its way through its clauses, which narrow down the rows one after another."""

    def __init__(self, query: Query, reader: Reader, way: Way) -> None:
        self.query, self.reader, self.way = query, reader, way
        self.free = [clause for clause in query.clauses if is_word(clause) and not clause.negated]
        typed = [word for clause in self.free for word in words_of(clause)]
        self.is_long = len(set(typed)) > MOST_WORDS
        self.bearing = reader.bearing(self.free, typed)
        self.wider = reader.terms.wider(typed)
        self.joining = self._joining(typed)
        names_terms = any(rows is not None for rows in self.bearing)
        self.reads = not self.is_long and (names_terms or self._reads_sides())
        self.rows = self.told = reader.all
        self.words: list[_Word] = []

    def found(self) -> Found:
        """The papers for which every clause holds, or those with the most of the words where that will do."""
        at = 0
        for clause in dict.fromkeys(self.query.clauses) if self.is_long else self.query.clauses:
            if isinstance(clause, Either):
                self.rows &= self._either(clause)
            elif not is_word(clause) or clause.negated:
                self.rows &= self.reader.held(clause, deep=self.way.deep)
            else:
                self._take_words(words_of(clause), at)
                at += len(words_of(clause))
        if self.way.nearly:
            return Found(self._nearest(), (), self.told, frozenset(), self.reads)
        held, left = self._holding()
        called = self.reader.called(self._plain()) & self.rows
        naming = frozenset(one.word for one in self.words if one.read)
        return Found(held | called, left, self.told, naming, self.reads)

    def _nearest(self) -> Rows:
        """The papers with the most of the words; of those that name nothing, by terms told of, too."""
        held = [one.held for one in self.words]
        told = [0 if one.read else self.reader.term_texts.meant_by(one.word) for one in self.words]
        return with_most(held, told, self.rows, len(self.reader.papers))

    def _take_words(self, own: Sequence[str], first: int) -> None:
        """Words of one clause, the *first* of them at this place among all: those of a venue or a year narrow
        the papers down, others are kept for what they hold."""
        if (spoken := self.reader.spoken("".join(own))) is not None:
            self.rows &= spoken | self.reader.anywhere(own, deep=self.way.deep) | (self.bearing[first] or 0)
            return
        for at, word in enumerate(own, first):
            is_left = self.reads and self.bearing[at] is None
            self.told &= self.reader.told(word, is_left=is_left)
            if self.is_long or not self.joining[at]:
                named = (self.bearing[at] or 0) | (self.wider[at] or 0)
                held = self.reader.text(word, deep=self.way.deep, is_left=is_left) | named
                read = self.bearing[at] is not None and not self.is_long
                self.words.append(_Word(word, at, read, held))

    def _plain(self) -> list[str]:
        """The words of the clauses that name no venue and no year."""
        plain = [own for own in map(words_of, self.free) if self.reader.spoken("".join(own)) is None]
        return [word for own in plain for word in own]

    def _either(self, clause: Either) -> Rows:
        """The papers that one of the queries finds, each a question of its own, or that none does."""
        if clause.negated:
            return self.reader.all & ~united(find(one, self.reader).rows for one in clause.queries)
        way = Way(deep=self.way.deep, relaxed=self.way.relaxed)
        sides = [find(one, self.reader, way) for one in clause.queries]
        self.told &= united(side.told for side in sides)
        return united(side.rows for side in sides)

    def _reads_sides(self) -> bool:
        """Whether words on both sides of an OR are read as terms."""
        joined = (one for one in self.query.clauses if isinstance(one, Either) and not one.negated)
        return any(all(map(self._reads_side, one.queries)) for one in joined)

    def _reads_side(self, side: Query) -> bool:
        joins_more = any(isinstance(clause, Either) for clause in side.clauses)
        return not joins_more and find(side, self.reader).reads

    def _joining(self, typed: Sequence[str]) -> list[bool]:
        """For each word whether it only joins others; none does where nothing else is asked for."""
        joining = [word in JOINING and self.bearing[at] is None for at, word in enumerate(typed)]
        others = not all(joining) or any(not one.negated and not is_word(one) for one in self.query.clauses)
        return [joins and others for joins in joining]

    def _holding(self) -> tuple[Rows, tuple[Left, ...]]:
        """The papers of the rows that hold what is asked for, and the words beside terms."""
        relaxed = self.way.relaxed and not self.is_long
        often = [one for one in self.words if not one.read and self._is_frequent(one.word)]
        left = [one for one in self.words if self.reads and not one.read]
        if relaxed and not self.reads and len(often) < len(self.words):
            left = often
        rows = self.rows
        for one in self.words:
            if one not in left:
                rows &= one.held
        seldom = [one for one in left if one not in often]
        if relaxed:  # the word of most papers first: of words that exclude each other, more papers stay
            seldom.sort(key=lambda one: -one.held.bit_count())
        asked = []
        for one in seldom:
            if relaxed and self.reader.are_few(rows & one.held):
                continue
            rows &= one.held
            asked.append(one.at)
        return rows, tuple(Left(one.word, one.at, one.at in asked) for one in left)

    def _is_frequent(self, word: str) -> bool:
        least = max(_LEAST_OFTEN, _OFTEN * len(self.reader.papers))
        return self.reader.titles.says(word).bit_count() >= least


def _without_or(clauses: Sequence[Condition]) -> Iterator[Condition]:
    """The *clauses*, and those of queries of words that OR joins."""
    for clause in clauses:
        if isinstance(clause, Either) and not clause.negated and all(map(_are_words, clause.queries)):
            for query in clause.queries:
                yield from _without_or(query.clauses)
        else:
            yield clause


def _are_words(query: Query) -> bool:
    return all(is_word(clause) and not clause.negated for clause in all_clauses(query))
