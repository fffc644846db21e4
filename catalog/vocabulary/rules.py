"""What a term brings with it in other fields, as the files of a vocabulary say.

A rule is a catalogue's own: which words it is about is in the vocabulary, and nothing of it here.  Whether
a record keeps to it is a check's business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from catalog.vocabulary.terms import NEVER_NONE, NONE, Brings, Term, file_of


@dataclass(frozen=True, slots=True)
class Rule:
    """What every record has in one field that has a certain term in another."""

    field: str
    key: str
    """The term that brings others; or :data:`NONE`, of records without a term in the field."""
    other: str
    """The field in which it brings them."""
    terms: tuple[str, ...]
    """Those of which a record has one there at least; :data:`NONE` among them: or no term at all."""

    def is_kept(self, there: Collection[str]) -> bool:
        """Whether it is enough to have the terms *there* in the other field.

        >>> rule = Rule("keywords", "kv-cache", "location", ("cache", "none"))
        >>> rule.is_kept(["input", "cache"]), rule.is_kept([]), rule.is_kept(["input"])
        (True, True, False)
        """
        return not set(there).isdisjoint(self.terms) if there else NONE in self.terms


class WrongRuleError(Exception):
    """A term brings what there is not; *path* leads to the place below the term."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


def rules_of(name: str, key: str, brings: Brings, terms: Mapping[str, Mapping[str, Term]]) -> Iterator[Rule]:
    """What *key* of the field *name* brings, in the order of its file.

    A field that the catalogue does without is passed over, so that to empty its file stays a single step.

    Raises
    ------
    WrongRuleError : it names a field or a term that is none of *terms*
    """
    for other, words in brings.items():
        path = ("brings", other)
        if other == name:
            raise WrongRuleError(path, f"'{name}' is the field of the term itself; write broader: {words[0]}")
        if other not in terms:
            advice = _nearest(other, terms) or f"fields with terms are {', '.join(terms)}"
            raise WrongRuleError(path, f"'{other}' is no field with terms; {advice}")
        if not terms[other]:
            continue
        for word in words:
            if word == NONE and other in NEVER_NONE:
                raise WrongRuleError(path, f"found '{NONE}', but every record has a {other}; name its terms")
            if word != NONE and word not in terms[other]:
                advice = (
                    _nearest(word, terms[other]) or f"its terms are in papers/vocabulary/{file_of(other)}"
                )
                raise WrongRuleError(path, f"'{word}' is no term of '{other}'; {advice}")
        yield Rule(name, key, other, words)


def _nearest(word: str, known: Collection[str]) -> str | None:
    near = process.extractOne(word, list(known), scorer=fuzz.ratio, score_cutoff=60)
    return f"did you mean '{near[0]}'?" if near else None
