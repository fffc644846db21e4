r"""LaTeX citation: one \cite command with the keys of all papers, those of the BibTeX export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.record import Paper

NAME = "cite"
SUFFIX = ".tex"
MEDIA_TYPE = "application/x-tex"


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the command; of no papers nothing."""
    keys = unique_keys(catalogue)
    between = "\\cite{"
    for paper in papers:
        stream.write(f"{between}{keys[paper.id]}")
        between = ","
    if between == ",":
        stream.write("}\n")
