"""Which papers of a catalogue a query finds, by the rules that `reading` tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catalog.catalogue import Catalogue
from catalog.facts import terms_of
from catalog.query.clauses import MOST_WORDS, Clause, Condition, Either, Query, all_clauses, is_word, words_of
from catalog.query.joining import JOINING
from catalog.query.nearest import with_most
from catalog.query.term_names import TermNames
from catalog.query.text_index import Index, Rows, united
from catalog.query.words import BEGINS, begins_each, holds_phrase, phrase_words, words
from catalog.record import Paper, year_of

_OFTEN: Final = 0.02
_LEAST_OFTEN: Final = 5
"""A word that so many titles have, of all and at least, says little beside a term."""
_FEW: Final = 0.005
_MOST_FEW: Final = 5
"""Fewer papers than this, of all and at most, a word beside terms may leave by chance."""
_LEAST_OF_NAME: Final = 3
"""Letters from which on a name is found by its beginning, written together or apart."""
_VENUE_AND_YEAR: Final = re.compile(r"([^\W\d_]+)(?:20)?([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Left:
    """A word beside those that were read as terms, and whether a paper must have it."""

    word: str
    at: int
    required: bool


@dataclass(frozen=True, slots=True)
class _Word:
    """One of those typed: whether it helps to name a term, and the papers that it finds."""

    word: str
    at: int
    read: bool
    held: Rows


@dataclass(frozen=True, slots=True)
class Found:
    """The papers, the words beside terms, the papers that have all of the words as text, the words that name
    something, and whether some words are read as terms."""

    rows: Rows
    left: tuple[Left, ...]
    told: Rows
    named: frozenset[str]
    reads: bool


class Reader:
    """A catalogue's texts and terms, as words find papers in them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.papers = catalogue.papers
        self.all = (1 << len(self.papers)) - 1
        self.titles, self.names, self.authors = Index(prose=True), Index(), Index()
        self.joined_names, self.summaries = Index(), Index(prose=True)
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

    def is_chance(self, found: Found, asked: Sequence[str]) -> bool:
        """Whether the words *asked* for beside terms may have met these few papers by chance."""
        if not self.are_few(found.rows) or found.rows & found.told:
            return False
        authors = (words(one) for paper in self.papers_of(found.rows) for one in paper.authors or ())
        return len(asked) == 1 or not any(begins_each(asked, author) for author in authors)

    def are_few(self, rows: Rows) -> bool:
        """Whether a word beside terms may leave these by chance."""
        return rows.bit_count() < max(1, min(_MOST_FEW, _FEW * len(self.papers)))

    def nearest(self, query: Query) -> Rows:
        """The papers that have the most of the query's words; what OR joins are words as others."""
        return self.found(Query(tuple(_without_or(query.clauses))), deep=True, nearly=True).rows

    def found(
        self, query: Query, *, deep: bool = False, relaxed: bool = False, nearly: bool = False
    ) -> Found:
        """What the query finds; *deep*, words are looked for in summaries, too; *relaxed*, those beside terms
        are not asked for with which few papers are left, and without terms those that many titles have;
        *nearly*, papers with the most of the words will do."""
        free = [clause for clause in query.clauses if is_word(clause) and not clause.negated]
        typed = [word for clause in free for word in words_of(clause)]
        is_long = len(set(typed)) > MOST_WORDS
        bearing, wider = self._bearing(free, typed), self.terms.wider(typed)
        joining = self._joining(typed, bearing, query)
        is_read = not is_long and (any(rows is not None for rows in bearing) or self._reads_sides(query))
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
        if nearly:
            near = with_most([one.held for one in plain], rows, len(self.papers))
            return Found(near, (), told, frozenset(), is_read)
        found, left = self._holding(plain, rows, is_read=is_read, relaxed=relaxed and not is_long)
        naming = frozenset(one.word for one in plain if one.read)
        return Found(found | (self._called(name) & rows), left, told, naming, is_read)

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

    def _reads_sides(self, query: Query) -> bool:
        """Whether words on both sides of an OR are read as terms."""
        joined = (
            clause.queries for clause in query.clauses if isinstance(clause, Either) and not clause.negated
        )
        return any(
            all(
                not any(isinstance(clause, Either) for clause in side.clauses) and self.found(side).reads
                for side in sides
            )
            for sides in joined
        )

    def _either(self, clause: Either, *, deep: bool, relaxed: bool) -> Rows:
        """The papers that one of the queries finds, each a question of its own, or that none does."""
        if clause.negated:
            return self.all & ~united(self.found(query).rows for query in clause.queries)
        return united(self.found(query, deep=deep, relaxed=relaxed).rows for query in clause.queries)

    @staticmethod
    def _joining(typed: Sequence[str], bearing: Sequence[Rows | None], query: Query) -> list[bool]:
        """For each word whether it only joins others; none does where nothing else is asked for."""
        joining = [word in JOINING and bearing[at] is None for at, word in enumerate(typed)]
        others = not all(joining) or any(not c.negated and not is_word(c) for c in query.clauses)
        return [joins and others for joins in joining]

    def _holding(
        self, typed: Sequence[_Word], rows: Rows, *, is_read: bool, relaxed: bool
    ) -> tuple[Rows, tuple[Left, ...]]:
        """The papers of *rows* that hold what is asked for, and the words beside terms, if there are any."""
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
        held = united(1 << row for row, paper in enumerate(self.papers) if clause.matches(paper))
        if clause.field is None and not clause.negated and deep:
            phrase = phrase_words(clause.values[0].text)
            return held | united(
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
