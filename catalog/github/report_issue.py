"""One issue a report: opened when there is something to do, kept up to date, closed when all is well."""

from __future__ import annotations

from pathlib import Path

from catalog.findings import CatalogError
from catalog.github.programs import gh, run

COLOUR = "c5def5"
MAX_CHARACTERS = 65_000
"""GitHub takes no longer issue."""


def keep_issue(title: str, label: str, report: Path | None) -> str:
    """Bring the one open issue with *label* up to date; what was done, in words.

    Parameters
    ----------
    label : finds the issue again; only people with rights on the repository set labels
    report : Markdown; ``None`` when all is well, which closes the issue

    Raises
    ------
    CatalogError : the report cannot be read or is empty, or gh fails
    """
    found = gh("issue", "list", "--label", label, "--state", "open", "--json", "number,title,body")
    number = str(min(issue["number"] for issue in found)) if found else None
    if report is None:
        if number is None:
            return "all is well, and no issue is open"
        run("gh", "issue", "close", number, "--comment", "All is well again.")
        return f"all is well: issue {number} closed"
    body = _body(report)
    if number is None:
        description = "Kept up to date by a weekly workflow"
        run("gh", "label", "create", label, "--force", "--color", COLOUR, "--description", description)
        run("gh", "issue", "create", "--title", title, "--label", label, "--body-file", "-", said=body)
        return "issue opened"
    old = next(issue for issue in found if str(issue["number"]) == number)
    if (old["title"], old["body"].replace("\r\n", "\n").strip()) == (title, body.strip()):
        return f"issue {number} is up to date"
    run("gh", "issue", "edit", number, "--title", title, "--body-file", "-", said=body)
    return f"issue {number} renewed"


def _body(report: Path) -> str:
    text = report.read_text(encoding="utf-8").strip()
    if not text:
        raise CatalogError(f"{report}: the report is empty; expected Markdown that says what there is to do")
    if len(text) <= MAX_CHARACTERS:
        return text
    kept = text[:MAX_CHARACTERS].rsplit("\n", 1)[0]
    return f"{kept}\n\n… and more; run the command yourself to see all."
