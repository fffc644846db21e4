"""The scripts that the browse page needs for its first answer, asked for before any of them is read.

A browser would learn of a module only from the one that imports it, a way to the server for each in a row.
"""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

from catalog.findings import CatalogError

FOLDER = "assets/browse/"
"""Where the modules stand, below ``site_templates/``."""
_FIRST = ("main", "service")
"""The page's own module, and the one that answers it."""
_IMPORT = re.compile(r'^import [^;]*"\./(\w+)\.js";$', re.MULTILINE)


def needed_at_once(templates: Path) -> list[str]:
    """The modules that are imported from the first ones on; what a module loads later is none of them.

    Raises
    ------
    CatalogError : a module is not there
    """
    names: list[str] = []
    waiting = deque(_FIRST)
    while waiting:
        name = waiting.popleft()
        if name not in names:
            names.append(name)
            waiting.extend(_IMPORT.findall(_text(templates, name)))
    return names


def _text(templates: Path, name: str) -> str:
    path = templates / FOLDER / f"{name}.js"
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path}: cannot be read ({error}); restore it") from None
