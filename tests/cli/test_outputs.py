"""Files that an option names: refused before the work that would fill them, where they cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.cli.commands import app
from catalog.cli.outputs import writable
from catalog.findings import CatalogError

LIST = "## Vision\n* [arXiv] Another Paper about Tokens [[Paper](https://a.org/b)]\n"


@pytest.mark.parametrize(
    "command",
    [
        ["import", "venue-bold", "{root}/list.md", "--listed-in", "first-list", "--report"],
        ["links", "--report"],
        ["refresh", "--report"],
        ["discover", "--report"],
        ["export", "jsonl", "-o"],
        ["cite", "{root}/paper.md", "-o"],
    ],
)
def test_no_command_works_for_a_file_that_it_could_not_write(mini: Path, command: list[str]) -> None:
    (mini / "list.md").write_text(LIST, encoding="utf-8")
    before = sorted(mini.rglob("*"))
    arguments = [part.format(root=mini) for part in command]
    result = CliRunner().invoke(app, ["--root", str(mini), *arguments, str(mini / "nowhere" / "file")])
    assert isinstance(result.exception, CatalogError)
    assert str(result.exception) == (
        f"{mini}/nowhere/file: there is no folder {mini}/nowhere; make it, or name another file"
    )
    assert sorted(mini.rglob("*")) == before


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="is a folder, expected a file to write; name one in it"):
        writable(tmp_path)


def test_what_may_not_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path)
    with pytest.raises(CatalogError, match="may not be written; change its permissions"):
        writable(tmp_path / "new")
    (tmp_path / "old").touch()
    assert writable(tmp_path / "old") == tmp_path / "old"


def test_a_file_that_can_be_written_is_neither_made_nor_changed(tmp_path: Path) -> None:
    assert writable(tmp_path / "new") == tmp_path / "new"
    assert not (tmp_path / "new").exists()
    assert writable(None) is None
