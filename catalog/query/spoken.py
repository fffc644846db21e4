"""Words of a query that say years, months, code or terms, as the filters that they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from catalog.query.clauses import MOST_WORDS, Clause, Condition, Either, Query
from catalog.query.spoken_code import spoken_code
from catalog.query.spoken_dates import MOST_OF_DATES, Said, spoken_dates
from catalog.query.spoken_terms import EITHER, name_at, names_kind, spoken_choice, spoken_exclusion
from catalog.query.values import Reader, Typed
from catalog.query.words import words
from catalog.vocabulary import Vocabulary


def with_spoken(
    clauses: Sequence[Condition], readers: Mapping[str, Reader], vocabulary: Vocabulary
) -> tuple[Condition, ...]:
    """The clauses, with filters in the place of words that say them: "since 2024", "without attention"."""
    dated = list(_with_dates(clauses, readers))
    coded = list(_with_code(dated, readers["code"], vocabulary))
    return tuple(_with_terms(coded, readers, vocabulary))


def _with_dates(clauses: Sequence[Condition], readers: Mapping[str, Reader]) -> Iterator[Condition]:
    spoken = [_one_word(clause) for clause in clauses]
    at = 0
    while at < len(clauses):
        said = spoken_dates(spoken[at : at + MOST_OF_DATES]) if spoken[at] else None
        yield _filter(said, readers) if said else clauses[at]
        at += said.words if said else 1


def _filter(said: Said, readers: Mapping[str, Reader]) -> Clause:
    return Clause(said.field, tuple(readers[said.field](Typed(value)) for value in said.value.split(",")))


def _with_code(clauses: Sequence[Condition], reader: Reader, vocabulary: Vocabulary) -> Iterator[Condition]:
    spoken = [" ".join(_bare_words(clause)) for clause in clauses]
    at = 0
    while at < len(clauses):
        code = spoken_code(spoken[at:], vocabulary) if spoken[at] else None
        yield Clause("code", (reader(Typed(code[1])),)) if code else clauses[at]
        at += code[0] if code else 1


def _with_terms(
    clauses: Sequence[Condition], readers: Mapping[str, Reader], vocabulary: Vocabulary
) -> Iterator[Condition]:
    spoken = [_bare_words(clause) for clause in clauses]
    if sum(map(len, spoken)) > MOST_WORDS:
        yield from clauses
        return
    may_join = any(one in spoken for one in (*EITHER, ("and",)))
    beside_kind = may_join and names_kind(spoken, vocabulary)
    at = 0
    while at < len(clauses):
        excluded = spoken_exclusion(spoken[at:], vocabulary) if spoken[at] else None
        is_choice = bool(spoken[at]) and may_join
        choice = spoken_choice(spoken[at:], vocabulary, beside_kind=beside_kind) if is_choice else None
        # What is a part of a name begins no other: "cache" in "KV cache quantization or offloading".
        name = name_at(spoken[at:], vocabulary) if is_choice else 1
        size = excluded.clauses if excluded else choice.clauses if choice else name
        said = " ".join(chain.from_iterable(spoken[at : at + size]))
        if excluded:
            for field, key in excluded.terms:
                yield Clause(field, (readers[field](Typed(key, quoted=" " in key)),), negated=True, said=said)
        elif choice:
            sides = (Query(tuple(clauses[at + one] for one in side)) for side in choice.sides)
            yield Either(tuple(sides), said=said)
        else:
            yield from clauses[at : at + size]
        at += size


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
