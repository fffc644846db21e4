"""A catalogue's texts and terms, as words find papers in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from catalog.catalogue import Catalogue
from catalog.facts import terms_of
from catalog.query.clauses import Clause, is_word, words_of
from catalog.query.term_names import TermNames
from catalog.query.term_texts import TermTexts
from catalog.query.text_index import Index, Rows, united
from catalog.query.words import BEGINS, begins_each, holds_phrase, phrase_words, words
from catalog.record import Paper, year_of

_FEW: Final = 0.005
_MOST_FEW: Final = 5
"""Fewer papers than this, of all and at most, a word beside terms may leave by chance."""
_LEAST_OF_NAME: Final = 3
"""Letters from which on a name is found by its beginning, written together or apart."""
_VENUE_AND_YEAR: Final = re.compile(r"([^\W\d_]+)(?:20)?([0-9]{2})")


class Reader:
    """What the words of a query are looked for in; made once for a catalogue.

    Attributes
    ----------
    papers : in the catalogue's order; a paper's place there is its row
    all : the rows of all of them
    titles, names, joined_names, authors, summaries : where words stand, names as one word, too
    terms, term_texts : what terms are called, and what is told of them
    places : the papers of each venue and year, by what that is called as one word
    """

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
        self.term_texts = TermTexts(bearing, catalogue.vocabulary)
        self.places = self._spoken_places(bearing, catalogue)

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

    def is_chance(self, rows: Rows, told: Rows, asked: Sequence[str]) -> bool:
        """Whether the words *asked* for beside terms may have met these few papers by chance.

        Papers that have all of the words as text, *told*, did not, nor did one of whose authors they are the
        name.
        """
        if not self.are_few(rows) or rows & told:
            return False
        authors = (words(one) for paper in self.papers_of(rows) for one in paper.authors or ())
        return len(asked) == 1 or not any(begins_each(asked, author) for author in authors)

    def are_few(self, rows: Rows) -> bool:
        """Whether a word beside terms may leave these by chance."""
        return rows.bit_count() < max(1, min(_MOST_FEW, _FEW * len(self.papers)))

    def bearing(self, free: Sequence[Clause], typed: Sequence[str]) -> list[Rows | None]:
        """For each word, the papers with a term that it helps to name, or with a name such as "DeepSeek-OCR"
        that is typed in one piece."""
        bearing, at = self.terms.bearing(typed), 0
        for own in map(words_of, free):
            called = self.joined_names.rows_of.get("".join(own)) if len(own) > 1 else None
            for place in range(at, at + len(own)) if called and not self.terms.are_name(own) else ():
                bearing[place] = (bearing[place] or 0) | (called or 0)
            at += len(own)
        return bearing

    def held(self, clause: Clause, *, deep: bool) -> Rows:
        """The papers for which a clause holds that is no words to look for anywhere."""
        held = united(1 << row for row, paper in enumerate(self.papers) if clause.matches(paper))
        if clause.field is None and not clause.negated and deep:
            phrase = phrase_words(clause.values[0].text)
            return held | united(
                1 << row
                for row, paper in enumerate(self.papers)
                if holds_phrase(phrase, words(paper.summary or ""))
            )
        return held & ~self.saying(words_of(clause)) if is_word(clause) else held

    def saying(self, typed: Sequence[str]) -> Rows:
        """The papers that these words alone would find, each of them asked for."""
        rows = self.all
        bearing, wider = self.terms.bearing(typed), self.terms.wider(typed)
        for at, word in enumerate(typed):
            rows &= self.text(word, deep=False) | (bearing[at] or 0) | (wider[at] or 0)
        return rows | (self.spoken("".join(typed)) or 0) | self.called(typed)

    def anywhere(self, typed: Sequence[str], *, deep: bool) -> Rows:
        """The papers that have each of the words as text, in either number."""
        rows = self.all
        for word in typed:
            rows &= self.text(word, deep=deep)
        return rows

    def text(self, word: str, *, deep: bool, is_left: bool = False) -> Rows:
        """The papers that have the word as text, in either number; *deep*, in their summaries, too."""
        rows = self.told(word, is_left=is_left) | self.titles.in_other_number(word)
        return rows | self.summaries.says(word) if deep else rows

    def told(self, word: str, *, is_left: bool) -> Rows:
        """The papers that have the word as text; *is_left*, it stands beside others that name terms."""
        called = self.authors.rows_of.get(word, 0) if is_left else 0
        return self.titles.begins(word) | self.names.begins(word) | (called or self.authors.begins(word))

    def called(self, name: Sequence[str]) -> Rows:
        """The papers whose name begins so, written together or apart."""
        joined = "".join(name)
        return self.joined_names.begins(joined) if len(joined) >= _LEAST_OF_NAME else 0

    def spoken(self, word: str) -> Rows | None:
        """The papers of the venue or year, or both, that it names."""
        if word in self.places:
            return self.places[word]
        both = _VENUE_AND_YEAR.fullmatch(word)
        if not both or both[1] not in self.places or f"20{both[2]}" not in self.places:
            return None
        return self.places[both[1]] & self.places[f"20{both[2]}"]
