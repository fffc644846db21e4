"""Code as a person asks for it: "with code", "with open-source code", "code available", "without code".

Words next to each other that say so are the filter ``code``; in quotes they stay words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

_OPEN: Final = "(?:open|open source|open sourced|official|public|publicly available|available|released)"
_SHARED: Final = "(?:available|public|released|open source|open sourced)"
_A: Final = "(?:(?:a|an|the|their|its|any) )?"
_BEHIND: Final = (
    "(?=$| (?:and|after|at|before|but|by|for|from|in|no|of|on|or|published|since|that|to|training|until|which"
    "|with|without|(?:19|20)[0-9]{2})(?: |$))"
)
"""What may come behind: "with code generation", or a title that begins "With Code", asks for no code."""
_WAYS: Final[Sequence[tuple[str, str]]] = (
    (f"(?:without|with no|no) (?:any )?(?:{_OPEN} )?(?:source )?code(?: (?:available|released))?", "no"),
    (f"(?:with|has|have|having) {_A}(?:{_OPEN} )*(?:source )?code(?: (?:available|released))?", "yes"),
    (f"(?:with|has|have|having) {_A}{_OPEN} implementations?", "yes"),
    (f"{_OPEN} (?:(?:source )?code|implementations?)", "yes"),
    (f"(?:whose )?(?:code|implementations?) (?:is |are )?(?:publicly )?{_SHARED}", "yes"),
    (
        f"(?:(?:with|has|have|having|on) {_A})?github(?: (?:code|links?|repos?|repository|repositories))?",
        "yes",
    ),
)
"""What is said, and the value of ``code`` for it."""
_SAID: Final = [re.compile(f"{said}{_BEHIND}") for said, _ in _WAYS]
_MOST_CLAUSES: Final = 8
"""Words of the longest of them, and one behind."""


def spoken_code(clauses: Sequence[str]) -> tuple[int, str] | None:
    """How many of the *clauses* ask for code, from the first of them on, and the value of ``code`` for it.

    Each holds folded words, with spaces between: ``open source`` where that is written with a hyphen; one
    that is empty is no words.

    >>> spoken_code(["with", "code", "for", "video"]), spoken_code(["with", "open source", "code"])
    ((2, 'yes'), (3, 'yes'))
    >>> spoken_code(["without", "code"]), spoken_code(["code", "available"])
    ((2, 'no'), (2, 'yes'))
    >>> spoken_code(["implementation", "public"]), spoken_code(["github", "repo"])
    ((2, 'yes'), (2, 'yes'))
    >>> spoken_code(["with", "code", "generation"]), spoken_code(["code"])
    (None, None)
    """
    first = list(takewhile(bool, clauses[:_MOST_CLAUSES]))
    text = " ".join(first)
    ends = [len(" ".join(first[:count])) for count in range(1, len(first) + 1)]
    for said, (_, value) in zip(_SAID, _WAYS, strict=True):
        found = said.match(text)
        if found and found.end() in ends:
            return ends.index(found.end()) + 1, value
    return None
