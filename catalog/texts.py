"""What a text in a catalogue's files may hold: no empty text, and no character that nobody sees."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from catalog.findings import CatalogError

GREEK = "\u0370-\u03e1\u03f0-\u03ff\u1f00-\u1fff"
"""Letters of Greek, as a range of a regular expression."""
SLUG = "[a-z0-9]+(?:-[a-z0-9]+)*"
"""What a paper's id and a term's key look like, as a regular expression."""
_LONGEST = 20_000
"""Characters in a text of one row: far more than any paper has."""

# Control, surrogate, private-use and unassigned characters; line and paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BYTE_ORDER_MARK = "\ufeff"
"""In the middle of a file no YAML reader takes it."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_text(text: str) -> str:
    """*text* itself.

    Raises
    ------
    ValueError : it is empty, too long, has more than one row, begins or ends with a space, or holds a
        character that nobody sees
    """
    if len(text) > _LONGEST:
        raise ValueError(f"has {len(text):,} characters, expected {_LONGEST:,} at most; shorten it")
    problem = None if text.isascii() and text.isprintable() else _problem(text)
    if problem:
        raise ValueError(problem)
    if not _is_seen(text):
        raise ValueError("is empty")
    if text != text.strip():
        raise ValueError("begins or ends with a space; delete it")
    return text


def check_block(text: str) -> str:
    """*text* itself, which may have several rows.

    Raises
    ------
    ValueError : it is empty, or holds a character that nobody sees
    """
    if problem := _problem(text, "\n\t"):
        raise ValueError(problem)
    if not _is_seen(text):
        raise ValueError("is empty")
    return text


def _is_seen(text: str) -> bool:
    """Whether a character of *text* is more than a space or a mark without width."""
    return text[:1].isalnum() or any(not c.isspace() and unicodedata.category(c) != "Cf" for c in text)


def _problem(text: str, allowed: str = "") -> str | None:
    """What to do about the first character that may not stand in *text*."""
    for character in text:
        if character in _BIDI:
            return f"holds the invisible direction mark U+{ord(character):04X}; delete it"
        if character == _BYTE_ORDER_MARK:
            return "holds a byte-order mark (U+FEFF, invisible); delete it"
        if character in allowed or unicodedata.category(character) not in _UNPRINTABLE:
            continue
        if character == "\n":
            return "holds a line break; write it in one row"
        return f"holds the control character U+{ord(character):04X}; delete it"
    return None


_JOINERS = "\u200c\u200d"
"""What Persian, Hindi and other scripts, and emoji, need between their letters."""


def joins(text: str, position: int) -> bool:
    """Whether the character at *position* is a joiner where scripts need one; elsewhere it is a leftover.

    >>> joins("می\u200cخواهم", 2), joins("ab\u200ccd", 2)
    (True, False)
    """
    around = text[max(position - 1, 0) : position] + text[position + 1 : position + 2]
    return text[position] in _JOINERS and len(around) > 1 and not around.isascii()


def without_unseen(text: str, instead: str = "") -> str:
    """*text* with *instead* of each character that is not seen, but for spaces and joiners."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character.isspace() or joins(text, position) else instead
        for position, character in enumerate(text)
    )


def plain_lines(text: str) -> str:
    """*text* with lines that end as they do here, and not as on Windows or on old Macintoshes."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


CLOSING_MARKS = ")\"'”’"
"""What may stand behind the mark that ends a sentence."""
_ENDS = (".", "!", "?", "。", "！", "？", "…")


def ends_sentence(text: str) -> bool:
    """Whether *text* ends in a mark, so that no full stop is to follow; that of "Jr." is one.

    >>> [ends_sentence(text) for text in ("Why?", "Sammy Davis Jr.", "令牌。", "“Less.”", "Less")]
    [True, True, True, True, False]
    """
    return text.rstrip(CLOSING_MARKS).endswith(_ENDS)


def as_sentence(text: str) -> str:
    """*text*, with a full stop unless a mark ends it."""
    return text if ends_sentence(text) else f"{text}."


SPELT_OUT = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h"}
)
"""Small letters that are compared as others, although Unicode does not decompose them."""


def read_utf8(path: Path) -> str:
    """The file as text.

    Raises
    ------
    CatalogError : it is not UTF-8
    """
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CatalogError(f"{path}:{line}: is not UTF-8; save the file as UTF-8") from None


_PLURAL = re.compile(r"(?<=[A-Z]{2})s\b")


def is_all_capitals(text: str) -> bool:
    """Whether *text* has no small letter but that of plurals such as LLMs; not of a few words and acronyms.

    >>> [is_all_capitals(text) for text in ("TOKEN PRUNING FOR LLMs", "KV CACHE", "Token Pruning for LLMs")]
    [True, False, False]
    """
    words = [word for word in text.split() if sum(map(str.isalpha, word)) > 1]
    letters = [character for character in _PLURAL.sub("", text) if character.isalpha()]
    return len(words) > 2 and len(letters) > 11 and all(map(str.isupper, letters))


Text = Annotated[str, AfterValidator(check_text)]
Shared = Annotated[Text, AfterValidator(sys.intern)]
"""Text that stands in many records: a process keeps it once."""
Block = Annotated[str, AfterValidator(check_block)]
