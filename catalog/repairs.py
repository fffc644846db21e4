"""What a repair changed in a record, in words: one line for each value that is another one now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog import yaml_files
from catalog.findings import Finding
from catalog.record import LAYOUT

_LONGEST = 80


def in_words(old: str, new: str, findings: Iterable[Finding]) -> Iterator[str]:
    """``links.code: 'https://…' taken out: the code link leads to a paper``, for each value.

    Parameters
    ----------
    old, new : the record's file, before and after
    findings : those on the record whose repairs were made, for the reasons
    """
    findings = [one for one in findings if one.fix is not None]
    after = yaml_files.parse(new)
    try:
        before = yaml_files.parse(old)
    except yaml_files.YamlError:  # what stood there is not known; what stands there now is
        before = {
            name: value for name, value in after.items() if not any(_touches(f, name) for f in findings)
        }
    told = False
    for name in sorted({**before, **after}, key=LAYOUT.rank):
        for place, what, value in _differences(name, before.get(name), after.get(name)):
            told = True
            yield f"{place}: {what}{_reason(findings, name, value)}"
    if not told:
        yield "first line written: by it, an editor completes and checks the record"


def _touches(finding: Finding, name: str) -> bool:
    return finding.fix is not None and name in finding.fix.changes


def _differences(place: str, old: Any, new: Any) -> Iterator[tuple[str, str, Any]]:
    """(place, what became of it, the value that was there, or is there now)."""
    if old == new and type(old) is type(new):
        return
    if isinstance(old, Mapping) or isinstance(new, Mapping):
        before, after = old or {}, new or {}
        for name in {**before, **after}:
            yield from _differences(f"{place}.{name}", before.get(name), after.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _differences_of_lists(place, old, new)
    elif place == "bibtex":
        yield place, "entry made from the fields" if old is None else "entry made anew from the fields", None
    elif old in (None, []):
        yield place, f"{_shown(new)} written", new
    elif new in (None, []):
        yield place, f"{_shown(old)} taken out", old
    elif isinstance(new, list):
        yield place, f"{_shown(old)} is now [{_shown(new)}]", old
    else:
        yield place, f"{_shown(old)} is now {_shown(new)}", old


def _differences_of_lists(place: str, old: list[Any], new: list[Any]) -> Iterator[tuple[str, str, Any]]:
    if len(old) == len(new):
        for before, after in zip(old, new, strict=True):
            yield from _differences(place, before, after)
        return
    gone, fresh = list(old), []
    for item in new:
        if item in gone:
            gone.remove(item)
        else:
            fresh.append(item)
    for item in gone:
        yield place, f"{_shown(item)} taken out", item
    for item in fresh:
        yield place, f"{_shown(item)} written", item


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "[]"
    shown = "null" if value is None else f"'{value}'" if isinstance(value, str) else str(value).lower()
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 2]}…'"


def _reason(findings: Iterable[Finding], name: str, value: Any) -> str:
    """Why the field was changed, where that is plain: what the one finding on it, or on *value*, found."""
    touching = [one for one in findings if _touches(one, name)]
    named = [one for one in touching if isinstance(value, str) and f"'{value}'" in one.message] or touching
    if len({one.message for one in named}) != 1:
        return ""
    found = re.sub(rf"^{name}[\w.]*: ", "", named[0].message)
    return f": {found.partition('; ')[0]}"
