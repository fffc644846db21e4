"""``catalog check``, ``fmt`` and ``stats``: the records themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from catalog import checks, formatting
from catalog.catalogue import Catalogue
from catalog.checks import report
from catalog.checks.reference_impls import METHODS
from catalog.cli.console import console, error_console, progress, say
from catalog.cli.places import files_of_records, is_within, places
from catalog.cli.root import root_of
from catalog.counting import counted, numeral
from catalog.findings import CatalogError, Finding
from catalog.query.values import brief
from catalog.record_files import record_files
from catalog.stats import FieldCount, count_fields


class CheckFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class StatsFormat(StrEnum):
    """How counts are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(check)
    app.command()(fmt)
    app.command()(stats)


def load(context: typer.Context) -> Catalogue:
    """The catalogue that the command was called for, with a bar while it is read."""
    with progress("Reading records") as advance:
        return Catalogue.load(root_of(context), advance)


def none_found(catalogue: Catalogue, line: str) -> str:
    """What is said where no paper matches the query *line*."""
    if not len(catalogue) and catalogue.left_out:
        return "0 papers: the catalogue has no record that can be read"
    if not len(catalogue):
        return "0 papers: the catalogue has no records yet; add some with: catalog add"
    return f"0 papers: none of {len(catalogue):,} match '{brief(line)}'"


def end_if_unreadable(catalogue: Catalogue) -> None:
    """End with exit code 1 where records were left out, after having said so."""
    if said := catalogue.left_out:
        say(said)
        raise typer.Exit(1)


def load_sound(context: typer.Context) -> Catalogue:
    """The same, for commands that render: records with errors are refused, so the last good output stands.

    Raises
    ------
    CatalogError : naming the first errors
    """
    catalogue = load(context)
    with progress("Checking") as advance:
        errors = [f for f in checks.run(catalogue, progress=advance) if f.severity == "error"]
    if errors:
        shown = report.first_as_text(errors)
        raise CatalogError(f"nothing was built, because records have errors:\n{shown}See all: catalog check")
    return catalogue


def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Only what is found in these files, folders or records' ids; all records are read, to "
            "compare them.",
            show_default=False,
        ),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended without judgement.")] = False,
    output: Annotated[CheckFormat, typer.Option("--format", help="How to print.")] = CheckFormat.TEXT,
    rule: Annotated[
        list[str] | None, typer.Option(help="Only this rule; may be given several times.", show_default=False)
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail as errors do.")] = False,
) -> None:
    """Check every record; each finding says file, line, what was found and what to do.

    A warning that is right as it is goes into papers/accepted.yaml: its rule, its records, and why.

    [dim]catalog check[/]

    [dim]catalog check papers/2017/transformer.yaml[/]

    [dim]catalog check --fix[/]

    [dim]catalog check --format github --rule unknown-term[/]
    """
    catalogue = load(context)
    wanted = _wanted(catalogue, paths or [])
    findings, accepted = _run(catalogue, rule, wanted)
    if fix:
        mended: set[str] = set()
        for _ in range(_ROUNDS):  # one repair may show what another one can mend
            changed = formatting.apply_fixes(catalogue, findings, lambda line: say(report.one_line(line)))
            if not changed:
                break
            mended.update(changed)
            catalogue = load(context)
            findings, accepted = _run(catalogue, rule, wanted)
        say(f"mended {counted(len(mended), 'file')}")
    if output is CheckFormat.JSON:
        print(report.as_json(findings))
    elif output is CheckFormat.GITHUB:
        print(report.as_github(findings), end="")
    else:
        print(report.as_text(findings), end="")
    if output is CheckFormat.TEXT:
        _print_summary(_looked_at(catalogue, wanted), findings, accepted)
    fails = findings if strict else [f for f in findings if f.severity == "error"]
    raise typer.Exit(1 if fails else 0)


_ROUNDS = 3


def _run(
    catalogue: Catalogue, rules: list[str] | None, wanted: list[PurePosixPath]
) -> tuple[list[Finding], int]:
    """What is found, and how many warnings are accepted."""
    with progress("Checking") as advance:
        settled = checks.look(catalogue, rules=rules, progress=advance)
    if not wanted:
        return settled.findings, len(settled.accepted)

    def is_wanted(file: str) -> bool:
        return is_within(file, wanted)

    accepted = checks.seen_from(settled.accepted, is_wanted)
    return checks.seen_from(settled.findings, is_wanted), len(accepted)


def _wanted(catalogue: Catalogue, paths: Sequence[Path]) -> list[PurePosixPath]:
    """*paths* as findings name them, those left out with a note in which nothing is ever checked.

    Raises
    ------
    CatalogError : nothing is checked in any of them
    """
    files = _checked_files(catalogue) if paths else []
    named = places(catalogue, paths)
    wanted = [place for place in named if any(is_within(file, [place]) for file in files)]
    idle = ", ".join(str(place) for place in named if place not in wanted)
    if idle and not wanted:
        raise CatalogError(
            f"nothing is checked in {idle}; give a record's file or a folder of records, e.g. papers/2024"
        )
    if idle:
        say(f"nothing is checked in {idle}")
    return wanted


def _checked_files(catalogue: Catalogue) -> list[str]:
    """Every file that a finding may be about, and the vocabulary, which is checked while it is read."""
    others = ["papers/*.yaml", "papers/vocabulary/*.yaml", f"{METHODS}/*.py"]
    found = [path for pattern in others for path in catalogue.root.glob(pattern)]
    return [*record_files(catalogue.root), *(path.relative_to(catalogue.root).as_posix() for path in found)]


def _looked_at(catalogue: Catalogue, wanted: Sequence[PurePosixPath]) -> str:
    """How many records were checked, whether or not they could be read, of how many there are."""
    records = files_of_records(catalogue)
    chosen = sum(is_within(file, wanted) for file in records)
    whole = counted(len(records), "record")
    return f"{chosen} of {whole}" if wanted and chosen < len(records) else whole


def _print_summary(looked_at: str, findings: list[Finding], accepted: int) -> None:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    fixable = sum(finding.fixable for finding in findings)
    verdict = f"[red]{counted(errors, 'error')}[/]" if errors else "[green]no errors[/]"
    verb = "goes" if fixable == 1 else "go"
    hint = f"; {fixable} of them {verb} away with catalog check --fix" if fixable else ""
    left_out = f" ({accepted} accepted)" if accepted else ""
    error_console.print(f"{looked_at}: {verdict}, {counted(warnings, 'warning')}{hint}{left_out}")


def fmt(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Only these files, folders or records' ids.", show_default=False),
    ] = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Only name the files that would change.")
    ] = False,
) -> None:
    """Write every record in canonical form, comments kept; a missing BibTeX entry is made from the fields.

    [dim]catalog fmt[/]

    [dim]catalog fmt papers/2017/transformer.yaml[/]

    [dim]catalog fmt --check[/]
    """
    catalogue = load(context)
    files = _records_in(catalogue, paths or [])
    unreadable = [finding for finding in catalogue.unreadable if finding.file in files]
    chosen = [paper for paper in catalogue if catalogue.files[paper.id] in files]
    with progress("Formatting") as advance:
        changed = formatting.format_all(catalogue, chosen, write=not check_only, progress=advance)
    for file in changed:
        print(file)
    done = "would change" if check_only else "changed"
    say(f"{len(changed):,} of {counted(len(chosen), 'file')} {done}")
    if unreadable:
        left = len({finding.file for finding in unreadable})
        why = report.as_text(unreadable)
        say(why, end="")
        say(f"{counted(left, 'file')} could not be read and stayed as found: mend the above")
    raise typer.Exit(1 if unreadable or (check_only and changed) else 0)


def _records_in(catalogue: Catalogue, paths: Sequence[Path]) -> set[str]:
    """The records' files that *paths* name; without any, all of them.

    Raises
    ------
    CatalogError : there is none
    """
    files = files_of_records(catalogue)
    if not paths:
        return set(files)
    wanted = places(catalogue, paths)
    if found := {file for file in files if is_within(file, wanted)}:
        return found
    raise CatalogError(
        f"there is no record in {', '.join(map(str, paths))}; give a record's file or id, "
        "or a folder of records"
    )


def stats(
    context: typer.Context,
    output: Annotated[StatsFormat, typer.Option("--format", help="How to print.")] = StatsFormat.TEXT,
) -> None:
    """Count, for every field, what is known, what is not, and where it comes from."""
    catalogue = load(context)
    counts = count_fields(catalogue)
    if output is StatsFormat.JSON:
        body = [
            {"field": c.field, "known": c.known, "unknown": c.unknown, "sources": c.sources} for c in counts
        ]
        print(json.dumps({"papers": len(catalogue), "fields": body}, indent=2))
    else:
        console.print(_stats_table(catalogue, counts))
    end_if_unreadable(catalogue)


def _stats_table(catalogue: Catalogue, counts: list[FieldCount]) -> Table:
    papers = counted(len(catalogue), "paper")
    table = Table(title=f"{escape(catalogue.config.title)}: {papers}", title_justify="left")
    table.add_column("field")
    table.add_column("known", justify="right")
    table.add_column("unknown", justify="right")
    table.add_column("where it comes from")
    for count in counts:
        sources = ", ".join(f"{source} {number:,}" for source, number in count.sources.items())
        table.add_row(
            count.field, numeral(count.known), numeral(count.unknown) if count.unknown else "", sources
        )
    return table
