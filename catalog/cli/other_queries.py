"""Queries that are surely meant otherwise than they are written, and how they are written then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TypeGuard

from catalog import query
from catalog.catalogue import Catalogue
from catalog.query.clauses import is_word, words_of
from catalog.query.joining import JOINING
from catalog.query.reading import answer

LITTLE = 10
"""Up to so many papers are little: their summaries may say more."""
_LONGEST_TYPED = 400
"""Characters: twice those of a long title."""
_MOST_NAMES = 3
"""Words of an author's name behind the one that stands behind the field."""
_BESIDE_NAMES = JOINING | {
    *("compare", "compared", "comparing", "comparison", "difference", "differences", "or")
}
"""What stands beside the names of papers, as in "compare FastV with ToMe"."""


def other_queries(line: str, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Why another query is surely meant, and that query."""
    if is_pasted(line):
        return
    if whole := _with_whole_author(query.parse(line, catalogue.vocabulary).clauses, catalogue):
        yield "one author", whole
    if names := _names_of_several(line, catalogue):
        yield "no paper has all of these names; any of them", f"name:{','.join(names)}"


def is_pasted(line: str) -> bool:
    """Whether nobody has typed that much: its words are not looked at one by one for what else was meant."""
    return len(line) > _LONGEST_TYPED


def in_summaries(line: str, catalogue: Catalogue) -> str | None:
    """The query with its words looked for in the summary, where they are found there and little otherwise."""
    asked = query.parse(line, catalogue.vocabulary)
    found = {paper.id for paper in query.select(catalogue, asked)}
    if len(found) > LITTLE or not any(map(_is_free, asked.clauses)):
        return None
    summed = " ".join(f"summary:{clause}" if _is_free(clause) else str(clause) for clause in asked.clauses)
    said = {paper.id for paper in query.select(catalogue, query.parse(summed, catalogue.vocabulary))}
    return summed if said - found else None


def _names_of_several(line: str, catalogue: Catalogue) -> Sequence[str]:
    """The words of a line that finds nothing, where each of them is the whole name of some paper."""
    asked = query.parse(line, catalogue.vocabulary)
    bare = list(filter(_is_bare, asked.clauses))
    if len(bare) < len(asked.clauses):
        return ()
    typed = [word for clause in bare for word in words_of(clause)]
    names = [word for word in dict.fromkeys(typed) if word not in _BESIDE_NAMES]
    known = {"".join(query.words(paper.name)) for paper in catalogue if paper.name}
    return names if len(names) > 1 and known.issuperset(names) and not answer(line, catalogue).papers else ()


def _is_free(clause: query.Condition) -> TypeGuard[query.Clause]:
    """Whether it is words that are looked for anywhere."""
    return isinstance(clause, query.Clause) and clause.field is None and not clause.negated


def _with_whole_author(clauses: Sequence[query.Condition], catalogue: Catalogue) -> str | None:
    """``author:Song Han`` with the whole name in quotes, where somebody is called so."""
    for at, clause in enumerate(clauses):
        if isinstance(clause, query.Either) or clause.field != "author":
            continue
        if len(clause.values) > 1 or '"' in clause.values[0].text:
            continue
        others = list(takewhile(_is_bare, clauses[at + 1 : at + 1 + _MOST_NAMES]))
        for more in range(len(others), 0, -1):
            name = " ".join(query.words(" ".join([clause.values[0].text, *map(str, others[:more])])))
            if _is_author(name, catalogue):
                whole = f'{"-" * clause.negated}author:"{name}"'
                return " ".join([*map(str, clauses[:at]), whole, *map(str, clauses[at + 1 + more :])])
    return None


def _is_bare(clause: query.Condition) -> TypeGuard[query.Clause]:
    """Whether it is words that are looked for anywhere, not in quotes."""
    return is_word(clause) and not clause.negated


def _is_author(name: str, catalogue: Catalogue) -> bool:
    asked = query.parse(f'author:"{name}"', catalogue.vocabulary)
    return any(True for _ in query.select(catalogue, asked))
