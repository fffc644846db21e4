"""How the records came about: the commits that touched each record's file, and what they changed in it.

Read from the version control of the folder.  Where there is none, or where a shallow
clone holds only the last commits, there is no history: a part of one would tell untruths.
Of a merge there is what it changed itself, such as a conflict's third way; the commits that it
brings stand for themselves.  A record whose file got another name, of which its ``aliases`` tell,
goes on under its present id.  Everything shown comes from the repository, and no setting of the
user's git plays a part, so that the same repository gives the same pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from catalog.parallel import map_chunks
from catalog.record_files import is_record
from catalog.root import own_place
from catalog.site.edits import UNREADABLE, Edit, Edits, edits_between, printable, read_version
from catalog.site.edits_cache import keep_edits, load_edits
from catalog.version_control import committed_files, contents, git

_LOG = (
    *("log", "-z", "--raw", "-c", "--no-abbrev", "--format=%H%x00%as%x00%s"),
    *("--root", "--no-renames", "--no-follow", "--no-relative", "--no-show-signature", "--no-notes"),
    *("--no-color", "--encoding=UTF-8", "-O/dev/null"),
)
"""Every commit with the hashes of the files before and after; settings that could change it are overruled."""
_WORTH_PROCESSES = 600
"""Changes of which reading and comparing takes longer than starting processes: about a fifth of a second."""
_TOGETHER = 150
"""Changes whose versions are held at once."""


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
    added, changed, removed : paths of files, relative to the catalogue's root, sorted; a file that
        moved to another folder has changed, at its new path; a record that has another id since is
        named by that
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
    of_record: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    """Id -> what happened, newest first, in whichever folder and under whichever id the record's file was."""

    @classmethod
    def read(cls, root: Path, cache: Path | None = None) -> History:
        """The history of ``papers/`` below *root*; what commits changed is kept in the folder *cache*."""
        known = git(root, "rev-parse", "--is-shallow-repository", "--show-prefix") or b""
        shallow, _, prefix = known.removesuffix(b"\n").partition(b"\n")
        if shallow != b"false":
            return cls()
        log = git(root, *_LOG, "--", "papers") or b""
        commits = _commits(log, prefix)
        present = _present_ids([changes for _, changes in commits], root)
        touched = [(commit, list(_moved(changes, present))) for commit, changes in commits]
        changed = {change for _, changes in touched for change in changes if change.what == "changed"}
        return cls.of(tuple(_steps(touched, _edits_of(changed, root, cache))))

    @classmethod
    def of(cls, steps: Sequence[Step]) -> History:
        """Index *steps* by record."""
        of_record: dict[str, list[Entry]] = {}
        for step in steps:
            for what, paths in (("added", step.added), ("changed", step.changed)):
                for path in paths:
                    entry = Entry(what, step.commit, step.edits.get(path, Edits()))
                    of_record.setdefault(PurePosixPath(path).stem, []).append(entry)
        return cls(tuple(steps), {record: tuple(entries) for record, entries in of_record.items()})


class _Change(NamedTuple):
    """A record's file in one commit: its path, and git's hashes of its content.

    Attributes
    ----------
    before : in each parent that has the file
    after : ``None`` where the commit removed it
    renamed : the id before and after, where the commit changed that
    """

    path: str
    before: tuple[str, ...]
    after: str | None
    renamed: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        if self.after is None:
            return "removed"
        return "changed" if self.before else "added"

    @property
    def key(self) -> str:
        """The hashes: they alone decide what changed in the content."""
        return f"{' '.join(self.before)} {self.after}"


def _commits(log: bytes, prefix: bytes) -> list[tuple[Commit, list[_Change]]]:
    """The commits of git's *log* with the records they touched; *prefix* leads to the root.

    Only the place of a part between the NULs says what it is: no path and no message can feign another.
    """
    parts = iter(log.decode("utf-8", "replace").split("\0"))
    within = prefix.decode("utf-8", "replace")
    commits: list[tuple[Commit, list[_Change]]] = []
    for part in parts:
        start = part.strip("\n")
        if start.startswith(":"):
            path = next(parts, "").removeprefix(within)
            if is_record(path):
                commits[-1][1].append(_change(path, start))
        elif start:
            commits.append((Commit(start, next(parts, ""), printable(next(parts, ""))), []))
    return commits


def _change(path: str, entry: str) -> _Change:
    """From git's *entry* for it: a colon for each parent, modes, hashes (zeros: no file), and a status."""
    words = entry.lstrip(":").split(" ")
    *before, after = (None if set(word) == {"0"} else word for word in words[len(words) // 2 : -1])
    return _Change(path, tuple(each for each in before if each), after)


def _present_ids(commits: Iterable[Sequence[_Change]], root: Path) -> dict[str, str]:
    """Former id -> present id, of each record that a commit renamed and that has the former id as an alias.

    An alias alone is not enough: that of a duplicate whose record was given up has a history of its own.
    """
    moves = [(_ids(changes, "removed"), _ids(changes, "added")) for changes in commits]
    moves = [(left - arrived, arrived - left) for left, arrived in moves if left - arrived and arrived - left]
    heirs = _ids_by_alias(root) if moves else {}
    return {
        former: heirs[former]
        for left, arrived in moves
        for former in left & heirs.keys()
        if heirs[former] in {heirs.get(each, each) for each in arrived}
    }


def _ids(changes: Iterable[_Change], what: str) -> set[str]:
    return {PurePosixPath(change.path).stem for change in changes if change.what == what}


def _ids_by_alias(root: Path) -> dict[str, str]:
    """Former id -> id, as the records of the last commit tell; an id that a record has is no former one."""
    files = committed_files(root, "papers")
    ids = {each: PurePosixPath(path).stem for path, each in files.items() if is_record(path)}
    heirs: dict[str, str] = {}
    for each, content in contents(root, list(ids)):
        aliases = (read_version(content) or {}).get("aliases") if b"aliases" in content else None
        for alias in aliases if isinstance(aliases, list) else ():
            heirs.setdefault(str(alias), ids[each])
    return {alias: heir for alias, heir in heirs.items() if alias not in ids.values()}


def _moved(changes: Iterable[_Change], present: Mapping[str, str]) -> Iterator[_Change]:
    """*changes*, where a record that left one path for another has changed, at its new path.

    Their files are named by the ids that the records have at *present*.
    """
    former = {change: PurePosixPath(change.path).stem for change in changes}
    ids = {change: present.get(stem, stem) for change, stem in former.items()}
    left = {ids[change]: change for change in former if change.what == "removed"}
    arrived = {ids[change] for change in former if change.what == "added"}
    for change, record in ids.items():
        here = change._replace(path=str(PurePosixPath(change.path).with_stem(record)))
        if change.what == "added" and record in left:
            gone = left[record]
            renamed = (former[gone], former[change]) if former[gone] != former[change] else ()
            yield here._replace(before=gone.before, renamed=renamed)
        elif left.get(record) is not change or record not in arrived:
            yield here


def _edits_of(changed: Iterable[_Change], root: Path, cache: Path | None) -> dict[_Change, Edits]:
    """What each change did, from *cache* where it is known there."""
    file = own_place(cache, "history.json") if cache else None
    known = load_edits(file) if file else {}
    unknown = sorted(change for change in changed if change.key not in known)
    compare = partial(_compared, root)
    compared = map_chunks(compare, unknown, worth_a_pool=_WORTH_PROCESSES, chunk=_TOGETHER)
    known |= {change.key: edits for change, edits in zip(unknown, compared, strict=True) if edits}
    if file and any(compared):
        keep_edits(file, {key: known[key] for key in sorted({change.key for change in changed} & set(known))})
    return {change: _with_id(change, known.get(change.key, UNREADABLE)) for change in changed}


def _with_id(change: _Change, edits: Edits) -> Edits:
    """*edits* of the content, and before them how the id changed, which is the file's name."""
    if not change.renamed:
        return edits
    before, after = change.renamed
    return Edits((Edit("id", (before,), (after,)), *edits.facts), edits.sources)


def _compared(root: Path, changes: Sequence[_Change]) -> list[Edits | None]:
    """What each of *changes* did, from the files' contents; ``None`` where git does not hand them out."""
    hashes = dict.fromkeys(each for change in changes for each in (*change.before, change.after) if each)
    versions = {each: read_version(content) for each, content in contents(root, list(hashes))}
    return [
        edits_between([versions[each] for each in change.before], versions[change.after])
        if change.after and versions.keys() >= {*change.before, change.after}
        else None
        for change in changes
    ]


def _steps(
    touched: Iterable[tuple[Commit, Sequence[_Change]]], compared: Mapping[_Change, Edits]
) -> Iterator[Step]:
    for commit, changes in touched:
        told = [
            change
            for change in changes
            if len(change.before) < 2 or change.what != "changed" or compared[change] != Edits()
        ]
        added, changed, removed = (
            tuple(sorted(change.path for change in told if change.what == what))
            for what in ("added", "changed", "removed")
        )
        if told:
            edits = {change.path: compared[change] for change in told if change.what == "changed"}
            yield Step(commit, added, changed, removed, edits)
