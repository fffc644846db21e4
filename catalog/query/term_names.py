"""Terms that are named in plain words: which papers bear the term that words next to each other are called,
and which bear a term with these words in its label, as "video editing" has "video".

The site's scripts do the same in ``term_names.js``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catalog.query.words import other_number, words
from catalog.record import ORDINARY_KIND
from catalog.vocabulary import Vocabulary

Rows = int
"""Papers as bits."""

_NAMED: Final = ("domain", "task", "criterion", "mechanism", "training", "keywords", "venue", "kind")
"""Fields of which words next to each other may be a term."""
_LABELLED: Final = ("task", "criterion", "mechanism", "keywords")
"""Fields of which a word may be a part of a term's label."""
_LONGEST_NAME: Final = 6
"""Words of the longest name of a term that is looked for."""
ALSO: Final[Mapping[str, str]] = {"free": "both", "based": "both"}
"""Terms of ``training`` that another one holds in itself: what is offered both ways is offered this way."""
_LEAST_LETTERS: Final = 3
_IDLE: Final = ("and", "for", "the", "with")
"""Shorter words, and these, say nothing about a term whose label has them."""
_VERSION: Final = re.compile(r"(?<=...)v?[0-9]+$")
"""What stands behind the name of a model of which there are several: "InternVL3", "YOLOv8"."""


@dataclass(frozen=True)
class _Name:
    """What a term is called.

    Attributes
    ----------
    also : whether it is not the term's label, but another name, an example or what people ask for it by
    """

    field: str
    key: str
    label: str
    parts: tuple[str, ...]
    rows: Rows
    also: bool


class TermNames:
    """The terms that papers bear, by their names."""

    def __init__(self, bearing: Mapping[tuple[str, str], Rows], vocabulary: Vocabulary) -> None:
        names = list(_names(bearing, vocabulary))
        by_name: dict[str, list[_Name]] = {}
        for one in names:
            by_name.setdefault("".join(one.parts), []).append(one)
        meant = {name: _own(several) for name, several in by_name.items()}
        self._rows = {name: _held(several, by_name) for name, several in meant.items()}
        self._fields = {name: {one.field for one in several} for name, several in meant.items()}
        kinds = {name: [one for one in several if one.field == "kind"] for name, several in meant.items()}
        self._bare = {name: _without_terms(several, bearing) for name, several in kinds.items() if several}
        self._labelled: dict[str, dict[tuple[str, str], Rows]] = {}
        labelled = vocabulary.with_own(_LABELLED)
        for one in names:
            if one.field in labelled:
                for word in words(one.label):
                    if len(word) >= _LEAST_LETTERS and word not in _IDLE:
                        self._labelled.setdefault(word, {})[one.field, one.key] = one.rows

    def bearing(self, typed: Sequence[str]) -> list[Rows | None]:
        """For each word, the papers with a term that it helps to name; ``None`` where it names none.

        A survey has no mechanism: beside the name of a kind whose papers have no term in a field, no other
        name asks those papers for one.
        """
        bearing: list[Rows | None] = [None] * len(typed)
        named = list(self._named(typed))
        bare = [without for _, _, name, _ in named for without in self._bare.get(name, ())]
        for first, last, name, rows in named:
            for field, papers in bare:
                rows |= papers if field in self._fields[name] else 0
            for at in range(first, last):
                bearing[at] = (bearing[at] or 0) | rows
        return bearing

    def are_name(self, typed: Sequence[str]) -> bool:
        """Whether these words, together, are what some term is called."""
        return "".join(typed) in self._rows

    def wider(self, typed: Sequence[str]) -> list[Rows | None]:
        """For each word, the papers with a term in whose label it is, with the other words of a name."""
        wider: list[Rows | None] = [None] * len(typed)
        for first, last in self.phrases(typed):
            for rows in self._in_labels(typed[first:last]):
                for at in range(first, last):
                    wider[at] = (wider[at] or 0) | rows
        return wider

    def phrases(self, typed: Sequence[str]) -> list[tuple[int, int]]:
        """All of the words: those that name a term together, the longest first, and each of the others."""
        named = sorted(self._named(typed), key=lambda one: one[0] - one[1])
        phrases: list[tuple[int, int]] = []
        for first, last in [(one[0], one[1]) for one in named] + [(at, at + 1) for at in range(len(typed))]:
            if all(end <= first or start >= last for start, end in phrases):
                phrases.append((first, last))
        return sorted(phrases)

    def _named(self, typed: Sequence[str]) -> Iterator[tuple[int, int, str, Rows]]:
        """Where words name terms, by which name, and the papers with these."""
        for first in range(len(typed)):
            for last in range(first + 1, min(len(typed), first + _LONGEST_NAME) + 1):
                name = "".join(typed[first:last])
                names = [name, *other_number(name)]
                if last == first + 1:
                    names.append(_VERSION.sub("", name))
                known = next((one for one in names if one in self._rows), None)
                if known is not None:
                    yield first, last, known, self._rows[known]

    def _in_labels(self, phrase: Sequence[str]) -> Iterator[Rows]:
        """The papers of each term with all of these words in its label."""
        terms = [
            {
                term: rows
                for one in (word, *other_number(word))
                for term, rows in self._labelled.get(one, {}).items()
            }
            for word in phrase
        ]
        for term, rows in terms[0].items():
            if all(term in others for others in terms[1:]):
                yield rows


def rows_bearing(field: str, key: str, bearing: Mapping[tuple[str, str], Rows]) -> Rows:
    """The papers of a term, and those that bear another one instead which holds it in itself."""
    also = ALSO.get(key, key) if field == "training" else key
    return bearing.get((field, key), 0) | bearing.get((field, also), 0)


def _without_terms(kinds: Sequence[_Name], bearing: Mapping[tuple[str, str], Rows]) -> list[tuple[str, Rows]]:
    """The fields in which no paper of these kinds has a term, each with the papers."""
    papers = 0
    for kind in kinds:
        papers |= kind.rows
    having = dict.fromkeys((field for field, _ in bearing), 0)
    for (field, _), rows in bearing.items():
        having[field] |= rows
    return [(field, papers) for field, rows in having.items() if not rows & papers]


def _names(bearing: Mapping[tuple[str, str], Rows], vocabulary: Vocabulary) -> Iterator[_Name]:
    """What the terms are called that papers bear."""
    for field in vocabulary.with_own(_NAMED):
        for key, term in vocabulary.terms.get(field, {}).items():
            rows = rows_bearing(field, key, bearing)
            if not rows or key == ORDINARY_KIND:  # who types the word does not ask for most papers
                continue
            # Keys and tags may be words of every day; those of venues are not, but one word is spoken of.
            own = (key, term.label) if field == "venue" else (term.label,)
            others = (*term.aliases, *(term.tags if field == "venue" else ()), *term.examples, *term.asked)
            for at, name in enumerate((*own, *others)):
                parts = words(name)
                if len(parts) > (field == "venue"):
                    yield _Name(field, key, term.label, parts, rows, at >= len(own))


def _own(several: Sequence[_Name]) -> Sequence[_Name]:
    """The terms that are meant by one name: a label goes before other names."""
    return [one for one in several if not one.also] or several


def _held(several: Sequence[_Name], by_name: Mapping[str, Sequence[_Name]]) -> Rows:
    """The papers of all terms that are meant by one name."""
    meant = 0
    for one in {(one.field, one.key): one for one in reversed(several)}.values():
        rows = one.rows
        for other in _within(one, by_name):
            rows &= other.rows
        meant |= rows
    return meant


def _within(name: _Name, by_name: Mapping[str, Sequence[_Name]]) -> Iterator[_Name]:
    """Keywords that the name speaks of and the term does not: "KV cache eviction" is called pruning."""
    if not name.also or name.field == "keywords":
        return
    label = " ".join(words(name.label))
    size = len(name.parts)
    for first in range(size):
        for last in range(first + 1, size + 1):
            run = name.parts[first:last]
            if last - first < size and " ".join(run) not in label:
                yield from (one for one in by_name.get("".join(run), ()) if one.field == "keywords")
