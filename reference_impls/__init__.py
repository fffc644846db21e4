"""Token-compression methods in plain PyTorch, each on one screen and attachable to real models.

A method is a criterion (which tokens matter), a mechanism (what happens to the others), a place in a model
and the paper's own twist. `README.md` in this folder is the guide. Nothing here imports the catalogue.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference_impls.context import Context
    from reference_impls.fits import fitting
    from reference_impls.hosts import attach
    from reference_impls.reduction import AtMost, Reduction, budget
    from reference_impls.registry import Method, load_method, load_methods
    from reference_impls.saving import measure

__all__ = [
    "AtMost",
    "Context",
    "Method",
    "Reduction",
    "attach",
    "budget",
    "fitting",
    "load_method",
    "load_methods",
    "measure",
]

_HOMES = {
    "AtMost": "reduction",
    "Context": "context",
    "Method": "registry",
    "Reduction": "reduction",
    "attach": "hosts",
    "budget": "reduction",
    "fitting": "fits",
    "load_method": "registry",
    "load_methods": "registry",
    "measure": "saving",
}


def __getattr__(name: str) -> Any:
    # Imported on demand, so that without torch the command line can say what is missing.
    if name not in _HOMES:
        raise AttributeError(f"module 'reference_impls' has no attribute '{name}'")
    return getattr(importlib.import_module(f"reference_impls.{_HOMES[name]}"), name)
