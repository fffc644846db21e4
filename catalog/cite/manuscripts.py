"""What a manuscript in LaTeX (.tex or .aux), Markdown, Quarto, R Markdown or Typst cites, and on which line.

There is one reader for each kind of file.  Bibliographies are :mod:`catalog.cite.bibliographies`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalog.cite.markdown import MARKDOWN
from catalog.cite.reading import Kind, Mention
from catalog.cite.tex import AUX, TEX
from catalog.cite.typst import TYPST
from catalog.findings import CatalogError

KINDS: Mapping[str, Kind] = {
    ".tex": TEX,
    ".ltx": TEX,
    ".aux": AUX,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".qmd": MARKDOWN,
    ".rmd": MARKDOWN,
    ".typ": TYPST,
}
"""The kind of each manuscript, by the file's ending in small letters."""


def kind_of(path: Path) -> Kind:
    """How the manuscript at *path* is read.

    Raises
    ------
    CatalogError : it is of a kind that holds no citations
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise CatalogError(f"{path}: expected one of {', '.join(KINDS)} or .bib, found '{path.suffix}'")
    return kind


def mentions(path: Path) -> list[Mention]:
    """Everything that the manuscript cites, each key and arXiv id once, in order.

    Raises
    ------
    CatalogError : the file is missing, no text, or of a kind that holds no citations
    """
    found: dict[tuple[str | None, str | None], Mention] = {}
    for mention in kind_of(path).mentions(path):
        found.setdefault((mention.key, mention.arxiv), mention)
    return list(found.values())


def bibliography_files(path: Path) -> list[Path]:
    """The .bib files that a manuscript, or a file that it reads in, names, where they exist; each once.

    Raises
    ------
    CatalogError : the manuscript is missing, or of a kind that holds no citations
    """
    return list(dict.fromkeys(kind_of(path).bibliographies(path)))
