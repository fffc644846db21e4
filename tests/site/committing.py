"""Commits to a small catalogue, for the tests of its history."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

RECORD = "papers/2024/fastv.yaml"


def git(root: Path, *arguments: str, date: str = "2024-05-06T07:08:09+09:00") -> None:
    """Have git do something in *root*, as nobody in particular and on that day."""
    environment = {
        **os.environ,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@example.org",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": "2030-01-01T00:00:00Z",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    subprocess.run(["git", *arguments], cwd=root, env=environment, check=True, capture_output=True)


def change(root: Path, old: str, new: str, path: str = RECORD) -> None:
    """Write *new* for *old* in a file."""
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8", newline="")


def commit(root: Path, subject: str = "Change") -> None:
    """Commit whatever has changed."""
    git(root, "add", "-A")
    git(root, "commit", "--allow-empty-message", "-m", subject)


def rename(root: Path, new: str, *, alias: str | None, subject: str = "Rename") -> None:
    """FastV gets another id, in one commit, with or without its former one as alias."""
    git(root, "mv", RECORD, f"papers/2024/{new}.yaml")
    if alias:
        change(root, "title:", f"aliases: [{alias}]\ntitle:", f"papers/2024/{new}.yaml")
    commit(root, subject)
