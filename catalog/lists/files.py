"""Rendered files on disk: put in place whole, compared, and removed when nothing renders them any more."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = "papers/lists"
"""Holds rendered files only."""

_RENDERED = (".md", ".svg")


def write(outputs: Mapping[str, str], root: Path) -> list[str]:
    """Bring the files below *root* to the state of *outputs* and name those that changed, sorted.

    Each file is replaced in one step, so that whoever reads it, and whatever stops this process,
    there is the old file or the new one.  Lists that are no longer rendered are deleted last.
    """
    for name in outputs:
        _partial(root / name).unlink(missing_ok=True)  # of a process that was killed
    changed = stale(outputs, root)
    for name in changed:
        if name in outputs:
            _replace(root / name, outputs[name].encode())
    for name in changed:
        if name not in outputs:
            (root / name).unlink(missing_ok=True)
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


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path)
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _partial(path: Path) -> Path:
    """Where a file is written before it takes its place; beside it, because a rename stays on one disk."""
    return path.with_name(f".{path.name}.partial")
