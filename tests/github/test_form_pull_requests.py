"""From an outcome to a pull request: one branch an issue, an answer always, and nothing taken on trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog.findings import CatalogError
from catalog.github.outcome import Outcome
from catalog.github.pull_request import answer_issue
from tests.github.conftest import FakeGh, git

FILE = "papers/2024/fastv.yaml"
GOOD = {"form": "correct-record", "files": {FILE: "title: X\n"}, "domains": ["vision"]}


def outcome_for(root: Path, **more: object) -> Outcome:
    text = (root / FILE).read_text(encoding="utf-8").replace("training: free", "training: both")
    return Outcome("correct-record", "Thank you.\n", {FILE: text}, ("multimodal",))


def test_a_correction_is_pushed_opened_labelled_checked_and_answered(
    root: Path, origin: Path, gh: FakeGh
) -> None:
    gh.answer({"pr list": "[]", "pr create": "https://github.com/o/r/pull/31"})
    assert answer_issue(root, outcome_for(root), 12, "main") == "pull request 31"
    assert git(origin, "show", "--format=%an %s", "--name-only", "form/issue-12").split("\n\n") == [
        "github-actions[bot] Correct fastv",
        f"{FILE}\n",
    ]
    commands = [words[:2] for words in gh.asked]
    expected = "pr list, pr create, label create, pr edit, workflow run, issue comment"
    assert ", ".join(map(" ".join, commands)) == expected
    assert "domain: multimodal" in gh.asked[3]
    assert "Thank you.\n\nThe pull request is #31." in gh.asked[-1][gh.asked[-1].index("--body-file") + 1]


def test_a_second_look_renews_the_same_pull_request(root: Path, origin: Path, gh: FakeGh) -> None:
    gh.answer({"pr list": '[{"number": 31}]'})
    answer_issue(root, outcome_for(root), 12, "main")
    git(root, "switch", "--quiet", "main")
    answer_issue(root, outcome_for(root), 12, "main")
    assert ["pr", "create"] not in [words[:2] for words in gh.asked]
    assert git(origin, "rev-list", "--count", "main..form/issue-12").strip() == "1"


def test_where_workflows_may_open_nothing_the_author_still_gets_an_answer(
    root: Path, origin: Path, gh: FakeGh
) -> None:
    gh.answer({"pr list": "[]", "pr create": None})
    assert "Settings, Actions" in answer_issue(root, outcome_for(root), 12, "main")
    assert "branch `form/issue-12`" in " ".join(gh.asked[-1])


def test_a_refusal_is_only_answered(root: Path, origin: Path, gh: FakeGh) -> None:
    answer_issue(root, Outcome("add-paper", "Not right yet.\n"), 12, "main")
    assert [words[:2] for words in gh.asked] == [["issue", "comment"]]
    assert git(origin, "branch", "--format=%(refname:short)").split() == ["main"]


def test_what_is_there_already_opens_nothing(root: Path, origin: Path, gh: FakeGh) -> None:
    same = Outcome("correct-record", "Thank you.\n", {FILE: (root / FILE).read_text(encoding="utf-8")})
    answer_issue(root, same, 12, "main")
    assert "holds all of this already" in " ".join(gh.asked[-1])


def test_an_outcome_is_read_back_as_it_was_written(root: Path, tmp_path: Path) -> None:
    outcome = outcome_for(root)
    outcome.write(tmp_path / "outcome")
    assert Outcome.read(tmp_path / "outcome") == outcome


@pytest.mark.parametrize(
    "body",
    [
        {**GOOD, "files": {"../.bashrc": "x"}},
        {**GOOD, "files": {".github/workflows/checks.yml": "x"}},
        {**GOOD, "files": {"papers/2024/../../x.yaml": "x"}},
        {**GOOD, "files": {"papers/catalogue.yaml": "x"}},
        {**GOOD, "files": {"papers/2024/x.yaml\n": "x"}},
        {**GOOD, "files": {FILE: "x" * 70_000}},
        {**GOOD, "files": [FILE]},
        {**GOOD, "files": {FILE: 7}},
        {**GOOD, "domains": ["vision,invalid"]},
        {**GOOD, "domains": "vision"},
        {**GOOD, "form": "--help"},
        {"files": {}},
        [],
    ],
)
def test_an_outcome_that_holds_anything_but_records_is_refused(tmp_path: Path, body: object) -> None:
    (tmp_path / "outcome.json").write_text(json.dumps(body), encoding="utf-8")
    (tmp_path / "answer.md").write_text("", encoding="utf-8")
    with pytest.raises(CatalogError, match="expected"):
        Outcome.read(tmp_path)
