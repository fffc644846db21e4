"""What a dialect reads out of a published list: entries, as they stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from catalog.findings import CatalogError
from catalog.importers import mojibake, unread
from catalog.texts import plain_lines

LinkKind = Literal["paper", "title", "code", "project", "video"]
"""``title`` is the link of a linked title: it leads to the paper if what is listed there is one."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; its *colour* hints at the field that is meant, and is often wrong."""

    text: str
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class ListLink:
    """A link and what the list says it leads to."""

    kind: LinkKind
    url: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list, as it stands there: nothing is repaired but the decoding.

    Attributes
    ----------
    file : path below what was imported
    line : 1-based line on which the entry begins
    raw : the entry's text
    title : empty where none could be read
    authors : the authors' line
    venue : the venue's text, with its year
    headings : the headings that the entry stands under, the outermost first
    bibtex : the entry's own BibTeX, unparsed
    unknown_links : links, as ``label: address``, whose label does not say what they lead to
    refused : why the dialect cannot read this row, which looks like an entry
    """

    file: str
    line: int
    raw: str
    title: str
    name: str | None = None
    authors: str | None = None
    venue: str | None = None
    links: tuple[ListLink, ...] = ()
    tags: tuple[Tag, ...] = ()
    headings: tuple[str, ...] = ()
    bibtex: str | None = None
    unknown_links: tuple[str, ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one family of lists is written.

    Attributes
    ----------
    row : how an entry begins, for those whose entry cannot be read
    read : (a page's text, its path below what is imported) -> entries
    folder : whether a list is a folder of pages
    """

    name: str
    description: str
    row: str
    read: Callable[[str, str], list[Entry]]
    folder: bool = False

    def entries(self, path: Path) -> list[Entry]:
        """All entries of a file, or of every Markdown page of a folder.

        What looks like an entry and cannot be read is among them, refused.

        Raises
        ------
        CatalogError : there is nothing to read, or it is not UTF-8
        """
        found: list[Entry] = []
        for page in self._pages(path):
            name = page.relative_to(path).as_posix() if path.is_dir() else path.name
            text = _text(page)
            read = self.read(text, name)
            refused = self._unread(text, name, read)
            found += sorted([*read, *refused], key=lambda entry: entry.line)
        return found

    def _unread(self, text: str, file: str, read: Iterable[Entry]) -> Iterator[Entry]:
        """What looks like an entry and nothing was read of."""
        taken = {line for e in read for line in range(e.line, e.line + e.raw.count("\n") + 1)}
        other = f"is written otherwise than the entries of '{self.name}', which begin as in: {self.row}"
        bibtex = f"is BibTeX, which '{self.name}' does not read here; paste it into: catalog add --offline -"
        for item in unread.items_like_entries(text, frozenset(taken)):
            yield Entry(file, item.line, item.raw, item.words, refused=bibtex if item.is_bibtex else other)

    def _pages(self, path: Path) -> list[Path]:
        if not path.is_dir():
            return [path]
        if not self.folder:
            raise CatalogError(f"{path}: is a folder; the dialect '{self.name}' reads one file, name it")
        pages = sorted(path.rglob("*.md"))
        if not pages:
            raise CatalogError(f"{path}: holds no Markdown page (*.md)")
        return pages


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise CatalogError(f"{path}: not found; name the list's file or folder") from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CatalogError(f"{path}:{line}: not UTF-8; save the list as UTF-8") from None
    return mojibake.repair(plain_lines(text))
