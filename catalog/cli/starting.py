"""``catalog new`` and ``upgrade``: a catalogue on another topic, and how it keeps up with the engine."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from catalog import engine
from catalog.cli.console import say
from catalog.cli.root import named_root, root_of
from catalog.counting import counted
from catalog.starting import start_catalogue
from catalog.starting import upgrade as upgrade_files
from catalog.starting.shipped import SHARED


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(new)
    app.command()(upgrade)


def new(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that is new or empty, or a fresh clone.")
    ],
    title: Annotated[
        str | None, typer.Option(help="Name of the catalogue; made of the topic without it.")
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(help="What the papers are about, in two or three words; the folder's name without it."),
    ] = None,
) -> None:
    """Start a catalogue on another topic: records, vocabulary and pages that build at once.

    Its pages are the engine's, or those of the catalogue that --root names.

    [dim]catalog new ../graph-papers --topic "graph neural networks"[/]
    """
    words = folder.resolve().name.replace("-", " ").replace("_", " ") if topic is None else topic
    made = start_catalogue(folder, named_root(context) or SHARED, topic=words, title=title)
    here = folder.resolve() == Path.cwd().resolve()
    say(f"{made.config.title}: a catalogue with {len(made)} record, in {'this folder' if here else folder}")
    say(f"Build it: {'' if here else f'cd {shlex.quote(str(folder))} && '}make site")
    begin = "" if (folder / ".git").exists() else "git init, and "
    say(f"Keep its history: {begin}commit what is there")
    say("Make it yours:")
    say("  papers/catalogue.yaml: description, maintainers, citation, the records' license; later milestones")
    say("  papers/vocabulary/: your terms, and your field's venues in venues.yaml. Empty the files of fields")
    say("    that you do not need; name fields of your own under 'fields' in papers/catalogue.yaml")
    say(f"  {', '.join(made.files.values())}: an example; delete it before you replace the terms")
    say("  site_templates/assets/: the colours in colours.css, the logo in mark.svg and mark.png")
    say("Add papers: .venv/bin/catalog add, with a .bib file, an arXiv id, a DOI or a link")
    say("Publish it on GitHub: README.md says how, step by step")
    if not engine.is_public(engine.requirement()):
        say("  requirements.txt names the engine on this machine; name a public copy there first")


def upgrade(
    context: typer.Context,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Those that were changed here, too, once that is committed: git keeps what they were.",
        ),
    ] = False,
) -> None:
    """Bring pages and workflows up to date after a newer engine was installed.

    Of what the catalogue took over, files that nobody changed here get the engine's state.  Those that were
    changed both here and in the engine are named, and stay: the exit status is then 1.

    [dim]catalog upgrade[/]
    """
    done = upgrade_files(root_of(context), everything=everything)
    say(f"{counted(len(done.replaced), 'file')} brought up to date, {len(done.deleted):,} deleted")
    if done.reset:
        say("Changed here before; see what that was with git diff, and take a file back with git restore:")
        for name in done.reset:
            say(f"  {shlex.quote(name)}")
    if not done.differing:
        return
    say("Changed here and in the engine; compare, and take over what is new, or all with --all:")
    for name, source in done.differing.items():
        compared = shlex.join(["diff", name, str(source)])
        say(f"  {compared}" if source else f"  {name}: the engine has no such file any more")
    raise typer.Exit(1)
