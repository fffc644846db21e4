"""What ``catalog find`` says beside the papers: how a query was read, and what else it may mean."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice

from catalog import query
from catalog.catalogue import Catalogue
from catalog.cli.hints import hints
from catalog.cli.other_queries import in_summaries, is_pasted, other_queries
from catalog.cli.records import none_found
from catalog.counting import counted
from catalog.query.clauses import all_clauses, is_word, neighbours_joined, words_of
from catalog.query.joining import JOINING
from catalog.query.marks import with_capitals
from catalog.query.parser import joins, sides_without_brackets
from catalog.query.reading import Answer, answer
from catalog.query.words import words
from catalog.record import Paper

MOST_HINTS = 3
"""What is said at most, beside what was found, of what else a query may mean."""
_MOST_TRIED = 12
"""A longer query is none that one word more or less would change."""
_SMALL = {("or",), ("not",)}
"""Operators that are words in small letters."""


def advice(line: str, catalogue: Catalogue, *, found: int, nearly: bool = False) -> Iterator[str]:
    """What is said of a query beside the papers: that it found none, and what else it may mean.

    Parameters
    ----------
    found : how many papers there are
    nearly : whether they have most of the words, and none has all
    """
    if nearly:
        these = "this has" if found == 1 else "these have"
        yield f"no paper has all of these words; {these} most of them, or terms that mean them"
        found = 0
    elif not found:
        yield none_found(catalogue, line)
    yield from _joined(line, catalogue)
    yield from _spoken(line, catalogue)
    meant = list(_meant(line, other_queries(line, catalogue), catalogue))
    if not meant and not is_pasted(line):
        yield from _in_capitals(line, catalogue)
        said = answer(line, catalogue)
        yield from _required(said, catalogue)
        if not found:
            yield from _without(said, catalogue)
    others = () if is_pasted(line) else chain(hints(line, catalogue, found=found), _summed(line, catalogue))
    yield from islice(meant or others, MOST_HINTS)


def _joined(line: str, catalogue: Catalogue) -> Iterator[str]:
    """How AND and OR are read where no brackets tell, and the other way, where that may be meant."""
    sides = sides_without_brackets(line, query.parse(line, catalogue.vocabulary))
    if not sides:
        return
    said = " OR ".join(f"({side})" if len(side.clauses) > 1 else str(side) for side in sides)
    nearer = neighbours_joined(sides)
    papers = len(answer(str(nearer[1]), catalogue).papers) if nearer and _alike(nearer[0], catalogue) else 0
    other = f"; or: catalog find {shlex.quote(str(nearer[1]))} ({counted(papers, 'paper')})" if nearer else ""
    yield f"read as {said}{other if papers else ''}"


def _spoken(line: str, catalogue: Catalogue) -> Iterator[str]:
    """Which words were read as an exclusion or an OR, and the query for these words."""
    clauses = answer(line, catalogue).query.clauses
    groups = [(said, list(run)) for said, run in groupby(clauses, lambda clause: clause.said)]
    for said, read in groups:
        if said:
            others = [f'"{said}"' if one == said else " ".join(map(str, run)) for one, run in groups]
            papers = len(answer(" ".join(others), catalogue).papers)
            way = f"; as words: catalog find {shlex.quote(' '.join(others))} ({counted(papers, 'paper')})"
            yield f"'{said}' read as {' '.join(map(str, read))}{way if papers else ''}"


def _in_capitals(line: str, catalogue: Catalogue) -> Iterator[str]:
    """The query with "or" between words as an operator, where no title says it."""
    other = with_capitals(line)
    if other is None:
        return
    asked = query.parse(line, catalogue.vocabulary)
    small = [clause for clause in all_clauses(asked) if is_word(clause) and words_of(clause) in _SMALL]
    if not (small or "|" in line):
        return
    if not joins(line) and any(map(_says_small, query.select(catalogue, asked))):
        return
    try:
        papers = len(answer(other, catalogue).papers)
    except query.QueryError:
        return
    if papers:
        yield f"with operators in capitals: catalog find {shlex.quote(other)} ({counted(papers, 'paper')})"


def _says_small(paper: Paper) -> bool:
    return any((word,) in _SMALL for word in words(paper.title))


def _alike(either: query.Either, catalogue: Catalogue) -> bool:
    """Whether its sides are all filters or quotes, or words that name terms of one field."""
    clauses = list(all_clauses(query.Query((either,))))
    free = [clause for clause in clauses if is_word(clause)]
    named = [
        {field for field, _ in catalogue.vocabulary.fields_of(" ".join(words_of(clause)))} for clause in free
    ]
    return not free or (len(free) == len(clauses) and bool(set.intersection(*named)))


def _required(said: Answer, catalogue: Catalogue) -> Iterator[str]:
    """Which words beside terms a paper must have, and which not, with the query that asks otherwise."""
    for required, why, otherwise in (
        (True, "required, too", "without"),
        (False, "not required", "with"),
    ):
        ways = []
        named = dict.fromkeys(one.word for one in said.left if one.required is required)
        for word in islice(named, MOST_HINTS):
            other = _otherwise(said.query, word, "" if required else f'"{word}"')
            papers = len(answer(other, catalogue).papers)
            if papers == len(said.papers) or (required and not papers):
                continue  # to ask otherwise changes nothing
            way = f": catalog find {shlex.quote(other)}" if papers else ""
            ways.append(f"'{word}' ({counted(papers, 'paper')} {otherwise} it{way})")
        if ways:
            yield f"{why}: {', '.join(ways)}"


def _without(said: Answer, catalogue: Catalogue) -> Iterator[str]:
    """Of a query that finds nothing, the words without which it finds most."""
    free = (clause for clause in said.query.clauses if is_word(clause) and not clause.negated)
    typed = dict.fromkeys(word for clause in free for word in words_of(clause) if word not in JOINING)
    beside = {one.word for one in said.left}  # of these it is said already
    ways = []
    for word in [one for one in typed if one not in beside] if 1 < len(typed) <= _MOST_TRIED else ():
        other = _otherwise(said.query, word, "")
        if papers := len(answer(other, catalogue).papers):
            ways.append((papers, f"'{word}': catalog find {shlex.quote(other)} ({counted(papers, 'paper')})"))
    best = [way for _, way in sorted(ways, key=lambda way: -way[0])[:2]]
    if best:
        yield f"without {'; without '.join(best)}"


def _otherwise(asked: query.Query, word: str, put: str) -> str:
    """The query with *put* in the place of a word that is looked for anywhere."""
    parts: list[str] = []
    for clause in asked.clauses:
        if not is_word(clause) or clause.negated or word not in words_of(clause):
            parts.append(str(clause))
        else:
            parts += [put if one == word else one for one in words_of(clause)]
    return " ".join(filter(None, parts))


def _meant(line: str, others: Iterable[tuple[str, str]], catalogue: Catalogue) -> Iterator[str]:
    """Each of the queries *others*, with the reason for it, where it finds papers and is not *line*."""
    said = str(query.parse(line, catalogue.vocabulary))
    for why, other in others:
        if len(other) > query.LONGEST:  # the ids of cited papers may be longer than the keys
            continue
        asked = answer(other, catalogue)
        papers = len(asked.papers)
        if papers and str(asked.query) != said:
            yield f"{why}: catalog find {shlex.quote(other)} ({counted(papers, 'paper')})"


def _summed(line: str, catalogue: Catalogue) -> Iterator[str]:
    summed = in_summaries(line, catalogue)
    yield from _meant(line, [("said in summaries", summed)] if summed else [], catalogue)
