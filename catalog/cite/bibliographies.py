"""The author's own .bib file: its entries, as they stand and as facts, and which of them cite preprints.

It is read leniently, because it is not ours: what cannot be read stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bibtexparser import model
from bibtexparser.entrypoint import parse_string

from catalog.bibtex import Entry, never_closed, resolve_venue
from catalog.cite.manuscripts import ARXIV
from catalog.findings import CatalogError
from catalog.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of the author's.

    Attributes
    ----------
    entry : what it says
    text : exactly as it stands in the file
    fields : (name, value) as they stand there, with braces, quotes or the names of strings
    file, line : where
    """

    entry: Entry
    text: str
    fields: tuple[tuple[str, str], ...]
    file: str
    line: int


def own_entries(text: str, file: str, *, closed: bool = False) -> list[OwnEntry]:
    """The entries of a .bib file's *text* that can be read; *file* names it in reports.

    Raises
    ------
    CatalogError : *closed* is asked for, and an entry never is: what is written behind it would be lost
    """
    library = parse_string(text, parse_stack=[])
    if closed and (error := never_closed(text, library)):
        raise CatalogError(f"{file}:{error.line}: {error.message}. Nothing was written")
    return [_own(block, file) for block in library.blocks if isinstance(block, model.Entry)]


def _own(block: model.Entry, file: str) -> OwnEntry:
    fields = {field.key.lower(): _bare(str(field.value)) for field in block.fields}
    entry = Entry(block.entry_type.lower(), block.key, fields)
    written = tuple((field.key, str(field.value).strip()) for field in block.fields)
    return OwnEntry(entry, block.raw or "", written, file, (block.start_line or 0) + 1)


def _bare(value: str) -> str:
    value = value.strip()
    return value[1:-1] if (value[:1], value[-1:]) in (("{", "}"), ('"', '"')) else value


_OF_THE_PREPRINT = frozenset(
    """
    title author year date month day journal journaltitle booktitle howpublished eprint archiveprefix
    eprinttype eprintclass primaryclass volume number pages series publisher address location organization
    school institution editor doi url urldate issn isbn key biburl bibsource timestamp
    """.split()
)
"""Fields that say which version is cited, or where a program found it: the better entry has its own."""
_PREPRINT_WORDS = re.compile(
    r"\b(?:arxiv|corr|biorxiv|e?-?preprint|submitted|under review|abs|cs|stat|eess)\b", re.IGNORECASE
)


def with_own_fields(better: str, own: OwnEntry) -> str:
    """The entry *better* with the fields of *own* that only its author can have written, as they stand."""
    given = {name.lower() for name in re.findall(r"(?m)(?:^|,)\s*([\w-]+)\s*=", better)}
    rows = [
        f"\n  {name} = {value},"
        for name, value in own.fields
        if name.lower() not in _OF_THE_PREPRINT | given and not _says_preprint(name, value)
    ]
    if not rows or not better.endswith("}"):
        return better
    return f"{better[:-1].rstrip().rstrip(',')},{''.join(rows)}\n}}"


def _says_preprint(name: str, value: str) -> bool:
    """Whether a note says no more than that, and under which number, the paper is a preprint."""
    return name.lower() == "note" and re.search(r"[^\W\d_]", _PREPRINT_WORDS.sub("", value)) is None


def is_preprint(entry: Entry, vocabulary: Vocabulary) -> bool:
    """Whether the entry names no place but a preprint server."""
    if "crossref" in entry.fields or "xdata" in entry.fields:  # its place stands in another entry
        return False
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
