"""``catalog upgrade``: what was taken over follows the engine, and what was changed here stays."""

from __future__ import annotations

import glob
import json
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.cli.commands import app
from catalog.engine import SOURCE
from catalog.findings import CatalogError
from catalog.starting import Upgrade, behind, upgrade, upgrading
from catalog.starting.shipped import SHARED, TEMPLATE, shipped
from catalog.starting.upgrading import RECORD, note_state
from tests.conftest import REPOSITORY


class Engine:
    """An engine that ships a few files, to be changed as those who make it would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **texts: str) -> None:
        """One file below ``pages/`` for each name."""
        for name, text in texts.items():
            (self.folder / "pages" / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / "pages" / name).write_text(text)

    def shipped(self) -> dict[str, Path]:
        return {path.relative_to(self.folder).as_posix(): path for path in self.folder.glob("pages/*")}


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine with three pages, which is the one that runs."""
    engine = Engine(tmp_path / "engine")
    engine.write(one="1", two="2", three="3")
    monkeypatch.setattr(upgrading, "shipped", engine.shipped)
    return engine


@pytest.fixture
def taken(tmp_path: Path, engine: Engine) -> Path:
    """A catalogue that took the three over: its root."""
    root = tmp_path / "catalogue"
    for name, path in engine.shipped().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(path.read_bytes())
    note_state(root)
    return root


def pages(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (root / "pages").iterdir()}


def test_a_file_that_nobody_changed_here_follows_the_engine(taken: Path, engine: Engine) -> None:
    assert behind(taken) == []
    engine.write(one="1, better", four="4")
    (engine.folder / "pages" / "three").unlink()
    assert behind(taken) == ["pages/four", "pages/one", "pages/three"]
    assert upgrade(taken) == Upgrade(("pages/four", "pages/one"), ("pages/three",), {})
    assert pages(taken) == {"one": "1, better", "two": "2", "four": "4"}
    assert behind(taken) == []


def test_what_was_changed_here_alone_stays_without_a_word(taken: Path, engine: Engine) -> None:
    (taken / "pages" / "one").write_text("our one")
    (taken / "pages" / "two").unlink()
    engine.write(two="2, better")
    assert upgrade(taken) == Upgrade((), (), {})
    assert pages(taken) == {"one": "our one", "three": "3"}


def test_what_both_changed_stays_and_is_named_once(taken: Path, engine: Engine) -> None:
    (taken / "pages" / "one").write_text("our one")
    (taken / "pages" / "two").write_text("our two")
    engine.write(one="1, better")
    (engine.folder / "pages" / "two").unlink()
    source = engine.folder / "pages" / "one"
    assert upgrade(taken).differing == {"pages/one": source, "pages/two": None}
    assert pages(taken) == {"one": "our one", "two": "our two", "three": "3"}
    assert upgrade(taken).differing == {}


def commit(root: Path) -> None:
    """Commit all that is in the catalogue, and begin its history where there is none."""
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for arguments in (["init", "--quiet"], ["add", "--all"], [*author, "commit", "--quiet", "-m", "ours"]):
        subprocess.run(["git", *arguments], cwd=root, check=True)


def test_unless_all_is_to_be_the_engine_s_even_after_it_was_named(taken: Path, engine: Engine) -> None:
    (taken / "pages" / "one").write_text("our one")
    (taken / "pages" / "two").write_text("our two")
    (taken / "pages" / "three").unlink()
    engine.write(one="1, better")
    upgrade(taken)
    commit(taken)
    ours = ("pages/one", "pages/two")
    assert upgrade(taken, everything=True) == Upgrade(ours, (), {}, reset=ours)
    assert pages(taken) == {"one": "1, better", "two": "2"}


@pytest.mark.parametrize("history", ["none", "before the change", "staged"])
def test_all_leaves_everything_as_it_is_where_a_change_is_not_committed(
    taken: Path, engine: Engine, history: str
) -> None:
    (taken / "pages" / "two").write_text("our two")
    if history != "none":
        commit(taken)
    (taken / "pages" / "one").write_text("our one")
    if history == "staged":
        subprocess.run(["git", "add", "--all"], cwd=taken, check=True)
    engine.write(one="1, better", three="3, better")
    before, record = pages(taken), (taken / RECORD).read_bytes()
    with pytest.raises(CatalogError, match=r"(?s)not committed.*pages/one\n.*Nothing was written") as refusal:
        upgrade(taken, everything=True)
    assert ("pages/two" in str(refusal.value)) == (history == "none")
    assert (pages(taken), (taken / RECORD).read_bytes()) == (before, record)
    commit(taken)
    assert upgrade(taken, everything=True).reset == ("pages/one", "pages/two")


def test_what_nobody_changed_here_needs_no_commit(taken: Path, engine: Engine) -> None:
    engine.write(one="1, better")
    (engine.folder / "pages" / "two").unlink()
    assert upgrade(taken, everything=True) == Upgrade(("pages/one",), ("pages/two",), {})


def test_a_catalogue_without_record_keeps_all_that_is_not_the_engine_s(taken: Path, engine: Engine) -> None:
    (taken / RECORD).unlink()
    engine.write(one="1, better", four="4")
    assert behind(taken) == []
    done = upgrade(taken)
    assert (done.replaced, list(done.differing)) == (("pages/four",), ["pages/one"])


def test_a_folder_that_the_catalogue_did_away_with_is_not_begun_again(tmp_path: Path, engine: Engine) -> None:
    root = tmp_path / "catalogue"
    root.mkdir()
    assert upgrade(root) == Upgrade((), (), {})


@pytest.mark.parametrize("text", ["", "[]", '{"engine": "x"}'])
def test_a_record_that_cannot_be_read_is_named(taken: Path, text: str) -> None:
    (taken / RECORD).write_text(text)
    for ask in (behind, upgrade):
        with pytest.raises(CatalogError, match=rf"{RECORD}: expected .* run: catalog upgrade"):
            ask(taken)


@pytest.mark.parametrize("link", ["pages/one", "pages", RECORD])
def test_nothing_is_written_or_deleted_through_a_link(
    taken: Path, engine: Engine, tmp_path: Path, link: str
) -> None:
    (taken / link).rename(tmp_path / "elsewhere")
    (taken / link).symlink_to(tmp_path / "elsewhere")
    before = contents(tmp_path / "elsewhere")
    engine.write(one="1, better")
    with pytest.raises(CatalogError, match=rf"{link}: a symbolic link"):
        upgrade(taken)
    assert contents(tmp_path / "elsewhere") == before


@pytest.mark.parametrize("name", ["../mine", "{folder}/mine"])
def test_a_record_that_names_a_file_elsewhere_deletes_nothing_there(
    taken: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "mine").touch()
    noted = json.loads((taken / RECORD).read_text())
    noted["files"][name.format(folder=tmp_path)] = "0" * 32
    (taken / RECORD).write_text(json.dumps(noted))
    with pytest.raises(CatalogError, match="is not below"):
        upgrade(taken, everything=True)
    assert (tmp_path / "mine").exists()


def contents(place: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in [place, *place.rglob("*")] if path.is_file()}


def test_the_engine_s_own_catalogue_has_nothing_to_bring_up_to_date() -> None:
    assert behind(REPOSITORY) == []
    with pytest.raises(CatalogError, match="is the engine's own catalogue"):
        upgrade(REPOSITORY)


@pytest.mark.parametrize("everything", [False, True])
def test_a_second_clone_of_the_engine_is_left_to_git(taken: Path, engine: Engine, everything: bool) -> None:
    (taken / SOURCE).parent.mkdir()
    (taken / SOURCE).touch()
    engine.write(one="1, better")
    with pytest.raises(CatalogError, match="git pull"):
        upgrade(taken, everything=everything)
    assert pages(taken)["one"] == "1"


def test_the_command_says_what_it_did_and_what_is_left_to_a_person(taken: Path, engine: Engine) -> None:
    (taken / "papers").mkdir()
    (taken / "papers" / "catalogue.yaml").touch()
    (taken / "pages" / "one").write_text("our one")
    (taken / "pages" / "my page").write_text("ours")
    engine.write(**{"one": "1, better", "two": "2, better", "my page": "theirs"})
    theirs = engine.folder / "pages"
    result = CliRunner().invoke(app, ["--root", str(taken), "upgrade"])
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "1 file brought up to date, 0 deleted",
        "Changed here and in the engine; compare, and take over what is new, or all with --all:",
        f"  diff 'pages/my page' '{theirs / 'my page'}'",
        f"  diff pages/one {theirs / 'one'}",
    ]
    again = CliRunner().invoke(app, ["--root", str(taken), "upgrade"])
    assert (again.exit_code, again.stderr) == (0, "0 files brought up to date, 0 deleted\n")


def test_the_command_names_what_it_resets_and_refuses_what_git_has_not(taken: Path) -> None:
    (taken / "papers").mkdir()
    (taken / "papers" / "catalogue.yaml").touch()
    (taken / "pages" / "one").write_text("our one")
    command = ["--root", str(taken), "upgrade", "--all"]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code != 0
    assert "\n  pages/one\n" in str(refused.exception)
    assert pages(taken)["one"] == "our one"
    commit(taken)
    result = CliRunner().invoke(app, command)
    assert (result.exit_code, result.stderr.splitlines()) == (
        0,
        [
            "1 file brought up to date, 0 deleted",
            "Changed here before; see what that was with git diff, and take a file back with git restore:",
            "  pages/one",
        ],
    )


# ------------------------------------------------------------------------------- what is shipped


def test_what_is_shipped_is_in_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["catalog.starting"]
    packed: set[Path] = set()
    for pattern in patterns:  # as setuptools reads it: through links, and past hidden folders
        found = glob.glob(pattern, root_dir=TEMPLATE.parent, recursive=True)  # noqa: PTH207
        packed.update(TEMPLATE.parent / name for name in found)
    needed = {*shipped().values(), SHARED / "papers" / "vocabulary" / "venues.yaml"}
    assert len(needed) > 100
    assert needed <= packed


def test_what_the_engine_s_own_catalogue_shows_is_what_it_ships() -> None:
    own = {name for name, path in shipped().items() if path.samefile(REPOSITORY / name)}
    others = {name for name, path in shipped().items() if path.is_relative_to(TEMPLATE)}
    assert own == set(shipped()) - others
    assert others == {
        ".gitattributes",
        ".gitignore",
        "CONTRIBUTING.md",
        "Makefile",
        "site_templates/assets/mark.png",
        "site_templates/assets/mark.svg",
        "site_templates/site/guides/curation.md",
        "tools/install.sh",
    }


def test_a_new_catalogue_is_not_behind(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["new", str(tmp_path / "new")])
    assert result.exit_code == 0
    assert behind(tmp_path / "new") == []
    noted = json.loads((tmp_path / "new" / RECORD).read_text())
    assert noted["engine"].startswith("fewer-tokens")
    (tmp_path / "new" / "Makefile").write_text("# ours\n")
    assert behind(tmp_path / "new") == []
