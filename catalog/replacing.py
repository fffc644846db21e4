"""Files that are replaced in one step, so that who is interrupted finds the old one whole, and full disks."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import BinaryIO

from catalog.findings import CatalogError

_PARTIAL = ".partial"
_NO_SPACE = tuple(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT))


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A stream of bytes that become the file's content when the block has ended; if it fails, none does.

    Permissions stay, and so does a symbolic link, whose target is replaced.  What is no file, such as a
    pipe, is written to as it is.

    Raises
    ------
    OSError : the file may not be written, its folder takes no other, or there is no space; it is named
    """
    written = path.open("wb") if path.exists() and not path.is_file() else _replacement(path)
    try:
        with written as stream:
            yield stream
    except OSError as error:
        if error.errno and not error.filename:  # as where the disk is full
            error.filename = str(path)
        raise


@contextmanager
def _replacement(path: Path) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(path))
    mode = _mode_of_writable(target) if target.exists() else None
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_PARTIAL}")
    try:
        stream = beside.open("xb")
    except OSError as error:
        error.filename = str(path)  # the other name would tell nobody anything
        raise
    try:
        with stream:
            if mode is not None:
                beside.chmod(mode)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())  # or else a crash of the machine could leave an empty file
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def clear_leftovers(path: Path) -> None:
    """Remove what processes that were killed while they replaced *path* have left beside it."""
    for leftover in path.parent.glob(f".{escape(path.name)}.*{_PARTIAL}"):
        leftover.unlink(missing_ok=True)


def says_full(text: str) -> bool:
    """Whether *text*, such as what a program said when it failed, tells of a full disk."""
    return any(words in text for words in _NO_SPACE)


@contextmanager
def with_room(folder: Path) -> Iterator[None]:
    """Name *folder* where the disk becomes full, and not the one file of many for which there was no space.

    Raises
    ------
    CatalogError : there is no space left
    """
    try:
        yield
    except OSError as error:
        if says_full(str(error)):
            raise CatalogError(f"no space left in {folder}; make room there, and try again") from None
        raise


def _mode_of_writable(path: Path) -> int:
    """Its permissions; ``OSError`` where they forbid to write it, which a replacement would pass over."""
    with path.open("rb+") as stream:
        return os.fstat(stream.fileno()).st_mode & 0o777
