"""After a newer engine was installed: what was taken over from it is brought up to date.

Beside the files stands a record of the engine's own state of each, by which three things are told apart: what
only the engine changed, what only the catalogue did, and what both did.  The last is for a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog import engine
from catalog.findings import CatalogError
from catalog.replacing import replaced
from catalog.root import own_place
from catalog.starting.shipped import shipped, take_over
from catalog.version_control import is_committed

RECORD = "engine-files.json"
"""The record, at the catalogue's root."""


@dataclass(frozen=True)
class Upgrade:
    """What was done, as paths from the catalogue's root on.

    Attributes
    ----------
    replaced : brought to the engine's state; new ones among them
    deleted : no longer the engine's, and unchanged here
    differing : changed here and in the engine -> the engine's file, or ``None`` where it has none any more
    reset : of those replaced or deleted the ones that were changed here, whose changes only git has now
    """

    replaced: tuple[str, ...]
    deleted: tuple[str, ...]
    differing: Mapping[str, Path | None]
    reset: tuple[str, ...] = ()


def note_state(root: Path) -> None:
    """Write the record of what the engine's files are now."""
    files = {name: _digest(path) for name, path in shipped().items()}
    text = json.dumps({"engine": engine.requirement(), "files": files}, indent=2) + "\n"
    with replaced(own_place(root, RECORD)) as stream:
        stream.write(text.encode())


def behind(root: Path) -> list[str]:
    """Files of the catalogue that the engine has changed since they were taken over, sorted.

    None where there is no record: the catalogue is the engine's own, or wants to know nothing of it.

    Raises
    ------
    CatalogError : the record cannot be read
    """
    noted = _noted(root)
    if noted is None:
        return []
    now = shipped()
    changed = {name for name in now.keys() | noted.keys() if _digest(now.get(name)) != noted.get(name)}
    return sorted(name for name in changed if _digest(root / name) != _digest(now.get(name)))


def upgrade(root: Path, *, everything: bool = False) -> Upgrade:
    """Bring the files to the engine's state that nobody changed here, and note that state.

    Parameters
    ----------
    everything : those that were changed here, too, where git has the changes

    Raises
    ------
    CatalogError : the catalogue is the engine's own, its record cannot be read, a link leads away from a
        file that is to be written or deleted, or such a file holds changes that no commit has; nothing is
        written then
    """
    if engine.is_part_of(root):
        raise CatalogError(
            f"{root} is the engine's own catalogue, or a clone of it: its files come from their own "
            "repository; bring them up to date with: git pull"
        )
    noted, now = _noted(root) or {}, shipped()
    wanted: dict[str, Path | None] = {}
    differing: dict[str, Path | None] = {}
    reset: list[str] = []
    for name in sorted(now.keys() | noted.keys()):
        here, old, new = _digest(root / name), noted.get(name), _digest(now.get(name))
        if here == new or (old == new and not everything) or not _is_wanted(root, name, here, old):
            continue
        if here != old and not everything:
            differing[name] = now.get(name)
            continue
        own_place(root, name)
        wanted[name] = now.get(name)
        if here not in (None, old):
            reset.append(name)
    _refuse_uncommitted(root, reset)
    for name, source in wanted.items():
        if source:
            take_over(source, own_place(root, name))
        else:
            own_place(root, name).unlink()
    note_state(root)
    replaced = tuple(name for name, source in wanted.items() if source)
    deleted = tuple(name for name, source in wanted.items() if not source)
    return Upgrade(replaced, deleted, differing, tuple(reset))


def _refuse_uncommitted(root: Path, names: Sequence[str]) -> None:
    """Refuse to write over files whose changes nobody could have back."""
    lost = [name for name in names if not is_committed(root, name)]
    if lost:
        files = "\n".join(f"  {name}" for name in lost)
        raise CatalogError(
            f"changed here, and not committed, so that git could not give it back after --all:\n{files}\n"
            "Nothing was written. Commit these files, then run again: catalog upgrade --all"
        )


def _is_wanted(root: Path, name: str, here: str | None, old: str | None) -> bool:
    """Whether the catalogue has the file, or has the folder for a new one: what was deleted here stays so."""
    top, *below = Path(name).parts
    return here is not None or (old is None and (not below or (root / top).is_dir()))


def _noted(root: Path) -> Mapping[str, str] | None:
    try:
        files: Mapping[str, str] = json.loads((root / RECORD).read_bytes())["files"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise CatalogError(
            f"{root / RECORD}: expected what 'catalog new' and 'catalog upgrade' write; "
            "delete it and run: catalog upgrade"
        ) from None
    return files


def _digest(path: Path | None) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:32] if path else None
    except (FileNotFoundError, NotADirectoryError):
        return None
