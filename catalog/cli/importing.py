"""``catalog import``: records from published lists."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from catalog import importers
from catalog.cli.console import console, say
from catalog.cli.outputs import writable
from catalog.cli.records import load
from catalog.findings import CatalogError


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("import", epilog=_epilog())(import_list)


def _epilog() -> str:
    """How the rows of each dialect begin, a paragraph for each."""
    rows = (
        f"[bold]{each.name}[/]: {each.description}, as in {escape(each.row)}"
        for each in importers.DIALECTS.values()
    )
    return "\n\n".join(rows)


def _dialects(incomplete: str) -> list[str]:
    return [name for name in importers.DIALECTS if name.startswith(incomplete)]


def import_list(
    context: typer.Context,
    dialect: Annotated[
        str,
        typer.Argument(
            metavar="DIALECT",
            help=f"The style of the list's rows, see below: {', '.join(importers.DIALECTS)}.",
            autocompletion=_dialects,
        ),
    ],
    file: Annotated[Path, typer.Argument(help="The list's file, or the folder of its pages.")],
    listed_in: Annotated[
        str | None,
        typer.Option(
            help="Key of the list in lists.yaml, which the records will name; needed if the file's title "
            "does not tell."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Also write the report as JSON to this file.", callback=writable)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only, write no record.")] = False,
    brief: Annotated[
        bool, typer.Option("--brief", help="Print totals and conflicts, not every row.")
    ] = False,
) -> None:
    """Import a published list as records; every row is added, merged, or refused with a reason.

    A row that looks like an entry but is not in the list's style is refused, too. What a record holds is
    never overwritten; a newer copy of a list brings only new rows, and venues that were not known before.

    [dim]catalog import venue-bold awesome-list/README.md --dry-run[/]

    [dim]catalog import badges my-list/ --listed-in my-list --report report.json[/]
    """
    catalogue = load(context)
    if catalogue.unreadable:
        first = catalogue.unreadable[0]
        raise CatalogError(
            f"{first.file}:{first.line}: {first.message}\n"
            "An import compares with every record, so all must be readable first; see: catalog check"
        )
    today = datetime.now(UTC).date().isoformat()
    made = importers.import_list(dialect, file, catalogue, listed_in=listed_in, added=today, dry_run=dry_run)
    if report:
        report.write_text(made.as_json(), encoding="utf-8")
    made.print(console, rows=not brief)
    if dry_run:
        say("Nothing was written, as asked.")
