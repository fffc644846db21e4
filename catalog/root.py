"""Where a catalogue is, the folder that holds ``papers/catalogue.yaml``, and what below it is its own."""

from __future__ import annotations

from pathlib import Path, PurePath

from catalog.findings import CatalogError

CATALOGUE_ROOT = "CATALOG_ROOT"
"""The variable of the environment that names it."""
LINK = "a symbolic link, which may lead to anybody's files; delete it, or put there what it leads to"
"""What is said of one below a catalogue's root."""


def find_root(named: Path | None, naming: str = "catalog --root DIR …") -> Path:
    """The folder that holds ``papers/catalogue.yaml``: *named*, or the nearest one from here upwards.

    Parameters
    ----------
    naming : how whoever asks can name one

    Raises
    ------
    CatalogError : there is none
    """
    here = Path.cwd()
    for folder in [named] if named else [here, *here.parents]:
        if (folder / "papers" / "catalogue.yaml").is_file():
            return folder
    where = f"{named} holds no" if named else f"neither {here} nor any folder above it holds"
    raise CatalogError(f"{where} papers/catalogue.yaml; go to a catalogue's folder or name it: {naming}")


def own_place(root: Path, name: str) -> Path:
    """*root* / *name*, where the engine may write and delete: no link leads away on the way there.

    Links come with everybody's commits, so that what is written through one could end up anywhere.  A file
    that a user names, such as that of an export, is theirs and needs no such place.

    Raises
    ------
    CatalogError : it is a symbolic link, is in a folder that is one, or is not below *root* by its name
    """
    path = PurePath(name)
    if path.is_absolute() or ".." in path.parts:
        raise CatalogError(f"{name} is not below {root}, and so nothing is written or deleted there")
    for part in (*reversed(path.parents), path):
        if part.parts and (root / part).is_symlink():
            raise CatalogError(f"{root / part}: {LINK}")
    return root / path
