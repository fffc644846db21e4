"""The ACL Anthology: the BibTeX entry that it publishes for each paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog import bibtex
from catalog.record import link_of
from catalog.sources.asking import PUBLISHED, Answer, Claims, Desk, Known, Source, doi_of, text_of, venue_of
from catalog.sources.errors import SourceError
from catalog.sources.politeness import Rate

_TYPES = ("application/x-bibtex", "text/x-bibtex", "text/plain", "application/octet-stream")


def ask(key: str, known: Known, desk: Desk) -> Answer:
    """What the Anthology publishes about the paper with the id *key*.

    Raises
    ------
    SourceError : no answer, or not one BibTeX entry
    """
    text = desk.text(f"/{key}.bib", _TYPES)
    try:
        entry = bibtex.parse_entry(text.strip())
    except (bibtex.BibtexError, ValueError) as error:
        raise SourceError(f"its BibTeX entry cannot be read: {error}") from None
    claims = Claims("ACL Anthology", link_of("anthology", key))
    claims.add("anthology", key)
    claims.add("title", text_of(entry.title))
    if not entry.authors_truncated:
        claims.add("authors", tuple(entry.authors))
    venue = venue_of(entry.venue_text or "", desk.vocabulary)
    claims.add("appearance", (venue, entry.year) if venue else None)
    claims.add_identifiers(doi_of(entry.text("doi") or ""))
    claims.add("abstract", text_of(entry.text("abstract")))
    claims.add("published", _month(entry), PUBLISHED)
    bare = {name: value for name, value in entry.fields.items() if name != "abstract"}
    claims.add("bibtex", bibtex.written_out(bibtex.Entry(entry.type, entry.key, bare)))
    return Answer(claims.draft())


def _month(entry: bibtex.Entry) -> str | None:
    """Year and month of the proceedings."""
    word = re.match(r"[a-z]{3}", entry.fields.get("month", "").lower())
    if entry.year is None:
        return None
    known = word and word[0] in bibtex.MONTHS
    return f"{entry.year}-{bibtex.MONTHS.index(word[0]) + 1:02d}" if word and known else str(entry.year)


def _keys(known: Known) -> Sequence[str]:
    return [known.identifiers["anthology"]] if "anthology" in known.identifiers else []


SOURCE = Source("ACL Anthology", "https://aclanthology.org", Rate(1.0, 2), _keys, ask)
