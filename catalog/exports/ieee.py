"""IEEE: numbered plain-text citations in the style of IEEE's reference guide, one on a line.

The style and its processor are :mod:`catalog.exports.citations`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from catalog.catalogue import Catalogue
from catalog.exports.citations import citations
from catalog.record import Paper

NAME = "ieee"
SUFFIX = ".txt"
MEDIA_TYPE = "text/plain; charset=utf-8"


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the citations, numbered in the order of the papers."""
    for text in citations("ieee", papers, catalogue):
        stream.write(f"{text}\n")
