"""Markdown table: a row per paper with its links, venue and tags.

Whatever the records hold is shown as inert text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from catalog.bibtex import appeared
from catalog.catalogue import Catalogue
from catalog.exports.tables import headings, terms
from catalog.record import Paper
from catalog.templating import markdown_link, markdown_text

NAME = "markdown-table"
SUFFIX = ".md"
MEDIA_TYPE = "text/markdown; charset=utf-8"


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the table's head and its rows."""
    columns = (*map(markdown_text, headings(catalogue)), "Code")
    stream.write(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n")
    for paper in papers:
        title = markdown_text(f"{paper.name}: {paper.title}" if _named_apart(paper) else paper.title)
        called = f"[{title}]({_address(paper.paper_link)})" if paper.paper_link else title
        row = (appeared(paper, catalogue.vocabulary), *terms(paper, catalogue))
        words = [markdown_text(text) for text in row]
        code = " ".join(f"[code]({_address(link)})" for link in paper.links.code)
        stream.write(f"| {' | '.join([called, *words, code])} |\n")


def _named_apart(paper: Paper) -> bool:
    """Whether the method's name has to be said beside the title."""
    return bool(paper.name) and str(paper.name).casefold() not in paper.title.casefold()


def _address(link: str) -> str:
    return str(markdown_link(link)).replace("|", "%7C")
