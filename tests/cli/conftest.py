"""The command line on a copy of the small catalogue."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog import cli
from tests.conftest import REPOSITORY


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def catalog(mini: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> object:
    """Run ``catalog`` on a copy of the small catalogue."""
    (mini / "site_templates").symlink_to(REPOSITORY / "site_templates")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, root: Path | None = mini) -> Outcome:
        options = ["--root", str(root)] if root else []
        monkeypatch.setattr(sys, "argv", ["catalog", *options, *arguments])
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def spoil(mini: Path, before: str, after: str, file: str = "2024/fastv.yaml") -> None:
    """Put *after* in the place of *before* in a record."""
    path = mini / "papers" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
