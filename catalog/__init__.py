"""Fewer Tokens: one record's way from YAML to list, page, feed and export.

This package is the engine.  It knows what a paper record is, and nothing about
the topic that a catalogue collects: topic, vocabulary and wording live in
``papers/`` and ``site_templates/``.

For notebooks and scripts::

    from catalog import load

    papers = load().where("domain:multimodal training:free year:2024..")

What is behind these names is imported when it is first asked for; more about them is in :mod:`catalog.api`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalog.api import Papers, load
    from catalog.findings import CatalogError
    from catalog.record import Paper

__all__ = ["CatalogError", "Paper", "Papers", "__version__", "load"]

__version__: str

_MODULES = {"CatalogError": "findings", "Paper": "record", "Papers": "api", "load": "api"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from catalog.engine import NAME

        return version(NAME)
    if name in _MODULES:
        return getattr(import_module(f"catalog.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'catalog' has no attribute '{name}'")
