"""From text to the words that are compared, alike in Python and in the site's scripts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h"}
)
"""Letters that are folded although Unicode does not decompose them."""

_ASCII_WORD = re.compile(r"[a-z0-9]+")


def without_marks(text: str) -> str:
    """*text* in lower case, decomposed (NFKD), without marks (category M), and with some letters spelt out.

    Spaces and punctuation stay, unlike in :func:`catalog.vocabulary.fold`.

    >>> without_marks("Müller's Théorie"), without_marks("Łukasz Sørensen")
    ("muller's theorie", 'lukasz sorensen')
    """
    lower = text.lower()
    if lower.isascii():
        return lower
    decomposed = unicodedata.normalize("NFKD", lower)
    bare = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return bare.lower().translate(_LETTERS)


def words(text: str) -> tuple[str, ...]:
    """The folded words of *text*: runs of letters and digits.

    >>> words("FastV: Müller's 1/2-Token")
    ('fastv', 'muller', 's', '1', '2', 'token')
    """
    folded = without_marks(text)
    if folded.isascii():
        return tuple(_ASCII_WORD.findall(folded))
    spaced = "".join(c if unicodedata.category(c)[0] in "LN" else " " for c in folded)
    return tuple(word for word in spaced.split(" ") if word)


def begins_each(wanted: Sequence[str], present: Sequence[str]) -> bool:
    """Whether every wanted word begins one of those present."""
    return all(any(word.startswith(prefix) for word in present) for prefix in wanted)


def holds_phrase(wanted: Sequence[str], present: Sequence[str]) -> bool:
    """Whether the wanted words stand next to each other, whole and in order.

    >>> holds_phrase(("token", "merging"), ("fast", "token", "merging")), holds_phrase(("a",), ("ab",))
    (True, False)
    """
    size = len(wanted)
    return any(tuple(present[at : at + size]) == tuple(wanted) for at in range(len(present) - size + 1))
