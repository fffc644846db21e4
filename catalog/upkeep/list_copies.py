"""Today's copies of the published lists that the vocabulary names, for :mod:`catalog.upkeep.discover`.

A list is a stranger's repository.  It is cloned, which runs nothing of it, without its
history, its links to other files and its submodules, and never from an address that
is not ``https``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from catalog import importers
from catalog.findings import ProgressCallback
from catalog.vocabulary import PublishedList, Vocabulary

TIMEOUT = 300
"""Seconds that one list may take."""

_PAGE = "readme.md"


def fetch_copies(
    vocabulary: Vocabulary,
    folder: Path,
    *,
    protocols: str = "https",
    progress: ProgressCallback | None = None,
) -> tuple[list[tuple[str, Path]], list[str]]:
    """Copy into *folder* each list that has an address and a dialect; a dialect that is none is a problem.

    Parameters
    ----------
    protocols : by which git may fetch, as in ``GIT_ALLOW_PROTOCOL``

    Returns
    -------
    (dialect, what to read) of each copy, and a sentence about each list that could not be had
    """
    wanted, unknown = list(_published(vocabulary)), list(_in_no_dialect(vocabulary))
    if not shutil.which("git"):
        missing = ["the lists could not be fetched: there is no git on this machine"] if wanted else []
        return [], [*unknown, *missing]
    copies, problems = [], unknown
    for position, (key, dialect, url) in enumerate(wanted, 1):
        copy = folder / key
        problem = _clone(url, copy, protocols)
        page = None if problem else _what_to_read(dialect, copy)
        if page:
            copies.append((dialect, page))
        else:
            problems.append(f"{url} could not be read: {problem or 'it holds no README.md'}")
        if progress:
            progress(position, len(wanted))
    return copies, problems


def _published(vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    for key, each in vocabulary["listed_in"].items():
        if (
            isinstance(each, PublishedList)
            and each.url
            and each.dialect
            and each.dialect in importers.DIALECTS
        ):
            yield key, each.dialect, each.url


def _in_no_dialect(vocabulary: Vocabulary) -> Iterator[str]:
    """A sentence about each list whose rows nothing can read."""
    for key, each in vocabulary["listed_in"].items():
        if isinstance(each, PublishedList) and each.dialect and each.dialect not in importers.DIALECTS:
            yield (
                f"the list {key} was not read: '{each.dialect}' in papers/vocabulary/lists.yaml is no "
                f"dialect; known are {', '.join(importers.DIALECTS)}"
            )


def _clone(url: str, copy: Path, protocols: str) -> str | None:
    """Why there is no copy now; ``None`` where there is one."""
    quiet = ["git", "-c", "core.symlinks=false", "-c", "credential.helper=", "clone", "--quiet"]
    command = [*quiet, "--depth=1", "--single-branch", "--no-tags", "--", url, str(copy)]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": protocols}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {TIMEOUT} s"
    lines = done.stderr.strip().splitlines()
    return None if done.returncode == 0 else lines[-1] if lines else f"git ended with {done.returncode}"


def _what_to_read(dialect: str, copy: Path) -> Path | None:
    if importers.DIALECTS[dialect].folder:
        return copy
    return next((path for path in sorted(copy.iterdir()) if path.name.lower() == _PAGE), None)
