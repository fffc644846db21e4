"""``catalog links``, ``refresh`` and ``discover``: keep the records true, and find what is missing."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog import importers
from catalog.catalogue import Catalogue
from catalog.cli.console import console, progress, say
from catalog.cli.outputs import writable
from catalog.cli.records import load
from catalog.counting import counted
from catalog.findings import CatalogError

# What asks servers takes a while to import, and no other command needs it: each imports it when it runs.
if TYPE_CHECKING:
    from catalog.adding import Offices
    from catalog.upkeep.links import Settings

LOOK_BACK = timedelta(days=14)
"""How far ``discover`` looks back: two of the weeks in which it is run."""


Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        help="Also write a report in Markdown, for an issue.",
        show_default=False,
        callback=writable,
    ),
]


class DiscoverFormat(StrEnum):
    """How papers are printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class LinksFormat(StrEnum):
    """How verdicts are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("links")(check_links)
    app.command("refresh")(refresh)
    app.command("discover")(discover)


def today() -> date:
    """The day on which the command runs."""
    return datetime.now(UTC).date()


def offices_of(catalogue: Catalogue, purpose: str) -> Offices:
    """The sources, and the client through which they are asked."""
    from catalog.adding import Offices
    from catalog.sources.environment import client_for, mirror_address

    return Offices(client_for(catalogue, purpose), mirror_address())


def _agent(catalogue: Catalogue) -> str:
    """What servers are told of who asks."""
    contact = f"; +{catalogue.config.repository}" if catalogue.config.repository else ""
    return f"Mozilla/5.0 (compatible; catalog-upkeep/{version('fewer-tokens')}{contact})"


def link_settings(catalogue: Catalogue) -> Settings:
    """How servers are asked."""
    from catalog.upkeep.links import Settings

    return Settings(_agent(catalogue))


def check_links(
    context: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Write the new addresses of links that moved.")] = False,
    output: Annotated[LinksFormat, typer.Option("--format", help="How to print.")] = LinksFormat.TEXT,
    resume: Annotated[bool, typer.Option("--resume", help="Continue where the last run stopped.")] = False,
    only: Annotated[
        str | None, typer.Option(metavar="HOST", help="Only links to this host.", show_default=False)
    ] = None,
    report: Report = None,
) -> None:
    """Check whether the links of every record are alive, moved, dead or unclear.

    Exits with 1 if a link is dead or has moved, and with 2 if all are unclear, so that nothing was learned.
    Each host is asked slowly, so a large catalogue takes minutes; --resume continues after an interruption.

    [dim]catalog links[/]

    [dim]catalog links --only github.com --fix[/]

    [dim]catalog links --resume --report links.md[/]
    """
    from catalog.upkeep import link_report, links
    from catalog.upkeep.answers import Verdict

    catalogue = load(context)
    count = len(links.links_of(catalogue, only))
    if count:
        say(f"Asking {counted(count, 'link')}, each host slowly: many links take minutes")
    try:
        with progress("Asking links") as advance:
            found = links.check_links(
                catalogue, link_settings(catalogue), today=today(), host=only, resume=resume, progress=advance
            )
    except KeyboardInterrupt:
        say("Interrupted; what was found is kept. Continue with: catalog links --resume")
        raise typer.Exit(130) from None
    if fix:
        changed = links.fix_moved(catalogue, found)
        say(f"{counted(len(changed), 'record')} changed; look at them with: git diff")
        catalogue = load(context)
        found = links.after_fix(found, catalogue)
    if report:
        report.write_text(link_report.as_markdown(found, catalogue), encoding="utf-8")
    if output is LinksFormat.JSON:
        print(link_report.as_json(found, catalogue))
    else:
        print(link_report.as_text(found, catalogue), end="")
    counts = ", ".join(f"{len(found.of(verdict)):,} {verdict}" for verdict in Verdict)
    say(f"{counted(len(found.answers), 'link')}: {counts}")
    if found.nothing_learned:
        say("no server gave a clear answer, so nothing was learned; try again later")
    raise typer.Exit(1 if found.needs_a_look else 0 if found.all_well else 2)


def refresh(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Ids of records; without any, all preprints."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the changes into the records.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also ask about published papers: for retractions and code.")
    ] = False,
    report: Report = None,
) -> None:
    """Ask the sources for news about papers: published, retitled, code released, withdrawn or retracted.

    Prints the change to each record as a diff; only --apply writes it. If a source fails, the others are
    still asked. Exits with 1 if there is news that was not written, else with 2 if a source failed.

    [dim]catalog refresh[/]

    [dim]catalog refresh transformer --apply[/]

    [dim]catalog refresh > news.diff && git apply news.diff[/]
    """
    from catalog.upkeep import refresh as refreshing
    from catalog.upkeep import refresh_report

    catalogue = load(context)
    offices = offices_of(catalogue, "catalog refresh")
    try:
        with progress("Asking sources") as advance:
            found = refreshing.refresh(catalogue, offices, ids or (), everything=everything, progress=advance)
    finally:
        offices.http.close()
    if report:
        report.write_text(refresh_report.as_markdown(found), encoding="utf-8")
    written = refreshing.write(found, catalogue) if apply else []
    _print_diff(refresh_report.diffs(found))
    say(refresh_report.as_text(found), end="")
    if apply:
        say(f"{counted(len(written), 'record')} changed; look at them with: git diff")
    elif found.changes:
        say(f"records with news: {len(found.changes):,}; write it with --apply")
    say(f"{counted(found.asked, 'paper')} asked about")
    alarmed = any(news.alarms for news in found.news)
    unwritten = alarmed or (found.changes and not apply)
    raise typer.Exit(1 if unwritten else 2 if found.problems else 0)


def _print_diff(text: str) -> None:
    """Print differences in colours to who reads them, and as they are to ``git apply``."""
    if console.color_system is None or console.no_color:
        print(text, end="")
        return
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in text.removesuffix("\n").split("\n"):
        style = None if line.startswith(("+++", "---")) else colours.get(line[:1])
        console.print(line, style=style, markup=False, soft_wrap=True)


def discover(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The first day, such as 2026-11-01; without it, two weeks ago."),
    ] = None,
    lists: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            metavar="DIALECT=FILE",
            help="A newer copy of a published list; repeatable. Dialects: " + ", ".join(importers.DIALECTS),
        ),
    ] = None,
    output: Annotated[DiscoverFormat, typer.Option("--format", help="How to print.")] = DiscoverFormat.TEXT,
    newer_lists: Annotated[
        bool,
        typer.Option("--newer-lists", help="Fetch today's copies of the lists that papers were taken from."),
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use no network; only read the lists given with --list.")
    ] = False,
    report: Report = None,
) -> None:
    """Find papers on the topic that are not here yet, best first, each with the reason.

    Searches arXiv for the phrases under 'discover' in papers/catalogue.yaml. Papers that are here, or refused
    in papers/refused.yaml, are left out. Exits with 1 if any were found, else with 2 if a search failed.

    [dim]catalog discover --since 2026-11-01[/]

    [dim]catalog discover --newer-lists --report report.md[/]

    [dim]catalog discover --offline --list venue-bold=awesome-list/README.md --format markdown[/]
    """
    from catalog.upkeep import discover as discovering
    from catalog.upkeep import discover_report
    from catalog.upkeep.list_copies import fetch_copies

    first, copies = _first_day(since), [_list_copy(text) for text in lists or ()]
    if offline and newer_lists:
        raise CatalogError("--offline uses no network, so --newer-lists cannot work; name copies with --list")
    if offline and not copies:
        raise CatalogError("--offline reads lists alone, and none is given; name a copy: --list DIALECT=FILE")
    catalogue = load(context)
    offices = None if offline else offices_of(catalogue, "catalog discover")
    with tempfile.TemporaryDirectory(prefix="lists-") as folder:
        missing: list[str] = []
        if newer_lists:
            with progress("Fetching lists") as advance:
                fetched, missing = fetch_copies(catalogue.vocabulary, Path(folder), progress=advance)
            copies += fetched
        try:
            with progress("Asking arXiv") as advance:
                found = discovering.discover(catalogue, offices, since=first, lists=copies, progress=advance)
        finally:
            if offices:
                offices.http.close()
    found = replace(found, problems=(*missing, *found.problems))
    if report:
        report.write_text(discover_report.as_markdown(found), encoding="utf-8")
    if output is DiscoverFormat.JSON:
        print(discover_report.as_json(found))
    elif output is DiscoverFormat.MARKDOWN:
        print(discover_report.as_markdown(found), end="")
    else:
        print(discover_report.as_text(found), end="")
    for problem in found.problems:
        say(problem)
    say(
        f"{counted(len(found.candidates), 'paper')} may be worth adding; "
        f"{counted(found.known, 'more is', 'more are')} here already, "
        f"{counted(found.refused, 'was', 'were')} refused before"
    )
    raise typer.Exit(1 if found.candidates else 2 if found.problems else 0)


def _first_day(text: str | None) -> date:
    if text is None:
        return today() - LOOK_BACK
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CatalogError(f"--since {text}: expected a day, such as 2026-11-01") from None


def _list_copy(text: str) -> tuple[str, Path]:
    dialect, equals, file = text.partition("=")
    if not equals or not file:
        raise CatalogError(f"--list {text}: expected DIALECT=FILE, such as venue-bold=awesome-list/README.md")
    return dialect, Path(file)
