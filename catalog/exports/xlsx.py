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
    """A column: its heading, its width in characters, and its cell for a paper."""

    heading: str
    width: int
    get: Get
    is_link: bool = False


def _labels(field: str) -> Get:
    def get(paper: Paper, vocabulary: Vocabulary) -> str | None:
        value = getattr(paper, field)
        if value is None:
            return None
        keys = value if isinstance(value, tuple) else (_key(value),)
        return "; ".join(vocabulary.label(field, key) for key in keys)

    return get


def _key(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


COLUMNS: tuple[Column, ...] = (
    Column("Title", 70, lambda paper, _: paper.title),
    Column("Name", 16, lambda paper, _: paper.name),
    Column("Authors", 40, lambda paper, _: "; ".join(paper.authors or ())),
    Column("Venue", 14, _labels("venue")),
    Column("Year", 8, lambda paper, _: paper.year),
    Column("Published", 12, lambda paper, _: paper.published),
    Column("Kind", 11, _labels("kind")),
    Column("Domain", 14, _labels("domain")),
    Column("Setting", 15, _labels("setting")),
    Column("Task", 28, _labels("task")),
    Column("Criterion", 20, _labels("criterion")),
    Column("Mechanism", 20, _labels("mechanism")),
    Column("Training", 15, _labels("training")),
    Column("Parametric", 15, _labels("parametric")),
    Column("Keywords", 20, _labels("keywords")),
    Column("Paper", 34, lambda paper, _: paper.paper_link, is_link=True),
    Column("Code", 34, lambda paper, _: paper.links.code[0] if paper.links.code else None, is_link=True),
    Column("arXiv", 14, lambda paper, _: paper.identifiers.arxiv),
    Column("DOI", 28, lambda paper, _: paper.identifiers.doi),
    Column("Summary", 60, lambda paper, _: paper.summary),
    Column("Former titles", 40, lambda paper, _: "; ".join(paper.former_titles)),
    Column("Listed in", 24, _labels("listed_in")),
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
        _begin(sheet, book.add_format({"bold": True, "bottom": 1}))
        link = book.get_default_url_format()
        row = links = 0
        for row, paper in enumerate(papers, 1):
            for number, column in enumerate(COLUMNS):
                value = column.get(paper, catalogue.vocabulary)
                if column.is_link and value and len(value) <= LONGEST_LINK and links < MOST_LINKS:
                    sheet.write_url(row, number, value, link)
                    links += 1
                elif isinstance(value, int):
                    sheet.write_number(row, number, value)
                elif value:
                    sheet.write_string(row, number, _fitting(value))
        sheet.autofilter(0, 0, row, len(COLUMNS) - 1)
    stream.write(made.getbuffer())


def _begin(sheet: Any, bold: Any) -> None:
    sheet.freeze_panes(1, 1)
    for number, column in enumerate(COLUMNS):
        sheet.set_column(number, number, column.width)
    for number, column in enumerate(COLUMNS):
        sheet.write_string(0, number, column.heading, bold)


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
