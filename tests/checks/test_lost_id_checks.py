"""A record that was committed and is gone leaves its id behind, or is told of."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.checks.checking import findings

RECORD = "papers/2024/fastv.yaml"


@pytest.fixture
def committed(mini: Path) -> Path:
    """The small catalogue, all of it in one commit."""
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init"], ["add", "-A"], [*who, "commit", "-m", "All"]):
        subprocess.run(["git", *command], cwd=mini, check=True, capture_output=True)
    return mini


def test_a_record_that_is_gone_is_named_with_both_ways_out(committed: Path) -> None:
    (committed / RECORD).rename(committed / "papers" / "2024" / "fast-v.yaml")
    (finding,) = findings(committed, "lost-id")
    assert (finding.file, finding.severity) == (RECORD, "warning")
    assert "write aliases: [fastv] in that record" in finding.message
    assert "papers/refused.yaml" in finding.message


def test_an_alias_keeps_the_id(committed: Path) -> None:
    text = (committed / RECORD).read_text(encoding="utf-8")
    (committed / RECORD).unlink()
    renamed = committed / "papers" / "2024" / "fast-v.yaml"
    renamed.write_text(f"{text}aliases: [fastv]\n", encoding="utf-8")
    assert findings(committed, "lost-id") == []


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
