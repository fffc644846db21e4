"""Which records a person means who names files, folders and ids beside a command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from rapidfuzz import fuzz, process

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError

_NEAR = 75
"""From how alike on, of 100, an id is taken for a misspelt one."""


def places(catalogue: Catalogue, named: Sequence[Path]) -> list[PurePosixPath]:
    """*named* as findings name files: from the catalogue's root on.

    Parameters
    ----------
    named : files or folders, from here or from the catalogue's root on, or ids, former ones among them

    Raises
    ------
    CatalogError : there is no such file or record, or it is none of this catalogue's
    """
    ids = _ids(catalogue)
    return [_place(catalogue, path, ids) for path in named]


def is_within(file: str, wanted: Iterable[PurePosixPath]) -> bool:
    """Whether *file* is one of these files, or in one of these folders."""
    return any(PurePosixPath(file).is_relative_to(path) for path in wanted)


def files_of_records(catalogue: Catalogue) -> list[str]:
    """The file of every record, whether or not it could be read."""
    return sorted({*catalogue.files.values(), *(finding.file for finding in catalogue.unreadable)})


def _ids(catalogue: Catalogue) -> Mapping[str, str]:
    """Id or former id -> file."""
    former = {alias: catalogue.files[paper.id] for paper in catalogue for alias in paper.aliases}
    return former | {PurePosixPath(file).stem: file for file in files_of_records(catalogue)}


def _place(catalogue: Catalogue, path: Path, ids: Mapping[str, str]) -> PurePosixPath:
    if not path.exists() and (catalogue.root / path).exists():
        path = catalogue.root / path  # as findings name it, wherever the command is called
    if not path.exists():
        if file := ids.get(str(path)):
            return PurePosixPath(file)
        raise CatalogError(f"there is no file or record {path}{_advice(path, ids)}")
    root = catalogue.root.resolve()
    whole = path.resolve()
    if not whole.is_relative_to(root):
        raise CatalogError(f"{path} is not part of the catalogue in {root}")
    return PurePosixPath(whole.relative_to(root).as_posix())


def _advice(path: Path, ids: Mapping[str, str]) -> str:
    near = process.extractOne(path.stem, ids.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    if near is None:
        return "; give a record's file or id, or a folder of records"
    return f"; did you mean {near[0] if str(path) == path.stem else ids[near[0]]}?"
