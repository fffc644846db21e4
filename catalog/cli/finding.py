"""``catalog find``: which papers a query means, to read on a terminal or to pass on through a pipe."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
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

MOST_HINTS = 3
"""What is said at most, beside what was found, of what else a query may mean."""
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
    if not line.strip():
        raise typer.BadParameter("the query is empty; give words or fields, e.g. catalog find year:2024..")
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
        for hint in islice(_hints(words, catalogue, found=bool(papers)), MOST_HINTS):
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


def _hints(words: Sequence[str], catalogue: Catalogue, *, found: bool) -> Iterator[str]:
    """What else the query may mean: words that are near to its own where it found nothing, and terms."""
    plain = " ".join(word for word in words if _is_plain(word)).replace('"', "").split()
    filters = [word for word in words if not _is_plain(word)]
    named = list(_named_terms(plain, catalogue))
    if not found:
        terms = {position for start, end, _, _ in named for position in range(start, end)}
        yield from _near_words([word for n, word in enumerate(plain) if n not in terms], catalogue)
    for start, end, field, key in named:
        clause = f'{field}:"{key}"' if " " in key else f"{field}:{key}"
        for clauses in ([clause, *plain[:start], *plain[end:], *filters], [clause, *filters]):
            meant = query.parse(" ".join(clauses), catalogue.vocabulary)
            if papers := sum(1 for _ in query.select(catalogue, meant)):
                said = " ".join(plain[start:end])
                yield f"'{said}' is a term, too: catalog find {shlex.join(clauses)} ({_counted(papers)})"
                break


def _named_terms(plain: Sequence[str], catalogue: Catalogue) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, field, key) of each run of words that names a term, none of them within another."""
    taken: set[int] = set()
    for length in range(len(plain), 0, -1):
        for start in range(len(plain) - length + 1):
            run = range(start, start + length)
            if taken.isdisjoint(run):
                named = list(catalogue.vocabulary.fields_of(" ".join(plain[start : run.stop])))
                taken.update(run if named else ())
                yield from ((start, run.stop, field, key) for field, key in named)


def _near_words(words: Sequence[str], catalogue: Catalogue) -> Iterator[str]:
    """For each of *words* that begins no word of any paper, the nearest that there is."""
    held = {
        word
        for paper in catalogue
        for text in (paper.title, *paper.former_titles, paper.name or "", *(paper.authors or ()))
        for word in query.words(text)
    }
    for wanted in query.words(" ".join(words)):
        if any(word.startswith(wanted) for word in held):
            continue
        near = _nearest(wanted, sorted(held))
        yield f"no paper has '{wanted}'" + (f"; did you mean '{near}'?" if near else "")


def _nearest(wanted: str, held: Sequence[str]) -> str | None:
    """Another form of the word, which begins as it does, or else the most similar one."""
    stem = wanted[: max(4, len(wanted) - 2)]
    forms = [word for word in held if word.startswith(stem)]
    if forms:
        return max(forms, key=lambda word: (_in_common(word, wanted), fuzz.ratio(word, wanted)))
    near = process.extractOne(wanted, held, scorer=fuzz.ratio, score_cutoff=70)
    return near[0] if near else None


def _in_common(one: str, other: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
