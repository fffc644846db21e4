"""Libraries that only some commands need: imported when they are used, missed in words.

They are large, so they are not installed with the others; pyproject.toml names them as extras.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from catalog.engine import how_to_install
from catalog.findings import CatalogError


def needed(module: str, purpose: str, extra: str) -> Any:
    """The module of that name.

    Raises
    ------
    CatalogError : it is not installed, or damaged; the message says what wanted it and what to install
    """
    library = module.partition(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == library:
            problem = f"is not installed; install it with: {how_to_install(extra)}"
        else:
            reason = str(error).strip().partition("\n")[0]
            command = f"{how_to_install(extra)} --force-reinstall"
            problem = f"cannot be imported ({reason}); install it anew with: {command}"
        raise CatalogError(f"{purpose} needs the library {library}, which {problem}") from None
