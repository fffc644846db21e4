"""What is asked of a server, with which key, and what its answer may take."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.sources.errors import SourceError
from catalog.sources.politeness import Rate


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts that an answer may take.

    Attributes
    ----------
    total : for one question, with redirects, retries and waiting
    longest_pause : a server that asks to wait longer is given up
    fresh_for : how long a stored answer is used without asking again
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 40.0
    longest_pause: float = 30.0
    fresh_for: float = 24 * 3600.0
    tries: int = 4
    redirects: int = 5
    max_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Which variable of the environment holds a key, and which header carries it."""

    variable: str
    header: str
    prefix: str = ""

    def headers(self) -> dict[str, str]:
        """The header, where the variable is set.

        Raises
        ------
        SourceError : the key cannot stand in a header; its text is not shown
        """
        key = os.environ.get(self.variable, "").strip()
        if not key:
            return {}
        if not re.fullmatch(r"[\x21-\x7e]{1,500}", key):
            raise SourceError(f"{self.variable} holds spaces or characters that no key has; set it anew")
        return {self.header: self.prefix + key}


@dataclass(frozen=True)
class Question:
    """What is asked, of whom, and until when."""

    url: str
    accept: tuple[str, ...]
    rate: Rate
    key: ApiKey | None
    deadline: float
    conditions: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the cache knows it by."""
        return f"{self.url}\n{', '.join(self.accept)}"
