"""The workflows have to follow the branch that papers/catalogue.yaml names."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.checks.workflows import FOLLOWERS
from tests.checks.checking import findings
from tests.conftest import REPOSITORY


@pytest.fixture
def with_workflows(mini: Path) -> Path:
    for file in FOLLOWERS:
        (mini / file).parent.mkdir(parents=True, exist_ok=True)
        (mini / file).write_bytes((REPOSITORY / file).read_bytes())
    return mini


def follow(root: Path, branch: str) -> None:
    path = root / "papers" / "catalogue.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}branch: {branch}\n", encoding="utf-8")


def test_workflows_that_follow_the_catalogue_s_branch_are_sound(with_workflows: Path) -> None:
    assert findings(with_workflows, "workflow-branch") == []


def test_a_workflow_that_waits_for_another_branch_is_refused_at_each_place(with_workflows: Path) -> None:
    follow(with_workflows, "master")
    found = findings(with_workflows, "workflow-branch")
    assert [one.file for one in found] == [FOLLOWERS[0], FOLLOWERS[1], FOLLOWERS[1]]
    for one in found:
        row = (with_workflows / one.file).read_text(encoding="utf-8").splitlines()[one.line - 1]
        assert row[one.column - 1 :].startswith(("main", "branches: [main]"))
        assert "found the branch 'main', expected 'master'" in one.message


@pytest.mark.parametrize("branches", ["[main, master]", "[master]", "'ma*'", "\n      - master"])
def test_a_branch_may_be_one_of_several_or_a_pattern(with_workflows: Path, branches: str) -> None:
    follow(with_workflows, "master")
    path = with_workflows / FOLLOWERS[0]
    path.write_text(path.read_text(encoding="utf-8").replace("[main]", branches), encoding="utf-8")
    assert [one for one in findings(with_workflows, "workflow-branch") if one.file == FOLLOWERS[0]] == []


def test_a_workflow_for_every_push_or_none_is_sound(with_workflows: Path) -> None:
    follow(with_workflows, "master")
    (with_workflows / FOLLOWERS[0]).write_text("on: push\n", encoding="utf-8")
    (with_workflows / FOLLOWERS[1]).unlink()
    assert findings(with_workflows, "workflow-branch") == []
