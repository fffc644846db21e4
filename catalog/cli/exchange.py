"""``catalog import`` and ``export``: records from published lists, and to other formats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from catalog import exports
from catalog.cli.console import error_console
from catalog.cli.records import load


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("export")(export)


def _format_names(incomplete: str) -> list[str]:
    return [name for name in exports.formats() if name.startswith(incomplete)]


def export(
    context: typer.Context,
    format_name: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT",
            help="One of: " + ", ".join(exports.formats()),
            autocompletion=_format_names,
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; without it, standard output.")
    ] = None,
) -> None:
    """Print every paper in another format.

    [dim]catalog export bibtex -o papers.bib[/]

    [dim]catalog export jsonl | jq -r 'select(.training == "free") | .title'[/]
    """
    chosen = exports.get(format_name)
    catalogue = load(context)
    if out is None:
        chosen.write(catalogue.papers, catalogue, sys.stdout)
    else:
        with out.open("w", encoding="utf-8", newline="\n") as stream:
            chosen.write(catalogue.papers, catalogue, stream)
        error_console.print(f"{len(catalogue)} papers written to {out}", markup=False)
    if catalogue.unreadable:
        count = len({finding.file for finding in catalogue.unreadable})
        error_console.print(f"{count} records could not be read and are left out; see: catalog check")
        raise typer.Exit(1)
