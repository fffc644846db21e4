"""A value of a query: as it was typed, as it is meant, and how it is written again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from catalog.record import Paper
from catalog.vocabulary import NONE, UNKNOWN

Test = Callable[[Paper], bool]


@dataclass(frozen=True, slots=True)
class Typed:
    """A value as it was typed, and whether in quotes."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is meant: its normal form, and whether a paper has it."""

    text: str
    test: Test = field(compare=False, repr=False)


class WrongValueError(ValueError):
    """The field does not take this value; the message says what it takes."""


Reader = Callable[[Typed], Value]


_PLAIN = re.compile(r'[^\s",()\ufeff\x85↵]+')


def as_value(text: str) -> str:
    """*text* as a value that is read as that text: in quotes where it would be read otherwise."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in (UNKNOWN, NONE) else f'"{text}"'


_MOST_QUOTED = 80


def brief(text: str) -> str:
    """*text* as a message quotes it: of what was pasted by mistake, the beginning says enough."""
    return text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}…"
