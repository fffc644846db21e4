"""The reference implementations as one archive, for whoever wants to run them without the repository.

Only what they are made of: source, guide, requirements and licence.  The same files give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog.site.addresses import EXPORTS
from catalog.site.implementations import FOLDER, RESULTS
from catalog.texts import read_utf8

PACKAGE = PurePosixPath(FOLDER).parts[0]
ADDRESS = f"{EXPORTS}{PACKAGE}.zip"
REQUIREMENTS = f"{PACKAGE}/requirements.txt"
LICENCE = "LICENSE"
SUFFIXES = frozenset({".py", ".md", ".txt"})

_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""Instead of the files' times, which a checkout sets: the first moment that an archive can name."""
_READABLE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True)
class Package:
    """The archive, and what a page says of it.

    Attributes
    ----------
    address : below the site
    name : of the folder that it unpacks to
    requirements : the list of what must be installed, below where it was unpacked; ``""`` where there is none
    needed : the lines of that list
    """

    content: bytes
    address: str = ADDRESS
    name: str = PACKAGE
    requirements: str = ""
    needed: tuple[str, ...] = ()


def package(root: Path) -> Package | None:
    """The archive of the implementations below *root*; ``None`` where there are none."""
    paths = dict(_files(root))
    if not any(name.endswith(".py") for name in paths):
        return None
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in sorted(paths.items()):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    if REQUIREMENTS not in paths:
        return Package(stream.getvalue())
    lines = read_utf8(paths[REQUIREMENTS]).splitlines()
    needed = tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return Package(stream.getvalue(), requirements=REQUIREMENTS, needed=needed)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Name in the archive and file; links are left out, for they may lead anywhere."""
    for path in (root / PACKAGE).rglob("*"):
        name = path.relative_to(root)
        hidden = any(part.startswith((".", "__pycache__")) for part in name.parts)
        result = name.as_posix().startswith(f"{RESULTS}/")
        if path.suffix in SUFFIXES and path.is_file() and not (path.is_symlink() or hidden or result):
            yield name.as_posix(), path
    licence = root / LICENCE
    if licence.is_file() and not licence.is_symlink():
        yield f"{PACKAGE}/{LICENCE}", licence
