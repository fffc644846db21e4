"""Rendered files on disk: put in place whole, compared, and removed when nothing renders them any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from catalog.replacing import clear_leftovers, replaced
from catalog.root import own_place

FOLDER = "papers/lists"
"""Holds rendered files only."""

_RENDERED = (".md", ".svg")


def write(outputs: Mapping[str, str], root: Path) -> list[str]:
    """Bring the files below *root* to the state of *outputs* and name those that changed, sorted.

    Each file is replaced in one step, so that whoever reads it, and whatever stops this process,
    there is the old file or the new one.  Lists that are no longer rendered are deleted last.

    Raises
    ------
    CatalogError : a link leads away from one of them; all are as before
    """
    changed = stale(outputs, root)
    places = {name: own_place(root, name) for name in {*outputs, *changed}}
    for name in outputs:
        clear_leftovers(places[name])
    for name in changed:
        if name in outputs:
            places[name].parent.mkdir(parents=True, exist_ok=True)
            with replaced(places[name]) as stream:
                stream.write(outputs[name].encode())
    for name in changed:
        if name not in outputs:
            places[name].unlink(missing_ok=True)
    return changed


def stale(outputs: Mapping[str, str], root: Path) -> list[str]:
    """The files below *root* that are missing, differ from *outputs* or are no longer rendered, sorted."""
    differing = {name for name, text in outputs.items() if _bytes(root / name) != text.encode()}
    return sorted(differing | {name for name in _rendered_before(root) if name not in outputs})


def _rendered_before(root: Path) -> Iterator[str]:
    folder = root / FOLDER
    if folder.is_dir():
        for path in folder.iterdir():
            if path.suffix in _RENDERED:
                yield f"{FOLDER}/{path.name}"


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
