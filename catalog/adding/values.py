"""What a person writes on the command line for a field, as the value that a record holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.findings import CatalogError
from catalog.links import tidy
from catalog.record import TAG_LISTS, may_be_none
from catalog.sources.asking import venue_of
from catalog.values import check_link
from catalog.vocabulary import YES_OR_NO, Vocabulary, flag_of


def field_values(written: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """The values of all fields that were written; ``None`` and ``()`` mean that nothing was.

    Raises
    ------
    CatalogError : a term or link is none; every one that is wrong is named
    """
    values: dict[str, Any] = {}
    wrong = []
    for name, text in written.items():
        if text is None or text in ((), []):
            continue
        try:
            values[name] = field_value(name, text, vocabulary)
        except CatalogError as error:
            wrong.append(str(error))
    if wrong:
        raise CatalogError("\n".join(wrong))
    return values


def own_fields(written: Sequence[str], vocabulary: Vocabulary) -> dict[str, list[str]]:
    """Field -> what was written for it, of ``FIELD:TERM`` each, in fields of the catalogue's own.

    Raises
    ------
    CatalogError : one of them names no such field
    """
    found: dict[str, list[str]] = {}
    for text in written:
        name, colon, term = text.partition(":")
        if not colon or name not in vocabulary.own:
            own = ", ".join(vocabulary.own)
            known = f"of its own the catalogue has {own}" if own else "the catalogue has none of its own"
            raise CatalogError(f"--tag: '{text}' names no field, expected FIELD:TERM; {known}")
        found.setdefault(name, []).append(term)
    return found


def field_value(name: str, written: Any, vocabulary: Vocabulary) -> Any:
    """The value of one field.

    Parameters
    ----------
    written : text; for fields of several terms also several, each with commas between terms

    Raises
    ------
    CatalogError : it is no value of this field; says what is nearest, or what there is
    """
    if not vocabulary.has_field(name):
        file = vocabulary.file_of(name)
        raise CatalogError(f"--{name}: the topic does without it, as {file} is empty; leave the option out")
    if name in TAG_LISTS or name in vocabulary.own:
        return _terms(name, [written] if isinstance(written, str) else written, vocabulary)
    if name in ("kind", "training"):
        return _term(name, written, vocabulary)
    if name == "parametric":
        return flag_of(_term(name, YES_OR_NO.get(written.lower(), written), vocabulary))
    if name == "venue":
        return venue_of(written, vocabulary) or _term(name, written, vocabulary)
    if name in ("code", "project", "video"):
        try:
            return tidy(check_link(written.strip()))
        except ValueError as error:
            raise CatalogError(f"--{name}: {error}") from None
    return " ".join(written.split()) if isinstance(written, str) else written


def _terms(name: str, written: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    words = [word.strip() for text in written for word in re.split(r"[,;]", text) if word.strip()]
    if [word.lower() for word in words] == ["none"] and name in may_be_none(vocabulary):
        return []
    return list(dict.fromkeys(_term(name, word, vocabulary) for word in words))


def _term(name: str, word: str, vocabulary: Vocabulary) -> str:
    key = vocabulary.resolve(name, word)
    if key is None:
        near = vocabulary.nearest(name, word)
        known = ", ".join(vocabulary[name])
        hint = f"did you mean '{near}'?" if near else f"known are {known}"
        if not near and len(known) > 300:
            hint = f"the known ones are in papers/vocabulary/{vocabulary.file_of(name)}"
        option = f"--tag {name}:{word}" if name in vocabulary.own else f"--{name}"
        raise CatalogError(f"{option}: there is no '{word}'; {hint}")
    return key
