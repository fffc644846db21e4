"""What is wrong with a query, where, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rapidfuzz import fuzz, process

from catalog.findings import CatalogError
from catalog.query.fields import FLAGS, field_of, fields, shown_name
from catalog.query.values import Reader, Typed, Value, WrongValueError, brief
from catalog.vocabulary import Vocabulary

_BESIDE: Final = 100
"""Characters that a message shows on either side of a mistake."""


class QueryError(CatalogError):
    """The query is wrong at *position*, counted in characters from 1."""

    def __init__(self, message: str, text: str, position: int) -> None:
        first, last = max(position - 1 - _BESIDE, 0), position - 1 + _BESIDE
        before, behind = "…" * (first > 0), "…" * (last < len(text))
        line = before + re.sub(r"\s", " ", text[first:last]) + behind
        column = len(before) + position - 1 - first
        super().__init__(f"query, character {position:,}: {message}\n  {line}\n  {' ' * column}^")
        self.position = position


_FOR_EXAMPLE: Final = ("author", "domain", "mechanism", "venue", "year")
"""Fields that a message names where none is called alike."""
_LIKE_ENOUGH: Final = 70
"""How alike a field must be to be meant by another word, of 100."""
_SCHEMES: Final = ("http", "https")
"""What stands before the colon of an address."""
_HAS: Final = ("has", "with")
"""Fields of other search engines: "has:code"."""
_VALUE: Final = re.compile(r'[^",\s]*')


def reader_of(
    name: str,
    vocabulary: Vocabulary,
    text: str,
    position: int,
    otherwise: str = "To search for it as text, put it in quotes.",
) -> Reader:
    """What reads the field's values; *otherwise* says what to do if no field is meant."""
    field = field_of(name, vocabulary)
    reader = fields(vocabulary).get(field)
    if reader:
        return reader
    if field in _SCHEMES:
        message = (
            "an address is no query; write an identifier, as in arxiv:2403.06764, or words of the title."
        )
        raise QueryError(message, text, position)
    choices = _names(vocabulary)
    near = process.extractOne(field, list(choices), scorer=fuzz.ratio, score_cutoff=_LIKE_ENOUGH)
    flag = _flag(field, text[position + len(name) :], vocabulary)
    meant = f"{flag}:yes" if flag else f"'{choices[near[0]]}'" if near else None
    examples = [shown_name(one, vocabulary) for one in _FOR_EXAMPLE if one in fields(vocabulary)]
    hint = f"; did you mean {meant}?" if meant else f". Fields are {', '.join(examples)} and others."
    raise QueryError(
        f"there is no field '{brief(name)}'{hint} {otherwise}",
        text,
        position,
    )


def _names(vocabulary: Vocabulary) -> Mapping[str, str]:
    """What fields are called -> what a message calls them."""
    shown = {name: shown_name(name, vocabulary) for name in fields(vocabulary)}
    return {**shown, **{called.replace("-", "_"): called for called in shown.values()}}


def _flag(field: str, rest: str, vocabulary: Vocabulary) -> str | None:
    """The field that "has:code" asks for; *rest* is what stands behind the colon."""
    value = _VALUE.match(rest) if field in _HAS else None
    flag = field_of(value[0], vocabulary) if value else None
    return flag if flag in FLAGS else None


def value_of(reader: Reader, typed: Typed, text: str, position: int) -> Value:
    """What *typed* means; a mistake in it is one of *text* at *position*."""
    try:
        return reader(typed)
    except WrongValueError as error:
        raise QueryError(f"{error}.", text, position) from None
