"""A record that was committed and is gone leaves its id behind, or is told of."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from catalog.findings import CatalogError
from tests.checks.checking import findings

RECORD = "papers/2024/fastv.yaml"


def commit(root: Path) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["add", "-A"], [*who, "commit", "-m", "All"]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)


@pytest.fixture
def committed(mini: Path) -> Path:
    """The small catalogue, all of it in one commit."""
    subprocess.run(["git", "init"], cwd=mini, check=True, capture_output=True)
    commit(mini)
    return mini


def test_a_record_that_is_gone_is_named_with_both_ways_out(committed: Path) -> None:
    (committed / RECORD).rename(committed / "papers" / "2024" / "fast-v.yaml")
    (finding,) = findings(committed, "lost-id")
    assert (finding.file, finding.severity) == (RECORD, "warning")
    assert "write aliases: [fastv] in it" in finding.message
    assert "papers/refused.yaml" in finding.message


def test_an_alias_keeps_the_id(committed: Path) -> None:
    text = (committed / RECORD).read_text(encoding="utf-8")
    (committed / RECORD).unlink()
    renamed = committed / "papers" / "2024" / "fast-v.yaml"
    renamed.write_text(f"{text}aliases: [fastv]\n", encoding="utf-8")
    assert findings(committed, "lost-id") == []


def test_a_reason_in_the_list_of_refused_papers_is_enough(committed: Path) -> None:
    (committed / RECORD).unlink()
    entry = 'refused:\n  - title: "FastV"\n    arxiv: "2403.06764"\n    reason: off topic\n'
    (committed / "papers" / "refused.yaml").write_text(entry, encoding="utf-8")
    assert findings(committed, "lost-id") == []


def test_an_alias_that_a_record_loses_is_named_too(committed: Path) -> None:
    text = (committed / RECORD).read_text(encoding="utf-8")
    (committed / RECORD).write_text(f"{text}aliases: [fast-v]\n", encoding="utf-8")
    commit(committed)
    (committed / RECORD).write_text(text, encoding="utf-8")
    (finding,) = findings(committed, "lost-id")
    assert "the last commit has the id 'fast-v', which is gone" in finding.message


@pytest.mark.parametrize("base", ["HEAD^1", "HEAD~1"])
def test_what_is_committed_already_is_compared_with_the_commit_that_the_environment_names(
    committed: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    (committed / RECORD).unlink()
    commit(committed)
    assert findings(committed, "lost-id") == []
    monkeypatch.setenv("CATALOG_BASE", base)
    (finding,) = findings(committed, "lost-id")
    assert finding.message.startswith(f"the commit '{base}' has the id 'fastv'")


def test_before_the_first_commit_there_was_nothing(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (committed / RECORD).unlink()
    monkeypatch.setenv("CATALOG_BASE", "HEAD^1")
    assert findings(committed, "lost-id") == []


@pytest.mark.parametrize("base", ["HEAD~7", "--all", "nowhere"])
def test_a_commit_that_git_does_not_know_is_said(
    committed: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.setenv("CATALOG_BASE", base)
    with pytest.raises(CatalogError, match=f"git knows no commit '{base}'"):
        findings(committed, "lost-id")


def test_a_record_in_another_folder_or_that_cannot_be_read_is_not_gone(committed: Path) -> None:
    (committed / RECORD).rename(committed / "papers" / "2025" / "fastv.yaml")
    (committed / "papers" / "2022" / "tome.yaml").write_text("titel: x\n", encoding="utf-8")
    assert findings(committed, "lost-id") == []


def test_without_git_nothing_is_said(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (committed / RECORD).unlink()
    monkeypatch.setenv("PATH", "")
    assert findings(committed, "lost-id") == []


def test_a_folder_that_is_no_repository_has_lost_nothing(mini: Path) -> None:
    (mini / RECORD).unlink()
    assert findings(mini, "lost-id") == []
