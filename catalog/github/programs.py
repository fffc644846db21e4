"""``git`` and ``gh`` run with a list of arguments: no shell ever sees what a stranger wrote."""

from __future__ import annotations

import subprocess
from pathlib import Path

from catalog.findings import CatalogError

AUTHOR = (
    "-c",
    "user.name=github-actions[bot]",
    "-c",
    "user.email=github-actions[bot]@users.noreply.github.com",
)
"""Options of ``git`` for commits that a workflow makes."""


def run(program: str, *arguments: str, folder: Path | None = None, said: str = "") -> str:
    """What the program prints.

    Parameters
    ----------
    said : what it reads; a text is too long for an argument

    Raises
    ------
    CatalogError : it is not there or fails; with what it said
    """
    try:
        done = subprocess.run(
            [program, *arguments],
            cwd=folder,
            input=said,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        raise CatalogError(
            f"{program} is not installed; this command is meant for a workflow on GitHub, where it is"
        ) from None
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise CatalogError(f"{program} {' '.join(arguments[:3])} … failed ({done.returncode}):\n{said}")
    return done.stdout
