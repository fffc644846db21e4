"""APA: plain-text citations in the seventh edition's style, in alphabetical order, one on a line.

The style and its processor are :mod:`catalog.exports.citations`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from catalog.catalogue import Catalogue
from catalog.exports.citations import citations
from catalog.names import family_name
from catalog.record import Paper
from catalog.vocabulary import fold

NAME = "apa"
SUFFIX = ".txt"
MEDIA_TYPE = "text/plain; charset=utf-8"


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the citations."""
    for text in citations("apa", sorted(papers, key=_place), catalogue):
        stream.write(f"{text}\n")


def _place(paper: Paper) -> tuple[list[str], int, str, str]:
    """By authors, where there are none by title; then by year and title."""
    authors = [f"{fold(family_name(name))} {fold(name)}" for name in paper.authors or ()]
    return authors or [fold(paper.title)], paper.year or 0, fold(paper.title), paper.id
