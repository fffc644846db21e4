"""The engine itself: which one runs, where others get it from, and how it gets more libraries."""

from __future__ import annotations

import json
import re
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from catalog.findings import CatalogError
from catalog.version_control import git

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


def how_to_install(extra: str) -> str:
    """The command that installs what one of the engine's extras needs, beside the engine that runs now.

    Raises
    ------
    CatalogError : it is neither a checkout of its repository nor installed
    """
    home = Path(__file__).parents[1]
    is_checkout = (home / "pyproject.toml").is_file()
    wanted = ["--editable", f"{home}[{extra}]"] if is_checkout else [requirement(extra)]
    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])


def requirement(extra: str = "site") -> str:
    """What pip installs to get the engine that runs now: from where it was installed itself.

    Raises
    ------
    CatalogError : it is not installed
    """
    try:
        origin = _origin()
    except PackageNotFoundError:
        raise CatalogError("the engine is not installed; in its repository, run: make site") from None
    name = f"{NAME}[{extra}]"
    if "url" not in origin:
        return f"{name}=={distribution(NAME).version}"
    if "vcs_info" not in origin:
        return f"{name} @ {_published(origin['url']) or origin['url']}"
    # Of an address that begins with the name of a version control system, pip wants to know the host.
    url, vcs = origin["url"].replace("file:///", "file://localhost/"), origin["vcs_info"]
    return f"{name} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"


def _published(url: str) -> str | None:
    """Where others get what the checkout at *url* holds: its commit, which the origin that it names has.

    ``None`` where the origin is on this machine, has not got the commit yet, or tracked files were changed
    since: others would then get something else than what runs here.
    """
    parts = urlsplit(url)
    home = Path(url2pathname(parts.path))
    if parts.scheme != "file" or not home.is_dir() or git(home, "rev-parse", "--show-prefix") != b"\n":
        return None
    named, commit = git(home, "remote", "get-url", "origin"), git(home, "rev-parse", "HEAD")
    address = _public_address(named.decode().strip()) if named else None
    is_there = git(home, "for-each-ref", "--contains", "HEAD", "refs/remotes/origin")
    is_unchanged = git(home, "status", "--porcelain", "--untracked-files=no") == b""
    if not (address and commit and is_there and is_unchanged):
        return None
    return f"git+{address}@{commit.decode().strip()}"


def _public_address(remote: str) -> str | None:
    """The address by which others may read a repository, without the name and secret of whoever cloned it.

    >>> _public_address("https://me:secret@example.org/o/r.git"), _public_address("git@example.org:o/r.git")
    ('https://example.org/o/r.git', 'https://example.org/o/r.git')
    >>> _public_address("/srv/r.git"), _public_address("https://localhost/r.git")
    (None, None)
    """
    if short := re.fullmatch(r"[\w.-]+@([\w.-]+):(?!/)(.+)", remote):
        host, path = short[1], f"/{short[2]}"
    else:
        parts = urlsplit(remote)
        if parts.scheme not in ("https", "ssh"):
            return None
        host, path = parts.netloc.rpartition("@")[2], parts.path
        if parts.scheme == "ssh":  # whose port is not that of the pages
            host = host.partition(":")[0]
    return f"https://{host}{path}" if "." in host else None


def is_public(requirement: str) -> bool:
    """Whether others can install what *requirement* names, which is not on this machine alone."""
    return not re.search(r"@\s*(\w+\+)?file:", requirement)


def _origin() -> dict[str, Any]:
    """What pip noted of where it installed the engine from; nothing where that was a package index."""
    noted: dict[str, Any] = json.loads(distribution(NAME).read_text("direct_url.json") or "{}")
    return noted
