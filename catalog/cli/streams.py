"""Standard streams as the commands need them, whatever the shell has made of them.

That the reader of a pipe leaves, as ``head`` does, is dealt with here and nowhere else: no print has to
think of it, and no command does less or exits otherwise because of it.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TextIO, cast

from catalog.findings import CatalogError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def make_streams_usable() -> None:
    """Put something in the place of a closed stream; let none stop the command that writes to it.

    A character that a stream cannot write is spelt out, and what nobody reads any more is written nowhere.
    """
    _take_free_handles()
    sys.stdin = sys.stdin or cast("TextIO", _Closed("input"))
    sys.stdout = _patient(sys.stdout) if sys.stdout else cast("TextIO", _Closed("output"))
    sys.stderr = sys.stderr and _patient(sys.stderr)


def _patient(stream: TextIO) -> TextIO:
    """*stream* with another way of writing, where it is one that the process began with."""
    if stream not in (sys.__stdout__, sys.__stderr__) or not isinstance(stream, io.TextIOWrapper):
        return stream
    raw = _Leavable(stream.fileno(), "wb", closefd=False)
    unbuffered = stream.write_through  # as PYTHONUNBUFFERED asks for
    # Line by line, so that where both streams lead to one file, what is said stands behind what it is about.
    return io.TextIOWrapper(
        cast("BinaryIO", raw) if unbuffered else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=_spelling_out(stream),
        line_buffering=True,
        write_through=unbuffered,
    )


def _spelling_out(stream: io.TextIOWrapper) -> str | None:
    """How it deals with what it cannot write, which ``surrogateescape`` does for bytes of UTF-8 alone."""
    escapes = stream.errors == "surrogateescape" and stream.encoding.lower() not in ("utf-8", "utf8")
    return "backslashreplace" if escapes or stream.errors == "strict" else stream.errors


class _Leavable(io.FileIO):
    """An open file that leads nowhere once it cannot be written: for a reader who left, that is no failure.

    Other failures are raised once, and not again when Python ends and writes what is left.
    """

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if isinstance(error, BrokenPipeError):
                return super().write(data)
            raise


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
