"""``catalog build`` and ``serve``: lists and site out of the records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catalog import lists
from catalog.cli.console import error_console, progress
from catalog.cli.records import load_sound
from catalog.cli.root import root_of

SITE = "site"
TEMPLATES = "site_templates"
CACHE = ".cache"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(build)
    app.command()(serve)


def build(
    context: typer.Context,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; name the rendered files that are stale and exit 1."),
    ] = False,
    only: Annotated[str, typer.Option(help="'lists', 'site' or 'all'.", show_default=True)] = "all",
    out: Annotated[
        Path | None, typer.Option(help="Folder of the site; without it, site/.", show_default=False)
    ] = None,
) -> None:
    """Check the records, render README and lists, and build the site.

    [dim]catalog build[/]  ·  [dim]catalog build --check[/]  ·  [dim]catalog build --only site --out /tmp/preview[/]
    """
    if only not in ("all", "lists", "site"):
        raise typer.BadParameter("expected all, lists or site", param_hint="--only")
    root = root_of(context)
    catalogue = load_sound(context)
    templates = root / TEMPLATES
    if check or only != "site":
        outputs = lists.render_all(catalogue, templates)
        if check:
            stale = lists.stale(outputs, root)
            for file in stale:
                print(file)
            if stale:
                error_console.print(f"{len(stale)} rendered files are stale; run: catalog build --only lists")
            raise typer.Exit(1 if stale else 0)
        written = lists.write(outputs, root)
        error_console.print(f"README and lists: {len(outputs)} files, {len(written)} changed")
    if only != "lists":
        _build_site(context, catalogue_root=root, out=out)


def _build_site(context: typer.Context, catalogue_root: Path, out: Path | None) -> None:
    from catalog.site import build_site

    raise NotImplementedError


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8000,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Build the site, show it on 127.0.0.1 and rebuild when a record or template changes."""
    from catalog.site.serve import serve as serve_site
