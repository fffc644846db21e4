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
    CatalogError : it is not installed, or damaged; the message says what wanted it and what to install
    """
    library = module.partition(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == library:
            problem = "is not installed; install it with: pip install"
        else:
            reason = str(error).strip().partition("\n")[0]
            problem = f"cannot be imported ({reason}); install it anew with: pip install --force-reinstall"
        raise CatalogError(
            f"{purpose} needs the library {library}, which {problem} 'fewer-tokens[{extra}]'"
        ) from None
