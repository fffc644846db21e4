"""A plainly worded question: what its words are read as, and the papers that it finds in a catalogue.

``training-free visual token pruning for video LLMs since 2024`` names terms, years, words that only join
others, and words that are none of it.  What the words of a query find beside its filters is told here, and a
second time by the site's scripts (``finding.js``, ``term_names.js``, ``required.js``, ``nearest.js``,
``term_texts.js``); ``tests/question_cases.json`` is the table that both pass.

1.  A word finds the papers that have it as text, as ``bare`` does in the query language; those with a term
    that it names, alone or with the words next to it, by its label, another name, an example or what people
    ask for it by (of a training that is free or based, also those with both; of a mechanism beside "survey",
    also surveys, which have none); and those with a term in whose label it is.  A venue and a year find the
    papers that appeared there, and all words together a paper whose name begins so; a name in one piece, such
    as DeepSeek-OCR, is a name beside others, too.
2.  Words that only join others (:mod:`~catalog.query.joining`) are not asked for beside others.
3.  Where some words name terms, those left over are asked for unless many titles have words that begin so;
    of authors, they find those whose names have the whole word, if there are any.
4.  Where nothing is found, summaries are looked into, too.
5.  Where nothing is found there, and where left-over words leave so few papers that they may have met them
    by chance, those left-over words are not asked for either with which so few are left.  A paper that has
    all of the words as text, as those of its title, is no chance, nor is one of whose authors they are the
    name.
6.  Where no word names a term and nothing is found, and little in summaries, words that many titles have are
    not asked for.
7.  Who reads the answer, and passes it to no program, gets the papers with the most of the words where none
    has all of them: in a text, a summary or by a term, also one in whose definition or names the word stands,
    whatever its ending.  A word counts the more the fewer papers have it.

Words in quotes and fields are always meant, and as they stand.  What brackets hold is one more
question, and so is each side of an OR.  AND, OR and NOT are words in a text that stands in a title, as in
"Do NOT Think That Much for 2+3".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from catalog.catalogue import Catalogue
from catalog.query.clauses import MOST_WORDS, Query, all_clauses, is_word, words_of
from catalog.query.finding import Left, Way, find, find_nearest
from catalog.query.language import parse
from catalog.query.parser import joins
from catalog.query.reader import Reader
from catalog.query.words import words
from catalog.record import Paper

_LEAST_OF_TITLE: Final = 6
"""Words in a row from which on a text with operators is a part of a title."""
_LEAST_IN_SMALL: Final = 4
"""The same of a text with "or", "not" and the like in small letters."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The papers that a question finds, in the catalogue's order, and how it was read.

    Attributes
    ----------
    query : its clauses, as the query language takes them
    left : the words beside those that name terms
    deep : whether the words are in summaries, and nowhere else
    named : the words that help to name terms, or are a name in one piece
    nearly : whether no paper has all of the words, and these have most of them
    """

    papers: tuple[Paper, ...]
    query: Query
    left: tuple[Left, ...] = ()
    deep: bool = False
    named: frozenset[str] = frozenset()
    nearly: bool = False


@dataclass
class _Kept:
    """The reader of the catalogue that was asked last: questions come one after another."""

    catalogue: Catalogue | None = None
    reader: Reader | None = None

    def of(self, catalogue: Catalogue) -> Reader:
        if self.reader is None or self.catalogue is not catalogue:
            self.catalogue, self.reader = catalogue, Reader(catalogue)
        return self.reader


_READERS: Final = _Kept()


def nearest_answer(text: str, catalogue: Catalogue) -> Answer:
    """What *text* finds, or, where that is nothing, what comes nearest to it.

    Raises
    ------
    QueryError : as :func:`catalog.query.parse` does
    """
    said = answer(text, catalogue)
    free = [word for clause in all_clauses(said.query) if is_word(clause) for word in words_of(clause)]
    if said.papers or not free or len(set(free)) > MOST_WORDS:
        return said
    reader = _READERS.of(catalogue)
    near = find_nearest(said.query, reader)
    return Answer(reader.papers_of(near), said.query, nearly=True) if near else said


def answer(text: str, catalogue: Catalogue) -> Answer:
    """What *text* finds.

    Raises
    ------
    QueryError : as :func:`catalog.query.parse` does
    """
    query = _parsed(text, catalogue)
    if all(clause.field for clause in all_clauses(query)):
        return Answer(tuple(filter(Query(tuple(dict.fromkeys(query.clauses))).matches, catalogue)), query)
    reader = _READERS.of(catalogue)
    found = find(query, reader)
    asked = [one.word for one in found.left if one.required]
    if found.rows and not (asked and reader.is_chance(found.rows, found.told, asked)):
        return Answer(reader.papers_of(found.rows), query, found.left, named=found.named)
    deep = 0 if found.rows else find(query, reader, Way(deep=True)).rows
    if deep and not ((asked or not found.reads) and reader.are_few(deep)):
        return Answer(reader.papers_of(deep), query, found.left, deep=True, named=found.named)
    relaxed = find(query, reader, Way(relaxed=True)) if asked or not found.reads else found
    if relaxed.rows:
        return Answer(reader.papers_of(relaxed.rows), query, relaxed.left, named=found.named)
    return Answer(reader.papers_of(deep), query, found.left, deep=bool(deep), named=found.named)


def _parsed(text: str, catalogue: Catalogue) -> Query:
    """What *text* asks for; operators, "or" and "not" are words where these stand so in a title."""
    typed = words(text)
    if joins(text) and _is_of_title(typed, _LEAST_OF_TITLE, catalogue):
        text = text.lower()
    query = parse(text, catalogue.vocabulary)
    said = any(clause.said for clause in query.clauses)
    if said and _is_of_title(typed, _LEAST_IN_SMALL, catalogue):
        return parse("-".join(typed), catalogue.vocabulary)
    return query


def _is_of_title(typed: Sequence[str], least: int, catalogue: Catalogue) -> bool:
    return len(typed) >= least and _READERS.of(catalogue).are_titled(typed)
