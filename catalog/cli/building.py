"""``catalog build`` and ``serve``: lists, issue forms and site out of the records."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from catalog import lists
from catalog.catalogue import Catalogue
from catalog.cli.console import progress, say
from catalog.cli.records import load_sound
from catalog.cli.root import root_of
from catalog.counting import counted
from catalog.findings import CatalogError
from catalog.github.rendering import render_forms
from catalog.root import own_place
from catalog.starting import behind

SITE = "site"
TEMPLATES = "site_templates"


class Part(StrEnum):
    """What is rendered."""

    ALL = "all"
    LISTS = "lists"
    SITE = "site"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(build)
    app.command()(serve)


def build(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; name rendered files that are stale and exit 1.")
    ] = False,
    only: Annotated[Part, typer.Option(help="Render only this part.")] = Part.ALL,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the site; without it, site/.", show_default=False)
    ] = None,
) -> None:
    """Check the records, render README, lists and issue forms, and build the site.

    Records with errors are refused, and what was built before stays as it is.

    [dim]catalog build[/]

    [dim]catalog build --check[/]

    [dim]catalog build --only site --out preview[/]
    """
    _refuse_idle_options(check, only, out)
    _say_what_is_behind(root_of(context))
    catalogue = load_sound(context)
    if check:
        _report_stale(catalogue)
        return
    # What may fail comes first: a build that does leaves site and lists as they were.
    outputs = {} if only is Part.SITE else _rendered(catalogue)
    for name in outputs:
        own_place(catalogue.root, name)
    if only is not Part.LISTS:
        _build_site(catalogue, out or own_place(catalogue.root, SITE))
    if only is not Part.SITE:
        _write_lists(catalogue, outputs)


def _refuse_idle_options(check: bool, only: Part, out: Path | None) -> None:
    """Options that would change nothing beside each other are a mistake of who gives them.

    Raises
    ------
    CatalogError : there are such options
    """
    if check and only is Part.SITE:
        raise CatalogError("--check compares README, lists and issue forms, not the site; drop --only site")
    if check and out:
        raise CatalogError("--check writes nothing, and --out names where the site is written; drop one")
    if only is Part.LISTS and out:
        raise CatalogError("--out names where the site is written, which --only lists leaves out; drop one")


def _say_what_is_behind(root: Path) -> None:
    """Which templates may not fit the engine, before these fail."""
    if names := behind(root):
        said = f"{counted(len(names), 'file')} from an earlier engine ({names[0]}{' …' if names[1:] else ''})"
        say(f"{said}; bring up to date: catalog upgrade")


def _report_stale(catalogue: Catalogue) -> None:
    stale = lists.stale(_rendered(catalogue), catalogue.root)
    for file in stale:
        print(file)
    if stale:
        are = counted(len(stale), "rendered file is", "rendered files are")
        say(f"{are} stale; run: catalog build --only lists")
        raise typer.Exit(1)


def _rendered(catalogue: Catalogue) -> dict[str, str]:
    """All that is kept in the repository beside the records that it is made of: path -> text."""
    templates = catalogue.root / TEMPLATES
    return lists.render_all(catalogue, templates) | render_forms(catalogue, templates)


def _write_lists(catalogue: Catalogue, outputs: Mapping[str, str]) -> None:
    changed = lists.write(outputs, catalogue.root)
    deleted = sum(name not in outputs for name in changed)
    said = f"{len(outputs):,} files, {len(changed) - deleted:,} changed"
    also = f", {deleted:,} more deleted" if deleted else ""
    say(f"README, lists and issue forms: {said}{also}")


def _build_site(catalogue: Catalogue, out: Path) -> None:
    # mkdocs takes a while to import, and most commands never need it.
    from catalog.site import build_site

    with progress("Building the site") as advance:
        report = build_site(catalogue, catalogue.root / TEMPLATES, out, progress=advance)
    if report.cache:
        say(f"Nothing was kept for the next build, which takes as long: {report.cache} may not be written")
    changed = report.files - report.unchanged
    say(f"Site: {report.pages:,} pages, {report.files:,} files, {changed:,} changed")
    say(f"Look at it: make serve, or open {(out / 'index.html').resolve().as_uri()}")


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=0, max=65535)] = 8000,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Build the site, show it on 127.0.0.1, and rebuild and reload when a record or template changes.

    Errors of the records, with which nothing would be published, are named below each build.

    [dim]catalog serve --open[/]

    [dim]catalog serve --port 8080[/]
    """
    from catalog.site.serve import serve as serve_site

    _say_what_is_behind(root_of(context))
    with suppress(KeyboardInterrupt):
        serve_site(root_of(context), port=port, open_browser=open_browser, report=say)
