"""What a BibTeX entry knows beyond a record: volume, pages, publisher, and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rapidfuzz import fuzz

from catalog.bibtex.agreement import published_doi
from catalog.bibtex.entry import NAMING_VENUE, Entry, parse_entry
from catalog.bibtex.latex import latex_to_text
from catalog.bibtex.names import OTHERS, names_as_text, own_divisions, split_names, stands_for_others
from catalog.bibtex.values import MONTHS, BibtexError
from catalog.bibtex.venues import resolve_venue
from catalog.record import Paper
from catalog.vocabulary import Vocabulary, fold

_SAME_TITLE = 90

CARRIED = ("doi", "volume", "number", "pages", "series", "publisher", "editor", "address", "month")
"""Facts of a published entry that a record has no field for, and the DOI."""

PLACES = ("booktitle", "journal", "howpublished", "school", "institution")
"""Fields of an entry that name a venue, or where a thesis or report was written."""

TYPE = "entrytype"
"""The fact that an entry is a book, a thesis or the like, which no venue of a record says."""
AUTHOR = "author"
"""The fact who is named before "and others": a record names all authors or none."""
NAMES = "names"
"""The fact how names are divided where a record does not tell: groups, and families of several words."""

_OF_TYPE = {
    "book": ("edition", "isbn"),
    "inbook": ("edition", "chapter", "isbn"),
    "incollection": ("edition", "chapter", "isbn"),
    "proceedings": ("organization", "isbn"),
    "phdthesis": ("type",),
    "mastersthesis": ("type",),
    "techreport": ("type",),
    "manual": ("organization", "edition"),
    "booklet": (),
    "unpublished": ("note",),
}
"""Types of entries that stay what they are while the record has no venue, and their own facts."""
_TYPE_IN_BIBLATEX = {"collection": "book", "mvbook": "book", "report": "techreport", "thesis": "phdthesis"}
_OF_PERSONS = (AUTHOR, NAMES)
"""Facts that hold for every version of a paper."""


def carry_over(entry: Entry, paper: Paper, vocabulary: Vocabulary) -> dict[str, str]:
    """The facts in somebody else's *entry* that the record has no field for, as Unicode text.

    Nothing but names unless the entry describes the record's published version: a similar title, and the
    same venue, which is no preprint server, and year.  Where neither record nor vocabulary knows the entry's
    venue, its name is one of these facts.
    """
    if fuzz.ratio(fold(entry.title or ""), fold(paper.title)) < _SAME_TITLE:
        return {}
    facts = facts_beyond_record(entry)
    if not _is_of_version(entry, paper, vocabulary):
        return facts_of_persons(facts)
    venue = vocabulary.venue(paper.venue)
    return {name: text for name, text in facts.items() if not venue or name not in (*PLACES, TYPE)}


def facts_of_persons(facts: Mapping[str, str]) -> dict[str, str]:
    """Those of *facts* that hold for every version of a paper."""
    return {name: facts[name] for name in _OF_PERSONS if name in facts}


def _is_of_version(entry: Entry, paper: Paper, vocabulary: Vocabulary) -> bool:
    """Whether the entry describes the version that the record cites, published and of the same year."""
    venue = vocabulary.venue(paper.venue)
    if (paper.venue and not venue) or vocabulary.is_preprint(paper.venue) or entry.year != paper.year:
        return False
    if _kept_type(entry) and not _place(entry):
        return not paper.venue
    if not entry.venue_text:
        return False
    return resolve_venue(entry.venue_text, vocabulary) == paper.venue


def facts_beyond_record(entry: Entry) -> dict[str, str]:
    """Volume, pages and so on as Unicode text; editors as "Given Family and Given Family".

    It is what :func:`catalog.bibtex.render` takes as *extra*, and so has the venue as the entry names it,
    under one of :data:`PLACES`: of a record without venue, nothing else says where the paper appeared.  Nor
    does anything else say that it is a book or a thesis, :data:`TYPE`.
    """
    kind = _kept_type(entry)
    carried = (*CARRIED, *_OF_TYPE.get(kind or "", ()))
    facts = {name: text for name in carried if (text := entry.text(name))}
    for name, text in _in_biblatex(entry):
        facts.setdefault(name, text)
    if kind:
        facts[TYPE] = kind
    if publisher_slip(entry):
        del facts["publisher"]
    if place := _place(entry):
        facts[place[0]] = place[1]
    facts.pop("doi", None)
    if doi := published_doi(entry):
        facts["doi"] = doi
    if "editor" in facts:
        editors = [name for name in split_names(entry.fields["editor"]) if name != OTHERS]
        facts["editor"] = names_as_text(editors)
    if "month" in facts:
        facts["month"] = _month(facts["month"])
    if pages := _pages(entry):
        facts["pages"] = pages
    if kind or place:
        facts.update(_eprint(entry))
    facts.update(_persons(entry))
    return facts


def _in_biblatex(entry: Entry) -> Iterator[tuple[str, str]]:
    """The place and month of an entry in biblatex's fields."""
    if place := entry.text("location"):
        yield "address", place
    if date := re.match(r"\s*\d{4}-(0[1-9]|1[0-2])(?!\d)", entry.fields.get("date", "")):
        yield "month", date[1]


def _pages(entry: Entry) -> str | None:
    """The pages, or else the number of an article that has none, which no standard style prints."""
    if pages := entry.fields.get("pages"):
        return re.sub(r"\s*[-–—]+\s*", "–", latex_to_text(pages))
    number = entry.text("eid")
    return None if entry.eprint and number and entry.eprint in number else number


def _month(text: str) -> str:
    """One month as BibTeX's own name for it, which each style writes out; any other text as it is.

    >>> [_month(text) for text in ("October", "Sept", "12", "05", "9–14 July")]
    ['oct', 'sep', 'dec', 'may', '9–14 July']
    """
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= len(MONTHS):  # as biblatex has it
        return MONTHS[int(text) - 1]
    short = text[:3].lower()
    return short if text.isalpha() and short in MONTHS else text


def _kept_type(entry: Entry) -> str | None:
    """The entry's type where it says what no venue does, that the paper is a book, a thesis or the like."""
    kind = _TYPE_IN_BIBLATEX.get(entry.type, entry.type)
    if kind == "phdthesis" and entry.fields.get("type", "").lower().startswith(("master", "mathesis")):
        kind = "mastersthesis"
    if kind == "inbook" and entry.text("booktitle"):  # of which BibTeX would not print the book
        kind = "incollection"
    return kind if kind in _OF_TYPE else None


def _eprint(entry: Entry) -> Iterator[tuple[str, str]]:
    """The preprint of a paper that appeared elsewhere, by its number and server."""
    if number := entry.text("eprint"):
        yield "eprint", number
        yield "archiveprefix", entry.eprint_server
        if section := entry.text("primaryclass") or entry.text("eprintclass"):
            yield "primaryclass", section


def _persons(entry: Entry) -> Iterator[tuple[str, str]]:
    """Who is named, where not all are, and how names are divided that a record would divide otherwise."""
    names = split_names(entry.fields.get("author", ""))
    named = [name for name in names if not stands_for_others(name)]
    if named and len(named) < len(names):
        yield AUTHOR, names_as_text(named)
    own = [name for field in ("author", "editor") for name in own_divisions(entry.fields.get(field, ""))]
    if own:
        yield NAMES, " and ".join(dict.fromkeys(own))


_WITH_ADDRESS = re.compile(r"\d|…|\.\.\.|journals-info|,\s*[A-Z]{2,3}$")
"""A house number or postal code, a cut, or a state or country at the end."""
_NO_PUBLISHERS = frozenset(["arxiv", "citeseer", "google scholar", "researchgate", "semantic scholar"])


def publisher_slip(entry: Entry) -> str | None:
    """What is wrong with the *entry*'s publisher, as search engines write it; ``None`` where it may stand."""
    text = entry.text("publisher") or ""
    if text.casefold() in _NO_PUBLISHERS:
        return f"'{text}' publishes no papers: delete the line"
    if _WITH_ADDRESS.search(text):
        return f"'{text}' has a postal address in it: write the publisher's name alone, or delete the line"
    return None


def facts_in(text: str | None) -> dict[str, str]:
    """:func:`facts_beyond_record` of an entry's *text*; none where there is no entry that can be read."""
    try:
        return facts_beyond_record(parse_entry(text or ""))
    except BibtexError:
        return {}


_WRITTEN_AT = {"phdthesis": "school", "mastersthesis": "school", "techreport": "institution"}


def _place(entry: Entry) -> tuple[str, str] | None:
    """One of :data:`PLACES`, and the venue in the entry's own words; ``None`` where it names none."""
    words = entry.venue_text
    for name in NAMING_VENUE:
        if words and entry.text(name) == words:
            if name in ("school", "institution"):  # biblatex has the same field for theses and reports
                name = _WRITTEN_AT.get(_kept_type(entry) or "", "howpublished")
            return ("journal" if name == "journaltitle" else name), words
    return None
