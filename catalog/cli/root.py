"""Where the catalogue is that a command was called for."""

from __future__ import annotations

from pathlib import Path

import typer

from catalog.root import CATALOGUE_ROOT, find_root

__all__ = ["CATALOGUE_ROOT", "find_root", "named_root", "root_of"]


def named_root(context: typer.Context) -> Path | None:
    """The root that ``--root`` or the environment names; ``None`` where neither does.

    Raises
    ------
    CatalogError : what is named is no catalogue
    """
    named = context.find_root().params.get("root")
    return find_root(named) if named else None


def root_of(context: typer.Context) -> Path:
    """The root that the command was called for."""
    found: Path = context.obj()
    return found
