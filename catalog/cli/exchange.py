"""``catalog export`` and ``cite``: records in other formats, and in somebody's manuscript."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from catalog import cite as citing
from catalog import exports
from catalog.catalogue import Catalogue
from catalog.cli.console import say
from catalog.cli.outputs import writable
from catalog.cli.records import end_if_unreadable, load, none_found
from catalog.counting import counted
from catalog.exports import bibtex
from catalog.findings import CatalogError
from catalog.query.reading import answer
from catalog.record import Paper
from catalog.replacing import replaced


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("export")(export)
    app.command("cite")(cite)


_LIST = "list"
_DIALECTS = [name.removeprefix(f"{_LIST}-") for name in exports.formats() if name.startswith(f"{_LIST}-")]
_FORMATS = [*(name for name in exports.formats() if not name.startswith(f"{_LIST}-")), _LIST]


def _format_names(incomplete: str) -> list[str]:
    return [name for name in _FORMATS if name.startswith(incomplete)]


def _dialect_names(incomplete: str) -> list[str]:
    return [name for name in _DIALECTS if name.startswith(incomplete)]


def export(
    context: typer.Context,
    format_name: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT",
            help="One of: " + ", ".join(_FORMATS) + ".",
            autocompletion=_format_names,
        ),
    ],
    where: Annotated[
        str,
        typer.Option(
            help="Only the papers that match this query, e.g. 'code:yes year:2024..'; without it, every "
            "paper. If the query has a mistake, the answer lists the fields and terms to choose from.",
            show_default=False,
        ),
    ] = "",
    dialect: Annotated[
        str | None,
        typer.Option(
            help="The style of a list's entries: " + ", ".join(_DIALECTS) + ".",
            autocompletion=_dialect_names,
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="File to write, replaced if any paper matches; without it, standard output.",
            callback=writable,
        ),
    ] = None,
) -> None:
    """Print papers in another format.

    [dim]catalog export bibtex -o papers.bib[/]

    [dim]catalog export xlsx --where "venue:NeurIPS year:2024.." -o papers.xlsx[/]

    [dim]catalog export jsonl --where "code:yes -kind:survey" | jq -r .title[/]

    [dim]catalog export list --dialect venue-bold --where "added:2026-11.." [/]
    """
    chosen = exports.formats()[_full_name(format_name, dialect)]
    if chosen.binary and out is None and sys.stdout.isatty():
        name = f"papers{chosen.suffix}"
        raise CatalogError(f"'{format_name}' is not text; write it to a file: {format_name} -o {name}")
    catalogue = load(context)
    papers = list(answer(where, catalogue).papers)
    if out is None:
        _print(chosen, papers, catalogue)
    elif papers:
        with replaced(out) as stream:
            chosen.save(papers, catalogue, stream)
        say(f"{counted(len(papers), 'paper')} written to {out}")
    if format_name == bibtex.NAME:
        _say_what_was_replaced(papers)
    if not papers:  # which needs to be said: a table has its heading, and of a file nothing was touched
        kept = f"; nothing was written to {out}" if out else ""
        say(f"{none_found(catalogue, where)}{kept}")
    end_if_unreadable(catalogue)


def _say_what_was_replaced(papers: Iterable[Paper]) -> None:
    spoilt = [paper.id for paper in papers if paper.bibtex and bibtex.spoils_others(paper.bibtex)]
    if spoilt:
        say(f"entries made from the fields, because the records' own do not parse: {', '.join(spoilt)}")


def _full_name(format_name: str, dialect: str | None) -> str:
    """The export's own name: that of a list names its dialect.

    Raises
    ------
    CatalogError : there is no such format, or a list without a dialect or the other way round
    """
    if format_name in exports.formats() and dialect is None:
        return format_name  # a list's full name among them, as other programs may call it
    if format_name not in _FORMATS:
        raise exports.unknown_format(format_name, _FORMATS)
    if (format_name == _LIST) != (dialect is not None):
        known = ", ".join(_DIALECTS)
        raise CatalogError(
            f"'{_LIST}' needs the style of its entries; choose one with --dialect: {known}"
            if dialect is None
            else f"--dialect is for '{_LIST}' alone; leave it out, or export {_LIST} --dialect {dialect}"
        )
    if dialect is not None and dialect not in _DIALECTS:
        raise CatalogError(f"there is no dialect '{dialect}' to write; known are {', '.join(_DIALECTS)}")
    return f"{_LIST}-{dialect}" if dialect else format_name


def _print(chosen: exports.Export, papers: list[Paper], catalogue: Catalogue) -> None:
    sys.stdout.flush()
    chosen.save(papers, catalogue, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def cite(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(help="Manuscripts (.tex, .aux, .md, .qmd, .Rmd, .typ) and your own .bib files."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The .bib file to write. What it already holds is kept, but preprints that are cited "
            "and have been published are upgraded.",
            callback=writable,
        ),
    ] = None,
) -> None:
    """Make the bibliography of a manuscript: look up what it cites, and cite the published versions.

    Keys are looked up among your own entries first, then among BibTeX keys, ids, former ids, arXiv ids and
    DOIs; your own entries by arXiv id, DOI or title. Your keys stay as they are. Entries of .bib files that
    the manuscript itself names stay there, unless you give these files, too; in a .bib file that you give,
    every preprint that has been published is upgraded. Exits with 1 if something is not known.

    [dim]catalog cite paper.tex -o refs.bib[/]

    [dim]catalog cite paper.aux old.bib > refs.bib[/]
    """
    made = citing.bibliography(files, load(context), out)
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(made.text.encode())
    else:
        with replaced(out) as stream:  # the file may hold the author's own work
            stream.write(made.text.encode(made.encoding))
    _report(made, files, out)
    raise typer.Exit(1 if made.unknown else 0)


def _report(made: citing.Bibliography, files: Sequence[Path], out: Path | None) -> None:
    for file, looked_for in made.silent.items():
        say(f"{file}: no citation was found; looked for {looked_for}")
    for upgrade in made.upgraded:
        say(f"{upgrade.file}:{upgrade.line}: {upgrade.key} cited a preprint, now {upgrade.venue}")
    for outdated in made.outdated:
        say(
            f"{outdated.file}:{outdated.line}: your entry {outdated.key} stays; it cites a preprint, now "
            f"{outdated.venue}"
        )
    if bibs := dict.fromkeys(Path(outdated.file) for outdated in made.outdated):
        into = ["-o", *([out] if out else ["refs.bib"])]
        say(f"To upgrade them, run: catalog cite {shlex.join(map(str, [*files, *bibs, *into]))}")
    for own in made.namesakes:
        say(
            f"{own.file}:{own.line}: your entry {own.key} stays; in the catalogue this is the key of "
            f"{own.paper.name or own.paper.title}"
        )
    for keys in made.twice:
        say(f"one paper is cited under several keys: {', '.join(keys)}")
    if made.strange:
        names = f": {', '.join(made.strange)}" if len(made.strange) <= _FEW else ""
        say(f"of your own, the catalogue does not have {counted(len(made.strange), 'paper')}{names}")
    for one in made.unknown:
        hint = f"; did you mean '{one.nearest}'?" if one.nearest else ""
        say(f"{one.file}:{one.line}: '{one.what}' is not known{hint}")
    say(
        f"{counted(len(made.added), 'entry', 'entries')} from the catalogue, "
        f"{len(made.upgraded):,} upgraded, {len(made.kept):,} of your own kept, "
        f"{len(made.unknown):,} not known"
    )
    if out and (made.added or made.upgraded):
        _say_where_to_name(out, files)


_FEW = 5
"""Entries that are named one by one."""


def _say_where_to_name(out: Path, files: Sequence[Path]) -> None:
    """That a manuscript does not read the file that was written, and how it comes to."""
    for manuscript, bibs in citing.unnamed_in(files, out).items():
        copied = [bib.name for bib in bibs if any(bib.samefile(file) for file in files)]
        how = f"in place of {', '.join(copied)}, which it holds whole" if copied else "as well"
        say(
            f"{manuscript}: takes its bibliography from {', '.join(bib.name for bib in bibs)}; name "
            f"{out.name} there {how}"
        )
