"""How the records came about: the commits that touched each record's file, and what they changed in it.

Read from the version control of the folder.  Where there is none, or where a shallow
clone holds only the last commits, there is no history: a part of one would tell untruths.
Everything shown comes from the repository, so that the same repository gives the same pages.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog.site.edits import Edits, read_patches

_RECORD_FILE = re.compile(r"papers/(?!vocabulary/|lists/)[^/]+/[^/]+\.yaml")
_RECORD, _FIELD = "\x1e", "\x1f"
_FORMAT = f"{_RECORD}%H{_FIELD}%as{_FIELD}%s{_FIELD}"
_LOG = ("log", "--relative", "--no-renames")
_PATCHES = (
    *(*_LOG, "--patch", "--unified=0", "--diff-filter=M", f"--format={_RECORD}%H"),
    *("--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"),
)


@dataclass(frozen=True)
class Commit:
    """One commit: its full hash, the author's date, and the first line of its message."""

    hash: str
    date: str
    subject: str


@dataclass(frozen=True)
class Step:
    """What one commit did to the records.

    Attributes
    ----------
    added, changed, removed : paths of files, relative to the catalogue's root, sorted
    edits : path of a changed file -> what changed in it
    """

    commit: Commit
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edits: Mapping[str, Edits] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """What one commit did to one record: ``added`` it, or ``changed`` it, and how."""

    what: str
    commit: Commit
    edits: Edits


@dataclass(frozen=True)
class History:
    """Every commit that touched a record, newest first; empty where nothing is known."""

    steps: tuple[Step, ...] = ()
    of_file: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    """Path -> what happened, newest first."""

    @classmethod
    def read(cls, root: Path) -> History:
        """The history of ``papers/`` below *root*."""
        if _git(root, "rev-parse", "--is-shallow-repository") != "false\n":
            return cls()
        log = _git(root, *_LOG, "-z", "--name-status", f"--format={_FORMAT}", "--", "papers")
        patches = _git(root, *_PATCHES, "--", "papers")
        return cls.of(tuple(_steps(log or "", patches or "")))

    @classmethod
    def of(cls, steps: Sequence[Step]) -> History:
        """Index *steps* by file."""
        of_file: dict[str, list[Entry]] = {}
        for step in steps:
            for what, paths in (("added", step.added), ("changed", step.changed)):
                for path in paths:
                    entry = Entry(what, step.commit, step.edits.get(path, Edits()))
                    of_file.setdefault(path, []).append(entry)
        return cls(tuple(steps), {path: tuple(entries) for path, entries in of_file.items()})


def _git(root: Path, *arguments: str) -> str | None:
    """What git says, or ``None`` where it is missing or *root* is not its."""
    command = ["git", "-c", "log.showSignature=false", "-c", "color.ui=false", *arguments]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _steps(log: str, patches: str) -> Iterator[Step]:
    patch_of = dict(patch.split("\n", 1) for patch in patches.split(_RECORD)[1:])
    for record in log.split(_RECORD)[1:]:
        commit_hash, date, subject, files = record.split(_FIELD, 3)
        found: dict[str, list[str]] = {"A": [], "M": [], "D": []}
        parts = [part.strip("\n") for part in files.split("\0") if part.strip("\n")]
        for status, path in zip(parts[::2], parts[1::2], strict=False):
            if _RECORD_FILE.fullmatch(path) and status in found:
                found[status].append(path)
        added, changed, removed = (tuple(sorted(paths)) for paths in found.values())
        if added or changed or removed:
            edits = {path: of for path, of in read_patches(patch_of.get(commit_hash, "")) if path in changed}
            yield Step(Commit(commit_hash, date, subject), added, changed, removed, edits)
