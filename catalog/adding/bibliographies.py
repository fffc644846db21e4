"""BibTeX as somebody gives it: one pasted entry, or a file of many, each read by itself.

An entry that cannot be read costs that entry and not the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from catalog import bibtex
from catalog.adding.queries import Query
from catalog.cite.bibliographies import arxiv_ids
from catalog.draft import Authority, Claim, Draft
from catalog.findings import CatalogError
from catalog.importers import links
from catalog.importers.text import are_divided_by_semicolons, bibtex_authors, clean_title
from catalog.record import check_link
from catalog.sources.asking import is_identifier, repositories_in, venue_of
from catalog.vocabulary import Vocabulary

SOURCE = "BibTeX"
"""The source of an entry's facts, for provenance."""

MAX_BYTES = 8 * 1024 * 1024

_START = re.compile(r"^[ \t]*@[ \t]*([A-Za-z]+)[ \t]*[{(]", re.MULTILINE)
_STRING = re.compile(r"@string\s*[{(]\s*([A-Za-z][\w:.-]*)\s*=\s*(\{[^{}]*\}|\"[^\"]*\")", re.IGNORECASE)
_NO_ENTRY = frozenset({"string", "preamble", "comment"})


_AND_OTHERS = (
    "the author field ends in 'and others', so no authors are taken from it. Where no source names them, "
    "write all names, here or under 'authors' in the record: 'catalog check --fix' then puts them into its "
    "BibTeX entry, under a new key"
)
_SEMICOLONS = (
    "the author field has semicolons, where BibTeX has 'and' between names; read as {} names. "
    "Look whether that is right"
)


def read_file(path: Path) -> str:
    """A .bib file as text.

    Raises
    ------
    CatalogError : it cannot be read, is too large or not UTF-8
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read ({error.strerror}); name a .bib file") from None
    if len(raw) > MAX_BYTES:
        raise CatalogError(f"{path}: larger than {MAX_BYTES // 1024 // 1024} MiB; split it")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CatalogError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None


def queries_in(text: str, file: str, vocabulary: Vocabulary) -> Iterator[Query | CatalogError]:
    """One query per entry in *text*, in order; for an entry that cannot be read, what is wrong with it.

    Parameters
    ----------
    file : what messages call the text
    """
    strings = {name.lower(): value for name, value in _STRING.findall(text)}
    starts = list(_START.finditer(text))
    for position, start in enumerate(starts):
        if start[1].lower() in _NO_ENTRY:
            continue
        end = starts[position + 1].start() if position + 1 < len(starts) else len(text)
        line = text.count("\n", 0, start.start())
        written = _without_trailing_comments(text[start.start() : end])
        try:
            entry = bibtex.parse_entry(_spelt_out(written, strings))
        except bibtex.BibtexError as error:
            yield CatalogError(f"{file}:{line + error.line}: {error.message}")
            continue
        if not entry.title:
            yield CatalogError(f"{file}:{line + 1}: the entry '{entry.key}' has no title; add title = {{…}}")
            continue
        yield _query(entry, f"{file}:{line + 1}", written, vocabulary)
    if not any(start[1].lower() not in _NO_ENTRY for start in starts):
        found = "nothing" if not text.strip() else "no BibTeX entry"
        yield CatalogError(f"{file}:1: found {found}, expected @inproceedings{{key, title = {{…}}, …}}")


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
    notes = []

    def claim(name: str, value: object) -> None:
        if value not in (None, "", ()):
            claims[name] = (*claims.get(name, ()), Claim(value, SOURCE, Authority.LIST, place))

    claim("title", clean_title(entry.fields["title"]))
    written_authors = entry.fields.get("author", "")
    authors = bibtex_authors(written_authors)
    if authors.complete:
        claim("authors", authors.names)
        if are_divided_by_semicolons(written_authors):
            notes.append(_SEMICOLONS.format(len(authors.names)))
    elif authors.names:
        notes.append(_AND_OTHERS)
    for name, value in _identifiers(entry).items():
        claim(name, value)
    words = entry.venue_text
    venue = venue_of(words, vocabulary) if words else None
    if venue:
        claim("appearance", (venue, entry.year))
    elif words:
        claim("year", entry.year)
        notes.append(
            f"the venue '{words}' is not known here. Add the venue to papers/vocabulary/venues.yaml, then "
            "its key to the record as 'venue'; or give the key of a known one with --venue"
        )
    else:
        claim("year", entry.year)
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
    number = next(arxiv_ids(entry), None)
    found |= {"arxiv": number} if number else {}
    return {name: value for name, value in found.items() if is_identifier(name, value)}


def _is_link(text: str) -> bool:
    try:
        check_link(text)
    except ValueError:
        return False
    return True
