"""From a form's outcome to a pull request, and the answers to the form's author and to reviewers.

Runs where the repository may be written to, and so takes from the outcome nothing but records,
which are data, and texts, which are posted as they stand.

The pull request follows the form for as long as all of its commits are the form's.  What others have
committed or are reviewing is never replaced without a word.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from catalog.findings import CatalogError
from catalog.github.form_branch import FormBranch, holds
from catalog.github.labels import label_of, make_labels
from catalog.github.outcome import Outcome
from catalog.github.programs import BOT, gh, pages, run

CHECKS = "checks.yml"
"""The workflow that is asked to run on the new branch: GitHub starts none for what a workflow pushes."""

_FOLLOWS = "Edit this issue's text, and it follows."
_NOT_ALLOWED = "workflows may not open pull requests (Settings, Actions, General)"


@dataclass(frozen=True)
class _Pull:
    """The open pull request of a form."""

    number: int
    labels: tuple[str, ...]


def answer_issue(root: Path, outcome: Outcome, issue: int, branch: str) -> str:
    """Open or renew the pull request for *outcome*, and answer on the issue; what was done, in words.

    Parameters
    ----------
    root : a checkout of *branch* with its whole history
    branch : what the pull request is meant for, e.g. ``main``

    Raises
    ------
    CatalogError : git or gh fails
    """
    head = f"form/issue-{issue}"
    pull = _pull_from(head)
    if not outcome.files:
        said, log = _stands(pull, issue), "the form was refused"
    elif holds(root, "HEAD", outcome.files):
        said = f"The branch `{branch}` holds all of this already. {_stands(pull, issue)}"
        log = "nothing to change"
    else:
        said, log = _propose(root, outcome, issue, head, branch, pull)
    _tell("issue", issue, f"{outcome.answer}\n{said}")
    return log


def _pull_from(head: str) -> _Pull | None:
    """The open pull request from the branch *head* of this repository; a fork's may have the same name."""
    options = ("--head", head, "--state", "open", "--limit", "1000")
    for each in gh("pr", "list", *options, "--json", "number,labels,isCrossRepository"):
        if not each["isCrossRepository"]:
            return _Pull(int(each["number"]), tuple(label["name"] for label in each["labels"]))
    return None


def _stands(pull: _Pull | None, issue: int) -> str:
    """What the form's author is told of a pull request that does not hold what the form says now."""
    if pull is None:
        return ""
    _tell(
        "pr",
        pull.number,
        f"The form in #{issue} was edited. This pull request still holds what it said before, "
        "because no change could be made of what it says now.\n",
    )
    return f"The pull request #{pull.number} still holds what the form said before.\n"


def _propose(
    root: Path, outcome: Outcome, issue: int, head: str, branch: str, pull: _Pull | None
) -> tuple[str, str]:
    """Bring branch and pull request to what the form says: what its author is told, and what the log is."""
    before = FormBranch.fetch(root, head)
    renewed = not before.says(outcome.files)
    if renewed and before.has_others:
        return _leave(outcome, issue, head, pull)
    if renewed:
        before.push(outcome.files, f"{outcome.title}\n\nFrom the form in #{issue}.")
    elif pull:
        follows = "Others work on it: write there what is to change." if before.has_others else _FOLLOWS
        return f"The pull request is #{pull.number}. {follows}\n", f"pull request {pull.number} is up to date"
    body = f"Closes #{issue}, whose form decides: edit it there.\n\n{outcome.changes}"
    if pull:
        number = pull.number
        run("gh", "pr", "edit", str(number), "--title", outcome.title, "--body-file", "-", said=body)
        edited = f"The form in #{issue} was edited, and this pull request with it. What it changes now:"
        _tell("pr", number, f"{edited}\n\n{outcome.changes}")
    else:
        try:
            number = _create(outcome.title, body, head, branch)
        except CatalogError as error:
            said = f"The change is on the branch `{head}`. A maintainer opens the pull request from there.\n"
            return said, f"no pull request; if {_NOT_ALLOWED}, allow it: {error}"
    _label(number, pull.labels if pull else (), outcome.domains)
    run("gh", "workflow", "run", CHECKS, "--ref", head)
    return f"The pull request is #{number}. {_FOLLOWS}\n", f"pull request {number}"


def _leave(outcome: Outcome, issue: int, head: str, pull: _Pull | None) -> tuple[str, str]:
    """Leave a branch alone to which others have committed, and say so to the author and to reviewers."""
    place = f"pull request #{pull.number}" if pull else f"branch `{head}`"
    why = "has commits that are not the form's, and so it stays as it is"
    if pull:
        _tell(
            "pr",
            pull.number,
            f"The form in #{issue} was edited. This branch {why}: take over by hand what is right, or delete "
            f"the branch and edit #{issue} again, which makes it anew. What the form asks for now:\n\n"
            f"{outcome.changes}",
        )
    return f"But the {place} {why}, until a reviewer has looked.\n", f"the {place} {why}"


def _create(title: str, body: str, head: str, branch: str) -> int:
    options = ("--head", head, "--base", branch, "--title", title, "--body-file", "-")
    url = run("gh", "pr", "create", *options, said=body).strip()
    return int(url.rsplit("/", 1)[-1])


def _label(number: int, present: Collection[str], domains: Collection[str]) -> None:
    """Give a pull request the labels of these domains, and of no other."""
    wanted = {label_of(domain): domain for domain in domains}
    missing = [label for label in wanted if label not in present]
    make_labels(wanted[label] for label in missing)
    gone = [label for label in present if label.startswith(label_of("")) and label not in wanted]
    options = [
        *(("--add-label", ",".join(missing)) if missing else ()),
        *(("--remove-label", ",".join(gone)) if gone else ()),
    ]
    if options:
        run("gh", "pr", "edit", str(number), *options)


def _tell(kind: Literal["issue", "pr"], number: int, text: str) -> None:
    """Comment on an issue or pull request, unless that is what was told there last.

    A new comment, because nobody is notified of one that is edited.
    """
    comments = pages(f"repos/{{owner}}/{{repo}}/issues/{number}/comments?per_page=100")
    told = [str(comment["body"]) for comment in comments if comment["user"]["login"] == BOT]
    # GitHub has line ends and outer spaces of its own.
    if not told or told[-1].split() != text.split():
        run("gh", kind, "comment", str(number), "--body-file", "-", said=text)
