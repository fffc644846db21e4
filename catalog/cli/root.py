"""Where the catalogue is that a command was called for."""

from __future__ import annotations

from pathlib import Path

import typer

from catalog.root import CATALOGUE_ROOT, find_root

__all__ = ["CATALOGUE_ROOT", "find_root", "root_of"]


def root_of(context: typer.Context) -> Path:
    """The root that the command was called for."""
    found: Path = context.obj()
    return found
