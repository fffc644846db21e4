"""Symbolic links come with everybody's commits: no command writes or deletes through one."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome

Catalog = Callable[..., Outcome]

RECORD = "papers/2024/fastv.yaml"
ENTRY = "@article{a2019pruning, title={Pruning What Is Left}, author={Ada Bo}, year={2019}, journal={ECCV}}"
LIST = "# Papers\n\n- [Pruning What Is Left](https://arxiv.org/abs/1901.00001), ECCV 2019\n"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder of the user's own."""
    folder = tmp_path / "elsewhere"
    (folder / "cards").mkdir(parents=True)
    for name in ("mine.md", "mine.yaml", "cards/mine.png"):
        (folder / name).write_text("title: mine\n")
    return folder


def contents(folder: Path) -> dict[str, str | None]:
    paths = folder.rglob("*")
    return {str(path.relative_to(folder)): path.read_text() if path.is_file() else None for path in paths}


def put_link(mini: Path, name: str, target: Path) -> None:
    """Put a link in the place of what is there, as a commit could."""
    place = mini / name
    if place.exists():
        place.rename(mini / "moved-away")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


@pytest.mark.parametrize(
    ("name", "target", "command"),
    [
        ("README.md", "mine.md", "build"),
        ("papers/lists", ".", "build"),
        ("papers/lists/README.md", "mine.md", "build"),
        ("papers/lists/left-over.md", "mine.md", "build"),
        ("papers/paper.schema.json", "mine.md", "build"),
        (".github/ISSUE_TEMPLATE", ".", "build --only lists"),
        (".github", ".", "build --only lists"),
        ("site", ".", "build --only site"),
        ("site", ".", "serve --port 0"),
        (".cache", ".", "build --only site"),
        (".cache/site-frame", ".", "build --only site"),
        (".cache", ".", "links --only github.com"),
        (".cache/links.jsonl", "mine.md", "links --only github.com"),
        (".cache", ".", "refresh"),
        (".cache/http", ".", "refresh"),
        ("papers", "papers", "fmt"),
        ("papers/2019", ".", "add --offline --yes -"),
        ("papers/2019/pruning-what-left.yaml", "nowhere.yaml", "add --offline --yes -"),
        ("papers/2019", ".", "import linked-title list.md --listed-in first-list"),
    ],
)
def test_a_link_that_leads_away_is_named_and_nothing_is_touched(
    name: str,
    target: str,
    command: str,
    catalog: Catalog,
    mini: Path,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_link(mini, name, elsewhere / target)
    (mini / ".github" / "ISSUE_TEMPLATE").mkdir(parents=True, exist_ok=True)
    if target == "papers":
        (mini / "moved-away").rename(elsewhere / "papers")
    monkeypatch.chdir(mini)
    (mini / "list.md").write_text(LIST)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ENTRY.encode())))
    before = contents(elsewhere)
    outcome = catalog(*command.split())
    assert outcome.code == 2
    assert f"{name}: a symbolic link" in outcome.err.replace(":1:1: error symbolic-link", "")
    assert contents(elsewhere) == before


@pytest.mark.parametrize("command", ["fmt", "check --fix", "check"])
def test_a_record_that_is_a_link_is_neither_read_nor_written(
    command: str, catalog: Catalog, mini: Path, elsewhere: Path
) -> None:
    text = (mini / RECORD).read_text().replace("authors:", "authors:  ")
    (elsewhere / "mine.yaml").write_text(text)
    put_link(mini, RECORD, elsewhere / "mine.yaml")
    outcome = catalog(*command.split())
    assert outcome.code == 1
    if command.startswith("check"):
        assert f"{RECORD}:1:1: error symbolic-link: a symbolic link" in outcome.out
    assert (elsewhere / "mine.yaml").read_text() == text


def test_what_a_user_names_may_be_a_link(catalog: Catalog, mini: Path, elsewhere: Path) -> None:
    (mini / "papers.bib").symlink_to(elsewhere / "mine.md")
    assert catalog("export", "bibtex", "-o", str(mini / "papers.bib")).code == 0
    assert (elsewhere / "mine.md").read_text().startswith("% Mini")
