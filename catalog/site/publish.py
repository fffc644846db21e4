"""Put a whole new site where the old one stands, in one step.

A build writes into a folder beside the site; when it is complete the two change
places.  Killed at any moment, a whole site stands at its place: the old or the
new one.  What a killed build leaves behind is cleared by the next.  What the
files hold is not known here.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog.findings import CatalogError

MARKER = ".catalogue-site"
"""A file in every site that this module published; no other folder is ever replaced."""
_MARKER_TEXT = b"This folder is written by 'catalog build'; the next build replaces all of it.\n"

_AT_FDCWD = {"linux": -100, "darwin": -2}
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux; RENAME_SWAP of macOS has the same value
_FULL = {errno.ENOSPC, errno.EDQUOT}
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM, errno.EXDEV}


@dataclass(frozen=True)
class SiteFolder:
    """The folder that is being written, and the site that it will replace."""

    new: Path
    old: Path

    def write(self, path: str, content: bytes) -> bool:
        """Write one file; ``True`` where the old site had the same and its file is kept.

        Raises
        ------
        CatalogError : something else has that address already
        """
        target, before = self.new / path, self.old / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if _holds(before, content):
            try:
                os.link(before, target, follow_symlinks=False)
            except FileExistsError:
                raise _taken(path) from None
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise  # otherwise: a file system without hard links
            else:
                return True
        try:
            with target.open("xb") as stream:
                stream.write(content)
        except FileExistsError:
            raise _taken(path) from None
        return False


def _taken(path: str) -> CatalogError:
    return CatalogError(
        f"two pages of the site want the address {path}; rename one of the records or aliases of that id"
    )


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.lstat().st_size == len(content) and not path.is_symlink() and path.read_bytes() == content
    except (FileNotFoundError, NotADirectoryError):
        return False


@contextmanager
def publishing(out: Path) -> Iterator[SiteFolder]:
    """A folder to write the new site into; it takes the place of *out* when the block ends without error.

    Raises
    ------
    CatalogError : *out* holds something that is not a site of ours, or nothing can be put beside it
    """
    given, out = out, Path(os.path.realpath(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(out)
        _refuse_others(out)
        new, lock = _new_folder(out)
    except OSError as error:
        if error.errno in _FULL:
            raise
        raise _no_place(given, out, error) from None
    try:
        (new / MARKER).write_bytes(_MARKER_TEXT)
        yield SiteFolder(new, out)
        _put_in_place(new, out)
    except OSError as error:
        if isinstance(error.filename, str) and Path(error.filename).is_relative_to(new):
            error.filename = str(given / Path(error.filename).relative_to(new))  # as whoever asked knows it
        raise
    finally:
        # After the exchange this is the old site.
        shutil.rmtree(new, ignore_errors=True)
        os.close(lock)


def _no_place(given: Path, out: Path, error: OSError) -> CatalogError:
    """Why no site can stand at *out*, by the name that was *given*: a build makes its folder beside it."""
    nearest = next(folder for folder in out.parents if os.path.lexists(folder))
    why = f"no folder can be made in {nearest} ({error.strerror})"
    if not nearest.is_dir():
        why = f"{nearest} is no folder"
    return CatalogError(f"{given}: the site cannot be put there: {why}; name another folder with --out")


def _refuse_others(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise CatalogError(f"{out}: expected a folder for the site, found a file; name another with --out")
    if not (out / MARKER).is_file() and any(out.iterdir()):
        raise CatalogError(
            f"{out}: holds files that are not a site built by this command, and would be replaced; "
            "move them away or name another folder with --out"
        )


# ------------------------------------------------------------------- folders of running and killed builds


def _new_folder(out: Path) -> tuple[Path, int]:
    """A folder beside *out* with a lock that ends with this process, and tells living builds from killed."""
    while True:
        new = out.with_name(f"{out.name}.building-{secrets.token_hex(4)}")
        new.mkdir()
        lock = os.open(new, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if new.exists():
            return new, lock
        os.close(lock)  # another build took it for a leftover before it was locked


def _clear_leftovers(out: Path) -> None:
    for set_aside in sorted(out.parent.glob(f"{out.name}.replaced-*")):
        if out.exists():
            shutil.rmtree(set_aside, ignore_errors=True)
        else:
            set_aside.rename(out)  # killed between the two renames of a file system without exchange
    for folder in sorted(out.parent.glob(f"{out.name}.building-*")):
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # a build that is still running
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


# ------------------------------------------------------------------------------------- changing places


def _put_in_place(new: Path, out: Path) -> None:
    if not out.exists():
        new.rename(out)
    elif not _exchange(new, out):
        _rename_twice(new, out)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; ``False`` where the system or file system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = _AT_FDCWD.get(sys.platform)
    call = getattr(libc, "renameat2" if sys.platform == "linux" else "renameatx_np", None)
    if here is None or call is None:
        return False
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if call(here, os.fsencode(one), here, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(one), None, str(other))


def _rename_twice(new: Path, out: Path) -> None:
    """For file systems without exchange; killed between the two, the next build puts the old site back."""
    set_aside = out.with_name(f"{out.name}.replaced-{secrets.token_hex(4)}")
    out.rename(set_aside)
    try:
        new.rename(out)
    except OSError:
        set_aside.rename(out)
        raise
    shutil.rmtree(set_aside, ignore_errors=True)
