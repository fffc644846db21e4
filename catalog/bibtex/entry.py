"""One BibTeX entry: strict parsing, decoded access, and what BibTeX itself would warn about.

bibtexparser splits the text but is lenient: it takes a missing comma or an
undefined string for part of a value.  So every value is read once more by
BibTeX's own rules, and every complaint names the line within the text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bibtexparser import model
from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library

from catalog.bibtex.commands import foreign_commands
from catalog.bibtex.latex import latex_to_text
from catalog.bibtex.names import OTHERS, split_names
from catalog.bibtex.values import BibtexError, read_value, short
from catalog.values import LIKE_ARXIV_ID, REGISTRANT

# Its warnings repeat, without file and line, what is reported here as an error.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())
logging.getLogger("bibtexparser").propagate = False

_KEY = re.compile(r"[^\s{}(),%#~\\\"'=@^]+")
_FIELD_NAME = re.compile(r"[A-Za-z][\w:.-]*")
_ON_ARXIV = re.compile(r"arxiv(?:\.org)?", re.IGNORECASE)
_DOI = re.compile(rf"{REGISTRANT}/[^\s{{}}]+")
_ARXIV_ID = re.compile(rf"(?<![\d.])(?:{LIKE_ARXIV_ID})")


END_OF_FILE, NEXT_ENTRY = "reached end of file", "Unexpected block start"
NO_COMMA, NO_EQUALS = "Expected comma after entry key", "Expected a `=` after entry key"
"""Words of bibtexparser, whose errors are told apart by nothing else; a test fails where it changes them."""


NAMING_VENUE = ("booktitle", "journal", "journaltitle", "howpublished", "school", "institution")
"""Fields that say where a paper appeared, of which the first holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Attributes
    ----------
    type : lower case, without ``@``
    key : the citation key
    fields : lower-case name -> value as LaTeX, without its outer braces or quotes
    """

    type: str
    key: str
    fields: Mapping[str, str]

    def text(self, name: str) -> str | None:
        """A field's value as Unicode text, ``None`` where it is absent or empty."""
        value = self.fields.get(name)
        return (latex_to_text(value) or None) if value else None

    def doi_in(self, name: str) -> str | None:
        """The DOI in a field, alone or behind a resolver's address."""
        match = _DOI.search(self.fields.get(name, "").replace("\\_", "_"))
        return match[0] if match else None

    @property
    def title(self) -> str | None:
        return self.text("title")

    @property
    def authors(self) -> list[str]:
        """ "Given Family" names in order, without "and others"."""
        return [name for name in split_names(self.fields.get("author", "")) if name != OTHERS]

    @property
    def authors_truncated(self) -> bool:
        """Whether the author field ends in "and others"."""
        return OTHERS in split_names(self.fields.get("author", ""))

    @property
    def year(self) -> int | None:
        """The year of the field ``year``, or of biblatex's ``date``."""
        match = re.search(r"(?<!\d)\d{4}(?!\d)", self.fields.get("year") or self.fields.get("date") or "")
        return int(match[0]) if match else None

    @property
    def eprint_server(self) -> str:
        """Where the entry's eprint lies, as the entry writes it, but for arXiv, where most of them do."""
        server = self.text("archiveprefix") or self.text("eprinttype") or "arXiv"
        return "arXiv" if _ON_ARXIV.fullmatch(server) else server

    @property
    def eprint(self) -> str | None:
        """The arXiv id, without version, of an arXiv eprint, or as its journal or CoRR's volume names it."""
        number = self.fields.get("eprint") or self.fields.get("arxivid", "")
        words = number if self.eprint_server == "arXiv" else ""
        volume = re.fullmatch(r"abs/(.+)", self.fields.get("volume", "").strip())
        words += f" {self.fields.get('journal', '')} {volume[1] if volume else ''}"
        match = _ARXIV_ID.search(words)
        return match[0] if match else None

    @property
    def venue_text(self) -> str | None:
        """Where the entry says that the paper appeared; an eprint without other venue gives ``arXiv``."""
        for name in NAMING_VENUE:
            text = self.text(name)
            if text and "://" not in text:
                return text
        return "arXiv" if self.eprint else None


@lru_cache(maxsize=20_000)
def key_in(text: str) -> str | None:
    """The citation key of the first entry in *text*, without parsing the rest.

    Kept, because for each new record the keys of all others are looked at.
    """
    match = re.search(r"@\s*\w+\s*[{(]\s*([^\s,{}()]+)\s*,", text)
    return match[1] if match else None


def parse_entry(text: str, strings: Mapping[str, str] | None = None) -> Entry:
    """The one entry in *text*.

    Parameters
    ----------
    strings : lower-case name -> value of the file's @strings, as :func:`catalog.bibtex.values.read_string`
        gives them; a record has none

    Raises
    ------
    BibtexError : it does not parse, there is more or less than one entry, a field is there twice, a
        comma is missing, braces are unbalanced, or a value is an undefined string
    """
    library = parse_string(text, parse_stack=[])
    for failed in library.failed_blocks:
        raise _explain_failure(failed, text)
    if not library.entries:
        raise BibtexError("holds no entry; expected one, such as @inproceedings{key, title = {…}, …}")
    if len(library.entries) > 1:
        second = library.entries[1]
        raise BibtexError(
            f"holds {len(library.entries):,} entries, expected one; delete all but the one that cites "
            "the published version",
            (second.start_line or 0) + 1,
        )
    for other in library.blocks:
        if not isinstance(other, model.Entry):
            raise _outside(other)
    block = library.entries[0]
    if not _KEY.fullmatch(block.key):
        line = (block.start_line or 0) + 1
        if not block.key:
            raise _without_key(block.entry_type, line)
        raise BibtexError(
            f"found the key '{block.key}', expected letters, digits and - _ : . +, such as chen2024image",
            line,
        )
    return Entry(block.entry_type.lower(), block.key, dict(_read_fields(block, strings or {})))


def written_out(entry: Entry) -> str:
    """The entry as text, each value in braces: as it was read, without @strings and pieces."""
    rows = [f"  {name} = {{{value}}}," for name, value in entry.fields.items()]
    return "\n".join([f"@{entry.type}{{{entry.key},", *rows, "}"]) + "\n"


def _read_fields(block: model.Entry, strings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    seen = set()
    for field in block.fields:
        line = (field.start_line or 0) + 1
        name = field.key.lower()
        if not _FIELD_NAME.fullmatch(field.key):
            raise BibtexError(
                f"found '{short(field.key)}' where a field's name was expected; look for a missing or extra "
                "comma, brace or quote before it",
                line,
            )
        if name in seen:
            raise BibtexError(f"the field '{name}' is there twice; keep one of them", line)
        seen.add(name)
        yield name, read_value(name, str(field.value), line, strings)


def _outside(block: model.Block) -> BibtexError:
    line = (block.start_line or 0) + 1
    if isinstance(block, model.ImplicitComment):
        return BibtexError(
            f"'{short(block.comment)}' stands outside of the entry; delete it, or look for a brace too many "
            "before it",
            line,
        )
    kind = {model.String: "@string", model.Preamble: "@preamble"}.get(type(block), "@comment")
    return BibtexError(f"{kind} is refused in a record; write values out in the entry itself", line)


def _explain_failure(block: model.ParsingFailedBlock, text: str) -> BibtexError:
    if isinstance(block, model.DuplicateFieldKeyBlock):
        twice = sorted(block.duplicate_keys)[0]
        lines = [
            n for n, row in enumerate(text.split("\n"), 1) if re.match(rf"\s*{re.escape(twice)}\s*=", row)
        ]
        return BibtexError(
            f"the field '{twice}' is there twice; keep one of them", lines[1] if len(lines) > 1 else 1
        )
    start = (block.start_line or 0) + 1
    reason = reason_of(block)
    if _ends_too_late(block):
        name, line = _unclosed_field(text, start) or (None, start)
        what = f"the braces or quotes of '{name}' are" if name else "the entry's last brace is"
        return BibtexError(f"{what} never closed; add the missing one", line)
    if NO_COMMA in reason:
        begins = _BEGINS.match(block.raw or "")
        kind = begins["type"] if begins else "inproceedings"
        if begins and begins["field"]:
            return _without_key(kind, start)
        return BibtexError(f"no comma after the entry's key; write @{kind}{{key, and then the fields", start)
    line = start + (block.raw or "").count("\n")
    if NO_EQUALS in reason:
        return BibtexError(
            "expected 'field = {value}' here; look for a missing =, or a comma or brace too many, on this "
            "line or the one before",
            line,
        )
    return BibtexError(f"does not parse: {reason}", line)


_BEGINS = re.compile(r"\s*@\s*(?P<type>\w+)\s*[{(]\s*(?P<field>\w+\s*=)?")


def _without_key(kind: str, line: int) -> BibtexError:
    """What is wrong with an entry that begins with its fields, as programs export it that know no key."""
    return BibtexError(
        f"found no key; write one behind the brace, with a comma, such as @{kind}{{chen2024image, or let the "
        "program that wrote the file make keys",
        line,
    )


def never_closed(text: str, library: Library | None = None) -> BibtexError | None:
    """What is wrong with the first entry of a .bib file's *text* that is never closed; ``None``: all are.

    >>> error = never_closed("@misc{a, title = {A}}\\n@misc{b, title = {B}\\n")
    >>> error.line, error.message
    (2, "the entry's last brace is never closed; add the missing one")

    Parameters
    ----------
    library : what bibtexparser read of the text, where that is known already
    """
    for failed in (library or parse_string(text, parse_stack=[])).failed_blocks:
        is_comment = re.match(r"\s*@comment\b", failed.raw or "", re.IGNORECASE)  # which needs no braces
        if not is_comment and _ends_too_late(failed):
            end = (failed.start_line or 0) + (failed.raw or "").count("\n") + 1
            return _explain_failure(failed, "\n".join(text.split("\n")[:end]))
    return None


def _ends_too_late(block: model.ParsingFailedBlock) -> bool:
    reason = reason_of(block)
    return END_OF_FILE in reason or NEXT_ENTRY in reason


def reason_of(block: model.ParsingFailedBlock) -> str:
    """Why bibtexparser gave a block up, in its words."""
    return str(getattr(block.error, "abort_reason", block.error)).strip()


def _unclosed_field(text: str, start: int) -> tuple[str, int] | None:
    """The last field, with its line, before a new field begins although braces or a quote are still open."""
    depth, last = 0, None
    for number, row in enumerate(text.split("\n"), 1):
        if number < start:
            continue
        begins = re.match(r"\s*([A-Za-z][\w-]*)\s*=\s*", row)
        if begins:
            if depth > 1 and last:
                return last
            last = (begins[1].lower(), number)
            value = row[begins.end() :]
            if (
                value.startswith('"')
                and value.count('"') == 1
                and not re.search(r'"\s*,?\s*\}?\s*$', value[1:])
            ):
                return last
        depth += row.count("{") - row.count("}")
    return last if depth > 1 else None


_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "article": ("author", "title", "journal", "year"),
    "book": ("author or editor", "title", "publisher", "year"),
    "booklet": ("title",),
    "conference": ("author", "title", "booktitle", "year"),
    "inbook": ("author or editor", "title", "chapter or pages", "publisher", "year"),
    "incollection": ("author", "title", "booktitle", "publisher", "year"),
    "inproceedings": ("author", "title", "booktitle", "year"),
    "manual": ("title",),
    "mastersthesis": ("author", "title", "school", "year"),
    "misc": (),
    "phdthesis": ("author", "title", "school", "year"),
    "proceedings": ("title", "year"),
    "techreport": ("author", "title", "institution", "year"),
    "unpublished": ("author", "title", "note"),
}


def missing_fields(entry_type: str, given: Collection[str]) -> list[str] | None:
    """The fields without which the standard styles warn, such as "author or editor"; ``None``: not theirs.

    >>> missing_fields("book", {"title", "editor", "year"}), missing_fields("thesis", ())
    (['publisher'], None)
    """
    if entry_type not in _REQUIRED:
        return None
    return [name for name in _REQUIRED[entry_type] if set(name.split(" or ")).isdisjoint(given)]


def compile_warnings(entry: Entry) -> list[str]:
    """What BibTeX's standard styles would warn about, in words."""
    given = {name for name, value in entry.fields.items() if value.strip()}
    missing = missing_fields(entry.type, given)
    if missing is None:
        return [f"@{entry.type} is not a type of the standard styles; use @misc"]
    warnings = [f"@{entry.type} needs the field '{name}'" for name in missing]
    if entry.type in ("inproceedings", "conference", "incollection", "book", "inbook", "proceedings"):
        if {"volume", "number"} <= given:
            warnings.append(f"@{entry.type} takes volume or number, not both; delete number")
        elif "number" in given and "series" not in given:
            warnings.append(f"@{entry.type} takes number only with series; delete number")
    elif entry.type == "article" and "number" in given and "volume" not in given:
        warnings.append("@article takes number only with volume; delete number")
    if entry.type == "misc" and not given & {"author", "key"}:
        warnings.append("without author, the field 'key' is needed for sorting")
    if "month" in given and not given & {"year", "date"}:
        warnings.append("month is given without year; add the year")
    return warnings


_PRINTED = (
    *("author", "editor", "title", "booktitle", "journal", "journaltitle", "series", "publisher", "address"),
    *("organization", "school", "institution", "howpublished", "note"),
)
_SPECIAL = re.compile("[&%#_$^]")
_NO_TEXT = re.compile(
    r"(?<!\\)\$(?:[^$\\]|\\.)*\$|\\\(.{,300}?\\\)|\\(?:url|href|path|ensuremath)\s*\{[^{}]*\}|\\?\^\^|\\.|https?://\S*",
    re.DOTALL,
)


def latex_slips(entry: Entry) -> Iterator[tuple[str, str]]:
    """(field, what is wrong) of what LaTeX would obey: commands anywhere, characters in what is printed."""
    for name in entry.fields:
        for command in foreign_commands(entry.fields[name]):
            yield name, _refused(command)
    for name in _PRINTED:
        value = entry.fields.get(name, "")
        if not _SPECIAL.search(value):
            continue
        for character in dict.fromkeys(_SPECIAL.findall(_NO_TEXT.sub("", value))):
            effect = "comments out what follows" if character == "%" else "stops LaTeX"
            advice = _ESCAPED.get(character, f"write \\{character}")
            if character == "&" and name in ("author", "editor"):
                advice += ", or 'and' between two names"
            yield name, f"an unescaped {character} {effect}; {advice}"


_ESCAPED = {"$": "write \\$, or close the formula", "^": "put what it raises into a formula, such as $k^2$"}


def refuse_commands(entry: Entry) -> None:
    """Refuse somebody's entry for a command in what a record would take of it, rather than lose text there.

    Raises
    ------
    BibtexError : what is printed holds a command that does not just print
    """
    for name in _PRINTED:
        for command in foreign_commands(entry.fields.get(name, "")):
            raise BibtexError(f"{name}: {_refused(command)}")


def _refused(command: str) -> str:
    return (
        f"{short(command)} is refused: an entry runs in the manuscript of whoever cites the paper, so only "
        "commands that print text may stand there; write that text, or delete the command"
    )
