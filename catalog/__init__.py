"""Fewer Tokens: one record's way from YAML to list, page, feed and export.

This package is the engine.  It knows what a paper record is, and nothing about
the topic that a catalogue collects: topic, vocabulary and wording live in
``papers/`` and ``site_templates/``.

For notebooks and scripts::

    from catalog import load

    papers = load().where("domain:multimodal training:free year:2024..")

What is behind ``load`` is :mod:`catalog.api`, and is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalog.api import Papers, load

__all__ = ["Papers", "load"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from catalog import api

        return getattr(api, name)
    raise AttributeError(f"module 'catalog' has no attribute '{name}'")
