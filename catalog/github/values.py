"""What a person writes into a form's field, as the value that the record's field holds.

Lenient about spelling (labels, aliases, links instead of ids, commas or lines), strict about
meaning: what cannot be understood is said in words, with the nearest term.  Whether the value is
right is the schema's and the checks' business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from catalog.github.forms import FormError, short
from catalog.github.names import read_names
from catalog.links import identifiers_in, tidy, unwrapped
from catalog.sources.asking import venue_of
from catalog.values import check_link
from catalog.vocabulary import YES_OR_NO, Vocabulary, flag_of
from catalog.wording import Labels, in_sentence

TITLE = "Title"
YEAR = "Year of the venue"
SUMMARY = "Summary"
BIBTEX = "BibTeX"
"""What the forms call these fields."""

_UNKNOWN = frozenset({"unknown", "not known", "null"})
_NOTHING = frozenset({"none", "[]"})
_MAY_LACK = frozenset({"name", "identifiers", "links", "keywords"})
"""Fields of which null, or an empty list, says as much as "none"."""
_FEW = 12
"""Terms that a message names one by one."""
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}/.+", re.IGNORECASE)
"""An address without its scheme."""


@dataclass(frozen=True)
class Field:
    """A field of the record that a form may set.

    Attributes
    ----------
    path : its place in the record, e.g. ``("links", "code")``
    read : from the answer to the value
    """

    path: tuple[str, ...]
    read: Callable[[str, Vocabulary], Any]

    def value(self, answer: str, vocabulary: Vocabulary) -> Any:
        """The value; ``None`` where the answer is "unknown", or "none" where null says as much.

        Raises
        ------
        FormError : the answer cannot be understood, or the catalogue has no terms for the field
        """
        word = answer.strip().lower()
        if word in _UNKNOWN or (word in _NOTHING and self.path[0] in _MAY_LACK):
            return None
        if not vocabulary.has_field(self.path[0]):
            raise FormError("This catalogue does not use the field. Please leave it out.")
        return self.read(answer, vocabulary)


def _text(answer: str, _: Vocabulary) -> str:
    return " ".join(answer.split())


def _block(answer: str, _: Vocabulary) -> str:
    return answer


def _year(answer: str, _: Vocabulary) -> int:
    if not re.fullmatch(r"\s*[0-9]{4}\s*", answer):
        raise FormError(f"'{short(answer)}' is not a year. Expected four digits, such as 2024.")
    return int(answer)


def _names(answer: str, _: Vocabulary) -> list[str]:
    return read_names(answer)


def _identifier(name: str, answer: str, _: Vocabulary) -> str:
    text = _address(answer)
    found = identifiers_in(text)
    if found and name not in found:
        raise FormError(f"'{short(text)}' leads to another kind of page than the field asks for.")
    plain = re.sub(r"^(arxiv|doi)[:\s]\s*", "", text, flags=re.IGNORECASE)
    return found.get(name) or (re.sub(r"v[0-9]+$", "", plain) if name == "arxiv" else plain)


def _address(answer: str) -> str:
    """The answer as one line; an address that a Markdown link holds, or that lacks its scheme, in full."""
    text = " ".join(unwrapped(answer).split())
    return f"https://{text}" if _HOST.fullmatch(text) else text


def _link(answer: str, _: Vocabulary) -> str:
    try:
        return tidy(check_link(_address(answer)))
    except ValueError as error:
        raise FormError(f"The link cannot be taken: {short(str(error))}.") from None


def _links(answer: str, vocabulary: Vocabulary) -> list[str]:
    return [_link(one, vocabulary) for one in re.split(r"[\s,]+", unwrapped(answer)) if one]


def _venue(answer: str, vocabulary: Vocabulary) -> str:
    return venue_of(answer, vocabulary) or _term("venue", answer, vocabulary)


def _term(name: str, answer: str, vocabulary: Vocabulary) -> str:
    word = " ".join(answer.split())
    key = word if word in vocabulary[name] else vocabulary.resolve(name, word)
    if key is None:
        field = in_sentence(vocabulary.labels[name]) if name in vocabulary.renamed else name
        raise FormError(
            f"'{short(word)}' is not a known term for the field {field}. {_hint(name, word, vocabulary)}"
        )
    return key


def _hint(name: str, word: str, vocabulary: Vocabulary) -> str:
    if near := vocabulary.nearest(name, word):
        return f"Did you mean '{near}'?"
    if len(vocabulary[name]) <= _FEW:
        return f"Expected one of: {', '.join(term.label for term in vocabulary[name].values())}."
    return f"The terms are in papers/vocabulary/{vocabulary.file_of(name)}."


def _terms(name: str, answer: str, vocabulary: Vocabulary) -> list[str]:
    if answer.strip().lower() in _NOTHING:
        return []
    keys = [_term(name, word, vocabulary) for word in re.split(r"[,;\n]", answer) if word.strip()]
    return list(dict.fromkeys(keys))


def _flag(name: str, answer: str, vocabulary: Vocabulary) -> bool | str:
    return flag_of(_term(name, YES_OR_NO.get(answer.strip().lower(), answer), vocabulary))


def _of_terms(name: str) -> Field:
    return Field((name,), partial(_terms, name))


def _of_identifier(name: str) -> Field:
    return Field(("identifiers", name), partial(_identifier, name))


@cache
def fields_of(labels: Labels) -> Mapping[str, Field]:
    """What the forms of a catalogue with these *labels* call a field -> the field."""
    tags = ("domain", "setting", "task", "criterion", "mechanism")
    return {
        TITLE: Field(("title",), _text),
        "Name of the method": Field(("name",), _text),
        "Authors": Field(("authors",), _names),
        labels.venue: Field(("venue",), _venue),
        YEAR: Field(("year",), _year),
        "First public date": Field(("published",), _text),
        "arXiv id": _of_identifier("arxiv"),
        "DOI": _of_identifier("doi"),
        "OpenReview id": _of_identifier("openreview"),
        "ACL Anthology id": _of_identifier("anthology"),
        "Link to the paper": Field(("links", "paper"), _link),
        "Link to the code": Field(("links", "code"), _links),
        "Project page": Field(("links", "project"), _link),
        "Video": Field(("links", "video"), _link),
        labels.kind: Field(("kind",), partial(_term, "kind")),
        **{labels.of(name): _of_terms(name) for name in tags},
        labels.training: Field(("training",), partial(_term, "training")),
        labels.parametric: Field(("parametric",), partial(_flag, "parametric")),
        **{labels.of(name): _of_terms(name) for name in labels.own},
        labels.keywords: _of_terms("keywords"),
        SUMMARY: Field(("summary",), _text),
        BIBTEX: Field(("bibtex",), _block),
    }
