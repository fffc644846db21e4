"""What caches of the site keep, what they forget, and what is done where none can be kept."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")
_NOT_TO_BE_WRITTEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def made_with(cache: Path, make: Callable[[Path], _T]) -> tuple[_T, bool]:
    """What *make* makes with the cache, and whether it can be kept there.

    In a checkout that may only be read, it is made with a cache of this moment, as for the first time.
    """
    try:
        return make(cache), True
    except OSError as error:
        if error.errno not in _NOT_TO_BE_WRITTEN or not _is_within(error.filename, cache):
            raise
    with tempfile.TemporaryDirectory(prefix="catalog-cache-") as folder:
        return make(Path(folder)), False


def _is_within(file: object, folder: Path) -> bool:
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def oldest_first(paths: Iterable[Path]) -> list[Path]:
    """*paths* by when they were written; what another build has taken away meanwhile comes first."""
    return sorted(paths, key=_written)


def _written(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except FileNotFoundError:
        return 0.0, path.name
