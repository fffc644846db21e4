"""Years and dates of a query, and the ranges between two of them, however they are written."""

from __future__ import annotations

import re
from collections.abc import Callable

from catalog.query.values import Typed, Value, WrongValueError, brief
from catalog.record import Paper, year_of
from catalog.values import is_date
from catalog.vocabulary import UNKNOWN

_YEAR = re.compile(r"[0-9]{4}")
_SPAN = re.compile(r"([0-9]{4})[-\u2010-\u2015]([0-9]{4})")
_SINCE = re.compile(r"([0-9]{4})[-+\u2010-\u2015]")
_COMPARED = re.compile(r"(>=|<=|[><=≥≤])([0-9]{4})")
_Y = "(?:19|20)[0-9]{2}"
_BARE_YEARS = re.compile(
    rf"(?:years?)?(?:>=|<=|[><=≥≤]){_Y}|{_Y}[-\u2010-\u2015]{_Y}|{_Y}\+|{_Y}\.\.(?:{_Y})?|\.\.{_Y}",
    re.IGNORECASE,
)
"""What is read as years without the field."""
_BEHIND = ",;:"
"""Punctuation behind them, as in "2020-2022: pruning"."""


def years_in(bare: str) -> str | None:
    """The value of ``year`` that *bare* is without the field; ``None`` where it is words.

    >>> years_in("2024.."), years_in("year>2024"), years_in("2023-2025,"), years_in("2024")
    ('2024..', '>2024', '2023-2025', None)
    """
    years = bare.rstrip(_BEHIND)
    return re.sub("^years?", "", years, flags=re.IGNORECASE) if _BARE_YEARS.fullmatch(years) else None


def _with_dots(text: str) -> str:
    """Years as ``2023..2025``, however they are written; any other text as it is."""
    if span := _SPAN.fullmatch(text):
        return f"{span[1]}..{span[2]}"
    if since := _SINCE.fullmatch(text):
        return f"{since[1]}.."
    compared = _COMPARED.fullmatch(text)
    if not compared:
        return text
    sign, year = compared[1], int(compared[2])
    end = f"{year + (sign == '>') - (sign == '<'):04}"
    return end if sign == "=" else f"{end}.." if sign in (">", ">=", "≥") else f"..{end}"


def read_year(typed: Typed) -> Value:
    """The year or years that are typed.

    Raises
    ------
    WrongValueError : these are none
    """
    example = "a year or a range such as 2024, 2024.., ..2023 or 2023..2025, or unknown"
    years = typed.text if typed.quoted else _with_dots(typed.text)
    return _read_range(lambda paper: str(year_of(paper) or "") or None, _is_year, example, typed, years)


def _is_year(text: str) -> bool:
    return _YEAR.fullmatch(text) is not None


def read_date(get: Callable[[Paper], str | None], typed: Typed) -> Value:
    """The date or range that is typed, of which *get* says what a paper has.

    Raises
    ------
    WrongValueError : it is none
    """
    example = "a date or a range such as 2024, 2024-03.., ..2024-03-11 or 2023..2024-06, or unknown"
    return _read_range(get, is_date, example, typed)


def _read_range(
    get: Callable[[Paper], str | None],
    is_end: Callable[[str], bool],
    example: str,
    typed: Typed,
    span: str | None = None,
) -> Value:
    """The range that is typed; *span* is it with dots, where it is written in another way."""
    if typed.text.lower() == UNKNOWN and not typed.quoted:
        return Value(UNKNOWN, lambda paper: get(paper) is None)
    first, dots, last = (span or typed.text).partition("..")
    if not dots:
        last = first
    for end in (first, last):
        if end and not is_end(end):
            raise WrongValueError(f"'{brief(typed.text)}' is not {example}")
    if not first and not last:
        raise WrongValueError(f"found '{typed.text}', expected {example}" if dots else f"write {example}")
    if first and last and _order(first, last) > 0:
        raise WrongValueError(f"'{typed.text}' ends before it begins; write {last}..{first}")

    def test(paper: Paper) -> bool:
        date = get(paper)
        if date is None:
            return False
        return not (first and _order(date, first) < 0) and not (last and _order(date, last) > 0)

    return Value(first if first == last else f"{first}..{last}", test)


def _order(one: str, other: str) -> int:
    """Below, at or above 0 as *one* is before, at or after *other*, as far as both are exact."""
    size = min(len(one), len(other))
    return (one[:size] > other[:size]) - (one[:size] < other[:size])
