"""BibTeX as somebody gives it: one pasted entry, or a file of many, each read by itself.

An entry that cannot be read costs that entry and not the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from catalog import bibtex
from catalog.adding.queries import Query
from catalog.cite.bibliographies import arxiv_ids
from catalog.draft import Authority, Claim, Draft
from catalog.findings import CatalogError
from catalog.importers import links
from catalog.importers.author_fields import bibtex_authors
from catalog.importers.text import clean_title, on_braces
from catalog.record import arxiv_month, check_link
from catalog.sources.asking import is_identifier, repositories_in, venue_of
from catalog.vocabulary import Vocabulary

SOURCE = "BibTeX"
"""The source of an entry's facts, for provenance."""

MAX_BYTES = 8 * 1024 * 1024

_START = re.compile(r"^[ \t]*@[ \t]*([A-Za-z]+)[ \t]*[{(]", re.MULTILINE)
_STRING = re.compile(r"@string\s*[{(]\s*([A-Za-z][\w:.-]*)\s*=\s*(\{[^{}]*\}|\"[^\"]*\")", re.IGNORECASE)
_NO_ENTRY = frozenset({"string", "preamble", "comment"})


_AND_OTHERS = (
    "the author field ends in 'and others', and a record names all authors or none: so none is taken, and "
    "the record's own entry is @misc until they are known. Where no source names them, write all names, here "
    "or under 'authors' in the record, whose BibTeX entry then gets them, too, and a new key"
)


def read_file(path: Path) -> str:
    """A .bib file as text.

    Raises
    ------
    CatalogError : it cannot be read, is too large or not UTF-8
    """
    try:
        with path.open("rb") as file:
            return read_stream(file, str(path))
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read ({error.strerror}); name a .bib file") from None


def read_stream(stream: BinaryIO, name: str) -> str:
    """All that is left in *stream* as text.

    Parameters
    ----------
    name : what messages call it

    Raises
    ------
    CatalogError : it is too large or not UTF-8
    """
    raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise CatalogError(f"{name}: larger than {MAX_BYTES // 1024 // 1024} MiB; split it")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CatalogError(f"{_place(name, line)}: not UTF-8; save it as UTF-8") from None


def queries_in(text: str, file: str, vocabulary: Vocabulary) -> Iterator[Query | CatalogError]:
    """One query per entry in *text*, in order; for an entry that cannot be read, what is wrong with it.

    Parameters
    ----------
    file : what messages call the text
    """
    strings = {name.lower(): value for name, value in _STRING.findall(text)}
    starts = list(_START.finditer(text))
    line = looked_through = 0
    for position, start in enumerate(starts):
        line += text.count("\n", looked_through, start.start())
        looked_through = start.start()
        if start[1].lower() in _NO_ENTRY:
            continue
        end = starts[position + 1].start() if position + 1 < len(starts) else len(text)
        written = _without_trailing_comments(text[start.start() : end])
        try:
            entry = bibtex.parse_entry(_spelt_out(written, strings))
            bibtex.refuse_commands(entry)
        except bibtex.BibtexError as error:
            yield CatalogError(f"{_place(file, line + error.line)}: {error.message}")
            continue
        if not entry.title:
            where = _place(file, line + 1)
            yield CatalogError(f"{where}: the entry '{entry.key}' has no title; add title = {{…}}")
            continue
        yield _query(entry, _place(file, line + 1), written, vocabulary)
    if not any(start[1].lower() not in _NO_ENTRY for start in starts):
        found = "nothing" if not text.strip() else "no BibTeX entry"
        where = _place(file, 1)
        yield CatalogError(f"{where}: found {found}, expected @inproceedings{{key, title = {{…}}, …}}")


def _place(file: str, line: int) -> str:
    """A line of a file, or of what was pasted."""
    return f"{file}:{line}" if file.endswith(".bib") else f"{file}, line {line}"


def _without_trailing_comments(text: str) -> str:
    """An entry without the comment lines behind it, which belong to the next."""
    rows = text.rstrip().split("\n")
    while len(rows) > 1 and (not rows[-1].strip() or rows[-1].lstrip().startswith("%")):
        rows.pop()
    return "\n".join(rows)


def _spelt_out(text: str, strings: dict[str, str]) -> str:
    """The entry with the file's own @strings in place of their names."""

    def value(match: re.Match[str]) -> str:
        return match[1] + strings.get(match[2].lower(), match[2]) + match[3]

    return re.sub(r"(=[ \t]*)([A-Za-z][\w:.-]*)([ \t]*(?:,|\}|$))", value, text, flags=re.MULTILINE)


def _query(entry: bibtex.Entry, place: str, written: str, vocabulary: Vocabulary) -> Query:
    claims: dict[str, tuple[Claim, ...]] = {}
    notes: list[str] = []

    def claim(name: str, value: object) -> None:
        if value not in (None, "", ()):
            claims[name] = (*claims.get(name, ()), Claim(value, SOURCE, Authority.LIST, place))

    claim("title", clean_title(entry.fields["title"]))
    authors = bibtex_authors(entry.fields.get("author", ""))
    notes += authors.remarks
    if authors.complete:
        claim("authors", authors.names)
        notes += map(on_braces, authors.undivided)
    elif authors.names:
        notes.append(_AND_OTHERS)
    identifiers = _identifiers(entry)
    for name, value in identifiers.items():
        claim(name, value)
    year = entry.year if entry.year and _is_year(entry.year) else None
    notes += [*_on_numbers(entry), *_on_year(entry, year, identifiers.get("arxiv"))]
    words = entry.venue_text or ("arXiv" if _is_of_preprint(entry, identifiers) else None)
    venue = venue_of(words, vocabulary) if words else None
    if venue:
        claim("appearance", (venue, year))
    elif words:
        claim("year", year)
        notes.append(
            f"the venue '{words}' is not known here. Add the venue to papers/vocabulary/venues.yaml, where "
            "it is not there under another name, and its key to the record as 'venue'"
        )
    else:
        claim("year", year)
    for link in repositories_in(
        " ".join(entry.fields.get(n, "") for n in ("url", "note", "code", "howpublished"))
    ):
        claim("code", link)
    page = entry.text("url")
    if page and not set(claims) & {"arxiv", "openreview", "anthology", "code"} and _is_link(page):
        claim("paper", links.read_paper_link(page).url)
    claim("abstract", entry.text("abstract"))
    claim("bibtex", written)
    return Query(f"{place} ({entry.key})", Draft(claims), tuple(notes))


def _identifiers(entry: bibtex.Entry) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("url", "doi"):
        text = entry.text(name) or ""
        if text and _is_link(links.with_scheme(text)):
            found |= links.read_paper_link(text).identifiers
    found |= links.read_doi(entry.text("doi") or "")
    number = next((number for number in arxiv_ids(entry) if not _wrong_number(number)), None)
    found |= {"arxiv": number} if number else {}
    return {name: value for name, value in found.items() if is_identifier(name, value)}


def _is_of_preprint(entry: bibtex.Entry, identifiers: Collection[str]) -> bool:
    """Whether an entry that names no venue says nothing of its paper but that it is on arXiv."""
    return set(identifiers) == {"arxiv"} and entry.type not in _IN_PROCEEDINGS


_IN_PROCEEDINGS = frozenset({"inproceedings", "conference", "incollection"})


def _on_numbers(entry: bibtex.Entry) -> Iterator[str]:
    """What is said of numbers in the entry that look like arXiv ids, and are none."""
    for number in dict.fromkeys(arxiv_ids(entry)):
        if problem := _wrong_number(number):
            yield f"'{number}' is no arXiv id, because {problem}; so it is left out"


def _wrong_number(number: str) -> str | None:
    month = arxiv_month(number)
    if month is None:
        return f"{number.rpartition('/')[2][2:4]} is no month"
    today = datetime.now(UTC).date()
    if month > f"{today + timedelta(days=1):%Y-%m}":
        return f"{month} is yet to come"
    return None if is_identifier("arxiv", number) else "it has too many digits, or too few, for its year"


def _is_year(year: int) -> bool:
    """Whether a paper may be of it: proceedings of the next year are known before it begins."""
    return 1900 <= year <= datetime.now(UTC).year + 1


def _on_year(entry: bibtex.Entry, year: int | None, arxiv: str | None) -> Iterator[str]:
    written = entry.text("year") or entry.text("date")
    if written and year is None:
        latest = datetime.now(UTC).year + 1
        yield f"the year '{written}' is none between 1900 and {latest}; so none is taken"
    month = arxiv_month(arxiv) if arxiv else None
    if year and month and int(month[:4]) > year + 1:
        yield (
            f"the entry is of {year}, but arXiv {arxiv} of {month}; look whether that is another paper's id"
        )


def _is_link(text: str) -> bool:
    try:
        check_link(text)
    except ValueError:
        return False
    return True
