"""CSL-JSON: what citation processors read, such as Zotero, pandoc and citeproc.

An item's ``id`` is the paper's BibTeX key, so that ``[@key]`` means the same with either file.  It cites
the published version; volume, pages and so on come from the record's BibTeX entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TextIO

from catalog.bibtex import (
    NAMES,
    PLACES,
    TYPE,
    facts_in,
    names_in_text,
    names_written,
    place_in_entry,
    resolve_venue,
)
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

_TYPES_OF_ENTRIES: Mapping[str, str] = {
    "book": "book",
    "inbook": "chapter",
    "incollection": "chapter",
    "proceedings": "book",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "techreport": "report",
}
"""What a paper without venue is, by the type of its own BibTeX entry."""
_TYPES_OF_PLACES: Mapping[str, str] = {"journal": "article-journal", "booktitle": "paper-conference"}
_IN_A_CONTAINER = frozenset(["article-journal", "chapter", "paper-conference"])

_CARRIED = {
    "volume": "volume",
    "number": "issue",
    "pages": "page",
    "publisher": "publisher",
    "address": "publisher-place",
    "series": "collection-title",
    "edition": "edition",
    "isbn": "ISBN",
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
    kind = type_of(paper, vocabulary)
    facts = facts_of(paper)
    divided = names_written(facts.get(NAMES, ""))
    made: dict[str, Any] = {"id": key, "type": kind, "title": paper.title}
    if paper.authors:
        made["author"] = [name(author, divided) for author in paper.authors]
    if "editor" in facts:
        made["editor"] = [name(editor, divided) for editor in names_in_text(facts["editor"])]
    if date := _date(paper, kind):
        made["issued"] = {"date-parts": [date]}
    place = venue.definition.rstrip(".") if venue else paper.venue or place_in_entry(paper)
    if kind in _IN_A_CONTAINER and place:
        made["container-title"] = place
    made.update({_CARRIED[field]: facts[field] for field in _CARRIED if field in facts})
    if "page" in made:
        made["page"] = made["page"].replace("–", "-")  # as CSL-JSON has ranges
    if kind in ("article", "document", "thesis", "report"):
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


def name(author: str, divided: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """A name in CSL's parts.

    Parameters
    ----------
    divided : name -> how the record's own BibTeX entry divides it, where that is not as usual

    Examples
    --------
    >>> name("Laurens van der Maaten")
    {'family': 'Maaten', 'given': 'Laurens', 'non-dropping-particle': 'van der'}
    >>> name("Qwen Team")
    {'literal': 'Qwen Team'}
    """
    own = divided.get(author, "")
    if is_undivided(author) or own.startswith("{"):
        return {"literal": author}
    if own:
        family, given = own.split(", ")
        return {"family": family, "given": given}
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


def type_of(paper: Paper, vocabulary: Vocabulary) -> str:
    """CSL's type of the paper: that of its venue, else what its own BibTeX entry says that it is."""
    venue = vocabulary.venue(paper.venue)
    if venue:
        return TYPES.get(venue.type, "document")
    facts = {} if paper.venue else facts_of(paper)
    if own := _TYPES_OF_ENTRIES.get(facts.get(TYPE, "")):
        return own
    place = next((name for name in PLACES if name in facts), "")
    if place in _TYPES_OF_PLACES and not vocabulary.is_preprint(resolve_venue(facts[place], vocabulary)):
        return _TYPES_OF_PLACES[place]
    return "article" if paper.identifiers.arxiv and not paper.venue else "document"


def issued(paper: Paper, vocabulary: Vocabulary) -> list[int]:
    """Year, month and day of what is cited, as far as they are said; nothing where not even the year is."""
    return _date(paper, type_of(paper, vocabulary))


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
