"""Years and months as a person says them: "since 2024", "before May 2023", "2024 or later", "May 2024".

Words next to each other that say so are a filter: ``year`` for years alone, and ``published`` where a month
is among them, since only the day on which a paper was first public is known by the month.  In quotes they
stay words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

_MONTHS: Final = (
    *("jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?"),
    *("july?", "aug(?:ust)?", "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?"),
)
_MONTH: Final = f"({'|'.join(_MONTHS)})"
_YEAR: Final = "((?:19|20)[0-9]{2})"
_D: Final = f"(?:{_MONTH} )?{_YEAR}"


class _Date(NamedTuple):
    year: int
    month: int = 0
    """From 1; 0 for the whole year."""

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}" if self.month else str(self.year)

    def moved(self, by: int) -> _Date:
        """So many years later; so many months where it is a month."""
        if not self.month:
            return _Date(self.year + by)
        years, month = divmod(self.month - 1 + by, 12)
        return _Date(self.year + years, month + 1)


_Span = Callable[[_Date, _Date], tuple[_Date | None, _Date | None]]
_WAYS: Final[Sequence[tuple[str, _Span]]] = (
    (f"(?:between|from) {_D} (?:and|to|until|till|through) {_D}", lambda one, other: _between(one, other)),
    (f"{_D} (?:to|until|till|through) {_D}", lambda one, other: _between(one, other)),
    (
        f"(?:(?:since|from|in) )?{_D} (?:(?:and|or) (?:later|newer|after)|(?:(?:and|or) )?onwards?)",
        lambda date, _: (date, None),
    ),
    (f"(?:(?:until|by|in) )?{_D} (?:and|or) (?:earlier|older|before)", lambda date, _: (None, date)),
    (f"(?:since|from|starting(?: in| from)?) {_D}(?: (?:on|onwards?))?", lambda date, _: (date, None)),
    (f"(?:after|later than|newer than) {_D}", lambda date, _: (date.moved(1), None)),
    (f"(?:before|earlier than|older than) {_D}", lambda date, _: (None, date.moved(-1))),
    (f"(?:until|till|by|through|up to) {_D}", lambda date, _: (None, date)),
    (f"(?:in|during) {_D}", lambda date, _: (date, date)),
    (f"{_MONTH} {_YEAR}", lambda date, _: (date, date)),
)
"""What is said, and from when to when."""
_ANY_D: Final = f"(?:(?:{'|'.join(_MONTHS)}) )?(?:19|20)[0-9]{{2}}"
_EITHER: Final = re.compile(f"(?:(?:in|during) )?{_ANY_D}(?: {_ANY_D})*(?: (?:and|or) {_ANY_D})+(?= |$)")
"""Dates of which any is meant: a paper came out once."""
_SAID: Final = [re.compile(f"{said}(?= |$)") for said, _ in _WAYS]
MOST_OF_DATES: Final = 6
"""Words of the longest of them."""


class Said(NamedTuple):
    """How many words say it, and the filter that they are: its values, with commas between."""

    words: int
    field: str
    value: str


def spoken_dates(words: Sequence[str]) -> Said | None:
    """Which filter the folded *words* are, from the first of them on.

    >>> spoken_dates(["since", "2024", "tokens"])
    Said(words=2, field='year', value='2024..')
    >>> spoken_dates(["between", "2025", "and", "2023"])
    Said(words=4, field='year', value='2023..2025')
    >>> spoken_dates(["before", "january", "2024"]), spoken_dates(["may", "2024"])
    (Said(words=3, field='published', value='..2023-12'), Said(words=2, field='published', value='2024-05'))
    >>> spoken_dates(["in", "2022", "or", "2024"]), spoken_dates(["2024", "tokens"])
    (Said(words=4, field='year', value='2022,2024'), None)
    """
    text = " ".join(words[:MOST_OF_DATES])
    if either := _EITHER.match(text):
        return _said(either[0], ",".join(dict.fromkeys(map(str, _dates(either[0])))))
    for said, (_, span) in zip(_SAID, _WAYS, strict=True):
        if found := said.match(text):
            first, last = span(_dates(found[0])[0], _dates(found[0])[-1])
            return _said(found[0], str(first) if first == last else f"{first or ''}..{last or ''}")
    return None


def _dates(said: str) -> list[_Date]:
    return [_Date(int(year), _month(month)) for month, year in re.findall(_D, said)]


def _said(said: str, value: str) -> Said:
    field = "published" if any(date.month for date in _dates(said)) else "year"
    return Said(len(said.split(" ")), field, value)


def _month(name: str | None) -> int:
    """From 1; 0 without a name."""
    return next((at for at, one in enumerate(_MONTHS, 1) if name and re.fullmatch(one, name)), 0)


def _between(one: _Date, other: _Date) -> tuple[_Date, _Date]:
    """The earlier one first; a month and its whole year stay as they are said."""
    turned = one.year > other.year or (one.year == other.year and one.month > other.month > 0)
    return (other, one) if turned else (one, other)
