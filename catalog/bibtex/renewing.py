"""An entry made anew from its record, and whether it is one that was made from a record before."""

from __future__ import annotations

import re

from catalog.bibtex.agreement import disagreements, resolve_venue
from catalog.bibtex.carrying import facts_beyond_record
from catalog.bibtex.entry import Entry
from catalog.bibtex.render import render
from catalog.record import Paper
from catalog.vocabulary import Vocabulary


def renewed(entry: Entry, paper: Paper, vocabulary: Vocabulary) -> str:
    """The entry of *paper* as the record says it now, under its old key.

    Pages, publisher and so on stay, unless they are those of another venue than the record's.
    """
    moved = any(one.field == "venue" for one in disagreements(entry, paper, vocabulary))
    facts = {} if moved else facts_beyond_record(entry)
    return render(paper, vocabulary, facts, key=entry.key)


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
