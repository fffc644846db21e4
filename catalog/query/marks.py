"""A query as others write it: quotation marks and brackets of other keyboards, ``or`` between brackets.

Phones and word processors put curly quotation marks around words, other scripts have brackets of their own,
and searches of other databases have operators in small letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

SPACE: Final = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff↵"
"""What divides the parts of a query, as a class of a regular expression; "↵" is the end of a pasted line."""

_BRACKETS: Final = str.maketrans("\uff08\uff09", "()")
_QUOTED: Final = re.compile('("[^"]*"?)')
_AFTER_OPERATOR: Final = "|".join(
    rf"(?<=[{SPACE})\"”“＂'’]{operators})" for operators in ("(?:OR|or)", "(?:AND|NOT|and|not)")
)
_BEFORE: Final = rf"(?:(?<![^{SPACE}(\[:,-])|{_AFTER_OPERATOR})"
_BEHIND: Final = rf"(?=[{SPACE})\],]|$|(?:OR|AND|NOT|or|and|not)[{SPACE}(\"“„‟＂'‘‚])"
_QUOTES: Final = (
    re.compile(f"{_BEFORE}[“„‟”＂]([^“„‟”＂]*)[”“＂]{_BEHIND}"),
    re.compile(f"{_BEFORE}['‘‚]([^'‘‚’]*)['’‘]{_BEHIND}"),
)
"""Around words as a whole: within a word they are an apostrophe or the like."""
_SMALL: Final = re.compile(
    rf'([")][{SPACE}]*(?:AND[{SPACE}]+)?)(or|not|and(?:[{SPACE}]+not)?)(?=[{SPACE}]*["(])'
)
"""Between quotes or brackets they join; between words they are words."""


def plainly(text: str) -> str:
    """*text* with ``"``, ``(`` and ``)`` for others like them, and operators in capitals; as long as it was.

    >>> plainly("（“token pruning” or ‘token merging’）and not (users’ or 'video')")
    '("token pruning" OR "token merging")AND NOT (users’ or "video")'
    """
    text = _outside_quotes(text.translate(_BRACKETS), _with_quotes)
    return _outside_quotes(text, lambda part: _SMALL.sub(lambda found: found[1] + found[2].upper(), part))


# "With or without training" joins nothing.
_BETWEEN_WORDS: Final = re.compile(
    rf"(?<![^{SPACE}()])(?:(?P<OR>or(?![{SPACE}]+(?:not|without))|\|\|?)"
    rf"|(?P<NOT>(?:and|but)[{SPACE}]+not)|(?P<AND>and))(?![^{SPACE}()])"
)


def with_capitals(text: str) -> str | None:
    """*text* with "or" and "and not" between words as the operators that they may be; ``None`` without any.

    >>> with_capitals("(prune or merge) and not video"), with_capitals("prune | merge"), with_capitals("and")
    ('(prune OR merge) AND NOT video', 'prune OR merge', None)
    """
    found: set[str] = set()

    def operator(small: re.Match[str]) -> str:
        found.add(small.lastgroup or "")
        return "AND NOT" if small.lastgroup == "NOT" else small.lastgroup or ""

    changed = _outside_quotes(plainly(text), lambda part: _BETWEEN_WORDS.sub(operator, part))
    return changed if found & {"OR", "NOT"} else None


def _with_quotes(part: str) -> str:
    for quotes in _QUOTES:
        part = quotes.sub(r'"\1"', part)
    return part


def _outside_quotes(text: str, change: Callable[[str], str]) -> str:
    """*text* with its parts changed that are not in quotes; each with the quotation marks beside it."""
    parts = _QUOTED.split(text)
    for at in range(0, len(parts), 2):
        before, behind = '"' * (at > 0), '"' * (at + 1 < len(parts))
        parts[at] = change(before + parts[at] + behind)[len(before) :].removesuffix(behind)
    return "".join(parts)
