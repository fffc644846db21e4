"""What is wrong with a file that the YAML parser gave up on, and what to do about it.

The parser stops where it cannot go on, often many lines after the slip, and says so in a grammarian's
words.  Here the rows are read once more, as a person reads them: one ``key: value`` or ``- item`` each,
up to the first that cannot be meant.  Nothing is read or refused here, and nothing here runs for a file
that can be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$")
_ROW = re.compile(
    r"""(?P<indent>\ *)(?P<dashes>(?:-\ +|-$)*)
    (?:(?P<key>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s\[\]{},:"'#&*!|>%@`“”„‘«-][^:\[\]{}"]*):(?=\s|$))?
    \ *(?P<value>.*)""",
    re.VERBOSE,
)
_BLOCK = re.compile(r"[|>](?:[+-]?(?P<digit>[1-9]?)|(?P<first>[1-9])[+-])(?:\s+#.*)?\s*$")
_NOTHING_MORE = re.compile(r"\s*$|\s+#")
_NO_SPACE = re.compile(r"(?P<key>[A-Za-z_][\w-]*):(?!//)(?P<value>\S.*)")
_CANNOT_BEGIN = "@`%*&!|>]},"
_CURLY_QUOTES = "“”„‘’«»"
_ENTRY = re.compile(r"@\s*\w+\s*[{(]")
_ENDS = {"[": "]", "{": "}"}


@dataclass(frozen=True)
class Slip:
    """One slip: its place, 1-based, and what was found and is to be done."""

    line: int
    column: int
    message: str


def find_slip(text: str, problem: str, line: int, column: int) -> Slip:
    """The slip behind the parser's *problem*, which it met at *line* and *column*."""
    return _conflict(text) or _Rows(text, line).first_slip() or _as_parsed(text, problem, line, column)


def _conflict(text: str) -> Slip | None:
    for number, row in enumerate(text.split("\n"), 1):
        if _CONFLICT.match(row):
            message = (
                "a merge conflict is not resolved here; keep one version of the lines and delete the rows "
                "that begin with <<<<<<<, ======= and >>>>>>>"
            )
            return Slip(number, 1, message)
    return None


def _as_parsed(text: str, problem: str, line: int, column: int) -> Slip:
    """The parser's own place, with advice as far as its words allow."""
    if "another document" in problem:
        message = "'---' begins a second document; a file holds one: delete it, or give it a file of its own"
    elif "special characters" in problem or "control characters" in problem:
        return _control_character(text) or Slip(line, column, f"not YAML: {problem}; delete the character")
    elif "mapping values are not allowed" in problem:
        message = "not YAML: a value that holds ': ' needs double quotes around it"
    elif "escape" in problem or "hexdecimal" in problem:
        message = r"not YAML: in double quotes, a backslash begins an escape; write \\ for a backslash"
    else:
        message = (
            f"not YAML: {problem}; look for a missing quote, bracket, comma or ':', or a wrong indentation, "
            "on this line or before"
        )
    return Slip(line, column, message)


def _control_character(text: str) -> Slip | None:
    for number, row in enumerate(text.split("\n"), 1):
        found = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]", row)
        if found:
            message = f"the control character U+{ord(found[0]):04X} is refused; delete it"
            return Slip(number, found.start() + 1, message)
    return None


class _Level(NamedTuple):
    """A column at which the entries of an open mapping or list begin."""

    column: int
    of_items: bool
    """Whether these are ``- item``, and not ``key: value``."""


class _Found(Exception):  # noqa: N818 - what was looked for, not an error
    def __init__(self, number: int, at: int, message: str) -> None:
        super().__init__(message)
        self.slip = Slip(number + 1, at + 1, message)


class _Rows:
    """The rows of a document and how far they have been read; rows and columns count from 0."""

    def __init__(self, text: str, last: int) -> None:
        self.rows = text.removeprefix("\ufeff").split("\n")
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
        except _Found as found:
            return found.slip if found.slip.line <= self.last else None
        return None

    def _read_row(self) -> None:
        row = self.rows[self.number]
        bare = row.strip()
        if not bare or bare.startswith("#") or (row == "---" and not self.levels):
            return
        before = row[: len(row) - len(row.lstrip())]
        if "\t" in before:
            raise _Found(self.number, before.index("\t"), "found a tab; indent with spaces, not tabs")
        match = _ROW.match(row)
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
        raise _Found(self.number, indent, wrong_indent(indent, what, expected))

    def _refuse_loose(self, indent: int, bare: str) -> None:
        """A row at the margin that is neither a key with its value nor an item."""
        slip = _NO_SPACE.match(bare)
        if bare.startswith("-") and not bare.startswith("---"):
            message = f"a space is missing after '-'; write: - {_short(bare[1:].lstrip())}"
            raise _Found(self.number, indent, message)
        if slip:
            message = (
                f"a space is missing after '{slip['key']}:'; write: {slip['key']}: {_short(slip['value'])}"
            )
            raise _Found(self.number, indent + slip.start("value"), message)
        if re.match(r"---|\.\.\.|[?%]", bare):
            return
        stray = "" if re.match(r"\w", bare) else f"; is the {bare[0]} at its beginning meant?"
        message = (
            f"found '{_short(bare)}', expected 'field: value' or '- item'{stray}; where it goes on with the "
            "line above, put both into one line"
        )
        raise _Found(self.number, indent, message)

    # --------------------------------------------------------------------------------- values

    def _read_value(self, match: re.Match[str], base: int) -> None:
        key, value, at = match["key"], match["value"], match.start("value")
        opener, opener_row = self.opener, self.opener_row
        if key is not None:
            self.key = key
        self.opener = ""
        if not value or value.startswith("#"):
            self.opener, self.opener_row = key or "-", self.number
        elif value[0] in "\"'":
            self._expect_nothing_more(*self._after_quote(self.number, at, base), value[0])
        elif value[0] in "[{":
            self._read_brackets(at, base)
        elif value[0] in "|>" and _BLOCK.match(value):
            self._skip_block(base, value)
        elif _ENTRY.match(value) and key is None and opener not in ("", "-"):
            at = self.rows[opener_row].index(opener)
            raise _Found(opener_row, at, f"text of several lines needs a bar before it; write: {opener}: |")
        elif value[0] == "\t":
            raise _Found(self.number, at, "found a tab; write a space")
        elif value[0] in _CANNOT_BEGIN:
            several = f"; text of several lines stands below '{key}: |'" if key and value[0] in "@|" else ""
            message = f"a value that begins with {value[0]} needs double quotes around it{several}"
            raise _Found(self.number, at, message)
        elif value[0] in _CURLY_QUOTES and self.number + 1 == self.last:
            message = f'{value[0]} is no quote to YAML; write straight double quotes around the text: "…"'
            raise _Found(self.number, at, message)

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
                    raise _Found(
                        number,
                        indent,
                        f"this line belongs to the text below '{self.key}: {header[0]}'; "
                        f"indent it by {inside or base + 2} spaces",
                    )
                return
            self.number = number

    def _after_quote(self, start: int, at: int, base: int) -> tuple[int, int]:
        """Row and column behind the quote that closes the one at *start*, *at*."""
        quote = self.rows[start][at]
        inside = r"(?:[^\\\"]|\\.|\\$)*" if quote == '"' else "(?:[^']|'')*"
        position = at + 1
        for number in range(start, len(self.rows)):
            row = self.rows[number]
            if number > start and self._begins_anew(row, base):
                break
            end = re.compile(inside).match(row, position)
            if end and end.end() < len(row):
                return number, end.end() + 1
            position = 0
        written = self.rows[start].rstrip()
        curly = f" (the {written[-1]} there is none to YAML)" if written[-1] in _CURLY_QUOTES else ""
        message = f"the quote that opens here is never closed; add {quote} at the end of the text{curly}"
        raise _Found(start, at, message)

    def _begins_anew(self, row: str, base: int) -> bool:
        """Whether *row* is a key or an item that cannot belong to a value at *base*."""
        match = _ROW.match(row)
        return bool(
            match and len(match["indent"]) <= base and row.strip() and (match["key"] or match["dashes"])
        )

    def _expect_nothing_more(self, number: int, at: int, closing: str) -> None:
        """Behind a quoted text or a list, a row holds a comment at most."""
        self.number = number
        rest = self.rows[number][at:]
        if _NOTHING_MORE.match(rest):
            return
        if closing in "\"'":
            inner = '\\"' if closing == '"' else "''"
            message = (
                f"this quote ends the text, but '{_short(rest.strip())}' follows; write {inner} for a quote "
                "inside the text"
            )
            raise _Found(number, at - 1, message)
        if rest.lstrip()[0] in "]}":
            message = f"this {rest.lstrip()[0]} closes nothing; delete it"
        else:
            message = (
                f"'{_short(rest.strip())}' follows the closing {closing}; delete it, or put the whole value "
                "in double quotes if it is one text"
            )
        raise _Found(number, at + len(rest) - len(rest.lstrip()), message)

    def _read_brackets(self, at: int, base: int) -> None:
        """A list or mapping in brackets, to its end."""
        opened: list[tuple[str, int, int]] = []
        number, before = self.number, ""
        while number < len(self.rows):
            row = self.rows[number]
            if opened and at == 0 and self._begins_anew(row, base):
                break
            while at < len(row):
                character = row[at]
                if character == "#" and (at == 0 or row[at - 1].isspace()):
                    break
                fresh = before in ("", *"[{,:")
                if fresh and character in "\"'":
                    number, at = self._after_item(number, at, base)
                    row, before = self.rows[number], character
                    continue
                if fresh and before:
                    self._check_item(character, before, number, at)
                if character in "[{":
                    opened.append((character, number, at))
                elif character in "]}":
                    self._close(opened.pop(), character, number, at)
                    if not opened:
                        self._expect_nothing_more(number, at + 1, character)
                        return
                before = before if character.isspace() else character
                at += 1
            number, at = number + 1, 0
        bracket, row_number, column = opened[-1]
        message = f"the {bracket} that opens here is never closed; add {_ENDS[bracket]} at its end"
        raise _Found(row_number, column, message)

    def _after_item(self, number: int, at: int, base: int) -> tuple[int, int]:
        """Behind a quoted item of a list, where a comma or bracket has to follow."""
        quote = self.rows[number][at]
        number, at = self._after_quote(number, at, base)
        rest = self.rows[number][at:]
        if re.match(r"\s*(?:[,:\]}]|$)|\s+#", rest):
            return number, at
        if re.match(r"\s+[\"']", rest):
            raise _Found(number, at, "a comma is missing between two items; add it here")
        inner = '\\"' if quote == '"' else "''"
        message = (
            f"this quote ends the item, but '{_short(rest.strip())}' follows; write {inner} for a quote "
            "inside the text, or a comma before the next item"
        )
        raise _Found(number, at - 1, message)

    @staticmethod
    def _check_item(character: str, before: str, number: int, at: int) -> None:
        """How an item of a list in brackets cannot begin; *before* is the bracket or comma in front of it."""
        if character == "," and before in ",[{":
            message = f"found a comma after {before}, expected an item; delete the comma"
        elif character in "@`%*&!|>":
            message = f"an item that begins with {character} needs double quotes around it"
        else:
            return
        raise _Found(number, at, message)

    @staticmethod
    def _close(opened: tuple[str, int, int], character: str, number: int, at: int) -> None:
        bracket, row, _ = opened
        if _ENDS[bracket] != character:
            message = f"found {character}, expected {_ENDS[bracket]} for the {bracket} of line {row + 1}"
            raise _Found(number, at, message)


def wrong_indent(indent: int, what: str, expected: object) -> str:
    """That *what*, a key or a dash, does not begin in the column of the entries beside it."""
    spaces = "space" if indent == 1 else "spaces"
    return f"found {indent} {spaces} before '{what}', expected {expected}, as on the lines around it"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
