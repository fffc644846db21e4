"""What caches of the site keep, and what they forget."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def oldest_first(paths: Iterable[Path]) -> list[Path]:
    """*paths* by when they were written; what another build has taken away meanwhile comes first."""
    return sorted(paths, key=_written)


def _written(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except FileNotFoundError:
        return 0.0, path.name
