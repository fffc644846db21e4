"""What git says of a catalogue's folder; nothing, where there is no git or the folder is not its."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(root: Path, *arguments: str, said: bytes | None = None) -> bytes | None:
    """What git answers to what is *said* to it, or ``None`` where it is missing or *root* is not its."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, input=said, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def committed_files(root: Path, folder: str) -> dict[str, str]:
    """Path from *root* on -> hash, of each file that the last commit has below *folder*."""
    listed = git(root, "ls-tree", "-r", "-z", "HEAD", "--", folder) or b""
    entries = (entry.partition("\t") for entry in listed.decode("utf-8", "replace").split("\0"))
    return {path: head.split(" ")[-1] for head, _, path in entries if path}
