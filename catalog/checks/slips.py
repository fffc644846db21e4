"""Slips that keep a record from being read and need no judgement: what they are mended with.

Two are certain: one value stands where a list belongs, and a text that holds ``: `` stands without quotes.
A record is mended only where it can then be read and the value, in one row, is a term where one is asked
for, and else plainly one person, one title or one address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from catalog import yaml_files
from catalog.catalogue import Catalogue, parse_record
from catalog.checks.terms import LISTS
from catalog.findings import Finding, Fix
from catalog.record import LAYOUT, UNQUOTED_TEXTS
from catalog.schema_messages import stands_for_nothing
from catalog.vocabulary import Vocabulary

_OTHER_LISTS = ("authors", "former_titles", "aliases")

_LETTER = r"[^\W\d_]"
_WORD = rf"(?:{_LETTER}+(?:['’-]{_LETTER}+)*\.?|{_LETTER}\.(?:-?{_LETTER}\.)+)"
_PERSON = re.compile(rf"{_WORD}(?: {_WORD}){{1,3}}")
_NOBODY = re.compile(r"\b(?:et al|and|authors?|anonymous|unknown|various|several|others)\b", re.IGNORECASE)
_SEVERAL_TITLES = re.compile(r"[;|、；]|\s/\s")
_ADDRESS = re.compile(r"https?://(?:(?!://)[^\s,;|])+")


def with_fixes(catalogue: Catalogue) -> Iterator[Finding]:
    """The findings on records that could not be read, with the fix where one makes the record readable."""
    fixes: dict[str, Fix | None] = {}
    for one in catalogue.unreadable:
        if one.rule not in ("yaml", "schema"):
            yield one
            continue
        if one.file not in fixes:
            fixes[one.file] = _fix(catalogue, one.file)
        yield replace(one, fix=fixes[one.file])


def _fix(catalogue: Catalogue, file: str) -> Fix | None:
    try:
        text = yaml_files.read_text(catalogue.root / file)
        whole = yaml_files.in_quotes(text, UNQUOTED_TEXTS, LAYOUT)
        data = yaml_files.parse(whole)
    except (yaml_files.YamlError, OSError):
        return None
    if not isinstance(data, dict):
        return None
    changes = {
        name: data[name] for name in UNQUOTED_TEXTS if yaml_files.in_quotes(text, [name], LAYOUT) != text
    }
    changes |= _lists(data, whole, catalogue.vocabulary)
    paper, _ = parse_record(whole, {**data, **changes}, file)
    return Fix(changes) if changes and paper else None


def _lists(data: Mapping[str, Any], text: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """Field -> the list of the one value that stands there; *data* is what *text* says."""
    found: dict[str, Any] = {}
    for name in (*LISTS, *_OTHER_LISTS):
        value = data.get(name)
        if not isinstance(value, str) or not _is_one(name, value) or not yaml_files.is_one_row(text, (name,)):
            continue
        if name in LISTS:
            key = vocabulary.resolve(name, value)
            found |= {name: [key]} if key else {}
        else:
            found[name] = [value]
    links = data.get("links")
    code = links.get("code") if isinstance(links, dict) else None
    if isinstance(links, dict) and isinstance(code, str) and _ADDRESS.fullmatch(code):
        found["links"] = {**links, "code": [code]}
    return found


def _is_one(name: str, value: str) -> bool:
    """Whether *value* can only be one item of the list *name*."""
    if value.startswith("-") or stands_for_nothing(value):
        return False
    if name == "authors":
        return _is_person(value)
    return name != "former_titles" or not _SEVERAL_TITLES.search(value)


def _is_person(value: str) -> bool:
    """Whether it is two to four words as names have them, each with a capital where its script has those."""
    no_capital = any(word.islower() for word in value.split())
    return bool(_PERSON.fullmatch(value)) and not no_capital and not _NOBODY.search(value)
