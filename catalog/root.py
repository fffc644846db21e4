"""Where a catalogue is: the folder that holds ``papers/catalogue.yaml``."""

from __future__ import annotations

from pathlib import Path

from catalog.findings import CatalogError

CATALOGUE_ROOT = "CATALOG_ROOT"
"""The variable of the environment that names it."""


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
