"""``catalog github`` as a workflow runs it: the event in a file, the outcome in a folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog import cli
from tests.conftest import REPOSITORY
from tests.github.conftest import FakeGh, filled, form_named, git

CORRECTION = {"record": "fastv", "field": "Training", "value": "both", "source": "paper: Sec. 5"}
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``catalog github``: its exit code and what it said."""
    (root / "site_templates").symlink_to(REPOSITORY / "site_templates")

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["catalog", "--root", str(root), "github", *arguments])
        try:
            cli.main()
        except SystemExit as stop:
            return int(stop.code or 0), capsys.readouterr().err
        return 0, capsys.readouterr().err

    return call


@pytest.fixture
def event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Put an event where GitHub puts it."""

    def put(body: object) -> None:
        (tmp_path / "event.json").write_text(json.dumps(body), encoding="utf-8")
        monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))

    return put


def test_a_form_goes_all_the_way_to_a_pull_request(
    root, origin, gh: FakeGh, run: Run, event, tmp_path: Path
) -> None:
    gh.answer({"pr list": "[]", "pr create": "https://github.com/o/r/pull/31", "api": "[[]]"})
    event({"issue": {"number": 12, "body": filled(form_named("correct-record"), **CORRECTION)}})
    code, said = run("form", str(tmp_path / "outcome"))
    assert code == 0, said
    git(root, "checkout", "--quiet", ".")  # the second job begins with a fresh copy
    code, said = run("answer", str(tmp_path / "outcome"))
    assert (code, said.strip()) == (0, "pull request 31")
    assert "training: both" in git(origin, "show", "form/issue-12:papers/2024/fastv.yaml")


@pytest.mark.parametrize("body", [None, "", "I like this list", "### Something else\n\nx"])
def test_an_issue_that_is_no_form_leaves_no_outcome(
    run: Run, event, tmp_path: Path, body: str | None
) -> None:
    event({"issue": {"number": 12, "body": body}})
    assert run("form", str(tmp_path / "outcome"))[0] == 0
    assert not (tmp_path / "outcome").exists()


@pytest.mark.parametrize("body", [{}, [], {"issue": 7}, {"issue": {"number": "x; id", "body": ""}}])
def test_an_event_that_is_no_issue_is_said(run: Run, event, tmp_path: Path, body: object) -> None:
    event(body)
    code, said = run("form", str(tmp_path / "outcome"))
    assert code == 2
    assert "expected GitHub's event of an issue" in said.replace("\n", " ")


def test_a_report_becomes_an_issue_and_goes_when_all_is_well(gh: FakeGh, run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    report.write_text("One link is dead.\n", encoding="utf-8")
    options = ("issue", "--title", "Links", "--label", "upkeep-links", "--report", str(report))
    gh.answer({"issue list": "[]"})
    assert run(*options) == (0, "issue opened\n")
    gh.answer({"issue list": json.dumps([{"number": 5, "title": "Links", "body": "One link is dead."}])})
    assert run(*options, "--all-well") == (0, "all is well: issue 5 closed\n")


def test_a_preview_is_written_for_what_differs_from_the_parent(
    root, origin, run: Run, tmp_path: Path
) -> None:
    git(root, "commit", "--quiet", "--allow-empty", "--message", "Nothing")
    code, said = run("preview", str(tmp_path / "preview"))
    assert code == 0, said
    assert said.endswith(": 0\n")


def test_labels_ask_for_the_open_pull_requests(gh: FakeGh, run: Run) -> None:
    gh.answer({"api": "[[]]"})
    assert run("labels") == (0, "")


@pytest.mark.parametrize(("said", "told"), [("", "answered nothing"), ("<html>502", "answered '<html>502'")])
def test_an_answer_of_gh_that_is_none_is_told_in_words(gh: FakeGh, run: Run, said: str, told: str) -> None:
    gh.answer({"api": said, "issue list": said})
    (gh.home / "r.md").write_text("Links.", encoding="utf-8")
    issue = ("issue", "--title", "T", "--label", "l", "--report", str(gh.home / "r.md"))
    for arguments in (("labels",), issue):
        code, log = run(*arguments)
        assert (code, told in log, "try again" in log) == (2, True, True)


def test_without_gh_the_message_says_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    code, said = run("labels")
    assert code == 2
    assert "gh is not installed" in said
