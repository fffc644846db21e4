"""Terms that a person asks for papers without, or of which one is enough.

"Without attention", "not for video" and "attention-free" are a filter that is negated, as
``-criterion:attention``; "pruning or merging" is ``(pruning OR merging)``, as both are terms of one field.
In quotes they stay words.  So do those of a longer name, as "without attention sinks" where that is no term:
behind the name there are only words that join others.  Beside a kind of papers "or" stays a word, too, as a
survey has no mechanism.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Final

from catalog.query.joining import JOINING
from catalog.query.words import other_number, words
from catalog.record import ORDINARY_KIND
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
    "a about also any are based be by do does doing for in involving is kind like methods need needing new "
    "of on papers relying rely require requiring that the those use used uses using via which with".split()
)
"""Words between that and the term."""
_BEHIND: Final = frozenset("map maps matrices matrix mechanisms score scores signals weights".split())
"""What a term is spoken of as: "attention scores"."""
_OR: Final = (("or",), ("nor",))
EITHER: Final = (("or",), ("vs",), ("versus",))
"""Between terms of which one is enough; "merging vs pruning" compares either."""
_OF_METHODS: Final = ("criterion", "mechanism", "training")
"""Fields in which a survey has no term."""
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


@dataclass(frozen=True)
class Choice:
    """Terms of one field, one of which a paper must have.

    Attributes
    ----------
    clauses : how many of them say it
    sides : for each term those that name it, by their places
    """

    clauses: int
    sides: tuple[tuple[int, ...], ...]


def spoken_choice(
    clauses: Sequence[Sequence[str]], vocabulary: Vocabulary, *, beside_kind: bool = False
) -> Choice | None:
    """Terms of one field that the *clauses* name with "or" between them, from the first of them on.

    In "pruning, merging or caching" it stands between the last ones alone; "image or video editing" is either
    way of editing; "merging vs pruning" compares papers of either; "on FPGA, Jetson or phones" says terms by
    their examples; and "ACL and EMNLP" are either, too, since no paper appeared in two places.

    Parameters
    ----------
    beside_kind : whether the question :func:`names_kind`, of whose papers no term of a method is asked
    """
    if shared := _with_shared_end(clauses, vocabulary):
        return shared
    first = _name_or_venue(clauses, vocabulary)
    if first is None or (beside_kind and first[1][0] in _OF_METHODS):
        return None
    field = first[1][0]
    spans, keys, joined = [(0, first[0])], {first[1]}, False
    while True:
        end = spans[-1][1]
        both = (*EITHER, ("and",)) if field == "venue" else EITHER
        is_or = any(_begins(clauses[end:], one) for one in both)
        at = _behind_joining(clauses, end + 1, vocabulary) if is_or else end
        named = _name_or_venue(clauses[at:], vocabulary)
        if named is None or named[1][0] != field:
            sides = tuple(tuple(range(start, stop)) for start, stop in spans)
            return Choice(end, sides) if joined and len(keys) > 1 else None
        spans.append((at, at + named[0]))
        keys.add(named[1])
        joined = joined or is_or


def _with_shared_end(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Choice | None:
    """ "Image or video editing": what is left out behind the first word stands behind the last one."""
    if not clauses[0] or not _begins(clauses[1:], ("or",)) or _name(clauses[:1], vocabulary):
        return None
    named = _name(clauses[2:], vocabulary)
    if named is None:
        return None
    size, term = named
    last = tuple(range(2, 2 + size))
    for own in range(1, size):
        end = last[own:]
        other = _called([*clauses[0], *chain.from_iterable(clauses[at] for at in end)], vocabulary)
        if other and other != term and other[0] == term[0]:
            return Choice(2 + size, ((0, *end), last))
    return None


def name_at(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> int:
    """How many of the *clauses*, from the first of them on, are what a term is called; 1 where none is."""
    named = _name(clauses, vocabulary)
    return named[0] if named else 1


def names_kind(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> bool:
    """Whether one of the *clauses* is what a kind of papers is called, other than the ordinary one."""
    terms = (_called(clause, vocabulary) for clause in clauses if clause)
    return any(term is not None and term[0] == "kind" and term[1] != ORDINARY_KIND for term in terms)


def _in_one_piece(clause: Sequence[str], vocabulary: Vocabulary) -> tuple[str, str] | None:
    """The term of "attention-free" and "non-attention", where that is not what a term is called; of
    "query-agnostic" that of "query-aware"."""
    if len(clause) < 2 or _called(clause, vocabulary):
        return None
    if clause[-1] == "free":
        term = _called(clause[:-1], vocabulary)
    elif clause[-1] == "agnostic":
        term = _called([*clause[:-1], "aware"], vocabulary)
    else:
        term = _called(clause[1:], vocabulary) if clause[0] == "non" else None
    return term if term and term[0] in _IN_ONE_PIECE else None


def _term(clauses: Sequence[Sequence[str]], vocabulary: Vocabulary) -> tuple[int, tuple[str, str]] | None:
    """How many clauses say a term with nothing but joining words around it, and the term."""
    at = _behind_joining(clauses, 0, vocabulary)
    named = _name(clauses[at:], vocabulary)
    if named is None:
        return None
    at += named[0]
    if at < len(clauses) and len(clauses[at]) == 1 and clauses[at][0] in _BEHIND:
        at += 1
    return (at, named[1]) if at == len(clauses) or not clauses[at] or clauses[at][0] in _ENDS else None


def _behind_joining(clauses: Sequence[Sequence[str]], at: int, vocabulary: Vocabulary) -> int:
    """The place behind words that may stand before a name, or that of a name that begins with one of them."""
    while at < len(clauses) and len(clauses[at]) == 1 and clauses[at][0] in _BETWEEN:
        if _name(clauses[at:], vocabulary):
            break
        at += 1
    return at


def _name_or_venue(
    clauses: Sequence[Sequence[str]], vocabulary: Vocabulary
) -> tuple[int, tuple[str, str]] | None:
    if named := _name(clauses, vocabulary):
        return named
    for size in range(min(_LONGEST_NAME, len(clauses)), 0, -1):
        if not all(clauses[:size]):
            continue
        name = "".join(chain.from_iterable(clauses[:size]))
        if term := _of_example(name, vocabulary):
            return size, term
        if key := vocabulary.resolve("venue", name):
            return size, ("venue", key)
    return None


def _of_example(name: str, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """The term of which that is an example, as "Jetson" is of edge devices."""
    for field, one in product(vocabulary.with_own(_FIELDS), (name, *other_number(name))):
        if key := vocabulary.such_as(field, one):
            return field, key
    return None


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
            return (field, key) if is_own or not any(keywords_within(parts, label, vocabulary)) else None
    return None


def keywords_within(parts: Sequence[str], label: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Keywords that some of the words are called and the label does not say.

    "KV cache eviction" is called pruning, and speaks of a KV cache.
    """
    said = " ".join(words(label))
    for first, last in combinations(range(len(parts) + 1), 2):
        run = " ".join(parts[first:last])
        key = vocabulary.called("keywords", run) if last - first < len(parts) and run not in said else None
        if key:
            yield key


def _begins(clauses: Sequence[Sequence[str]], said: Sequence[str]) -> bool:
    return [tuple(clause) for clause in clauses[: len(said)]] == [(word,) for word in said]
