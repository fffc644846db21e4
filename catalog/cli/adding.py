"""``catalog add``: its arguments.  What is done with them is in :mod:`catalog.cli.adding_papers`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from catalog.cli.records import load
from catalog.values import FIRST_YEAR, LAST_YEAR

_FACTS = "The record"
_TAGS = "Tags (for several, repeat the option or separate them by commas)"


class AddFormat(StrEnum):
    """What is printed of a new record."""

    PATH = "path"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("add")(add)


def add(
    context: typer.Context,
    queries: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            help="An arXiv id, DOI, OpenReview or ACL Anthology id, a link to one of these or to CVF, "
            "a BibTeX entry, a .bib file, or - to paste BibTeX.",
        ),
    ],
    record_id: Annotated[
        str | None, typer.Option("--id", help="Id of the record.", rich_help_panel=_FACTS)
    ] = None,
    name: Annotated[str | None, typer.Option(help="The method's name.", rich_help_panel=_FACTS)] = None,
    title: Annotated[str | None, typer.Option(help="As published.", rich_help_panel=_FACTS)] = None,
    venue: Annotated[str | None, typer.Option(help="A key of venues.yaml.", rich_help_panel=_FACTS)] = None,
    year: Annotated[
        int | None, typer.Option(help="Of that venue.", min=FIRST_YEAR, max=LAST_YEAR, rich_help_panel=_FACTS)
    ] = None,
    code: Annotated[str | None, typer.Option(help="The repository.", rich_help_panel=_FACTS)] = None,
    project: Annotated[str | None, typer.Option(help="The project's page.", rich_help_panel=_FACTS)] = None,
    video: Annotated[str | None, typer.Option(help="A talk.", rich_help_panel=_FACTS)] = None,
    summary: Annotated[
        str | None, typer.Option(help="One sentence in your own words.", rich_help_panel=_FACTS)
    ] = None,
    kind: Annotated[str | None, typer.Option(help="method, survey …", rich_help_panel=_TAGS)] = None,
    domain: Annotated[list[str] | None, typer.Option(rich_help_panel=_TAGS)] = None,
    setting: Annotated[list[str] | None, typer.Option(rich_help_panel=_TAGS)] = None,
    task: Annotated[list[str] | None, typer.Option(rich_help_panel=_TAGS)] = None,
    criterion: Annotated[
        list[str] | None,
        typer.Option(help="Write 'none' where nothing has to be decided.", rich_help_panel=_TAGS),
    ] = None,
    mechanism: Annotated[list[str] | None, typer.Option(rich_help_panel=_TAGS)] = None,
    training: Annotated[str | None, typer.Option(help="free, based, both", rich_help_panel=_TAGS)] = None,
    parametric: Annotated[str | None, typer.Option(help="true, false, both", rich_help_panel=_TAGS)] = None,
    keywords: Annotated[list[str] | None, typer.Option(rich_help_panel=_TAGS)] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="FIELD:TERM",
            help="A term of a field that only this catalogue has.",
            rich_help_panel=_TAGS,
        ),
    ] = None,
    accept_tags: Annotated[
        bool, typer.Option("--accept-tags", help="Also write the proposed tags, without asking.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the record, write nothing.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no source; take what the BibTeX entry says.")
    ] = False,
    output: Annotated[
        AddFormat,
        typer.Option(
            "--format",
            help="What to print for each new record: its path, or a line of JSON (file, text, told, "
            "proposed, unknown); with JSON, nothing is asked.",
        ),
    ] = AddFormat.PATH,
) -> None:
    """Add papers: query the sources, propose tags, write the records, check them.

    Prints the path of each new record. Exits with 1 if a paper was not added, or was added with an error that
    the check reports, and with 2 if no paper could be looked at. Facts come from arXiv, Crossref, OpenReview,
    the ACL Anthology, CVF, DBLP, Semantic Scholar and GitHub. S2_API_KEY, GITHUB_TOKEN and OPENREVIEW_TOKEN
    in the environment allow more requests. A paper that has a record gets no second one; what a BibTeX entry
    or an option knows about it is added where the record lacks it, or knows the preprint alone. To change
    what a record says: catalog edit.

    [dim]catalog add 1706.03762[/]

    [dim]catalog add https://arxiv.org/abs/1706.03762 --name Transformer --code https://github.com/a/b[/]

    [dim]catalog add --offline - < entry.bib[/]
    """
    # The HTTP client takes a while to import, and no other command needs it.
    from catalog.adding.values import own_fields
    from catalog.cli.adding_papers import Wishes, add_papers

    fields = {
        "title": title, "name": name, "venue": venue, "year": year, "kind": kind, "domain": domain,
        "setting": setting, "task": task, "criterion": criterion, "mechanism": mechanism,
        "training": training, "parametric": parametric, "keywords": keywords, "summary": summary,
        "code": code, "project": project, "video": video,
    }  # fmt: skip
    as_json = output is AddFormat.JSON
    ask = not (yes or dry_run or as_json)
    catalogue = load(context)
    own = own_fields(tags or (), catalogue.vocabulary)
    wishes = Wishes(fields | own, record_id, accept_tags, ask, dry_run, offline, as_json)
    raise typer.Exit(add_papers(queries, catalogue, wishes))
