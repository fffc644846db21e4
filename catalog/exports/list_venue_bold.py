"""List with bold venues: one line a paper, under headings for domain and year.

The format of awesome-token-compression-reduction, as the importer ``venue-bold`` reads it::

    ## Vision
    #### 2025
    * [**CVPR'25**] Token Cropr: Faster ViTs [[Paper](https://arxiv.org/abs/2412.00965)] [[Code](…)]
    * [arXiv] A paper without any link

It carries :data:`CARRIES`; of several repositories the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from catalog.catalogue import Catalogue
from catalog.exports.list_entries import (
    bracketed_links,
    by_domain_and_year,
    is_said_by_its_id,
    literal,
    venue_words,
)
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

NAME = "list-venue-bold"
SUFFIX = ".md"
MEDIA_TYPE = "text/markdown; charset=utf-8"

CARRIES = frozenset("title venue year paper code project video domain".split())
"""Fields of a record that come back from such a list; ``paper`` is the one link that it gives."""


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the list's one page."""
    for heading, group in by_domain_and_year(papers, catalogue, "####"):
        stream.write(heading)
        stream.writelines(f"{_line(paper, catalogue.vocabulary)}\n" for paper in group)


def _line(paper: Paper, vocabulary: Vocabulary) -> str:
    return " ".join([f"* [{_where(paper, vocabulary)}]", literal(paper.title), *bracketed_links(paper)])


def _where(paper: Paper, vocabulary: Vocabulary) -> str:
    """Venue and year in bold; preprints stand there plainly, and three dots where neither is known."""
    words = venue_words(paper, vocabulary)
    if words is None and paper.year is None:
        return "..."
    if is_said_by_its_id(paper, vocabulary):
        return literal(words or "")
    return f"**{literal(words) if words else ''}{_short_year(paper.year)}**"


def _short_year(year: int | None) -> str:
    """Of this century in two digits.

    >>> _short_year(2025), _short_year(1999), _short_year(None)
    ("'25", ' 1999', '')
    """
    if year is None:
        return ""
    return f"'{year - 2000:02d}" if 2000 <= year < 2100 else f" {year}"
