"""Years as a person says them: "since 2024", "before 2023", "2024 or later", "between 2023 and 2025".

Words next to each other that say so are the filter ``year``; in quotes they stay words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

_Y: Final = "((?:19|20)[0-9]{2})"
_Span = Callable[[int, int], tuple[int | None, int | None]]
_WAYS: Final[Sequence[tuple[str, _Span]]] = (
    (f"(?:between|from) {_Y} (?:and|to|until|till|through) {_Y}", lambda one, other: _between(one, other)),
    (f"{_Y} (?:to|until|till|through) {_Y}", lambda one, other: _between(one, other)),
    (
        f"(?:(?:since|from|in) )?{_Y} (?:(?:and|or) (?:later|newer|after)|(?:(?:and|or) )?onwards?)",
        lambda year, _: (year, None),
    ),
    (f"(?:(?:until|by|in) )?{_Y} (?:and|or) (?:earlier|older|before)", lambda year, _: (None, year)),
    (f"(?:since|from|starting(?: in| from)?) {_Y}(?: (?:on|onwards?))?", lambda year, _: (year, None)),
    (f"(?:after|later than|newer than) {_Y}", lambda year, _: (year + 1, None)),
    (f"(?:before|earlier than|older than) {_Y}", lambda year, _: (None, year - 1)),
    (f"(?:until|till|by|through|up to) {_Y}", lambda year, _: (None, year)),
    (f"(?:in|during) {_Y}", lambda year, _: (year, year)),
)
"""What is said, and from which year to which."""
_SAID: Final = [re.compile(f"{said}(?= |$)") for said, _ in _WAYS]
MOST_WORDS: Final = 4
"""Words of the longest of them."""


def spoken_years(words: Sequence[str]) -> tuple[int, str] | None:
    """How many of the folded *words* say years, from the first of them on, and the value of ``year`` for it.

    >>> spoken_years(["since", "2024", "tokens"]), spoken_years(["2024", "or", "later"])
    ((2, '2024..'), (3, '2024..'))
    >>> spoken_years(["between", "2025", "and", "2023"]), spoken_years(["in", "2024"])
    ((4, '2023..2025'), (2, '2024'))
    >>> spoken_years(["2024", "tokens"]) is None
    True
    """
    text = " ".join(words[:MOST_WORDS])
    for said, (_, span) in zip(_SAID, _WAYS, strict=True):
        if found := said.match(text):
            years = [int(year) for year in found.groups()]
            first, last = span(years[0], years[-1])
            value = str(first) if first == last else f"{first or ''}..{last or ''}"
            return len(found[0].split(" ")), value
    return None


def _between(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)
