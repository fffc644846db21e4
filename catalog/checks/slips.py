"""Slips that keep a record from being read and need no judgement: what they are mended with.

Certain are: one value where a list belongs, a text that holds ``: `` without quotes, a number, true or
false in quotes or in other words, a choice in other capitals, an identifier with a version or as an address,
an address without https://, a term that is there twice.  A record is mended only where it can then be read
and the value, in one row, is a term where one is asked for, and else plainly one person, one title or one
address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.findings import Finding, Fix
from catalog.links import identifiers_in
from catalog.record import LAYOUT, UNQUOTED_TEXTS, term_lists
from catalog.record_files import parse_record
from catalog.schema_messages import BARE_ADDRESS, BOOLEANS, stands_for_nothing
from catalog.values import ARXIV_ID
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
    changes |= (
        _scalars(data)
        | _choices(data, catalogue.vocabulary)
        | _parts(data)
        | _lists(data, whole, catalogue.vocabulary)
    )
    paper, _ = parse_record(whole, {**data, **changes}, file, catalogue.vocabulary.own)
    return Fix(changes) if changes and paper else None


def _lists(data: Mapping[str, Any], text: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """Field -> the list of the one value that stands there, or of each of its terms once.

    *data* is what *text* says.
    """
    found: dict[str, Any] = {}
    terms = term_lists(vocabulary)
    for name in (*terms, *_OTHER_LISTS):
        value = data.get(name)
        if isinstance(value, str):
            if not _is_one(name, value) or not yaml_files.is_one_row(text, (name,)):
                continue
            key = vocabulary.resolve(name, value) if name in terms else value
            found |= {name: [key]} if key else {}
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            once = list(dict.fromkeys(value))
            found |= {name: once} if name in terms and once != value else {}
    return found


def _scalars(data: Mapping[str, Any]) -> dict[str, Any]:
    """Number, true or false for what stands there in quotes or another word; text without outer spaces."""
    found: dict[str, Any] = {}
    for name in ("title", "name", "venue", "summary"):
        text = data.get(name)
        if isinstance(text, str) and text.strip() not in ("", text):
            found[name] = text.strip()
    year, parametric = data.get("year"), data.get("parametric")
    if isinstance(year, str) and re.fullmatch(r"[0-9]{4}", year):
        found["year"] = int(year)
    if isinstance(parametric, str) and (word := BOOLEANS.get(parametric.lower())):
        found["parametric"] = word == "true"
    return found


def _choices(data: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """The key of the one term that a field of one choice names by its label, or in other capitals."""
    words = {name: data[name] for name in ("kind", "training") if isinstance(data.get(name), str)}
    found = {name: vocabulary.resolve(name, word) for name, word in words.items()}
    return {name: key for name, key in found.items() if key and key != words[name]}


def _parts(data: Mapping[str, Any]) -> dict[str, Any]:
    """Identifiers without version and address, and links with their https://."""
    found: dict[str, Any] = {}
    for name, mend in (("identifiers", _identifier), ("links", _link)):
        part = data.get(name)
        if isinstance(part, dict):
            mended = {key: mend(str(key), value) for key, value in part.items()}
            found |= {name: mended} if mended != part else {}
    return found


_ARXIV = re.compile(rf"(?:arxiv:\s*)?({ARXIV_ID})(?:v\d+)?", re.IGNORECASE)


def _identifier(name: str, value: Any) -> Any:
    """The identifier alone, where *value* holds it and nothing else of that kind."""
    if not isinstance(value, str):
        return value
    if name == "arxiv" and (found := _ARXIV.fullmatch(value)):
        return found[1]
    if name == "doi" and (found := re.fullmatch(r"doi:\s*(10\.\S+)", value, re.IGNORECASE)):
        return found[1]
    address = f"https://{value}" if BARE_ADDRESS.fullmatch(value) else value
    return identifiers_in(address).get(name, value) if _ADDRESS.fullmatch(address) else value


def _link(name: str, value: Any) -> Any:
    """The address with its scheme; of one code link a list of it."""
    if isinstance(value, list):
        return [_with_scheme(item) for item in value]
    whole = _with_scheme(value)
    return [whole] if name == "code" and isinstance(whole, str) and _ADDRESS.fullmatch(whole) else whole


def _with_scheme(value: Any) -> Any:
    return f"https://{value}" if isinstance(value, str) and BARE_ADDRESS.fullmatch(value) else value


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
