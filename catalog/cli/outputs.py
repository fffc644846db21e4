"""Files that an option names for a command to write: what cannot be written is refused before any work."""

from __future__ import annotations

import os
from pathlib import Path

from catalog.findings import CatalogError


def writable(path: Path | None) -> Path | None:
    """*path*, for an option that names a file to write.

    Nothing is opened: a pipe would take that for the end, and a command that fails would leave an empty file.

    Raises
    ------
    CatalogError : it is a folder, is in none, or may not be written
    """
    if path is None:
        return None
    if path.is_dir():
        raise CatalogError(f"{path} is a folder, expected a file to write; name one in it")
    if not path.parent.is_dir():
        raise CatalogError(f"{path}: there is no folder {path.parent}; make it, or name another file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise CatalogError(f"{path} may not be written; change its permissions, or name another file")
    return path
