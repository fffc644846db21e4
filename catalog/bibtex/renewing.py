"""An entry made anew from its record, and whether it is one that was made from a record before."""

from __future__ import annotations

import re

from catalog.bibtex.agreement import published_doi
from catalog.bibtex.carrying import facts_beyond_record, facts_of_persons
from catalog.bibtex.entry import Entry
from catalog.bibtex.render import render
from catalog.bibtex.venues import resolve_venue
from catalog.record import Paper, link_of
from catalog.vocabulary import Vocabulary


def renewed(entry: Entry, paper: Paper, vocabulary: Vocabulary) -> str:
    """The entry of *paper* as the record says it now, under its old key."""
    return render(paper, vocabulary, facts_that_stay(entry, paper, vocabulary), key=entry.key)


def facts_that_stay(
    entry: Entry, paper: Paper, vocabulary: Vocabulary, former: str | None = None
) -> dict[str, str]:
    """Pages, publisher and so on of the *entry* of *paper*, unless they are those of another venue.

    Who is named, and how names are divided, holds for every version.  An entry that names no venue only
    knows less than its record, and keeps what it has.

    Parameters
    ----------
    former : the venue that the record had before; where it has none now, the entry's may be that one
    """
    facts = facts_beyond_record(entry)
    venue = paper.venue
    if venue is None:
        moved = former is not None and names_venue(entry, former, vocabulary)
    else:  # of a venue that the vocabulary does not know, nothing can be said
        known = venue in vocabulary["venue"] and entry.venue_text is not None
        moved = known and not names_venue(entry, venue, vocabulary)
    return facts_of_persons(facts) if moved else facts


def names_venue(entry: Entry, venue: str, vocabulary: Vocabulary) -> bool:
    """Whether the *entry* names *venue* as where the paper appeared; its year may be another."""
    text = entry.venue_text
    return text is not None and resolve_venue(text, vocabulary) == venue


def fields_of_former(entry: Entry, before: Paper, now: Paper) -> set[str]:
    """The fields in which the *entry* still has an id or address of the paper that its record has no more.

    Nothing in the record contradicts them: it has nothing of that kind to compare them with.
    """
    gone = {
        name: value for name, value in before.identifiers if value and getattr(now.identifiers, name) is None
    }
    addresses = {link_of(name, value) for name, value in gone.items()}
    if before.links.paper and before.links.paper != now.links.paper:
        addresses.add(before.links.paper)
    doi = published_doi(entry)
    is_former = {
        "doi": doi is not None and doi.lower() == gone.get("doi", "").lower(),
        "eprint": entry.eprint is not None and entry.eprint == gone.get("arxiv"),
        "url": "url" in entry.fields and entry.fields["url"] in addresses,
    }
    return {field for field, former in is_former.items() if former}


def is_as_made(entry: Entry, text: str, paper: Paper, vocabulary: Vocabulary) -> bool:
    """Whether *entry*, which *text* says, is just what would be made of a record with its own facts.

    Nobody has then written in it, and where it contradicts the record, it is what the record said before.
    """
    venue = resolve_venue(entry.venue_text, vocabulary) if entry.venue_text else None
    facts = facts_beyond_record(entry)
    known = paper.model_copy(
        update={
            "title": entry.title or "",
            "authors": tuple(entry.authors) or None,
            "year": entry.year,
            "venue": venue,
            "identifiers": paper.identifiers.model_copy(
                update={"arxiv": entry.eprint or paper.identifiers.arxiv, "doi": facts.get("doi")}
            ),
        }
    )
    return _compared(text) == _compared(render(known, vocabulary, facts, key=entry.key))


def _compared(text: str) -> str:
    """An entry without what is in it of the method's name, which braces keep, or of where it is read."""
    return re.sub(r"[{}]", "", re.sub(r"(?m)^(  url = ).*$", r"\1", text)).strip()
