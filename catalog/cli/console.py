"""Consoles and progress bars: a bar on a terminal, silence in a pipe.

What has to be printed as it stands, whatever is in it, goes to :func:`say` or ``print``; consoles are for
colours and tables.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from catalog.counting import numeral
from catalog.findings import ProgressCallback

console = Console(highlight=False, emoji=False)
error_console = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
"""Lines as long as they are: a terminal breaks them, and a pipe must not."""


def say(text: str, end: str = "\n") -> None:
    """Print *text* on standard error as it stands: nothing in it is markup, and no tab becomes spaces."""
    if sys.stderr:  # a closed one is none, for which Python would take standard output
        print(text, end=end, file=sys.stderr)


class _Done(ProgressColumn):
    """How many are done, of how many."""

    def render(self, task: Task) -> Text:
        total = "?" if task.total is None else numeral(int(task.total))
        return Text(f"{numeral(int(task.completed)):>{len(total)}}/{total}", style="progress.download")


@contextmanager
def progress(title: str) -> Iterator[ProgressCallback]:
    """A bar headed *title* that goes away when the work is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), _Done(), TimeRemainingColumn())
    with Progress(
        *columns, console=error_console, transient=True, disable=not error_console.is_terminal
    ) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
