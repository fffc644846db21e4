"""What a query is made of: conditions that must all hold, and queries of which one must."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypeGuard

from catalog.query.values import Value
from catalog.query.words import words
from catalog.record import Paper

MOST_WORDS: Final = 40
"""More words than this are pasted text, and no question: each of them is asked for."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition.

    Attributes
    ----------
    field : the field's name; ``None`` for words anywhere
    values : one of which a paper must have
    negated : it must have none of them instead
    said : the words that were read as this exclusion, such as "without attention"
    """

    field: str | None
    values: tuple[Value, ...]
    negated: bool = False
    said: str = dataclasses.field(default="", compare=False)

    def matches(self, paper: Paper) -> bool:
        """Whether the condition holds for *paper*."""
        return any(value.test(paper) for value in self.values) is not self.negated

    def __str__(self) -> str:
        values = ",".join(value.text for value in self.values)
        return f"{'-' * self.negated}{self.field + ':' if self.field else ''}{values}"


@dataclass(frozen=True, slots=True)
class Either:
    """Queries of which one must hold, or none where it is negated; what brackets hold together.

    Attributes
    ----------
    said : the words that were read so without brackets, such as "pruning or merging"
    """

    queries: tuple[Query, ...]
    negated: bool = False
    said: str = dataclasses.field(default="", compare=False)

    def matches(self, paper: Paper) -> bool:
        """Whether the condition holds for *paper*."""
        return any(query.matches(paper) for query in self.queries) is not self.negated

    def __str__(self) -> str:
        return f"{'NOT ' * self.negated}({' OR '.join(map(str, self.queries))})"


Condition = Clause | Either


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions that must all hold; without any, every paper is meant."""

    clauses: tuple[Condition, ...] = ()

    def matches(self, paper: Paper) -> bool:
        """Whether *paper* is meant."""
        return all(clause.matches(paper) for clause in self.clauses)

    def __and__(self, other: Query) -> Query:
        """The papers that both mean."""
        return Query(self.clauses + other.clauses)

    def __str__(self) -> str:
        return " ".join(map(str, self.clauses))


def either_of(queries: Iterable[Query], *, negated: bool = False) -> tuple[Condition, ...]:
    """What holds where one of *queries* does, or where none does, as plainly as it can be said.

    Queries that ask for nothing are left out; values of one field stand in one clause, with commas.
    """
    given = tuple(queries)
    if len(given) == 1 and not negated:
        return given[0].clauses
    several = tuple(dict.fromkeys(chain.from_iterable(map(_sides, given))))
    if len(several) == 1:
        (only,) = several
        if not negated:
            return only.clauses
        if len(only.clauses) == 1:
            return _turned(only.clauses[0])
    fields = {_field_asked(query) for query in several}
    if len(several) > 1 and len(fields) == 1 and None not in fields:
        values = [value for query in several for clause in all_clauses(query) for value in clause.values]
        return (Clause(fields.pop(), tuple(dict.fromkeys(values)), negated),)
    return (Either(several, negated),) if several else ()


def neighbours_joined(sides: Sequence[Query]) -> tuple[Either, Query] | None:
    """What OR joins if it binds closer than AND, and all of the query then: "a (b OR c) d" of "a b OR c d".

    ``None`` where several ORs have more than one clause between them.
    """
    first, *between, last = (side.clauses for side in sides)
    if any(len(clauses) > 1 for clauses in between):
        return None
    either = Either(tuple(Query(one) for one in (first[-1:], *between, last[:1])))
    return either, Query((*first[:-1], either, *last[1:]))


def _sides(query: Query) -> tuple[Query, ...]:
    """The queries that it is the either of: itself, where it is none."""
    match query.clauses:
        case ():
            return ()
        case (Either(queries, negated=False),):
            return queries
    return (query,)


def _turned(condition: Condition) -> tuple[Condition, ...]:
    """What holds where *condition* does not."""
    turned = replace(condition, negated=not condition.negated)
    return either_of(turned.queries) if isinstance(turned, Either) and not turned.negated else (turned,)


def _field_asked(query: Query) -> str | None:
    """The field of a query that is one filter and excludes nothing."""
    match query.clauses:
        case (Clause(field, _, negated=False),):
            return field
    return None


def all_clauses(query: Query) -> Iterator[Clause]:
    """Its conditions, those within brackets, too."""
    for clause in query.clauses:
        if isinstance(clause, Clause):
            yield clause
        else:
            yield from chain.from_iterable(map(all_clauses, clause.queries))


def is_word(clause: Condition) -> TypeGuard[Clause]:
    """Whether it is words that are looked for anywhere, or nowhere, and not in quotes."""
    if isinstance(clause, Either) or clause.field is not None:
        return False
    return not clause.values[0].text.startswith('"')


def words_of(clause: Clause) -> tuple[str, ...]:
    """The folded words of a clause that :func:`is_word`."""
    return words(clause.values[0].text)
