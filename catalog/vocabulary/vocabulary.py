"""All terms of a catalogue, and which of them a word means."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from rapidfuzz import fuzz, process

from catalog.vocabulary.reading import read_vocabulary
from catalog.vocabulary.rules import Rule
from catalog.vocabulary.terms import BEFORE_OWN, TERM_FILES, Term, Venue, file_of, fold

_LEAST = 70
_LEAST_OF_SHORT = 75
_LEAST_OF_SHORTENED = 60
"""How alike a term must be to be meant by another word, of 100."""
_SHORT = 6
"""Letters of a word that is short: two wrong ones make another word of it."""


def _is_near(word: str, name: str) -> bool:
    """Whether the folded *word* may be meant for *name*: with a slip in it, or shortened, as "attn" is.

    >>> _is_near("eccvv", "eccv"), _is_near("attn", "attention"), _is_near("foo", "mefomo")
    (True, True, False)
    """
    letters = iter(name)
    is_shortened = word[:1] == name[:1] and all(letter in letters for letter in word)
    return is_shortened or fuzz.ratio(word, name) >= (_LEAST_OF_SHORT if len(word) <= _SHORT else _LEAST)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All terms of a catalogue, by field and key, in the order of their files.

    Two vocabularies are equal when they are the same object, so that what is worked out from one can be
    cached by it.

    Attributes
    ----------
    labels : what readers call the fields; one that is no field of every catalogue is this catalogue's own
    renamed : the fields that the catalogue calls otherwise than the engine does
    rules : what its terms bring with them in other fields
    """

    terms: Mapping[str, Mapping[str, Term]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    renamed: frozenset[str] = frozenset()
    rules: tuple[Rule, ...] = ()

    @classmethod
    def load(
        cls,
        folder: Path,
        fixed: Mapping[str, Collection[str]] = MappingProxyType({}),
        labels: Mapping[str, str] = MappingProxyType({}),
        renamed: Collection[str] = (),
    ) -> Vocabulary:
        """Read every file of *folder*.

        Parameters
        ----------
        fixed : field -> the keys that its file holds, all of them and no other; or none, where the topic
            does without the field
        labels, renamed : as in the class

        Raises
        ------
        CatalogError : a file is missing, of no field or wrong, with file and line
        """
        terms, rules = read_vocabulary(folder, fixed, labels)
        return cls(terms, dict(labels), frozenset(renamed), rules)

    def __getitem__(self, name: str) -> Mapping[str, Term]:
        return self.terms[name]

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The fields of terms that this catalogue has beside those of every catalogue."""
        return tuple(name for name in self.terms if name not in TERM_FILES)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of terms that records of this catalogue have: not those without any term.

        A topic may do without settings, say; then their file is empty, and nothing shows or asks for them.
        """
        return tuple(name for name, terms in self.terms.items() if terms)

    def has_field(self, name: str) -> bool:
        """Whether records of this catalogue have the field *name*: not one of terms without any term."""
        return name in self.fields or name not in self.terms

    def with_own(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of *names* that are fields here, with the catalogue's own in their place among them."""
        at = names.index(BEFORE_OWN) if BEFORE_OWN in names else len(names)
        return tuple(name for name in (*names[:at], *self.own, *names[at:]) if self.has_field(name))

    @staticmethod
    def file_of(name: str) -> str:
        """The file with the terms of the field *name*, below ``papers/vocabulary/``."""
        return file_of(name)

    def label(self, name: str, key: str) -> str:
        """The term's label, or the key itself where the vocabulary does not know it."""
        term = self.terms[name].get(key)
        return term.label if term else key

    def venue(self, key: str | None) -> Venue | None:
        venue = self.terms["venue"].get(key) if key else None
        return venue if isinstance(venue, Venue) else None

    def is_preprint(self, key: str | None) -> bool:
        """Whether the venue *key* is known, and one for preprints, so that to be there is not publication."""
        venue = self.venue(key)
        return venue is not None and venue.type == "preprint"

    def nearest(self, name: str, word: str) -> str | None:
        """The key that *word* probably means: by another name or an example, or else the nearest."""
        exact = self._by_word.get((name, fold(word))) or self.such_as(name, word)
        if exact:
            return exact
        choices = {(key, w): fold(w) for key, w in self._words(name)}
        alike = process.extract(
            fold(word), choices, scorer=fuzz.ratio, score_cutoff=_LEAST_OF_SHORTENED, limit=None
        )
        return next((key for name, _, (key, _) in alike if _is_near(fold(word), name)), None)

    def resolve(self, name: str, word: str) -> str | None:
        """The key whose key, label, alias or tag is *word*, ignoring case and punctuation."""
        return self._by_word.get((name, fold(word)))

    def called(self, name: str, word: str) -> str | None:
        """The key whose label or alias is *word*, or that people ask for by it; keys and tags, which may be
        words of every day, are not."""
        return self._by_name.get((name, fold(word)))

    def such_as(self, name: str, word: str) -> str | None:
        """The key of which *word* is an example, or by which people ask for it."""
        return self._by_example.get((name, fold(word)))

    def fields_of(self, word: str) -> Iterator[tuple[str, str]]:
        """Every (field, key) that *word* names."""
        for name in self.terms:
            key = self.resolve(name, word)
            if key:
                yield name, key

    def _words(self, name: str) -> Iterator[tuple[str, str]]:
        for key, term in self.terms[name].items():
            for word in (key, term.label, *term.aliases, *term.tags):
                yield key, word

    @cached_property
    def _by_word(self) -> dict[tuple[str, str], str]:
        index: dict[tuple[str, str], str] = {}
        for name in self.terms:
            for key, word in self._words(name):
                index.setdefault((name, fold(word)), key)
        return index

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], str]:
        index: dict[tuple[str, str], str] = {}
        for name, terms in self.terms.items():
            for key, term in terms.items():
                for word in (term.label, *term.aliases):
                    index.setdefault((name, fold(word)), key)
        for name, terms in self.terms.items():  # names go before
            for key, term in terms.items():
                for word in term.asked:
                    index.setdefault((name, fold(word)), key)
        return index

    @cached_property
    def _by_example(self) -> dict[tuple[str, str], str]:
        index: dict[tuple[str, str], str] = {}
        for name, terms in self.terms.items():
            for key, term in terms.items():
                for example in (*term.examples, *term.asked):
                    index.setdefault((name, fold(example)), key)
        return index
