"""Excel workbook: a sheet for people, with a frozen header, filters, links and the terms in words.

Every cell but the year is text, so nothing in it is ever computed.  Other programs are better served
by Parquet or JSON Lines.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

NAME = "xlsx"
SUFFIX = ".xlsx"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BINARY = True

LONGEST_CELL = 32_767
LONGEST_LINK = 2_079
MOST_LINKS = 65_530
"""What Excel takes; beyond it a link is written as text."""

_NO_DATE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""Instead of the time of writing, so that the same papers give the same bytes."""

Get = Callable[[Paper, Vocabulary], Any]


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in characters, and its cell for a paper.

    The catalogue's configuration has the heading of a *field* that holds terms.
    """

    heading: str
    width: int
    get: Get
    is_link: bool = False
    field: str | None = None


def _terms(field: str, width: int) -> Column:
    def get(paper: Paper, vocabulary: Vocabulary) -> str | None:
        value = getattr(paper, field)
        if value is None:
            return None
        keys = value if isinstance(value, tuple) else (_key(value),)
        return "; ".join(vocabulary.label(field, key) for key in keys)

    return Column("", width, get, field=field)


def _key(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


COLUMNS: tuple[Column, ...] = (
    Column("Title", 70, lambda paper, _: paper.title),
    Column("Name", 16, lambda paper, _: paper.name),
    Column("Authors", 40, lambda paper, _: "; ".join(paper.authors or ())),
    _terms("venue", 14),
    Column("Year", 8, lambda paper, _: paper.year),
    Column("Published", 12, lambda paper, _: paper.published),
    _terms("kind", 11),
    _terms("domain", 14),
    _terms("setting", 15),
    _terms("task", 28),
    _terms("criterion", 20),
    _terms("mechanism", 20),
    _terms("training", 15),
    _terms("parametric", 15),
    _terms("keywords", 20),
    Column("Paper", 34, lambda paper, _: paper.paper_link, is_link=True),
    Column("Code", 34, lambda paper, _: paper.links.code[0] if paper.links.code else None, is_link=True),
    Column("arXiv", 14, lambda paper, _: paper.identifiers.arxiv),
    Column("DOI", 28, lambda paper, _: paper.identifiers.doi),
    Column("Summary", 60, lambda paper, _: paper.summary),
    Column("Former titles", 40, lambda paper, _: "; ".join(paper.former_titles)),
    _terms("listed_in", 24),
    Column("Id", 20, lambda paper, _: paper.id),
)


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: BinaryIO) -> None:
    """Write the workbook, made a row at a time and written at once.

    Where writing fails, xlsxwriter raises an error of its own and fails again while it tidies up.
    """
    import xlsxwriter

    made = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"title": catalogue.config.title, "created": _NO_DATE})
        sheet = book.add_worksheet("Papers")
        columns = _begin(sheet, catalogue, book.add_format({"bold": True, "bottom": 1}))
        link = book.get_default_url_format()
        row = links = 0
        for row, paper in enumerate(papers, 1):
            for number, column in enumerate(columns):
                value = column.get(paper, catalogue.vocabulary)
                if column.is_link and value and len(value) <= LONGEST_LINK and links < MOST_LINKS:
                    sheet.write_url(row, number, value, link)
                    links += 1
                elif isinstance(value, int):
                    sheet.write_number(row, number, value)
                elif value:
                    sheet.write_string(row, number, _fitting(value))
        sheet.autofilter(0, 0, row, len(columns) - 1)
    stream.write(made.getbuffer())


def _begin(sheet: Any, catalogue: Catalogue, bold: Any) -> list[Column]:
    """Write the header; its columns are those of fields that the catalogue has."""
    columns = [each for each in COLUMNS if not each.field or catalogue.vocabulary.has_field(each.field)]
    sheet.freeze_panes(1, 1)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
    for number, column in enumerate(columns):
        heading = catalogue.config.labels.of(column.field) if column.field else column.heading
        sheet.write_string(0, number, heading, bold)
    return columns


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
