"""Findings as text for a terminal, JSON for programs, and annotations for GitHub Actions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby

from catalog.findings import Finding, Related
from catalog.texts import joins

MOST_SHOWN = 10
"""How many findings are shown to someone who did not ask for them."""
MOST_OF_ONE_FILE = 50
"""How many findings on one file are shown as text: a file with more is wrong as a whole."""


def as_text(findings: Iterable[Finding]) -> str:
    """``file:line:column: severity rule: message``, one a line; what ``--fix`` mends is marked.

    Of one file the first :data:`MOST_OF_ONE_FILE` are shown, and how many more there are.
    """
    rows: list[str] = []
    for file, group in groupby(findings, key=lambda one: one.file):
        found = list(group)
        rows += map(_row, found[:MOST_OF_ONE_FILE])
        if (more := len(found) - MOST_OF_ONE_FILE) > 0:
            rows.append(f"{one_line(file)}: … and {more:,} more; --format json names all\n")
    return "".join(rows)


def _row(one: Finding) -> str:
    place = f"{one_line(one.file)}:{one.line}:{one.column}"
    fixable = " [fixable]" if one.fixable else ""
    return f"{place}: {one.severity} {one.rule}: {one_line(one.message)}{fixable}\n"


def first_as_text(findings: Sequence[Finding]) -> str:
    """The first :data:`MOST_SHOWN` of them, and how many more there are."""
    more = len(findings) - MOST_SHOWN
    return as_text(findings[:MOST_SHOWN]) + (f"… and {more:,} more\n" if more > 0 else "")


def as_json(findings: Iterable[Finding]) -> str:
    """A JSON array of ``{file, line, column, rule, severity, message, fixable}``."""
    return json.dumps([one.as_dict() for one in findings], ensure_ascii=False, indent=2)


def as_github(findings: Iterable[Finding]) -> str:
    """Workflow commands, so that a pull request shows each finding beside its line.

    One about two records is shown in both files, because a pull request shows only those that it changes.
    """
    return "".join(_annotation(one, place) for one in findings for place in _places(one))


def _places(one: Finding) -> tuple[Finding | Related, ...]:
    return (one, *one.related)


def _annotation(one: Finding, place: Finding | Related) -> str:
    return (
        f"::{one.severity} file={_property(place.file)},line={place.line},col={place.column},"
        f"title={_property(one.rule)}::{_data(place.message)}\n"
    )


def one_line(text: str) -> str:
    """*text* without control characters, so that no record can write to a terminal what it likes."""
    return "".join(c if c.isprintable() or joins(text, position) else "�" for position, c in enumerate(text))


def _data(text: str) -> str:
    return "%0A".join(map(one_line, text.replace("%", "%25").split("\n")))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
