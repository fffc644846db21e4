"""What a BibTeX entry knows beyond a record: volume, pages, publisher, and so on."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from catalog.bibtex.agreement import published_doi, resolve_venue
from catalog.bibtex.entry import MONTHS, BibtexError, Entry, parse_entry
from catalog.bibtex.latex import latex_to_text
from catalog.bibtex.names import OTHERS, split_names
from catalog.record import Paper
from catalog.vocabulary import Vocabulary, fold

_SAME_TITLE = 90

CARRIED = ("doi", "volume", "number", "pages", "series", "publisher", "editor", "address", "month")
"""Facts of a published entry that a record has no field for, and the DOI."""

PLACES = ("booktitle", "journal", "howpublished")
"""Fields of an entry that name a venue."""


def carry_over(entry: Entry, paper: Paper, vocabulary: Vocabulary) -> dict[str, str]:
    """The facts in somebody else's *entry* that the record has no field for, as Unicode text.

    Empty unless the entry describes the record's published version: a similar title, and the same
    venue, which is no preprint server, and year.  Where neither record nor vocabulary knows the entry's
    venue, its name is one of these facts.
    """
    venue = vocabulary.venue(paper.venue)
    if (paper.venue and not venue) or vocabulary.is_preprint(paper.venue) or entry.year != paper.year:
        return {}
    if fuzz.ratio(fold(entry.title or ""), fold(paper.title)) < _SAME_TITLE:
        return {}
    if not entry.venue_text or resolve_venue(entry.venue_text, vocabulary) != paper.venue:
        return {}
    facts = facts_beyond_record(entry)
    return {name: text for name, text in facts.items() if not venue or name not in PLACES}


def facts_beyond_record(entry: Entry) -> dict[str, str]:
    """Volume, pages and so on as Unicode text; editors as "Given Family and Given Family".

    It is what :func:`catalog.bibtex.render` takes as *extra*, and so has the venue as the entry names it,
    under one of :data:`PLACES`: of a record without venue, nothing else says where the paper appeared.
    """
    facts = {name: text for name in CARRIED if (text := entry.text(name))}
    if publisher_slip(entry):
        del facts["publisher"]
    if place := _place(entry):
        facts[place[0]] = place[1]
    facts.pop("doi", None)
    if doi := published_doi(entry):
        facts["doi"] = doi
    if "editor" in facts:
        editors = [name for name in split_names(entry.fields["editor"]) if name != OTHERS]
        facts["editor"] = " and ".join(editors)
    if "month" in facts and facts["month"][:3].lower() in MONTHS and facts["month"].isalpha():
        facts["month"] = facts["month"][:3].lower()
    if "pages" in facts:
        facts["pages"] = re.sub(r"\s*[-–—]+\s*", "–", latex_to_text(entry.fields["pages"]))
    return facts


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


_PLACE_OF = {"journaltitle": "journal", "school": "howpublished", "institution": "howpublished"}


def _place(entry: Entry) -> tuple[str, str] | None:
    """One of :data:`PLACES`, and the venue in the entry's own words; ``None`` where it names none."""
    words = entry.venue_text
    for name in (*PLACES, *_PLACE_OF):
        if words and entry.text(name) == words:
            return _PLACE_OF.get(name, name), words
    return None
