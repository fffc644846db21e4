"""The Markdown lists and the front page, rendered from the records through ``site_templates/``.

:func:`render_all` gives every rendered file as text, :func:`render_entries` the entries alone,
:func:`write` puts the files in place and :func:`stale` says which of those on disk differ;
:func:`example_paper` is the one that they, and other pages, show a record by, and :func:`arxiv_example`
the id that they show how to add a paper with, which :func:`source_example` names as a source.  What they
say and how they look is in the templates; which papers a list holds, in :mod:`catalog.lists.arrangement`.
"""

from catalog.lists.files import stale, write
from catalog.lists.rendering import arxiv_example, example_paper, render_all, render_entries, source_example

__all__ = [
    "arxiv_example",
    "example_paper",
    "render_all",
    "render_entries",
    "source_example",
    "stale",
    "write",
]
