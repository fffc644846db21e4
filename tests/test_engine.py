"""The engine says which one it is, and what pip installs to get the same, or more of what it needs."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from catalog import engine
from catalog.findings import CatalogError
from tests.conftest import REPOSITORY

COMMIT = "0123456789abcdef0123456789abcdef01234567"
Installed = Callable[[dict[str, Any] | None], None]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Let the engine be installed from where pip noted it."""

    def install(noted: dict[str, Any] | None) -> None:
        class Distribution:
            version = "1.2.3"

            def read_text(self, name: str) -> str | None:
                return json.dumps(noted) if noted and name == "direct_url.json" else None

        monkeypatch.setattr(engine, "distribution", lambda _: Distribution())

    return install


@pytest.mark.parametrize(
    ("noted", "requirement", "version"),
    [
        (None, "fewer-tokens[site]==1.2.3", "1.2.3"),
        ({"url": "file:///a%20b", "dir_info": {}}, "fewer-tokens[site] @ file:///a%20b", "1.2.3"),
        (
            {"url": "https://example.org/e.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            f"fewer-tokens[site] @ git+https://example.org/e.git@{COMMIT}",
            "1.2.3 (0123456789ab)",
        ),
        (
            {"url": "file:///srv/e.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            f"fewer-tokens[site] @ git+file://localhost/srv/e.git@{COMMIT}",
            "1.2.3 (0123456789ab)",
        ),
    ],
)
def test_the_engine_names_where_it_came_from(
    installed: Installed, noted: dict[str, Any] | None, requirement: str, version: str
) -> None:
    installed(noted)
    assert engine.requirement() == requirement
    assert engine.version() == version
    assert Requirement(requirement).extras == {"site"}


ADDRESS = "https://me:secret@example.org/lab/engine.git"


@pytest.mark.parametrize(
    ("origin", "state", "public"),
    [
        (ADDRESS, "pushed", True),
        ("git@example.org:lab/engine.git", "pushed", True),
        ("ssh://git@example.org:2222/lab/engine.git", "pushed", True),
        ("/srv/engine.git", "pushed", False),
        (ADDRESS, "not pushed", False),
        (ADDRESS, "changed", False),
    ],
)
def test_a_checkout_whose_commit_its_origin_has_is_named_by_its_origin(
    installed: Installed, tmp_path: Path, origin: str, state: str, public: bool
) -> None:
    commands = [["init"], ["add", "."], ["commit", "-m", "One"], ["remote", "add", "origin", origin]]
    if state != "not pushed":
        commands.append(["update-ref", "refs/remotes/origin/main", "HEAD"])
    (tmp_path / "file").write_text("1")
    for command in commands:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, capture_output=True)
    if state == "changed":
        (tmp_path / "file").write_text("2")
    installed({"url": tmp_path.as_uri(), "dir_info": {"editable": True}})
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tmp_path, text=True).strip()
    named = engine.requirement()
    assert engine.is_public(named) == public
    where = f"git+https://example.org/lab/engine.git@{commit}" if public else tmp_path.as_uri()
    assert named == f"fewer-tokens[site] @ {where}"


def test_a_checkout_gets_an_extra_where_it_is() -> None:
    python, *command = shlex.split(engine.how_to_install("dataframe"))
    assert python == sys.executable
    assert command == ["-m", "pip", "install", "--editable", f"{REPOSITORY}[dataframe]"]


def test_an_installed_engine_gets_an_extra_from_where_it_came(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed({"url": "https://example.org/e.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}})
    monkeypatch.setattr(engine, "__file__", str(tmp_path / "catalog" / "engine.py"))
    *_, wanted = shlex.split(engine.how_to_install("dataframe"))
    assert wanted == f"fewer-tokens[dataframe] @ git+https://example.org/e.git@{COMMIT}"


def test_an_engine_that_is_not_installed_says_how_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(engine, "distribution", missing)
    with pytest.raises(CatalogError, match="the engine is not installed; in its repository, run: make site"):
        engine.requirement()
