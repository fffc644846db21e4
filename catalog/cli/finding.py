"""``catalog find``: which papers a query means, to read on a terminal or to pass on through a pipe."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from catalog import query
from catalog.catalogue import Catalogue, by_date
from catalog.cli.console import console, error_console, reader_may_leave
from catalog.cli.records import end_if_unreadable, load, none_found
from catalog.record import Paper


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    # "-mechanism:pruning" is a part of the query, and no option.
    app.command(context_settings={"ignore_unknown_options": True})(find)


def find(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY...",
            help="As for --where of export. A mistake is answered with the fields and terms that there are.",
        ),
    ],
    files: Annotated[bool, typer.Option("--files", help="Print only the records' files.")] = False,
) -> None:
    """List the papers that a query means, the newest first: a table, or in a pipe lines of columns.

    [dim]catalog find token merging training:free year:2024..[/]

    [dim]catalog find 'author:"linfeng zhang"' code:yes -mechanism:pruning[/]

    [dim]catalog find --files criterion:unknown | xargs less[/]
    """
    line = " ".join(words)
    catalogue = load(context)
    papers = by_date(query.select(catalogue, query.parse(line, catalogue.vocabulary)))
    with reader_may_leave():
        if files:
            for paper in papers:
                print(catalogue.root / catalogue.files[paper.id])
        elif console.is_terminal:
            _show(papers, line, catalogue)
        else:
            for paper in papers:
                print(paper.id, _appeared(paper, catalogue), paper.title, sep="\t")
    if not papers:
        error_console.print(none_found(catalogue, line), markup=False, soft_wrap=True)
    end_if_unreadable(catalogue)


def _show(papers: Sequence[Paper], line: str, catalogue: Catalogue) -> None:
    if not papers:
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="bold", no_wrap=True, max_width=28)
    table.add_column(overflow="fold")
    table.add_column(style="dim", no_wrap=True)
    for paper in papers:
        table.add_row(Text(paper.id), Text(paper.title), Text(_appeared(paper, catalogue)))
    console.print(table)
    count = "1 paper" if len(papers) == 1 else f"{len(papers):,} papers"
    error_console.print(
        f"{count}; cite with: catalog export bibtex --where {shlex.quote(line)}", markup=False, soft_wrap=True
    )


def _appeared(paper: Paper, catalogue: Catalogue) -> str:
    venue = catalogue.vocabulary.label("venue", paper.venue) if paper.venue else ""
    return f"{venue} {paper.year or (paper.published or '')[:4]}".strip()
