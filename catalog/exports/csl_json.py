"""CSL-JSON: what citation processors read, such as Zotero, pandoc and citeproc.

An item's ``id`` is the paper's BibTeX key, so that ``[@key]`` means the same with either file.  It cites
the published version; volume, pages and so on come from the record's BibTeX entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TextIO

from catalog.bibtex import facts_in
from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.names import family_parts, is_undivided
from catalog.record import Paper
from catalog.vocabulary import Venue, Vocabulary

NAME = "csl-json"
SUFFIX = ".json"
MEDIA_TYPE = "application/vnd.citationstyles.csl+json"

TYPES: Mapping[str, str] = {
    "conference": "paper-conference",
    "findings": "paper-conference",
    "workshop": "paper-conference",
    "journal": "article-journal",
    "thesis": "thesis",
    "preprint": "article",
}
"""The vocabulary's types of venues as CSL has them; a preprint is CSL's "article"."""

_CARRIED = {
    "volume": "volume",
    "number": "issue",
    "pages": "page",
    "publisher": "publisher",
    "address": "publisher-place",
    "series": "collection-title",
}


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write one array, an item on a line."""
    keys = unique_keys(catalogue)
    stream.write("[")
    for number, paper in enumerate(papers):
        stream.write(",\n" if number else "\n")
        stream.write(json.dumps(item(paper, catalogue.vocabulary, keys[paper.id]), ensure_ascii=False))
    stream.write("\n]\n")


def item(paper: Paper, vocabulary: Vocabulary, key: str) -> dict[str, Any]:
    """The paper as a CSL item."""
    venue = vocabulary.venue(paper.venue)
    kind = _type(paper, venue)
    facts = facts_of(paper)
    made: dict[str, Any] = {"id": key, "type": kind, "title": paper.title}
    if paper.authors:
        made["author"] = [name(author) for author in paper.authors]
    if "editor" in facts:
        made["editor"] = [name(editor) for editor in facts["editor"].split(" and ")]
    if date := _date(paper, kind):
        made["issued"] = {"date-parts": [date]}
    place = venue.definition.rstrip(".") if venue else paper.venue
    if kind in ("paper-conference", "article-journal") and place:
        made["container-title"] = place
    made.update({_CARRIED[field]: facts[field] for field in _CARRIED if field in facts})
    if "page" in made:
        made["page"] = made["page"].replace("–", "-")  # as CSL-JSON has ranges
    if kind in ("article", "document", "thesis"):
        _add_place_of_preprint(made, paper, venue, place)
    doi = paper.identifiers.doi or facts.get("doi")
    if doi:
        made["DOI"] = doi
    if paper.paper_link:
        made["URL"] = paper.paper_link
    return made


def facts_of(paper: Paper) -> dict[str, str]:
    """Volume, pages and so on of the record's BibTeX entry; nothing where it cannot be read."""
    return _facts_in(paper.bibtex) if paper.bibtex else {}


@lru_cache(maxsize=32_768)
def _facts_in(entry: str) -> dict[str, str]:
    """Several formats of one build ask for the same entry's facts."""
    return facts_in(entry)


def name(author: str) -> dict[str, str]:
    """A name in CSL's parts.

    >>> name("Laurens van der Maaten")
    {'family': 'Maaten', 'given': 'Laurens', 'non-dropping-particle': 'van der'}
    >>> name("Qwen Team")
    {'literal': 'Qwen Team'}
    """
    if is_undivided(author):
        return {"literal": author}
    given, family, suffix = family_parts(author)
    words = family.split()
    particles = next((n for n, word in enumerate(words[:-1]) if not word[:1].islower()), len(words) - 1)
    parts = {
        "family": " ".join(words[particles:]),
        "given": given,
        "non-dropping-particle": " ".join(words[:particles]),
        "suffix": suffix,
    }
    return {part: text for part, text in parts.items() if text}


def _type(paper: Paper, venue: Venue | None) -> str:
    if venue:
        return TYPES.get(venue.type, "document")
    return "article" if paper.identifiers.arxiv and not paper.venue else "document"


def issued(paper: Paper, vocabulary: Vocabulary) -> list[int]:
    """Year, month and day of what is cited, as far as they are said; nothing where not even the year is."""
    return _date(paper, _type(paper, vocabulary.venue(paper.venue)))


def _date(paper: Paper, kind: str) -> list[int]:
    """The venue's year; of a preprint, the first public date where that is in this year."""
    if paper.year is None or (kind == "article" and (paper.published or "").startswith(str(paper.year))):
        return [int(part) for part in (paper.published or "").split("-") if part]
    return [paper.year]


def _add_place_of_preprint(
    made: dict[str, Any], paper: Paper, venue: Venue | None, place: str | None
) -> None:
    arxiv = paper.identifiers.arxiv
    if made["type"] == "article" and arxiv and (venue is None or venue.key.lower() == "arxiv"):
        made["publisher"], made["number"] = "arXiv", f"arXiv:{arxiv}"
    elif place:
        made.setdefault("publisher", place)
