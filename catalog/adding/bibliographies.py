"""BibTeX as somebody gives it: one pasted entry, or a file of many, each read by itself.

An entry that cannot be read costs that entry and not the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from catalog import bibtex
from catalog.adding.queries import Query
from catalog.adding.unknown_venues import NOT_IN_VOCABULARY, UnknownVenue, is_book, unknown_venue
from catalog.adding.volumes import XDATA, is_volume, volumes_of, with_volume, with_xdata, xdata_of
from catalog.cite.bibliographies import arxiv_ids
from catalog.draft import Authority, Claim, Draft
from catalog.findings import CatalogError
from catalog.importers import links
from catalog.importers.author_fields import bibtex_authors
from catalog.importers.text import Authors, clean_title, on_braces, without_formatting
from catalog.sources.asking import is_identifier, repositories_in, venue_of
from catalog.texts import plain_lines
from catalog.values import FIRST_YEAR, arxiv_month, check_link
from catalog.vocabulary import Vocabulary

SOURCE = "BibTeX"
"""The source of an entry's facts, for provenance."""

MAX_BYTES = 8 * 1024 * 1024

_START = re.compile(
    r"(?:^[ \t]*|(?<=\})[ \t]*(?=@\w+\{[^\s,{}()]+,))@[ \t]*([A-Za-z]+)[ \t]*[{(]", re.MULTILINE
)
"""Where an entry begins: on a line of its own, or behind another one, as where files were put together."""
_NO_ENTRY = frozenset({"string", "preamble", "comment"})


_AND_OTHERS = (
    "the author field ends in 'and others', and a record names all authors or none: so none is taken, and "
    "the record's BibTeX entry keeps those that are named until all are known. Where no source names them, "
    "write all names, here or under 'authors' in the record; 'catalog check --fix' then puts them into its "
    "entry"
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
        return plain_lines(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CatalogError(f"{_place(name, line)}: not UTF-8; save it as UTF-8") from None


def queries_in(text: str, file: str, vocabulary: Vocabulary) -> Iterator[Query | CatalogError]:
    """One query per entry in *text*, in order; for an entry that cannot be read, what is wrong with it.

    An entry that names its volume by ``crossref``, or ``xdata``, has what these say as well, and they give no
    query.

    Parameters
    ----------
    file : what messages call the text
    """
    starts = list(_START.finditer(text))
    read = list(_entries(text, starts, file))
    entries = [entry for _, entry in read if isinstance(entry, bibtex.Entry)]
    data = xdata_of(entries)
    volumes = volumes_of(with_xdata(entry, data) for entry in entries)
    for place, entry in read:
        if isinstance(entry, CatalogError):
            yield entry
        elif entry.type != XDATA and not is_volume(entry, volumes):
            whole = with_volume(with_xdata(entry, data), volumes)
            yield _query_or_complaint(whole, place, vocabulary)
    if not any(start[1].lower() not in _NO_ENTRY for start in starts):
        found = "nothing" if not text.strip() else "no BibTeX entry"
        where = _place(file, 1)
        yield CatalogError(f"{where}: found {found}, expected @inproceedings{{key, title = {{…}}, …}}")


def _entries(
    text: str, starts: Sequence[re.Match[str]], file: str
) -> Iterator[tuple[str, bibtex.Entry | CatalogError]]:
    """(place, entry or what is wrong with it) of all that begins at *starts* and is not for BibTeX itself."""
    strings = _strings(text, starts)
    line = looked_through = 0
    for position, start in enumerate(starts):
        line += text.count("\n", looked_through, start.start())
        looked_through = start.start()
        if start[1].lower() in _NO_ENTRY:
            continue
        end = starts[position + 1].start() if position + 1 < len(starts) else len(text)
        written = _without_trailing_comments(text[start.start() : end])
        where = _place(file, line + 1)
        try:
            yield where, bibtex.parse_entry(written, strings)
        except bibtex.BibtexError as error:
            yield where, CatalogError(f"{_place(file, line + error.line)}: {error.message}")


def _query_or_complaint(entry: bibtex.Entry, place: str, vocabulary: Vocabulary) -> Query | CatalogError:
    try:
        bibtex.refuse_commands(entry)
    except bibtex.BibtexError as error:
        return CatalogError(f"{place}: {error.message}")
    if not entry.title:
        return CatalogError(f"{place}: the entry '{entry.key}' has no title; add title = {{…}}")
    return _query(entry, place, vocabulary)


def _place(file: str, line: int) -> str:
    """A line of a file, or of what was pasted."""
    return f"{file}:{line}" if file.endswith(".bib") else f"{file}, line {line}"


def _without_trailing_comments(text: str) -> str:
    """An entry without the comment lines behind it, which belong to the next."""
    rows = text.rstrip().split("\n")
    while len(rows) > 1 and (not rows[-1].strip() or rows[-1].lstrip().startswith("%")):
        rows.pop()
    return "\n".join(rows)


def _strings(text: str, starts: Sequence[re.Match[str]]) -> dict[str, str]:
    """Lower-case name -> value of the file's @strings; one may be made of those before it."""
    strings: dict[str, str] = {}
    ends = [*(start.start() for start in starts[1:]), len(text)]
    for start, end in zip(starts, ends, strict=False):
        if start[1].lower() == "string" and (found := bibtex.read_string(text[start.start() : end], strings)):
            strings[found[0]] = found[1]
    return strings


def _query(written: bibtex.Entry, place: str, vocabulary: Vocabulary) -> Query:
    title = without_formatting(written.fields["title"])
    entry = replace(written, fields={**written.fields, "title": title})
    claims: dict[str, tuple[Claim, ...]] = {}
    notes: list[str] = []

    def claim(name: str, value: object) -> None:
        if value not in (None, "", ()):
            claims[name] = (*claims.get(name, ()), Claim(value, SOURCE, Authority.LIST, place))

    claim("title", clean_title(title))
    names = entry.fields.get("author", "")
    authors = bibtex_authors(names)
    notes += authors.remarks
    if authors.complete:
        claim("authors", authors.names)
        notes += map(on_braces, authors.undivided)
        notes += (_HELD.format(name) for name in bibtex.held_by_braces(names) if bibtex.may_be_group(name))
    elif authors.names:
        notes.append(_AND_OTHERS)
    identifiers = _identifiers(entry)
    for name, value in identifiers.items():
        claim(name, value)
    year = entry.year if entry.year and _is_year(entry.year) else None
    notes += [*_on_numbers(entry), *_on_year(entry, year, identifiers.get("arxiv"))]
    words = entry.venue_text or ("arXiv" if _is_of_preprint(entry, identifiers) else None)
    venue = venue_of(words, vocabulary) if words else None
    unknown = None
    if venue:
        claim("appearance", (venue, year))
    else:
        claim("year", year)
        unknown = _unknown_venue(entry)
    if unknown:
        claim("place", unknown.name)
    if unknown and is_book(entry.type, unknown.name):
        unknown = None
    if unknown:
        notes.append(NOT_IN_VOCABULARY.format(unknown.name))
    for link in repositories_in(
        " ".join(entry.fields.get(n, "") for n in ("url", "note", "code", "howpublished"))
    ):
        claim("code", link)
    page = entry.text("url")
    if odd := links.in_angle_brackets(entry.text("doi") or ""):
        page = f"https://doi.org/{quote(odd, safe='/:;()')}"
        notes.append(_IN_ANGLES.format(odd))
    if page and not set(claims) & {"arxiv", "openreview", "anthology", "code"} and _is_link(page):
        claim("paper", links.read_paper_link(page).url)
    claim("abstract", entry.text("abstract"))
    claim("bibtex", bibtex.written_out(_with_names(entry, authors)))
    return Query(f"{place} ({entry.key})", Draft(claims), tuple(notes), unknown)


_HELD = (
    "'{}' is read as one name, because braces hold it together. If these are several authors, delete those "
    "braces"
)
_IN_ANGLES = "the DOI '{}' has angle brackets, which no record takes; so its address is the link to the paper"


def _unknown_venue(entry: bibtex.Entry) -> UnknownVenue | None:
    """The venue that the entry names in vain; a school, a publisher or a preprint server is none."""
    facts = bibtex.facts_beyond_record(entry)
    field = next((name for name in bibtex.PLACES if name in facts), None)
    if field is None or re.search(r"\b(?:arxiv|corr)\b", facts[field], re.IGNORECASE):
        return None
    return unknown_venue(field, facts[field])


def _with_names(entry: bibtex.Entry, authors: Authors) -> bibtex.Entry:
    """The entry with "and others" as BibTeX has it, behind those authors that are named."""
    if authors.complete or not authors.names:
        return entry
    in_braces = {name: f"{{{name}}}" for name in authors.undivided}
    named = bibtex.join_names([*authors.names, "others"], in_braces)
    return replace(entry, fields={**entry.fields, "author": named})


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
    return FIRST_YEAR <= year <= datetime.now(UTC).year + 1


def _on_year(entry: bibtex.Entry, year: int | None, arxiv: str | None) -> Iterator[str]:
    written = entry.text("year") or entry.text("date")
    if written and year is None:
        latest = datetime.now(UTC).year + 1
        yield f"the year '{written}' is none between {FIRST_YEAR} and {latest}; so none is taken"
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
