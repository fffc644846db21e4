"""The engine says which one it is, and what pip installs to get the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from packaging.requirements import Requirement

from catalog import engine

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
