"""From a form's outcome to a pull request, and the answer on the issue.

Runs where the repository may be written to, and so takes from the outcome nothing but records,
which are data, and the answer, which is posted as it stands.
"""

from __future__ import annotations

import json
from pathlib import Path

from catalog.findings import CatalogError
from catalog.formatting import write_atomically
from catalog.github.labels import label_of, make_labels
from catalog.github.outcome import Outcome
from catalog.github.programs import AUTHOR, run

CHECKS = "checks.yml"
"""The workflow that is asked to run on the new branch: GitHub starts none for what a workflow pushes."""


def answer_issue(root: Path, outcome: Outcome, issue: int, branch: str) -> str:
    """Open or renew the pull request for *outcome*, and answer on the issue; what was done, in words.

    Parameters
    ----------
    branch : what the pull request is meant for, e.g. ``main``

    Raises
    ------
    CatalogError : git or gh fails
    """
    head = f"form/issue-{issue}"
    log = "the form was refused"
    said = ""
    if outcome.files and _push(root, outcome, issue, head):
        said, log = _open(outcome, issue, head, branch)
    elif outcome.files:
        said, log = f"The branch `{branch}` holds all of this already.", "nothing to change"
    options = ("--body-file", "-", "--edit-last", "--create-if-none")
    run("gh", "issue", "comment", str(issue), *options, said=f"{outcome.answer}\n{said}\n")
    return log


def _push(root: Path, outcome: Outcome, issue: int, head: str) -> bool:
    """Put the records on the branch *head*; ``False`` where they change nothing."""
    run("git", "switch", "--quiet", "--force-create", head, folder=root)
    for file, text in outcome.files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(root / file, text)
        run("git", "add", "--", file, folder=root)
    if not run("git", "diff", "--cached", "--name-only", folder=root):
        return False
    message = f"{_title(outcome)}\n\nFrom the form in #{issue}."
    run("git", *AUTHOR, "commit", "--quiet", "--message", message, folder=root)
    run("git", "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{head}", folder=root)
    return True


def _title(outcome: Outcome) -> str:
    names = ", ".join(Path(file).stem for file in outcome.files)
    return f"{'Add' if outcome.form == 'add-paper' else 'Correct'} {names}"


def _open(outcome: Outcome, issue: int, head: str, branch: str) -> tuple[str, str]:
    """See that the pull request is there: what its author is told, and what the log is."""
    found = json.loads(run("gh", "pr", "list", "--head", head, "--state", "open", "--json", "number"))
    try:
        number = str(found[0]["number"]) if found else _create(outcome, issue, head, branch)
    except CatalogError as error:
        said = f"The change is on the branch `{head}`. A maintainer opens the pull request from there."
        why = "workflows may not open pull requests (Settings, Actions, General)"
        return said, f"no pull request; if {why}, allow it: {error}"
    if outcome.domains:
        make_labels(outcome.domains)
        labels = ",".join(label_of(domain) for domain in outcome.domains)
        run("gh", "pr", "edit", number, "--add-label", labels)
    run("gh", "workflow", "run", CHECKS, "--ref", head)
    return f"The pull request is #{number}. Edit this issue's text, and it follows.", f"pull request {number}"


def _create(outcome: Outcome, issue: int, head: str, branch: str) -> str:
    body = f"Made from the form in #{issue}, whose text decides: edit it there.\n\nCloses #{issue}."
    options = ("--head", head, "--base", branch, "--title", _title(outcome), "--body", body)
    url = run("gh", "pr", "create", *options).strip()
    return url.rsplit("/", 1)[-1]
