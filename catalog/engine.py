"""The engine itself: which one runs, and where others get it from."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from catalog.findings import CatalogError

NAME = "fewer-tokens"
SOURCE = "catalog/engine.py"
"""This file, in the engine's own repository."""


def version() -> str:
    """Its version, and the commit where it was installed from a repository: these share a version."""
    commit = _origin().get("vcs_info", {}).get("commit_id")
    number = distribution(NAME).version
    return f"{number} ({commit[:12]})" if commit else number


def is_part_of(root: Path) -> bool:
    """Whether the catalogue in *root* is the engine's own, whose pages say how to begin another one."""
    return (root / SOURCE).is_file()


def requirement() -> str:
    """What pip installs to get the engine that runs now: from where it was installed itself.

    Raises
    ------
    CatalogError : it is not installed
    """
    try:
        origin = _origin()
    except PackageNotFoundError:
        raise CatalogError(f"the engine is not installed; run: pip install '{NAME}[site]'") from None
    if "url" not in origin:
        return f"{NAME}[site]=={distribution(NAME).version}"
    if "vcs_info" not in origin:
        return f"{NAME}[site] @ {origin['url']}"
    # Of an address that begins with the name of a version control system, pip wants to know the host.
    url, vcs = origin["url"].replace("file:///", "file://localhost/"), origin["vcs_info"]
    return f"{NAME}[site] @ {vcs['vcs']}+{url}@{vcs['commit_id']}"


def is_public(requirement: str) -> bool:
    """Whether others can install what *requirement* names, which is not on this machine alone."""
    return not re.search(r"@\s*(\w+\+)?file:", requirement)


def _origin() -> dict[str, Any]:
    """What pip noted of where it installed the engine from; nothing where that was a package index."""
    noted: dict[str, Any] = json.loads(distribution(NAME).read_text("direct_url.json") or "{}")
    return noted
