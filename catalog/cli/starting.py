"""``catalog new``: a catalogue on another topic."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import catalog
from catalog.cli.console import error_console
from catalog.cli.root import named_root, root_of
from catalog.starting import SHARED, engine_requirement, start_catalogue


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("new")(new)


def new(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    title: Annotated[
        str | None, typer.Option(help="Name of the catalogue; made of the topic without it.")
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(help="What the papers are about, in two or three words; the folder's name without it."),
    ] = None,
) -> None:
    """Start a catalogue on another topic: records, vocabulary and pages that build at once.

    [dim]catalog new ../graph-papers --topic "graph neural networks"[/]
    """
    words = topic or folder.resolve().name.replace("-", " ").replace("_", " ")
    made = start_catalogue(folder, _origin(context), topic=words, title=title)
    say = partial(error_console.print, markup=False, soft_wrap=True)
    say(f"{made.config.title}: a catalogue with {len(made)} record, in {folder}")
    say(f"Build it: cd {shlex.quote(str(folder))} && make site")
    say("Keep its history: git init, and commit what is there")
    say("Make it yours:")
    say("  papers/catalogue.yaml: description, repository, citation; later the timeline's milestones")
    say("  papers/vocabulary/: your terms, and your field's venues in venues.yaml")
    say(f"  {', '.join(made.files.values())}: an example; delete it once catalog add brought your own")
    if "@ file:" in engine_requirement():
        say("requirements.txt names the engine on this machine; name a public copy before others use it")


def _origin(context: typer.Context) -> Path:
    """The catalogue that is named, or the one that the engine came with, or the one in which this runs."""
    if named := named_root(context):
        return named
    home = Path(catalog.__file__).parents[1]
    return home if all((home / name).exists() for name in SHARED) else root_of(context)
