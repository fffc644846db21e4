"""Which Python ``tools/install.sh`` takes, played by scripts that say which one they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

NAMES = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")
PYTHON = """\
#!/bin/sh
case "$*" in
    -c*) exit {old} ;;
    "-m venv .venv") mkdir -p .venv/bin; echo {name} > .venv/made-by; cp "$0" .venv/bin/python ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to install in, on a machine where every Python is too old."""
    (tmp_path / "tools").mkdir()
    shutil.copy(REPOSITORY / "tools" / "install.sh", tmp_path / "tools")
    for name in NAMES:
        put(tmp_path, name, old=True)
    return tmp_path


def put(folder: Path, name: str, *, old: bool) -> Path:
    """Put a Python there that is new enough, or too *old*."""
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(PYTHON.format(name=name, old=int(old)), encoding="utf-8")
    path.chmod(0o755)
    return path


def install(folder: Path, **environment: str) -> tuple[int, str, str]:
    """How it ends, what it says, and which Python made the virtual environment."""
    given = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", **environment}
    done = subprocess.run(
        ["sh", str(folder / "tools" / "install.sh"), "site"],
        env=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    made = folder / ".venv" / "made-by"
    return done.returncode, done.stderr, made.read_text(encoding="utf-8").strip() if made.exists() else ""


def test_the_machine_s_own_python_is_taken_where_it_is_new_enough(folder: Path) -> None:
    put(folder, "python3", old=False)
    put(folder, "python3.14", old=False)
    assert install(folder) == (0, "", "python3")


def test_another_is_taken_where_that_is_too_old(folder: Path) -> None:
    put(folder, "python3.12", old=False)
    assert install(folder) == (0, "", "python3.12")


def test_where_none_is_new_enough_that_is_said(folder: Path) -> None:
    code, said, made = install(folder)
    assert (code, made) == (1, "")
    assert "no Python 3.11 or newer was found" in said


def test_the_python_that_was_named_is_taken(folder: Path) -> None:
    put(folder, "python3", old=False)
    mine = put(folder, "mine", old=False)
    assert install(folder, PYTHON=str(mine)) == (0, "", "mine")


@pytest.mark.parametrize("name", ["no-such-python", "mine"])
def test_no_other_is_taken_for_the_python_that_was_named(folder: Path, name: str) -> None:
    put(folder, "python3", old=False)
    put(folder, "mine", old=True)
    code, said, made = install(folder, PYTHON=name)
    assert (code, made) == (1, "")
    assert f"found PYTHON={name}, expected a Python 3.11 or newer" in said
