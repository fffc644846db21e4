"""``catalog find``: which papers match a query, to read on a terminal or to pass on through a pipe."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from catalog import query
from catalog.bibtex import appeared
from catalog.catalogue import Catalogue, by_date
from catalog.cli.advice import advice
from catalog.cli.console import console, say
from catalog.cli.pasted import as_query, list_in, query_of
from catalog.cli.records import end_if_unreadable, load
from catalog.counting import counted
from catalog.query.marks import plainly
from catalog.query.reading import answer, nearest_answer
from catalog.record import Paper

LEAST_FOR_TITLES = 40
"""Columns of a terminal below which a title stands in a line of its own."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    # "-kind:survey" is a part of the query, and no option.
    app.command(context_settings={"ignore_unknown_options": True})(find)


def find(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            help="As for export --where. A query with a mistake is answered with the fields and terms to "
            "choose from.",
        ),
    ],
    files: Annotated[bool, typer.Option("--files", help="Print only the paths of the records.")] = False,
) -> None:
    """List the papers that match a query, newest first: as a table, or tab-separated when piped.

    What is copied from a paper or a browser is no query and is taken, too: an address, a title, or a list of
    identifiers, citation keys, titles or references, whose papers are listed in its order.

    [dim]catalog find attention code:yes year:2024..[/]

    [dim]catalog find 'author:"ada lovelace"' -kind:survey "attention is all"[/]

    [dim]catalog find '("attention is all" OR author:lovelace) AND NOT kind:survey'[/]

    [dim]catalog find --files venue:unknown | xargs -r -d '\\n' less[/]
    """
    _refuse_options(words)
    line = " ".join(words)
    if not line.strip():
        raise typer.BadParameter("the query is empty; give words or fields, e.g. catalog find year:2024..")
    catalogue = load(context)
    listed = list_in(line, catalogue)
    if listed and not listed.papers and listed.items == 1:
        listed = None  # what is said of a query that finds nothing says enough
    nearly = False
    if listed:
        papers = list(listed.papers)
        line = query_of(listed) if papers else line
    else:
        line = plainly(as_query(line, catalogue))
        # What comes near is for who reads it, and no list of files to change.
        found = (answer if files else nearest_answer)(line, catalogue)
        papers, nearly = by_date(found.papers), found.nearly
    if files:
        for paper in papers:
            print(os.path.relpath(catalogue.root / catalogue.files[paper.id]))
    elif not sys.stdout.isatty():
        for paper in papers:
            print(paper.id, appeared(paper, catalogue.vocabulary), paper.title, sep="\t")
    elif papers:
        _show(papers, catalogue)
        say(counted(len(papers), "paper") + ("" if nearly else _citing(line)))
    for said in listed.notes() if listed else advice(line, catalogue, found=len(papers), nearly=nearly):
        say(said)
    end_if_unreadable(catalogue)


def _refuse_options(words: Sequence[str]) -> None:
    """Of what begins with a hyphen, only an excluded clause is a part of the query."""
    for word in words:
        if re.match(r"--|-.?$", word):
            raise typer.BadParameter(f"there is no option '{word}'; there are --files and --help")


def _show(papers: Sequence[Paper], catalogue: Catalogue) -> None:
    rows = [
        (Text(paper.id, "bold"), Text(paper.title), Text(appeared(paper, catalogue.vocabulary), "dim"))
        for paper in papers
    ]
    others = max(len(paper_id) for paper_id, _, _ in rows) + max(len(place) for _, _, place in rows) + 4
    if console.width - others < LEAST_FOR_TITLES:
        for paper_id, title, place in rows:
            console.print(Text.assemble(paper_id, "  ", place))
            console.print(Padding(title, (0, 0, 0, 2)))
    else:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column()
        table.add_column(no_wrap=True)
        for row in rows:
            table.add_row(*row)
        console.print(table)


def _citing(line: str) -> str:
    cite = f"; cite with: catalog export bibtex --where {shlex.quote(line)}"
    return cite if len(line) <= query.LONGEST else ""
