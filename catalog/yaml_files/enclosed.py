"""Where a value in quotes or brackets ends, in a file that the YAML parser gave up on.

It may go on over several rows; the slip is a mark that is missing in it, or that ends it too soon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.yaml_files.slips import CURLY_QUOTES, Found, short

ROW = re.compile(
    r"""(?P<indent>\ *)(?P<dashes>(?:-\ +|-$)*)
    (?:(?P<key>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s\[\]{},:"'#&*!|>%@`“”„‘«-][^:\[\]{}"]*):(?=\s|$))?
    \ *(?P<value>.*)""",
    re.VERBOSE,
)
_NOTHING_MORE = re.compile(r"\s*$|\s+#")
_ENDS = {"[": "]", "{": "}"}


class Enclosed:
    """The values in quotes and brackets of a document's *rows*; rows and columns count from 0."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.rows = rows

    def last_row(self, number: int, at: int, base: int) -> int:
        """The row in which the value ends that opens at row *number* and column *at*.

        Parameters
        ----------
        base : the column of its key or item; one that begins no deeper cannot belong to the value

        Raises
        ------
        Found : it never ends, or something follows in its last row
        """
        opener = self.rows[number][at]
        if opener not in "\"'":
            return self._end_of_brackets(number, at, base)
        last, behind = self._after_quote(number, at, base)
        self._expect_nothing_more(last, behind, opener)
        return last

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
        curly = f" (the {written[-1]} there is none to YAML)" if written[-1] in CURLY_QUOTES else ""
        message = f"the quote that opens here is never closed; add {quote} at the end of the text{curly}"
        raise Found(start, at, message)

    def _begins_anew(self, row: str, base: int) -> bool:
        """Whether *row* is a key or an item that cannot belong to a value at *base*."""
        match = ROW.match(row)
        return bool(
            match and len(match["indent"]) <= base and row.strip() and (match["key"] or match["dashes"])
        )

    def _expect_nothing_more(self, number: int, at: int, closing: str) -> None:
        """Behind a quoted text or a list, a row holds a comment at most."""
        rest = self.rows[number][at:]
        if _NOTHING_MORE.match(rest):
            return
        if closing in "\"'":
            inner = '\\"' if closing == '"' else "''"
            message = (
                f"this quote ends the text, but '{short(rest.strip())}' follows; write {inner} for a quote "
                "inside the text"
            )
            raise Found(number, at - 1, message)
        if rest.lstrip()[0] in "]}":
            message = f"this {rest.lstrip()[0]} closes nothing; delete it"
        else:
            message = (
                f"'{short(rest.strip())}' follows the closing {closing}; delete it, or put the whole value "
                "in double quotes if it is one text"
            )
        raise Found(number, at + len(rest) - len(rest.lstrip()), message)

    def _end_of_brackets(self, number: int, at: int, base: int) -> int:
        """The last row of a list or mapping in brackets."""
        opened: list[tuple[str, int, int]] = []
        before = ""
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
                        return number
                before = before if character.isspace() else character
                at += 1
            number, at = number + 1, 0
        bracket, row_number, column = opened[-1]
        message = f"the {bracket} that opens here is never closed; add {_ENDS[bracket]} at its end"
        raise Found(row_number, column, message)

    def _after_item(self, number: int, at: int, base: int) -> tuple[int, int]:
        """Behind a quoted item of a list, where a comma or bracket has to follow."""
        quote = self.rows[number][at]
        number, at = self._after_quote(number, at, base)
        rest = self.rows[number][at:]
        if re.match(r"\s*(?:[,:\]}]|$)|\s+#", rest):
            return number, at
        if re.match(r"\s+[\"']", rest):
            raise Found(number, at, "a comma is missing between two items; add it here")
        inner = '\\"' if quote == '"' else "''"
        message = (
            f"this quote ends the item, but '{short(rest.strip())}' follows; write {inner} for a quote "
            "inside the text, or a comma before the next item"
        )
        raise Found(number, at - 1, message)

    @staticmethod
    def _check_item(character: str, before: str, number: int, at: int) -> None:
        """How an item of a list in brackets cannot begin; *before* is the bracket or comma in front of it."""
        if character == "," and before in ",[{":
            message = f"found a comma after {before}, expected an item; delete the comma"
        elif character in "@`%*&!|>":
            message = f"an item that begins with {character} needs double quotes around it"
        else:
            return
        raise Found(number, at, message)

    @staticmethod
    def _close(opened: tuple[str, int, int], character: str, number: int, at: int) -> None:
        bracket, row, _ = opened
        if _ENDS[bracket] != character:
            message = f"found {character}, expected {_ENDS[bracket]} for the {bracket} of line {row + 1}"
            raise Found(number, at, message)
