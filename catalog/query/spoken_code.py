"""Code as a person asks for it: "with code", "with open-source code", "code available", "without code".

Words next to each other that say so are the filter ``code``; in quotes they stay words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from catalog.vocabulary import Vocabulary

_OPEN: Final = "(?:open|open source|open sourced|official|public|publicly available|available|released)"
_SHARED: Final = "(?:available|public|released|open source|open sourced)"
_A: Final = "(?:(?:a|an|the|their|its|any) )?"
_BEHIND: Final = re.compile(
    "(?:and|after|at|before|but|by|for|from|in|no|of|on|or|published|since|that|to|training|until|which"
    "|with|without|(?:19|20)[0-9]{2})(?: |$)"
)
"""What may come behind, beside a venue: "with code generation", or a title that begins "With Code", asks for
no code."""
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
_SAID: Final = [re.compile(f"{said}(?= |$)") for said, _ in _WAYS]
_MOST_CLAUSES: Final = 7
"""Words of the longest of them."""
_LONGEST_VENUE: Final = 6
"""Words of the longest name of a venue that is looked for."""
_YEAR: Final = re.compile("(?:20)?[0-9]{2}$")
"""What may stand behind the venue in one word, as in "ICLR'25"."""


def spoken_code(clauses: Sequence[str], vocabulary: Vocabulary) -> tuple[int, str] | None:
    """How many of the *clauses* ask for code, from the first of them on, and the value of ``code`` for it.

    Each holds folded words, with spaces between: ``open source`` where that is written with a hyphen; one
    that is empty is no words.

    >>> nothing = Vocabulary()
    >>> spoken_code(["with", "code", "for", "video"], nothing)
    (2, 'yes')
    >>> spoken_code(["with", "open source", "code"], nothing), spoken_code(["without", "code"], nothing)
    ((3, 'yes'), (2, 'no'))
    >>> spoken_code(["implementation", "public"], nothing), spoken_code(["github", "repo"], nothing)
    ((2, 'yes'), (2, 'yes'))
    >>> spoken_code(["with", "code", "generation"], nothing), spoken_code(["code"], nothing)
    (None, None)
    """
    first = list(takewhile(bool, clauses[:_MOST_CLAUSES]))
    text = " ".join(first)
    ends = [len(" ".join(first[:count])) for count in range(1, len(first) + 1)]
    for said, (_, value) in zip(_SAID, _WAYS, strict=True):
        found = said.match(text)
        if found and found.end() in ends:
            count = ends.index(found.end()) + 1
            if _may_stand_behind(clauses[count:], vocabulary):
                return count, value
    return None


def _may_stand_behind(clauses: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether what comes behind words that ask for code goes on with something else."""
    behind = list(takewhile(bool, clauses[:_LONGEST_VENUE]))
    if not behind or _BEHIND.match(" ".join(behind)):
        return True
    names = ("".join(behind[:count]) for count in range(1, len(behind) + 1))
    return any(vocabulary.resolve("venue", _YEAR.sub("", name)) for name in names)
