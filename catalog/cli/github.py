"""``catalog github``: what the workflows in ``.github`` run, so that they are no more than their steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog.checks.earlier import BASE
from catalog.cli.building import SITE, TEMPLATES
from catalog.cli.console import progress, say
from catalog.cli.records import load
from catalog.cli.root import root_of
from catalog.findings import CatalogError
from catalog.github import labels as pull_request_labels
from catalog.github.outcome import Outcome
from catalog.github.publishing import commit_rendered, push_site
from catalog.github.pull_request import answer_issue
from catalog.github.report_issue import keep_issue

app = typer.Typer(help="What the workflows on GitHub run.", no_args_is_help=True)

Event = Annotated[
    Path, typer.Option(envvar="GITHUB_EVENT_PATH", help="The event, as GitHub hands it to a workflow.")
]
OutcomeFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help="What became of the form.")]


def register(main: typer.Typer) -> None:
    """Add this module's commands."""
    main.add_typer(app, name="github")


@app.command()
def form(context: typer.Context, folder: OutcomeFolder, event: Event) -> None:
    """Do what the form in the event's issue asks for, and write records and answer into FOLDER.

    A text that is no form leaves FOLDER as it is.

    [dim]catalog github form outcome --event event.json[/]
    """
    # The HTTP client takes a while to import, and the other commands never need it.
    from catalog.github.requests import handle

    issue = _issue(event)
    outcome = handle(str(issue["body"] or ""), int(issue["number"]), root_of(context))
    if outcome is None:
        say("the issue is no form; nothing to do")
        return
    outcome.write(folder)
    say(f"{outcome.form}: {', '.join(outcome.files) or 'refused, see answer.md'}")


@app.command()
def answer(context: typer.Context, folder: OutcomeFolder, event: Event) -> None:
    """Open or renew the pull request for the outcome in FOLDER, and answer on the issue.

    [dim]catalog github answer outcome --event event.json[/]
    """
    branch = load(context).config.branch
    done = answer_issue(root_of(context), Outcome.read(folder), int(_issue(event)["number"]), branch)
    say(done)


@app.command()
def preview(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write it.")],
    base: Annotated[str, typer.Option(envvar=BASE, help="The commit to compare with.")] = "HEAD^1",
) -> None:
    """Render the entries and pages of the records that differ from a commit, and name the ids that are gone.

    Records with errors are named and not rendered.

    [dim]catalog github preview preview --base main[/]
    """
    # The site's modules take a while to import, and the other commands never need them.
    from catalog.github import preview as previewing

    catalogue = load(context)
    with progress("Checking") as advance:
        changes = previewing.changes_since(catalogue, base, advance)
    with progress("Building the pages") as advance:
        previewing.preview(changes, catalogue.root / TEMPLATES, folder, advance)
    say(f"changed records rendered into {folder}: {len(changes.papers):,}")


@app.command()
def labels(context: typer.Context) -> None:
    """Label every open pull request by the domains of the records that it changes."""
    for number, names in pull_request_labels.label_pull_requests(load(context).vocabulary).items():
        say(f"#{number}: {', '.join(names)}")


@app.command()
def issue(
    title: Annotated[str, typer.Option(help="The issue's title.")],
    label: Annotated[str, typer.Option(help="The label that finds it again.")],
    report: Annotated[Path, typer.Option(help="Its text in Markdown.")],
    all_well: Annotated[bool, typer.Option("--all-well", help="Nothing is to do: close it.")] = False,
) -> None:
    """Keep one issue up to date: open, renew or close it.

    [dim]catalog github issue --title "Links" --label links --report links.md[/]
    """
    say(keep_issue(title, label, None if all_well else report))


@app.command("commit-lists")
def commit_lists(context: typer.Context) -> None:
    """Commit what "catalog build" renders into the repository, and push it to the main branch."""
    say(commit_rendered(root_of(context), load(context).config.branch))


@app.command("push-site")
def push_site_to(
    context: typer.Context,
    branch: Annotated[str, typer.Option(help="The branch that is served.")] = "gh-pages",
) -> None:
    """Make a branch hold exactly the built site, for GitHub Pages to serve."""
    root = root_of(context)
    push_site(root, root / SITE, branch)
    say(f"the site is on the branch {branch}")


def _issue(event: Path) -> dict[str, Any]:
    try:
        found = json.loads(event.read_text(encoding="utf-8"))["issue"]
        return {"number": int(found["number"]), "body": found.get("body")}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CatalogError(
            f"{event}: expected GitHub's event of an issue, with its number and body"
        ) from None
