"""The command line on a copy of the small catalogue."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog import cli
from tests.conftest import REPOSITORY
from tests.sources import answers
from tests.sources.replay import ReplayServer

PATH = "papers/2024/thrifty-patches.yaml"
"""Where the record of the one made-up paper comes to lie that the server knows."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Add = Callable[..., Outcome]


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


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A server that answers all about one made-up paper."""
    with answers.server_for_all_sources() as server:
        yield server


@pytest.fixture
def add(
    mini: Path, server: ReplayServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Add:
    """Run ``catalog add`` on a copy of the small catalogue, with the server as every source."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("CATALOG_SOURCES", server.url)

    def run(*arguments: str, given: str = "", encoding: str = "utf-8") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["catalog", "--root", str(mini), "add", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode(encoding))))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(int(stop.value.code or 0), captured.out, captured.err)

    return run


def spoil(mini: Path, before: str, after: str, file: str = "2024/fastv.yaml") -> None:
    """Put *after* in the place of *before* in a record."""
    path = mini / "papers" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
