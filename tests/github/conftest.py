"""A small catalogue with forms and a git origin, and a ``gh`` that notes what it is asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from catalog.github.forms import FOLDER, Form, load_forms
from tests.conftest import REPOSITORY

_GH = """#!{python}
import json, pathlib, sys
home = pathlib.Path({home!r})
words = sys.argv[1:]
if "--body-file" in words:
    at = words.index("--body-file") + 1
    words[at] = sys.stdin.buffer.read().decode("utf-8") if words[at] == "-" else "no such file"
with (home / "asked.jsonl").open("a", encoding="utf-8") as log:
    log.write(json.dumps(words) + "\\n")
answers = json.loads((home / "answers.json").read_text(encoding="utf-8"))
for start, answer in answers.items():
    if " ".join(words).startswith(start):
        if answer is None:
            sys.exit("gh: not allowed")
        print(answer)
        break
"""


class FakeGh:
    """Stands in for ``gh``: answers by the beginning of what it is asked, ``None`` fails."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.answer({})

    def answer(self, answers: Mapping[str, str | None]) -> None:
        (self.home / "answers.json").write_text(json.dumps(answers), encoding="utf-8")

    @property
    def asked(self) -> list[list[str]]:
        log = self.home / "asked.jsonl"
        return (
            [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
            if log.exists()
            else []
        )


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGh:
    """A ``gh`` that comes first on the path."""
    home = tmp_path / "gh"
    home.mkdir()
    program = home / "gh"
    program.write_text(_GH.format(python=sys.executable, home=str(home)), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}{os.pathsep}{os.environ['PATH']}")
    return FakeGh(home)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture
def root(mini: Path) -> Path:
    """The small catalogue with the forms of the real one."""
    shutil.copytree(REPOSITORY / FOLDER, mini / FOLDER)
    return mini


@pytest.fixture
def origin(root: Path, tmp_path: Path) -> Path:
    """A bare repository that *root* was cloned from, so to speak."""
    bare = tmp_path / "origin.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Start")
    git(root, "remote", "add", "origin", str(bare))
    git(root, "push", "--quiet", "origin", "main")
    return bare


def form_named(name: str, root: Path = REPOSITORY) -> Form:
    return next(form for form in load_forms(root) if form.name == name)


def filled(form: Form, **answers: str) -> str:
    """The issue's text that GitHub makes of a filled form."""
    return "\n\n".join(
        f"### {label}\n\n{answers.get(key, '_No response_')}" for key, label in form.labels.items()
    )
