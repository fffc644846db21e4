"""Where facts about papers come from: arXiv, Crossref, OpenReview, the ACL Anthology, CVF, DBLP,
Semantic Scholar and GitHub.

Each source is one file that asks by an identifier, a title or an address and
answers with a draft; :data:`SOURCES` names them in the order in which they are
asked.  All ask through one polite client (:mod:`catalog.sources.http`).  Who is
asked when, and what becomes of contradicting answers, is not known here.
"""

from catalog.sources import (
    anthology,
    arxiv,
    crossref,
    cvf,
    dblp,
    github,
    openreview,
    semantic_scholar,
)
from catalog.sources.asking import Answer, Known, Source
from catalog.sources.cache import DiskCache
from catalog.sources.errors import NotFoundError, SourceError
from catalog.sources.http import HttpClient
from catalog.sources.politeness import Rate
from catalog.sources.question import Limits

SOURCES: tuple[Source, ...] = (
    arxiv.SOURCE,
    crossref.SOURCE,
    openreview.SOURCE,
    anthology.SOURCE,
    cvf.SOURCE,
    dblp.SOURCE,
    semantic_scholar.SOURCE,
    github.SOURCE,
)
"""All sources."""

__all__ = [
    "SOURCES",
    "Answer",
    "DiskCache",
    "HttpClient",
    "Known",
    "Limits",
    "NotFoundError",
    "Rate",
    "Source",
    "SourceError",
]
