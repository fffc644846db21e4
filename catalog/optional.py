"""Libraries that only some commands need: imported when they are used, missed in words.

They are large, so they are not installed with the others; pyproject.toml names them as extras.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from catalog.findings import CatalogError


def needed(module: str, purpose: str, extra: str) -> Any:
    """The module of that name.

    Raises
    ------
    CatalogError : it is not installed; the message says what wanted it and what to install
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise CatalogError(
            f"{purpose} needs the library {error.name}, which is not installed; "
            f"install it with: pip install 'fewer-tokens[{extra}]'"
        ) from None
