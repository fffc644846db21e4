"""Terms that a person asks for papers without: "without attention", "not for video", "attention-free".

Words next to each other that say so are a filter that is negated, as ``-criterion:attention``; in quotes they
stay words.  So do those of a longer name, as "without attention sinks" where that is no term: behind the name
there are only words that join others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Final

from catalog.query.joining import JOINING
from catalog.query.words import words
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
    """What is said.

    Attributes
    ----------
    clauses : how many of them say it
    terms : field and key of each term that papers are not to have
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
        if not any(_begins(clauses[end:], one) for one in _OR):
            break
        at = end + 1
    return Excluded(end, tuple(terms)) if terms else None


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
    at = 0
    named = _name(clauses, vocabulary)
    while not named and at < len(clauses) and len(clauses[at]) == 1 and clauses[at][0] in _BETWEEN:
        at += 1
        named = _name(clauses[at:], vocabulary)
    if not named:
        return None
    size, term = named
    at += size
    if at < len(clauses) and len(clauses[at]) == 1 and clauses[at][0] in _BEHIND:
        at += 1
    return (at, term) if at == len(clauses) or not clauses[at] or clauses[at][0] in _ENDS else None


def _name(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> tuple[int, tuple[str, str]] | None:
    """How many clauses, from the first on, are the longest name of a term, and the term."""
    for size in range(min(_LONGEST_NAME, len(clauses)), 0, -1):
        parts = list(chain.from_iterable(clauses[:size]))
        if all(clauses[:size]) and (term := _called(parts, vocabulary)):
            return size, term
    return None


def _called(parts: Sequence[str], vocabulary: Vocabulary) -> tuple[str, str] | None:
    """The term that these words are called, if they speak of no keyword besides."""
    name = " ".join(parts)
    for field in vocabulary.with_own(_FIELDS):
        if key := vocabulary.called(field, name):
            label = vocabulary.label(field, key)
            is_own = field == "keywords" or fold(name) == fold(label)
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
