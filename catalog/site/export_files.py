"""The whole catalogue in the formats that readers take away, and the page that says what each is good for.

How a format is written is :mod:`catalog.exports`'; files of the papers that a reader filtered or ticked
are the browse page's, and those for programs :mod:`catalog.site.api`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import basename

from catalog import exports
from catalog.catalogue import Catalogue, by_date
from catalog.exports import Export
from catalog.record import Paper
from catalog.site.addresses import BIBTEX_OF_ALL, EXPORTS, JSONL_OF_ALL, paper_bibtex, paper_page
from catalog.site.api import has_parquet, paper_file
from catalog.site.pages import File, Maker
from catalog.wording import capitalised

FILES = {
    "bibtex": BIBTEX_OF_ALL,
    "ris": f"{EXPORTS}papers.ris",
    "csl-json": f"{EXPORTS}papers.csl.json",
    "csv": f"{EXPORTS}papers.csv",
    "xlsx": f"{EXPORTS}papers.xlsx",
    "markdown": f"{EXPORTS}papers.md",
    "jsonl": JSONL_OF_ALL,
}
"""Format -> where the file with all papers is, in the order of the page.

Every other format is one command away, and the page says so.
"""


_LIST = "list-"
"""How the names of formats begin that are the ways in which published lists write; one command has all."""


@dataclass(frozen=True)
class FormatView:
    """One format in words.

    Attributes
    ----------
    label, purpose : the two sides of the colon in its description
    command : what writes it
    file : its name beside the page, ``""`` where the site has none
    size : in bytes
    """

    name: str
    label: str
    purpose: str
    command: str
    file: str = ""
    size: int = 0


def export_files(catalogue: Catalogue, maker: Maker) -> Iterator[File]:
    """A file for each of :data:`FILES`, and the page that leads to them."""
    downloads = []
    for name, address in FILES.items():
        export = exports.get(name)
        content = export.bytes(catalogue.papers, catalogue)
        downloads.append(_view(export, basename(address), len(content)))
        yield address, content
    there = {*FILES, "parquet"} if has_parquet() else {*FILES}
    newest = next(iter(by_date(catalogue.papers)), None)
    yield maker.page(
        EXPORTS,
        "exports",
        "exports.html.j2",
        total=len(catalogue),
        downloads=downloads,
        others=[_view(export) for name, export in exports.formats().items() if name not in there],
        example=newest and _example(newest),
        has_parquet=has_parquet(),
    )


def _view(export: Export, file: str = "", size: int = 0) -> FormatView:
    label, _, purpose = export.description.partition(": ")
    dialect = export.name.removeprefix(_LIST)
    chosen = f"list --dialect {dialect}" if dialect != export.name else export.name
    command = f"catalog export {chosen} -o papers{export.suffix}"
    return FormatView(export.name, label, capitalised(purpose), command, file, size)


def _example(paper: Paper) -> dict[str, str]:
    """The addresses of one paper, which say how those of every paper are made."""
    return {
        "name": paper.name or paper.title,
        "page": paper_page(paper.id),
        "bibtex": paper_bibtex(paper.id),
        "json": paper_file(paper.id),
    }
