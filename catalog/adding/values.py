"""What a person writes on the command line for a field, as the value that a record holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.findings import CatalogError
from catalog.links import tidy
from catalog.record import MAY_BE_NONE, TAG_LISTS, check_link
from catalog.sources.asking import venue_of
from catalog.vocabulary import TERM_FILES, YES_OR_NO, Vocabulary


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


def field_value(name: str, written: Any, vocabulary: Vocabulary) -> Any:
    """The value of one field.

    Parameters
    ----------
    written : text; for :data:`TAG_LISTS` also several, each with commas between terms

    Raises
    ------
    CatalogError : it is no value of this field; says what is nearest, or what there is
    """
    if name in TAG_LISTS:
        return _terms(name, [written] if isinstance(written, str) else written, vocabulary)
    if name in ("kind", "training"):
        return _term(name, written, vocabulary)
    if name == "parametric":
        key = _term(name, YES_OR_NO.get(written.lower(), written), vocabulary)
        return {"true": True, "false": False}.get(key, key)
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
    if [word.lower() for word in words] == ["none"] and name in MAY_BE_NONE:
        return []
    return list(dict.fromkeys(_term(name, word, vocabulary) for word in words))


def _term(name: str, word: str, vocabulary: Vocabulary) -> str:
    key = vocabulary.resolve(name, word)
    if key is None:
        near = vocabulary.nearest(name, word)
        known = ", ".join(vocabulary[name])
        hint = f"did you mean '{near}'?" if near else f"known are {known}"
        if not near and len(known) > 300:
            hint = f"the known ones are in papers/vocabulary/{TERM_FILES[name]}"
        raise CatalogError(f"--{name}: there is no '{word}'; {hint}")
    return key
