"""RIS: what reference managers import, such as Zotero, EndNote and Mendeley.

A line is two letters, two spaces, a hyphen, a space and the value; the tags are those of the
published specification.  Terms become keywords, by their labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.exports.csl_json import item
from catalog.facts import terms_of
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

NAME = "ris"
SUFFIX = ".ris"
MEDIA_TYPE = "application/x-research-info-systems"

TYPES = {
    "paper-conference": "CONF",
    "article-journal": "JOUR",
    "thesis": "THES",
    "book": "BOOK",
    "chapter": "CHAP",
    "report": "RPRT",
}
"""CSL's types as RIS has them; preprints and what is left are GEN, a generic reference."""

_KEYWORDS = ("domain", "setting", "task", "criterion", "mechanism", "training", "keywords")


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write a reference per paper, a blank line after each."""
    keys = unique_keys(catalogue)
    for paper in papers:
        for tag, value in _lines(paper, catalogue.vocabulary, keys[paper.id]):
            stream.write(f"{tag}  - {' '.join(value.split())}\n")
        stream.write("ER  - \n\n")


def _lines(paper: Paper, vocabulary: Vocabulary, key: str) -> Iterator[tuple[str, str]]:
    made = item(paper, vocabulary, key)
    yield "TY", TYPES.get(made["type"], "GEN")
    yield "ID", key
    yield "TI", paper.title
    for author in made.get("author", ()):
        yield "AU", _name(author)
    for editor in made.get("editor", ()):
        yield "ED", _name(editor)
    yield from _date(made)
    for tag, field in (("T2", "container-title"), ("VL", "volume"), ("IS", "issue")):
        if field in made:
            yield tag, made[field]
    yield from _pages(made.get("page", ""))
    for tag, field in (("PB", "publisher"), ("CY", "publisher-place"), ("M1", "number"), ("DO", "DOI")):
        if field in made:
            yield tag, made[field]
    if paper.paper_link:
        yield "UR", paper.paper_link
    for link in paper.links.code:
        yield "N1", f"Code: {link}"
    for field in vocabulary.with_own(_KEYWORDS):
        for term in terms_of(paper, field) or ():
            if term != "both":  # Of what, a list of keywords does not say.
                yield "KW", vocabulary.label(field, term)
    if paper.summary:
        yield "N1", paper.summary


def _name(person: dict[str, str]) -> str:
    if "literal" in person:
        # A comma would divide the group's name into family and given.
        return person["literal"].replace(",", "")
    family = " ".join(filter(None, (person.get("non-dropping-particle"), person["family"])))
    return ", ".join(filter(None, (family, person.get("given"), person.get("suffix"))))


def _date(made: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "issued" in made:
        year, *rest = made["issued"]["date-parts"][0]
        yield "PY", f"{year:04d}"
        if rest:
            yield "DA", "/".join([f"{year:04d}", *(f"{part:02d}" for part in rest), *[""] * (3 - len(rest))])


def _pages(pages: str) -> Iterator[tuple[str, str]]:
    match = re.fullmatch(r"\s*([\w.:]+)\s*[-–—]+\s*([\w.:]+)\s*", pages)
    if match:
        yield "SP", match[1]
        yield "EP", match[2]
    elif pages:
        yield "SP", pages
