"""A plainly worded question: what its words are read as, and the papers that it finds in a catalogue.

``training-free visual token pruning for video LLMs since 2024`` names terms, years, words that only join
others, and words that are none of it.  What the words of a query find beside its filters is told here, and a
second time by the site's scripts (``meaning.js``, ``term_names.js``, ``required.js``);
``tests/question_cases.json`` is the table that both pass.

1.  A word finds the papers that have it as text, as ``bare`` does in the query language; those with a term
    that it names, alone or with the words next to it, by its label, another name or an example (of a training
    that is free or based, also those with both; of a mechanism beside "survey", also surveys, which have
    none); and those with a term in whose label it is.  A venue and a year find the papers that appeared
    there, and all words together a paper whose name begins so; a name in one piece, such as DeepSeek-OCR,
    is a name beside others, too.
2.  :data:`JOINING` words are not asked for beside others.
3.  Where some words name terms, those left over are asked for unless many titles have words that begin so;
    of authors, they find those whose names have the whole word, if there are any.
4.  Where nothing is found, summaries are looked into, too.
5.  Where nothing is found there, and where left-over words leave so few papers that they may have met them
    by chance, those left-over words are not asked for either with which so few are left.  A paper that has
    all of the words as text, as those of its title, is no chance, nor is one of whose authors they are the
    name.
6.  Where no word names a term and nothing is found, and little in summaries, words that many titles have are
    not asked for.

Words in quotes and fields are always meant, and as they stand.  What brackets hold is one more
question, and so is each side of an OR.  AND, OR and NOT are words in a text that stands in a title, as in
"Do NOT Think That Much for 2+3".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from catalog.catalogue import Catalogue
from catalog.facts import terms_of
from catalog.query.clauses import Clause, Condition, Either, Query, all_clauses
from catalog.query.joining import JOINING
from catalog.query.language import parse
from catalog.query.parser import joins
from catalog.query.term_names import TermNames
from catalog.query.words import BEGINS, begins_each, holds_phrase, other_number, phrase_words, words
from catalog.record import Paper, year_of

_OFTEN: Final = 0.02
_LEAST_OFTEN: Final = 5
"""A word that so many titles have, of all and at least, says little beside a term."""
_FEW: Final = 0.005
_MOST_FEW: Final = 5
"""Fewer papers than this, of all and at most, a word beside terms may leave by chance."""
_MOST_WORDS: Final = 40
"""More words than this are pasted text: each of them is asked for."""
_LEAST_OF_NAME: Final = 3
"""Letters from which on a name is found by its beginning, written together or apart."""
_LEAST_OF_TITLE: Final = 6
"""Words in a row from which on a text with operators is a part of a title."""
_VENUE_AND_YEAR: Final = re.compile(r"([^\W\d_]+)(?:20)?([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Left:
    """A word beside those that were read as terms, and whether a paper must have it."""

    word: str
    at: int
    required: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The papers that a question finds, in the catalogue's order, and how it was read.

    Attributes
    ----------
    query : its clauses, as the query language takes them
    left : the words beside those that name terms
    deep : whether the words are in summaries, and nowhere else
    named : the words that help to name terms, or are a name in one piece
    """

    papers: tuple[Paper, ...]
    query: Query
    left: tuple[Left, ...] = ()
    deep: bool = False
    named: frozenset[str] = frozenset()


def answer(text: str, catalogue: Catalogue) -> Answer:
    """What *text* finds.

    Raises
    ------
    QueryError : as :func:`catalog.query.parse` does
    """
    query = parse(_as_title(text, catalogue), catalogue.vocabulary)
    if all(clause.field for clause in all_clauses(query)):
        return Answer(tuple(filter(Query(tuple(dict.fromkeys(query.clauses))).matches, catalogue)), query)
    reader = _READERS.of(catalogue)
    found = reader.found(query)
    asked = [one.word for one in found.left if one.required]
    if found.rows and not (asked and reader.is_chance(found, asked)):
        return Answer(reader.papers_of(found.rows), query, found.left, named=found.named)
    deep = 0 if found.rows else reader.found(query, deep=True).rows
    if deep and not ((asked or not found.named) and reader.are_few(deep)):
        return Answer(reader.papers_of(deep), query, found.left, deep=True, named=found.named)
    relaxed = reader.found(query, relaxed=True) if asked or not found.named else found
    if relaxed.rows:
        return Answer(reader.papers_of(relaxed.rows), query, relaxed.left, named=found.named)
    return Answer(reader.papers_of(deep), query, found.left, deep=bool(deep), named=found.named)


def _as_title(text: str, catalogue: Catalogue) -> str:
    """The text with operators as words, where these words stand so in a title."""
    typed = words(text) if joins(text) else ()
    if len(typed) < _LEAST_OF_TITLE or not _READERS.of(catalogue).are_titled(typed):
        return text
    return text.lower()


def is_word(clause: Condition) -> TypeGuard[Clause]:
    """Whether it is words that are looked for anywhere, or nowhere, and not in quotes."""
    if isinstance(clause, Either) or clause.field is not None:
        return False
    return not clause.values[0].text.startswith('"')


def words_of(clause: Clause) -> tuple[str, ...]:
    """The folded words of a clause that :func:`is_word`."""
    return words(clause.values[0].text)


Rows = int
"""Papers as bits, in the catalogue's order."""


@dataclass
class _Index:
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
        return _united(self.rows_of.get(other, 0) for other in other_number(word)) if self.prose else 0

    def says(self, word: str) -> Rows:
        return self.begins(word) | self.in_other_number(word)


@dataclass(frozen=True, slots=True)
class _Word:
    """One of those typed: whether it helps to name a term, and the papers that it finds."""

    word: str
    at: int
    read: bool
    held: Rows


@dataclass(frozen=True, slots=True)
class _Found:
    """The papers, the words beside terms, the papers that have all of the words as text, and the words that
    name something."""

    rows: Rows
    left: tuple[Left, ...]
    told: Rows
    named: frozenset[str]


@dataclass
class _Kept:
    """The reader of the catalogue that was asked last: questions come one after another."""

    catalogue: Catalogue | None = None
    reader: _Reader | None = None

    def of(self, catalogue: Catalogue) -> _Reader:
        if self.reader is None or self.catalogue is not catalogue:
            self.catalogue, self.reader = catalogue, _Reader(catalogue)
        return self.reader


_READERS: Final = _Kept()


class _Reader:
    """A catalogue's texts and terms, as words find papers in them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.papers = catalogue.papers
        self.all = (1 << len(self.papers)) - 1
        self.titles, self.names, self.authors = _Index(prose=True), _Index(), _Index()
        self.joined_names, self.summaries = _Index(), _Index(prose=True)
        for row, paper in enumerate(self.papers):
            self.titles.add(row, (paper.title, *paper.former_titles))
            self.names.add(row, [paper.name] if paper.name else [])
            self.authors.add(row, paper.authors or ())
            self.joined_names.add(row, ["".join(words(paper.name or ""))])
            self.summaries.add(row, [paper.summary] if paper.summary else [])
        bearing: dict[tuple[str, str], Rows] = {}
        for row, paper in enumerate(self.papers):
            for name in catalogue.vocabulary.terms:
                for key in terms_of(paper, name) or ():
                    bearing[name, key] = bearing.get((name, key), 0) | 1 << row
        self.terms = TermNames(bearing, catalogue.vocabulary)
        self.spoken = self._spoken_places(bearing, catalogue)

    def _spoken_places(
        self, bearing: Mapping[tuple[str, str], Rows], catalogue: Catalogue
    ) -> Mapping[str, Rows]:
        """What venues and years are called, as one word."""
        spoken: dict[str, Rows] = {}
        venues = [
            (key, term) for key, term in catalogue.vocabulary["venue"].items() if ("venue", key) in bearing
        ]
        for key, term in venues:
            for name in (key, term.label, *term.aliases, *term.tags):
                spoken.setdefault("".join(words(name)), bearing["venue", key])
        for row, paper in enumerate(self.papers):
            if year := year_of(paper):
                spoken[str(year)] = spoken.get(str(year), 0) | 1 << row
        return {word: rows for word, rows in spoken.items() if word}

    def are_titled(self, typed: Sequence[str]) -> bool:
        """Whether these words, of which the last may go on, stand next to each other in a title."""
        *whole, last = typed
        rows = self.titles.begins(last)
        for word in whole:
            rows &= self.titles.rows_of.get(word, 0)
        titles = (title for paper in self.papers_of(rows) for title in (paper.title, *paper.former_titles))
        return any(holds_phrase((*whole, last + BEGINS), words(title)) for title in titles)

    def papers_of(self, rows: Rows) -> tuple[Paper, ...]:
        return tuple(paper for row, paper in enumerate(self.papers) if rows >> row & 1)

    def is_chance(self, found: _Found, asked: Sequence[str]) -> bool:
        """Whether the words *asked* for beside terms may have met these few papers by chance."""
        if not self.are_few(found.rows) or found.rows & found.told:
            return False
        authors = (words(one) for paper in self.papers_of(found.rows) for one in paper.authors or ())
        return len(asked) == 1 or not any(begins_each(asked, author) for author in authors)

    def are_few(self, rows: Rows) -> bool:
        """Whether a word beside terms may leave these by chance."""
        return rows.bit_count() < max(1, min(_MOST_FEW, _FEW * len(self.papers)))

    def found(self, query: Query, *, deep: bool = False, relaxed: bool = False) -> _Found:
        """What the query finds; *deep*, words are looked for in summaries, too; *relaxed*, those beside terms
        are not asked for with which few papers are left, and without terms those that many titles have."""
        free = [clause for clause in query.clauses if is_word(clause) and not clause.negated]
        typed = [word for clause in free for word in words_of(clause)]
        is_long = len(set(typed)) > _MOST_WORDS
        bearing, wider = self._bearing(free, typed), self.terms.wider(typed)
        joining = self._joining(typed, bearing, query)
        is_read = not is_long and any(rows is not None for rows in bearing)
        rows, told, plain, at = self.all, self.all, list[_Word](), 0
        for clause in dict.fromkeys(query.clauses) if is_long else query.clauses:
            if isinstance(clause, Either):
                rows &= self._either(clause, deep=deep, relaxed=relaxed)
                continue
            if not is_word(clause) or clause.negated:
                rows &= self._held(clause, deep=deep)
                continue
            own = words_of(clause)
            spoken = self._spoken("".join(own))
            if spoken is not None:
                rows &= spoken | self._anywhere(own, deep=deep) | (bearing[at] or 0)
            for place, word in enumerate(own, at):
                is_left = is_read and bearing[place] is None
                told &= self._told(word, is_left=is_left) if spoken is None else self.all
                if spoken is None and (is_long or not joining[place]):
                    named = (bearing[place] or 0) | (wider[place] or 0)
                    held = self._text(word, deep=deep, is_left=is_left) | named
                    read = bearing[place] is not None and not is_long
                    plain.append(_Word(word, place, read, held))
            at += len(own)
        name = [
            w for clause in free if self._spoken("".join(words_of(clause))) is None for w in words_of(clause)
        ]
        found, left = self._holding(plain, rows, relaxed=relaxed and not is_long)
        naming = frozenset(one.word for one in plain if one.read)
        return _Found(found | (self._called(name) & rows), left, told, naming)

    def _bearing(self, free: Sequence[Clause], typed: Sequence[str]) -> list[Rows | None]:
        """For each word, the papers with a term that it helps to name, or with a name such as "DeepSeek-OCR"
        that is typed in one piece."""
        bearing, at = self.terms.bearing(typed), 0
        for own in map(words_of, free):
            called = self.joined_names.rows_of.get("".join(own)) if len(own) > 1 else None
            for place in range(at, at + len(own)) if called and not self.terms.are_name(own) else ():
                bearing[place] = (bearing[place] or 0) | (called or 0)
            at += len(own)
        return bearing

    def _either(self, clause: Either, *, deep: bool, relaxed: bool) -> Rows:
        """The papers that one of the queries finds, each a question of its own, or that none does."""
        if clause.negated:
            return self.all & ~_united(self.found(query).rows for query in clause.queries)
        return _united(self.found(query, deep=deep, relaxed=relaxed).rows for query in clause.queries)

    @staticmethod
    def _joining(typed: Sequence[str], bearing: Sequence[Rows | None], query: Query) -> list[bool]:
        """For each word whether it only joins others; none does where nothing else is asked for."""
        joining = [word in JOINING and bearing[at] is None for at, word in enumerate(typed)]
        others = not all(joining) or any(not c.negated and not is_word(c) for c in query.clauses)
        return [joins and others for joins in joining]

    def _holding(self, typed: Sequence[_Word], rows: Rows, *, relaxed: bool) -> tuple[Rows, tuple[Left, ...]]:
        """The papers of *rows* that hold what is asked for, and the words beside terms."""
        is_read = any(one.read for one in typed)
        least = max(_LEAST_OFTEN, _OFTEN * len(self.papers))
        often = [one for one in typed if not one.read and self.titles.says(one.word).bit_count() >= least]
        left = [one for one in typed if is_read and not one.read]
        if relaxed and not is_read and len(often) < len(typed):
            left = often
        for one in typed:
            if one not in left:
                rows &= one.held
        seldom = [one for one in left if one not in often]
        if relaxed:  # the word of most papers first: of words that exclude each other, more papers stay
            seldom.sort(key=lambda one: -one.held.bit_count())
        asked = []
        for one in seldom:
            if relaxed and self.are_few(rows & one.held):
                continue
            rows &= one.held
            asked.append(one.at)
        return rows, tuple(Left(one.word, one.at, one.at in asked) for one in left)

    def _held(self, clause: Clause, *, deep: bool) -> Rows:
        """The papers for which a clause holds that is no words to look for anywhere."""
        held = _united(1 << row for row, paper in enumerate(self.papers) if clause.matches(paper))
        if clause.field is None and not clause.negated and deep:
            phrase = phrase_words(clause.values[0].text)
            return held | _united(
                1 << row
                for row, paper in enumerate(self.papers)
                if holds_phrase(phrase, words(paper.summary or ""))
            )
        return held & ~self._saying(words_of(clause)) if is_word(clause) else held

    def _saying(self, typed: Sequence[str]) -> Rows:
        """The papers that these words alone would find, each of them asked for."""
        rows = self.all
        bearing, wider = self.terms.bearing(typed), self.terms.wider(typed)
        for at, word in enumerate(typed):
            rows &= self._text(word, deep=False) | (bearing[at] or 0) | (wider[at] or 0)
        return rows | (self._spoken("".join(typed)) or 0) | self._called(typed)

    def _anywhere(self, typed: Sequence[str], *, deep: bool) -> Rows:
        rows = self.all
        for word in typed:
            rows &= self._text(word, deep=deep)
        return rows

    def _text(self, word: str, *, deep: bool, is_left: bool = False) -> Rows:
        rows = self._told(word, is_left=is_left) | self.titles.in_other_number(word)
        return rows | self.summaries.says(word) if deep else rows

    def _told(self, word: str, *, is_left: bool) -> Rows:
        """The papers that have the word as text; *is_left*, it stands beside others that name terms."""
        called = self.authors.rows_of.get(word, 0) if is_left else 0
        return self.titles.begins(word) | self.names.begins(word) | (called or self.authors.begins(word))

    def _called(self, name: Sequence[str]) -> Rows:
        joined = "".join(name)
        return self.joined_names.begins(joined) if len(joined) >= _LEAST_OF_NAME else 0

    def _spoken(self, word: str) -> Rows | None:
        """The papers of the venue or year, or both, that it names."""
        if word in self.spoken:
            return self.spoken[word]
        both = _VENUE_AND_YEAR.fullmatch(word)
        if not both or both[1] not in self.spoken or f"20{both[2]}" not in self.spoken:
            return None
        return self.spoken[both[1]] & self.spoken[f"20{both[2]}"]


def _united(several: Iterable[Rows]) -> Rows:
    rows = 0
    for one in several:
        rows |= one
    return rows
