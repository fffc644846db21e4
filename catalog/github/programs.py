"""``git`` and ``gh`` run with a list of arguments: no shell ever sees what a stranger wrote."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from catalog.findings import CatalogError

BOT = "github-actions[bot]"
"""The account in whose name workflows act."""
BOT_ADDRESS = f"{BOT}@users.noreply.github.com"
AUTHOR = ("-c", f"user.name={BOT}", "-c", f"user.email={BOT_ADDRESS}")
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
        why = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise CatalogError(f"{program} {' '.join(arguments[:3])} … failed ({done.returncode}):\n{why}")
    return done.stdout


def gh(*arguments: str) -> Any:
    """What gh answers in JSON.

    Raises
    ------
    CatalogError : gh fails, or answers something else, as where GitHub is down
    """
    said = run("gh", *arguments)
    try:
        return json.loads(said)
    except ValueError:
        short = f"'{said.strip()[:200]}'" if said.strip() else "nothing"
        raise CatalogError(
            f"gh {' '.join(arguments[:3])} … answered {short}, expected JSON; GitHub may be down: try again"
        ) from None


def pages(address: str) -> list[dict[str, Any]]:
    """All items behind *address* of GitHub's REST interface, in which gh fills in owner and repo.

    Raises
    ------
    CatalogError : gh fails
    """
    found = gh("api", "--paginate", "--slurp", address)
    return [item for page in found for item in page]
