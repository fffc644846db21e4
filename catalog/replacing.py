"""Files that are replaced in one step, so that whoever is interrupted finds the old one whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import BinaryIO

_PARTIAL = ".partial"


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A stream of bytes that become the file's content when the block has ended; if it fails, none does.

    Permissions stay, and so does a symbolic link, whose target is replaced.  What is no file, such as a
    pipe, is written to as it is.

    Raises
    ------
    OSError : the file may not be written, or its folder takes no other
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
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


def _mode_of_writable(path: Path) -> int:
    """Its permissions; ``OSError`` where they forbid to write it, which a replacement would pass over."""
    with path.open("rb+") as stream:
        return os.fstat(stream.fileno()).st_mode & 0o777
