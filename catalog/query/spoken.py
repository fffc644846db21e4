"""Words of a query that say years, months or code, as the filters that they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from catalog.query.clauses import Clause, Condition, Either
from catalog.query.spoken_code import spoken_code
from catalog.query.spoken_dates import MOST_WORDS, Said, spoken_dates
from catalog.query.values import Reader, Typed
from catalog.query.words import words


def with_spoken(clauses: Sequence[Condition], readers: Mapping[str, Reader]) -> tuple[Condition, ...]:
    """The clauses, with filters in the place of words that say them: "since May 2024", "with code"."""
    return tuple(_with_code(list(_with_dates(clauses, readers)), readers["code"]))


def _with_dates(clauses: Sequence[Condition], readers: Mapping[str, Reader]) -> Iterator[Condition]:
    spoken = [_one_word(clause) for clause in clauses]
    at = 0
    while at < len(clauses):
        said = spoken_dates(spoken[at : at + MOST_WORDS]) if spoken[at] else None
        yield _filter(said, readers) if said else clauses[at]
        at += said.words if said else 1


def _filter(said: Said, readers: Mapping[str, Reader]) -> Clause:
    return Clause(said.field, tuple(readers[said.field](Typed(value)) for value in said.value.split(",")))


def _with_code(clauses: Sequence[Condition], reader: Reader) -> Iterator[Condition]:
    spoken = [" ".join(_bare_words(clause)) for clause in clauses]
    at = 0
    while at < len(clauses):
        code = spoken_code(spoken[at:]) if spoken[at] else None
        yield Clause("code", (reader(Typed(code[1])),)) if code else clauses[at]
        at += code[0] if code else 1


def _one_word(clause: Condition) -> str:
    """The word that the clause is, looked for anywhere and not in quotes; empty where it is anything else."""
    wanted = _bare_words(clause)
    return wanted[0] if len(wanted) == 1 else ""


def _bare_words(clause: Condition) -> tuple[str, ...]:
    """The words of the clause, if they are looked for anywhere and not in quotes."""
    if isinstance(clause, Either) or clause.field is not None or clause.negated:
        return ()
    text = clause.values[0].text
    return () if text.startswith('"') else words(text)
