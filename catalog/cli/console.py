"""Consoles and progress bars: a bar on a terminal, silence in a pipe."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.findings import ProgressCallback


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """That the reader left ends no command here: whoever prints knows what it means."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class _ErrorConsole(Console):
    def on_broken_pipe(self) -> None:
        """That nobody reads what is said changes nothing of what the command does, nor its exit code."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


console = _Console(highlight=False)
error_console = _ErrorConsole(stderr=True, highlight=False, soft_wrap=True)
"""Lines as long as they are: a terminal breaks them, and a pipe must not."""


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Around what is printed: that the reader of a pipe has had enough is no failure."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        write_no_more()


def write_no_more() -> None:
    """Nothing more is to reach standard output, not even what is flushed when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress(title: str) -> Iterator[ProgressCallback]:
    """A bar headed *title* that goes away when the work is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=error_console, transient=True, disable=not error_console.is_terminal
    ) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def counted(number: int, noun: str, several: str = "") -> str:
    """``1 error`` and ``2 errors``; *several* is the plural where an s does not make it."""
    return f"{number} {noun}" if number == 1 else f"{number} {several or f'{noun}s'}"
