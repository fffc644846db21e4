"""The author's own .bib file: its entries, as they stand and as facts, and which of them cite preprints.

It is read leniently, because it is not ours: what cannot be read stays as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from bibtexparser import model
from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library

from catalog.bibtex import BibtexError, Entry, never_closed, read_string, read_value, resolve_venue
from catalog.findings import CatalogError
from catalog.values import LIKE_ARXIV_ID
from catalog.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of the author's.

    Attributes
    ----------
    entry : what it says
    text : exactly as it stands in the file
    fields : (name, value) as they stand there, with braces, quotes or the names of strings
    comments : lines between the fields, which biber reads over
    file, line, offset : where; the offset is that of the text in the file's
    """

    entry: Entry
    text: str
    fields: tuple[tuple[str, str], ...]
    comments: tuple[str, ...]
    file: str
    line: int
    offset: int


def own_entries(text: str, file: str, *, closed: bool = False) -> list[OwnEntry]:
    """The entries of a .bib file's *text* that can be read; *file* names it in reports.

    Raises
    ------
    CatalogError : *closed* is asked for, and an entry never is: what is written behind it would be lost
    """
    library = _library(text)
    if closed and (error := never_closed(plain_lines(text), library)):
        raise CatalogError(f"{file}:{error.line}: {error.message}. Nothing was written")
    strings = _strings(library)
    return [
        _own(entry, raw, file, offset, strings)
        for offset, raw, block in _placed(text, library)
        if (entry := _entry_in(block)) is not None
    ]


def _entry_in(block: model.Block) -> model.Entry | None:
    """The entry that can be cited; ``None`` of another block.  A field may be there twice, as for BibTeX."""
    entry = block.ignore_error_block if isinstance(block, model.DuplicateFieldKeyBlock) else block
    return entry if isinstance(entry, model.Entry) and entry.key else None


def entries_under(
    keys: Collection[str], text: str, file: str, same: Callable[[str], str] = str
) -> list[OwnEntry]:
    """Those entries of a .bib file's *text* that have one of *keys*; it is only parsed if there are any.

    Parameters
    ----------
    same : gives of an entry's key what has to be among *keys*
    """
    if not any(same(match[1]) in keys for match in _ENTRY_BEGINS.finditer(text)):
        return []
    return [own for own in own_entries(text, file) if same(own.entry.key) in keys]


_ENTRY_BEGINS = re.compile(r"@\s*+\w++\s*+[{(]\s*+([^\s,{}()]++)")


def between_entries(text: str) -> list[tuple[int, str]]:
    """The comments, strings and preambles of a .bib file's *text*, each with its offset."""
    kinds = (model.String, model.Preamble, model.ExplicitComment, model.ImplicitComment)
    return [(offset, raw) for offset, raw, block in _placed(text, _library(text)) if isinstance(block, kinds)]


def _library(text: str) -> Library:
    return parse_string(plain_lines(text), parse_stack=[])


def plain_lines(text: str) -> str:
    """*text* with lines that end in a newline alone, as the parser expects it."""
    return text.replace("\r\n", "\n")


def _placed(text: str, library: Library) -> Iterator[tuple[int, str, model.Block]]:
    """The blocks of *text*: the offset of each, how it stands there, and what was made of it.

    Each is behind the one before, which may hold a copy of it, as in @comment{…}.
    """
    plain, end = plain_lines(text), 0
    dropped = [match.start() - number for number, match in enumerate(re.finditer("\r\n", text))]
    for block in library.blocks:
        offset = plain.find(block.raw or "", end)
        if offset >= 0:
            end = offset + len(block.raw or "")
            start, stop = (place + bisect_left(dropped, place) for place in (offset, end))
            yield start, text[start:stop], block


def _strings(library: Library) -> dict[str, str]:
    """Lower-case name -> value of the file's @strings; one may be made of those before it."""
    strings: dict[str, str] = {}
    for block in library.blocks:
        if isinstance(block, model.String) and (found := read_string(block.raw or "", strings)):
            strings[found[0]] = found[1]
    return strings


def _own(block: model.Entry, raw: str, file: str, offset: int, strings: Mapping[str, str]) -> OwnEntry:
    written: dict[str, tuple[str, str]] = {}
    comments: list[str] = []
    for field in block.fields:
        name, value, said = _without_comments(f"{field.key} = {field.value}")
        comments += said
        if name:
            written.setdefault(name.lower(), (name, value))  # of two the first holds
    fields = {lower: _said(name, value, strings) for lower, (name, value) in written.items()}
    entry = Entry(block.entry_type.lower(), block.key, fields)
    line = (block.start_line or 0) + 1
    return OwnEntry(entry, raw, tuple(written.values()), tuple(comments), file, line, offset)


def _without_comments(field: str) -> tuple[str, str, list[str]]:
    """Name, value and the comments of what the parser takes for one field, for it knows no comments.

    >>> _without_comments("% see {y}\\n  year = 2022 % or 2023")
    ('year', '2022', ['% see {y}', '% or 2023'])
    """
    comments, lines = [], field.strip().split("\n")
    while lines and lines[0].lstrip()[:1] in ("%", ""):
        comments.append(lines.pop(0).strip())
    name, _, value = "\n".join(lines).partition("=")
    end = _end_of_value(value)
    comments += [line.strip() for line in value[end:].split("\n")]
    return name.strip(), value[:end].strip(), [comment for comment in comments if comment]


def _end_of_value(value: str) -> int:
    """Where a comment begins: at the first % outside of braces and quotes."""
    depth, quoted = 0, False
    for position, character in enumerate(value):
        if character == "%" and depth == 0 and not quoted:
            return position
        depth += (character == "{") - (character == "}")
        quoted ^= character == '"' and depth == 0
    return len(value)


def _said(name: str, value: str, strings: Mapping[str, str]) -> str:
    """What a field says: a name of an @string is spelt out, and pieces are joined; else as it stands."""
    try:
        return read_value(name, value, 1, strings)
    except BibtexError:
        return _bare(value)


def _bare(value: str) -> str:
    value = value.strip()
    return value[1:-1] if (value[:1], value[-1:]) in (("{", "}"), ('"', '"')) else value


_OF_THE_PREPRINT = frozenset(
    """
    title author year date month day journal journaltitle booktitle howpublished eprint archiveprefix
    eprinttype eprintclass primaryclass arxivid eid type pubstate copyright volume number pages series
    publisher address location organization school institution editor doi issn isbn biburl bibsource timestamp
    adsurl adsnote
    """.split()
)
"""Fields that say which version is cited, or where a program found it: the better entry has its own."""
_ADDRESS_OF_PAPER = re.compile(
    r"\b(?:arxiv\.org|doi\.org|api\.semanticscholar\.org|ui\.adsabs\.harvard\.edu)/", re.IGNORECASE
)
"""Where the preprint is, or what programs write by themselves: no page of the author's choice."""
_PREPRINT_WORDS = re.compile(
    rf"(?:{LIKE_ARXIV_ID})v\d+|\b(?:arxiv|corr|biorxiv|e?-?preprint|submitted|under review|version|abs"
    r"|(?:cs|stat|eess)(?:\.[A-Z]{2})?)\b",
    re.IGNORECASE,
)


def with_own_fields(better: str, own: OwnEntry) -> str:
    """The entry *better* with the fields of *own* that only its author can have written, as they stand.

    The comments between them come before it, as only biber reads over those inside.
    """
    # An @ outside an entry would begin one.
    comments = "".join(f"{comment}\n" for comment in own.comments).replace("@", "(at)")
    given = {name.lower() for name in re.findall(r"(?m)(?:^|,)\s*([\w-]+)\s*=", better)}
    dropped = _OF_THE_PREPRINT | given
    if not (url := own.entry.fields.get("url")) or _ADDRESS_OF_PAPER.search(url):
        dropped |= {"url", "urldate"}
    else:
        better = re.sub(r"(?m)^\s*url\s*=\s*\{[^{}\n]*\},?\n", "", better)
        dropped -= {"url"}
    rows = [
        f"\n  {name} = {value},"
        for name, value in own.fields
        if name.lower() not in dropped and not _says_preprint(name, value)
    ]
    if not rows or not better.endswith("}"):
        return comments + better
    return f"{comments}{better[:-1].rstrip().rstrip(',')},{''.join(rows)}\n}}"


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
    return vocabulary.is_preprint(resolve_venue(text, vocabulary))


def arxiv_ids(entry: Entry) -> Iterator[str]:
    """arXiv ids that the entry names, in its eprint, its DOI, its links or its notes."""
    if entry.eprint:
        yield entry.eprint
    for name in ("doi", "url", "note", "howpublished", "journal", "journaltitle", "number", "eid"):
        for match in re.finditer(_ARXIV_IN_FIELD, entry.fields.get(name, "")):
            yield match[1]


_ARXIV_IN_FIELD = re.compile(
    rf"(?:arxiv\.org/(?:abs|pdf|html)/|arxiv[:.]\s?)({LIKE_ARXIV_ID})(?!\d)",
    re.IGNORECASE,
)


def dois(entry: Entry) -> Iterator[str]:
    """DOIs that the entry names, in lower case."""
    for name in ("doi", "url"):
        if doi := entry.doi_in(name):
            yield doi.lower()
