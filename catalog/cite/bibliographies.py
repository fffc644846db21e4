"""The author's own .bib file: its entries, as they stand and as facts, and which of them cite preprints.

It is read leniently, because it is not ours: what cannot be read stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bibtexparser import model
from bibtexparser.entrypoint import parse_string

from catalog.bibtex import Entry, resolve_venue
from catalog.cite.manuscripts import ARXIV
from catalog.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of the author's.

    Attributes
    ----------
    entry : what it says
    text : exactly as it stands in the file
    file, line : where
    """

    entry: Entry
    text: str
    file: str
    line: int


def own_entries(text: str, file: str) -> list[OwnEntry]:
    """The entries of a .bib file's *text* that can be read; *file* names it in reports."""
    library = parse_string(text, parse_stack=[])
    return [_own(block, file) for block in library.blocks if isinstance(block, model.Entry)]


def _own(block: model.Entry, file: str) -> OwnEntry:
    fields = {field.key.lower(): _bare(str(field.value)) for field in block.fields}
    entry = Entry(block.entry_type.lower(), block.key, fields)
    return OwnEntry(entry, block.raw or "", file, (block.start_line or 0) + 1)


def _bare(value: str) -> str:
    value = value.strip()
    return value[1:-1] if (value[:1], value[-1:]) in (("{", "}"), ('"', '"')) else value


def is_preprint(entry: Entry, vocabulary: Vocabulary) -> bool:
    """Whether the entry names no place but a preprint server."""
    text = entry.venue_text
    if text is None or re.search(r"\b(?:arxiv|corr|biorxiv|preprint|submitted|under review)\b", text, re.I):
        return True
    venue = vocabulary.venue(resolve_venue(text, vocabulary))
    return venue is not None and venue.type == "preprint"


def arxiv_ids(entry: Entry) -> Iterator[str]:
    """arXiv ids that the entry names, in its eprint, its DOI, its links or its notes."""
    if entry.eprint:
        yield entry.eprint
    for name in ("doi", "url", "note", "howpublished", "journal", "journaltitle"):
        for match in re.finditer(_ARXIV_IN_FIELD, entry.fields.get(name, "")):
            yield match[1]


_ARXIV_IN_FIELD = re.compile(
    rf"(?:arxiv\.org/(?:abs|pdf|html)/|arxiv[:.]\s?)({ARXIV})(?!\d)",
    re.IGNORECASE,
)


def dois(entry: Entry) -> Iterator[str]:
    """DOIs that the entry names, in lower case."""
    for name in ("doi", "url"):
        match = re.search(r"10\.\d{4,9}/[^\s{}]+", entry.fields.get(name, "").replace("\\_", "_"))
        if match:
            yield match[0].lower()
