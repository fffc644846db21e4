"""A slip in a file that cannot be read: where it is, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

CURLY_QUOTES = "“”„‘’«»"
"""Quotes that YAML takes for letters."""


@dataclass(frozen=True)
class Slip:
    """One slip: its place, 1-based, and what was found and is to be done."""

    line: int
    column: int
    message: str


class Found(Exception):  # noqa: N818 - what was looked for, not an error
    """A slip, at a row and column that count from 0."""

    def __init__(self, number: int, at: int, message: str) -> None:
        super().__init__(message)
        self.slip = Slip(number + 1, at + 1, message)


def wrong_indent(indent: int, what: str, expected: object) -> str:
    """That *what*, a key or a dash, does not begin in the column of the entries beside it."""
    spaces = "space" if indent == 1 else "spaces"
    return f"found {indent} {spaces} before '{what}', expected {expected}, as on the lines around it"


def short(text: str) -> str:
    """As much of a row as a message needs."""
    return text if len(text) <= 40 else f"{text[:39]}…"
