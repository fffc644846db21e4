"""The commands of CONTRIBUTING.md do what the words beside them say."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import REPOSITORY


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def test_whoever_gets_rid_of_rendered_copies_keeps_the_records_at_work(tmp_path: Path) -> None:
    rows = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
    (command,) = (row.removeprefix("$ ") for row in rows if row.startswith("$ git restore"))
    rendered = ["README.md", "papers/lists/vision.md", "papers/paper.schema.json"]
    mine = ["papers/2024/a.yaml", "papers/refused.yaml"]
    for name in (*rendered, *mine):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("old\n", encoding="utf-8")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--message", "all")
    for name in (*rendered, *mine, "papers/2024/new.yaml", "papers/lists/new.md"):
        (tmp_path / name).write_text("changed\n", encoding="utf-8")
    subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True)
    assert {(tmp_path / name).read_text(encoding="utf-8") for name in rendered} == {"old\n"}
    kept = [*mine, "papers/2024/new.yaml"]
    assert {(tmp_path / name).read_text(encoding="utf-8") for name in kept} == {"changed\n"}
    assert not (tmp_path / "papers/lists/new.md").exists()
