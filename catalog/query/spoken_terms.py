"""Terms that a person asks for papers without, or of which one is enough.

"Without attention", "not for video" and "attention-free" are a filter that is negated, as
``-criterion:attention``; "pruning or merging" is ``(pruning OR merging)``, as both are terms of one field.
In quotes they stay words.  So do those of a longer name, as "without attention sinks" where that is no term:
behind the name there are only words that join others.  Beside a kind of papers "or" stays a word, too, as a
survey has no mechanism.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Final

from catalog.query.joining import JOINING
from catalog.query.term_names import ORDINARY_KIND
from catalog.query.words import other_number, words
from catalog.vocabulary import Vocabulary, fold

_FIELDS: Final = ("domain", "task", "criterion", "mechanism", "training", "keywords", "kind")
_IN_ONE_PIECE: Final = ("criterion", "mechanism")
"""Fields of "attention-free" and "non-attention": what is free of OCR reads documents all the same."""
_NEGATORS: Final = (
    ("without",),
    ("not",),
    ("no",),
    ("except",),
    ("excluding",),
    ("other", "than"),
    ("rather", "than"),
    ("instead", "of"),
)
_BETWEEN: Final = frozenset(
    "a any based by doing for in involving kind like need needing new of on relying rely require requiring "
    "the use used uses using via with".split()
)
"""Words between that and the term."""
_BEHIND: Final = frozenset("map maps matrices matrix mechanisms score scores signals weights".split())
"""What a term is spoken of as: "attention scores"."""
_OR: Final = (("or",), ("nor",))
_ENDS: Final = JOINING | {"except", "excluding", "no", "nor", "please"}
_LONGEST_NAME: Final = 6
"""Clauses of the longest name of a term that is looked for."""


@dataclass(frozen=True)
class Excluded:
    """What papers are not to have.

    Attributes
    ----------
    clauses : how many of them say it
    terms : field and key of each
    """

    clauses: int
    terms: tuple[tuple[str, str], ...]


def spoken_exclusion(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Excluded | None:
    """What the *clauses* ask for papers without, from the first of them on.

    Each holds folded words, several where they are written with hyphens; one that is empty is no words.
    """
    if compound := _in_one_piece(clauses[0], vocabulary):
        return Excluded(1, (compound,))
    negator = next((one for one in _NEGATORS if _begins(clauses, one)), None)
    if negator is None or _name(clauses, vocabulary):  # "without training" is what a term is called
        return None
    terms: list[tuple[str, str]] = []
    end, at = 0, len(negator)
    while found := _term(clauses[at:], vocabulary):
        terms.append(found[1])
        end = at + found[0]
        if not _goes_on(clauses[end:], found[1][0], vocabulary):
            break
        at = end + 1
    return Excluded(end, tuple(terms)) if terms else None


def _goes_on(clauses: Sequence[Sequence[str]], field: str, vocabulary: Vocabulary) -> bool:
    """Whether one more term may be left out: behind "or", and behind "and" where it is of the same field."""
    if any(_begins(clauses, one) for one in _OR):
        return True
    named = _name(clauses[1:], vocabulary) if _begins(clauses, ("and",)) else None
    return named is not None and named[1][0] == field


def spoken_choice(
    clauses: Sequence[Sequence[str]], vocabulary: Vocabulary, *, beside_kind: bool = False
) -> list[tuple[int, int]] | None:
    """Where the *clauses* name terms of one field with "or" between them, from the first of them on: for each
    name the clause at which it begins, and the one behind it.

    In "pruning, merging or caching" it stands between the last ones alone.

    Parameters
    ----------
    beside_kind : whether the question :func:`names_kind`, so that only of kinds either is meant
    """
    first = _name(clauses, vocabulary)
    if first is None or (beside_kind and first[1][0] != "kind"):
        return None
    spans, keys, joined = [(0, first[0])], {first[1]}, False
    while True:
        end = spans[-1][1]
        is_or = _begins(clauses[end:], ("or",))
        at, named = (
            _next_name(clauses, end + 1, vocabulary) if is_or else (end, _name(clauses[end:], vocabulary))
        )
        if named is None or named[1][0] != first[1][0]:
            return spans if joined and len(keys) > 1 else None
        spans.append((at, at + named[0]))
        keys.add(named[1])
        joined = joined or is_or


def names_kind(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> bool:
    """Whether one of the *clauses* is what a kind of papers is called, other than the ordinary one."""
    terms = (_called(clause, vocabulary) for clause in clauses if clause)
    return any(term is not None and term[0] == "kind" and term[1] != ORDINARY_KIND for term in terms)


def _in_one_piece(clause: Sequence[str], vocabulary: Vocabulary) -> tuple[str, str] | None:
    """The term of "attention-free" and "non-attention", where that is not what a term is called."""
    if len(clause) < 2 or _called(clause, vocabulary):
        return None
    if clause[-1] == "free":
        term = _called(clause[:-1], vocabulary)
    else:
        term = _called(clause[1:], vocabulary) if clause[0] == "non" else None
    return term if term and term[0] in _IN_ONE_PIECE else None


def _term(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> tuple[int, tuple[str, str]] | None:
    """How many clauses say a term with nothing but joining words around it, and the term."""
    at, named = _next_name(clauses, 0, vocabulary)
    if named is None:
        return None
    at += named[0]
    if at < len(clauses) and len(clauses[at]) == 1 and clauses[at][0] in _BEHIND:
        at += 1
    return (at, named[1]) if at == len(clauses) or not clauses[at] or clauses[at][0] in _ENDS else None


def _next_name(
    clauses: Sequence[Sequence[str]], at: int, vocabulary: Vocabulary
) -> tuple[int, tuple[int, tuple[str, str]] | None]:
    """Where a name begins behind words that may stand before one, and the name as :func:`_name` has it."""
    named = _name(clauses[at:], vocabulary)
    while named is None and at < len(clauses) and len(clauses[at]) == 1 and clauses[at][0] in _BETWEEN:
        at += 1
        named = _name(clauses[at:], vocabulary)
    return at, named


def _name(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> tuple[int, tuple[str, str]] | None:
    """How many clauses, from the first on, are the longest name of a term, and the term."""
    for size in range(min(_LONGEST_NAME, len(clauses)), 0, -1):
        parts = list(chain.from_iterable(clauses[:size]))
        if all(clauses[:size]) and (term := _called(parts, vocabulary)):
            return size, term
    return None


def _called(parts: Sequence[str], vocabulary: Vocabulary) -> tuple[str, str] | None:
    """The term that these words are called, if they speak of no keyword besides."""
    name = "".join(parts)
    for field, one in product(vocabulary.with_own(_FIELDS), (name, *other_number(name))):
        if key := vocabulary.called(field, one):
            label = vocabulary.label(field, key)
            is_own = field == "keywords" or one == fold(label)
            return (field, key) if is_own or not _speaks_of_more(parts, label, vocabulary) else None
    return None


def _speaks_of_more(parts: Sequence[str], label: str, vocabulary: Vocabulary) -> bool:
    """Whether some of the words are a keyword, as in "KV cache eviction", which is called pruning."""
    said = " ".join(words(label))
    runs = (parts[first:last] for first, last in combinations(range(len(parts) + 1), 2))
    return any(
        len(run) < len(parts) and " ".join(run) not in said and vocabulary.called("keywords", " ".join(run))
        for run in runs
    )


def _begins(clauses: Sequence[Sequence[str]], said: Sequence[str]) -> bool:
    return [tuple(clause) for clause in clauses[: len(said)]] == [(word,) for word in said]
