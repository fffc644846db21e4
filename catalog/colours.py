"""The colours of a catalogue's look, out of its style sheet: for pictures that no style sheet reaches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from catalog.findings import CatalogError

SHEET = "assets/colours.css"
"""Where the colours stand, below ``site_templates/``."""
SERIES = 6
"""How many colours there are for what charts tell apart."""

Colours = Mapping[str, str]
"""Name in the style sheet -> colour, such as ``accent`` -> ``#0b5c60``."""

_NEEDED = (
    *("ground", "ink", "accent", "chart-several", "chart-unknown"),
    *(f"chart-{number}" for number in range(1, SERIES + 1)),
)
_VARIABLE = re.compile(
    r"--([\w-]+):\s*light-dark\(\s*(#[0-9a-f]{6})\s*,\s*(#[0-9a-f]{6})\s*\)", re.IGNORECASE
)


def read_colours(templates: Path, theme: Literal["light", "dark"]) -> Colours:
    """The colours of one theme.

    Raises
    ------
    CatalogError : the style sheet is not there, or has no such colour as pictures need
    """
    sheet = templates / SHEET
    try:
        text = sheet.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{sheet}: cannot be read ({error}); restore it") from None
    found = {name: (light if theme == "light" else dark) for name, light, dark in _VARIABLE.findall(text)}
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise CatalogError(
            f"{sheet}: found no --{missing[0]} of six digits each, expected a line such as "
            f"--{missing[0]}: light-dark(#0b5c60, #7ccac6);"
        )
    return MappingProxyType(found)
