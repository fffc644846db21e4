"""Slips that keep a record from being read and need no judgement: what they are mended with.

Two are certain: one value stands where a list belongs, and a text that holds ``: `` stands without quotes.
A record is mended only where it can then be read, and the value is a term where one is asked for.
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
_SEVERAL = re.compile(r"[,;&]|\band\b", re.IGNORECASE)
"""What stands between several authors, or several of anything."""


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
    changes |= _lists(data, catalogue.vocabulary)
    paper, _ = parse_record(whole, {**data, **changes}, file)
    return Fix(changes) if changes and paper else None


def _lists(data: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Field -> the list of the one value that stands there."""
    found: dict[str, Any] = {}
    for name in (*LISTS, *_OTHER_LISTS):
        value = data.get(name)
        if not isinstance(value, str) or stands_for_nothing(value):
            continue
        if name in LISTS:
            key = vocabulary.resolve(name, value)
            found |= {name: [key]} if key else {}
        elif name != "authors" or not _SEVERAL.search(value):
            found[name] = [value]
    links = data.get("links")
    if isinstance(links, dict) and isinstance(links.get("code"), str):
        found["links"] = {**links, "code": [links["code"]]}
    return found
