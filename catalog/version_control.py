"""What git says of a catalogue's folder; nothing, where there is no git or the folder is not its."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from catalog.findings import CatalogError


def git(root: Path, *arguments: str, said: bytes | None = None) -> bytes | None:
    """What git answers to what is *said* to it, or ``None`` where it is missing or *root* is not its."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, input=said, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def is_committed(root: Path, path: str) -> bool:
    """Whether the last commit holds the file *path* as it is."""
    now = git(root, "hash-object", "--", path)
    return now is not None and committed_files(root, path).get(path) == now.decode().strip()


def committed_files(root: Path, folder: str, commit: str = "HEAD") -> dict[str, str]:
    """Path from *root* on -> hash, of each file that a commit, by default the last, has below *folder*."""
    listed = git(root, "ls-tree", "-r", "-z", commit, "--", folder) or b""
    entries = (entry.partition("\t") for entry in listed.decode("utf-8", "replace").split("\0"))
    return {path: head.split(" ")[-1] for head, _, path in entries if path}


def changed_files(root: Path, folder: str, commit: str) -> set[str]:
    """Paths from *root* on of the files below *folder* that differ from a commit, or are in one of the two.

    Files that git does not know yet are left out.
    """
    options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative")
    listed = git(root, "diff", *options, commit, "--", folder) or b""
    return {path for path in listed.decode("utf-8", "replace").split("\0") if path}


def contents(root: Path, hashes: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The contents with these *hashes*, of which git may lack some."""
    answers = git(root, "cat-file", "--batch", said="\n".join([*hashes, ""]).encode("ascii")) or b""
    start = 0
    for each in hashes:
        head, _, _ = answers[start : start + 200].partition(b"\n")
        start += len(head) + 1
        *_, kind, size = head.split(b" ") if head.count(b" ") == 2 else (b"", b"missing", b"-1")
        if kind == b"blob":
            yield each, answers[start : start + int(size)]
        start += int(size) + 1


def commit_named(root: Path, name: str) -> str:
    """The hash of the commit *name*; where the first commit is asked for its parent, that of an empty tree.

    Raises
    ------
    CatalogError : git does not know it, or there is no git
    """
    found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if found is None and name in ("HEAD^", "HEAD^1") and _has_one_commit(root):
        found = git(root, "hash-object", "-t", "tree", "--stdin", said=b"")
    if found is None:
        raise CatalogError(
            f"git knows no commit '{name}' in {root}; name another, or fetch it first: git fetch --deepen=1"
        )
    return found.decode().strip()


def _has_one_commit(root: Path) -> bool:
    known = git(root, "rev-parse", "--is-shallow-repository"), git(root, "rev-list", "--count", "HEAD")
    return known == (b"false\n", b"1\n")
