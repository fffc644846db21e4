"""All commands of ``catalog`` and their common options."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from typer.models import CommandInfo

from catalog import engine
from catalog.cli import (
    adding,
    building,
    editing,
    exchange,
    finding,
    github,
    importing,
    records,
    starting,
    upkeep,
)
from catalog.cli.console import error_console, say
from catalog.cli.root import CATALOGUE_ROOT, find_root
from catalog.findings import CatalogError, in_words

app = typer.Typer(
    name="catalog",
    help="Keep a catalogue of papers: from one YAML record per paper to checked lists, a site and exports.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for module in (records, finding, adding, editing, building, importing, exchange, upkeep, github, starting):
    module.register(app)


def _commands(within: typer.Typer) -> Iterator[CommandInfo]:
    yield from within.registered_commands
    for group in within.registered_groups:
        yield from _commands(group.typer_instance) if group.typer_instance else ()


def _unwrap(within: typer.Typer) -> None:
    """Let each paragraph of help wrap where the terminal ends, and not where the source's lines do."""
    for command in _commands(within):
        paragraphs = (command.help or inspect.getdoc(command.callback) or "").split("\n\n")
        command.help = "\n\n".join(" ".join(paragraph.splitlines()) for paragraph in paragraphs)


_unwrap(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(engine.version())
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    root: Annotated[
        Path | None,
        typer.Option(
            help="The folder that holds papers/; without it, this folder or the nearest one above.",
            envvar=CATALOGUE_ROOT,
            show_default=False,
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print the engine's version."),
    ] = False,
) -> None:
    context.obj = lambda: find_root(root)


def run() -> None:
    """Run the command that the arguments name; whatever stops it is said in words, without a traceback."""
    try:
        app()
    except CatalogError as error:
        error_console.print("[bold red]catalog:[/] ", end="")
        say(str(error))
        sys.exit(2)
    except MemoryError:
        say("catalog: there is not enough memory; close other programs and try again")
        sys.exit(2)
    except OSError as error:
        say(f"catalog: {in_words(error)}")
        sys.exit(2)
