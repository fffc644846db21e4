"""Standard streams as the commands need them, whatever the shell has made of them."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn, TextIO, cast

from catalog.findings import CatalogError


def make_streams_usable() -> None:
    """Put something in the place of a closed stream; let none stop at a character that it cannot write."""
    _take_free_handles()
    sys.stdin = sys.stdin or cast("TextIO", _Closed("input"))
    sys.stdout = sys.stdout or cast("TextIO", _Closed("output"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _take_free_handles() -> None:
    """A file that is opened later must not get the number of a closed stream, and what is written to that."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)


class _Closed(io.TextIOBase):
    """A stream that was closed before the command began; using it is a mistake that can be said in words."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _refuse(self) -> NoReturn:
        advice = "pipe something into it, or name a file" if self._name == "input" else "leave '>&-' out"
        raise CatalogError(f"standard {self._name} is closed; {advice}")

    def read(self, _size: int | None = -1, /) -> str:
        self._refuse()

    def readline(self, _size: int = -1, /) -> str:  # type: ignore[override]
        self._refuse()

    def write(self, _text: str, /) -> int:
        self._refuse()

    @property
    def buffer(self) -> NoReturn:
        self._refuse()
