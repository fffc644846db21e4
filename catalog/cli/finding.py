"""``catalog find``: which papers a query means, to read on a terminal or to pass on through a pipe."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rapidfuzz import fuzz, process
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from catalog import query
from catalog.catalogue import Catalogue, appeared, by_date
from catalog.cli.console import console, error_console, reader_may_leave
from catalog.cli.records import end_if_unreadable, load, none_found
from catalog.record import Paper

LEAST_FOR_TITLES = 40
"""Columns of a terminal below which a title stands in a line of its own."""


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

    [dim]catalog find --files criterion:unknown | xargs -r -d '\\n' less[/]
    """
    _refuse_options(words)
    line = " ".join(words)
    catalogue = load(context)
    papers = by_date(query.select(catalogue, query.parse(line, catalogue.vocabulary)))
    with reader_may_leave():
        if files:
            for paper in papers:
                print(os.path.relpath(catalogue.root / catalogue.files[paper.id]))
        elif not sys.stdout.isatty():
            for paper in papers:
                print(paper.id, appeared(paper, catalogue.vocabulary), paper.title, sep="\t")
        elif papers:
            _show(papers, line, catalogue)
    if not papers:
        _say(none_found(catalogue, line))
    if not papers or sys.stdout.isatty():
        for hint in list(_as_terms(words, catalogue)) or (() if papers else _near_words(words, catalogue)):
            _say(hint)
    end_if_unreadable(catalogue)


def _say(text: str) -> None:
    error_console.print(text, markup=False, soft_wrap=True)


def _refuse_options(words: Sequence[str]) -> None:
    """Of what begins with a hyphen, only an excluded clause is a part of the query."""
    for word in words:
        if re.match(r"--|-.?$", word):
            raise typer.BadParameter(f"there is no option '{word}'; there are --files and --help")


def _show(papers: Sequence[Paper], line: str, catalogue: Catalogue) -> None:
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
    _say(f"{_counted(len(papers))}; cite with: catalog export bibtex --where {shlex.quote(line)}")


def _counted(papers: int) -> str:
    return "1 paper" if papers == 1 else f"{papers:,} papers"


def _is_plain(word: str) -> bool:
    """Whether it is looked for in titles, names and authors."""
    return ":" not in word and not word.startswith("-")


def _as_terms(words: Sequence[str], catalogue: Catalogue) -> Iterator[str]:
    """The terms that the plain words of the query name, which only a filter asks for."""
    said = " ".join(word for word in words if _is_plain(word)).replace('"', "")
    rest = [word for word in words if not _is_plain(word)]
    for field, key in catalogue.vocabulary.fields_of(said):
        clauses = [f'{field}:"{key}"' if " " in key else f"{field}:{key}", *rest]
        meant = query.parse(" ".join(clauses), catalogue.vocabulary)
        if found := sum(1 for _ in query.select(catalogue, meant)):
            yield f"'{said}' is a term, too: catalog find {shlex.join(clauses)} ({_counted(found)})"


def _near_words(words: Sequence[str], catalogue: Catalogue) -> Iterator[str]:
    """For each plain word that begins no word of any paper, the nearest that there is."""
    held = {
        word
        for paper in catalogue
        for text in (paper.title, *paper.former_titles, paper.name or "", *(paper.authors or ()))
        for word in query.words(text)
    }
    for wanted in query.words(" ".join(word for word in words if _is_plain(word))):
        if any(word.startswith(wanted) for word in held):
            continue
        near = process.extractOne(wanted, sorted(held), scorer=fuzz.ratio, score_cutoff=70)
        yield f"no paper has '{wanted}'" + (f"; did you mean '{near[0]}'?" if near else "")
