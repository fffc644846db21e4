"""The rows of a file that the YAML parser gave up on, read once more as a person reads them.

Each is one ``key: value`` or ``- item``, up to the first that cannot be meant, which is the slip.  Nothing
is read into values here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from catalog.yaml_files.enclosed import ROW, Enclosed
from catalog.yaml_files.slips import CURLY_QUOTES, Found, Slip, short, wrong_indent

_BLOCK = re.compile(r"[|>](?:[+-]?(?P<digit>[1-9]?)|(?P<first>[1-9])[+-])(?:\s+#.*)?\s*$")
_NO_SPACE = re.compile(r"(?P<key>[A-Za-z_][\w-]*):(?!//)(?P<value>\S.*)")
_CANNOT_BEGIN = "@`%*&!|>]},"
_WIDE_COLON = re.compile(r"(?P<key>[A-Za-z_][\w-]*)\s*\uff1a\s*(?P<value>.*)")
_ENTRY = re.compile(r"@\s*\w+\s*[{(]")


def first_slip(text: str, last: int) -> Slip | None:
    """The first slip of *text* that can be named, up to the line *last*, where the parser stopped."""
    return _Rows(text, last).first_slip()


def _of_another_kind(space: str) -> str:
    """A space that is none to YAML, as web pages and word processors have them."""
    name = unicodedata.name(space, "a space without name").lower()
    return f"U+{ord(space):04X} ({name})"


class _Level(NamedTuple):
    """A column at which the entries of an open mapping or list begin."""

    column: int
    of_items: bool
    """Whether these are ``- item``, and not ``key: value``."""


class _Rows:
    """The rows of a document and how far they have been read; rows and columns count from 0."""

    def __init__(self, text: str, last: int) -> None:
        self.rows = text.removeprefix("\ufeff").split("\n")
        self.enclosed = Enclosed(self.rows)
        self.last = min(last, len(self.rows))
        """What caused the error is not below the place where the parser stopped."""
        self.number = 0
        self.levels: list[_Level] = []
        """The mappings and lists that are open, each within the one before it."""
        self.opener = ""
        """The key whose value is expected below it, ``-`` for an item's; empty: none is."""
        self.opener_row = 0
        self.key = ""
        """The last key."""

    def first_slip(self) -> Slip | None:
        """The first slip that can be named."""
        try:
            while self.number < self.last:
                self._read_row()
                self.number += 1
        except Found as found:
            return found.slip if found.slip.line <= self.last else None
        return None

    def _read_row(self) -> None:
        row = self.rows[self.number]
        bare = row.strip()
        if not bare or bare.startswith("#") or (row == "---" and not self.levels):
            return
        before = row[: len(row) - len(row.lstrip())]
        if "\t" in before:
            raise Found(self.number, before.index("\t"), "found a tab; indent with spaces, not tabs")
        if odd := before.strip(" "):
            message = f"found {_of_another_kind(odd[0])}; indent with plain spaces"
            raise Found(self.number, before.index(odd[0]), message)
        match = ROW.match(row)
        if match is None:
            return
        indent = len(match["indent"])
        if match["dashes"] or match["key"] is not None:
            own = self._levels_of(match, indent)
            self._check_indent(own[0], "-" if match["dashes"] else match["key"])
            self.levels += [level for level in own if level not in self.levels]
            self._read_value(match, own[-1].column)
        elif self.opener:
            self._read_value(match, self.levels[-1].column)
        elif not self.levels or indent <= self.levels[-1].column:
            self._refuse_loose(indent, bare)

    # ------------------------------------------------------------------------------ structure

    @staticmethod
    def _levels_of(match: re.Match[str], indent: int) -> list[_Level]:
        """The levels to which a row belongs: one for each dash, and one for its key."""
        dashes = match["dashes"]
        levels = [_Level(indent + at, of_items=True) for at, mark in enumerate(dashes) if mark == "-"]
        if match["key"] is not None:
            levels.append(_Level(indent + len(dashes), of_items=False))
        return levels

    def _check_indent(self, level: _Level, what: str) -> None:
        """Lines that belong together begin in the same column; only what belongs to a key is deeper.

        A list may also stand right below its key, in the same column.
        """
        if not self.levels or level in self.levels:
            while self.levels and self.levels[-1] != level:
                self.levels.pop()
            return
        indent, last = level.column, self.levels[-1]
        if indent > last.column and (self.opener or not re.fullmatch(r"-|[\w-]+", what)):
            return
        if self.opener and level.of_items and last == _Level(indent, of_items=False):
            return
        fitting = {one.column for one in self.levels if one.of_items == level.of_items or self.opener}
        columns = fitting - {indent} or {one.column for one in self.levels}
        above = max((column for column in columns if column < indent), default=None)
        below = min((column for column in columns if column > indent), default=None)
        expected = " or ".join(str(column) for column in (below, above) if column is not None)
        raise Found(self.number, indent, wrong_indent(indent, what, expected))

    def _refuse_loose(self, indent: int, bare: str) -> None:
        """A row at the margin that is neither a key with its value nor an item."""
        if wide := _WIDE_COLON.match(bare):
            message = f"found a colon of full width; write {wide['key']}: {short(wide['value'])}"
            raise Found(self.number, indent + wide.end("key"), message)
        slip = _NO_SPACE.match(bare)
        if bare.startswith("-") and not bare.startswith("---"):
            message = f"a space is missing after '-'; write: - {short(bare[1:].lstrip())}"
            raise Found(self.number, indent, message)
        if slip:
            message = (
                f"a space is missing after '{slip['key']}:'; write: {slip['key']}: {short(slip['value'])}"
            )
            raise Found(self.number, indent + slip.start("value"), message)
        if re.match(r"---|\.\.\.|[?%]", bare):
            return
        if bare == "{}":
            message = "{} says that the file holds nothing, but it does; delete this line"
            raise Found(self.number, indent, message)
        stray = "" if re.match(r"\w", bare) else f"; is the {bare[0]} at its beginning meant?"
        message = (
            f"found '{short(bare)}', expected 'field: value' or '- item'{stray}; where it goes on with the "
            "line above, put both into one line"
        )
        raise Found(self.number, indent, message)

    # --------------------------------------------------------------------------------- values

    def _read_value(self, match: re.Match[str], base: int) -> None:
        key, value, at = match["key"], match["value"], match.start("value")
        opener, opener_row = self.opener, self.opener_row
        if key is not None:
            self.key = key
            self._refuse_other_space(match)
        self.opener = ""
        if not value or value.startswith("#"):
            self.opener, self.opener_row = key or "-", self.number
        elif value[0] in "\"'[{":
            self.number = self.enclosed.last_row(self.number, at, base)
        elif value[0] in "|>" and _BLOCK.match(value):
            self._skip_block(base, value)
        elif _ENTRY.match(value) and key is None and opener not in ("", "-"):
            at = self.rows[opener_row].index(opener)
            raise Found(opener_row, at, f"text of several lines needs a bar before it; write: {opener}: |")
        elif value[0] == "\t":
            raise Found(self.number, at, "found a tab; write a space")
        elif value[0] in _CANNOT_BEGIN:
            several = f"; text of several lines stands below '{key}: |'" if key and value[0] in "@|" else ""
            message = f"a value that begins with {value[0]} needs double quotes around it{several}"
            raise Found(self.number, at, message)
        elif value[0] in CURLY_QUOTES and self.number + 1 == self.last:
            message = f'{value[0]} is no quote to YAML; write straight double quotes around the text: "…"'
            raise Found(self.number, at, message)

    def _refuse_other_space(self, match: re.Match[str]) -> None:
        """A space behind the colon that is none to YAML, for which the colon is part of a word then."""
        at = match.end("key") + 1
        if (space := match.string[at : at + 1]) and space not in " \t":
            key, value = match["key"], short(match["value"].strip())
            message = f"found {_of_another_kind(space)} after '{key}:'; write: {key}: {value}"
            raise Found(self.number, at, message)

    def _skip_block(self, base: int, header: str) -> None:
        """To the last row of a text below a bar; its first row says how far all are indented."""
        match = _BLOCK.match(header)
        digit = match and (match["digit"] or match["first"])
        inside = base + int(digit) if digit else None
        for number in range(self.number + 1, len(self.rows)):
            row = self.rows[number]
            indent = len(row) - len(row.lstrip(" "))
            if not row.strip():
                continue
            if inside is None and indent > base:
                inside = indent
            if inside is None or indent < inside:
                belongs = indent > base or re.match(r"[@}]|\w+ *= *[{\"]", row.strip())
                if belongs:
                    raise Found(
                        number,
                        indent,
                        f"this line belongs to the text below '{self.key}: {header[0]}'; "
                        f"indent it by {inside or base + 2} spaces",
                    )
                return
            self.number = number
