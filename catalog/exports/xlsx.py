"""Excel workbook: a sheet for people, with a frozen header, filters, links and the terms in words.

Every cell but the year is text, so nothing in it is ever computed.  Of several repositories it has the
first; BibTeX entries and where each value comes from are left out.  Other programs are better served by
Parquet or JSON Lines.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from catalog.catalogue import Catalogue
from catalog.exports.jsonl import as_dicts
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


@dataclass(frozen=True)
class Column:
    """A column: the key of the JSON Lines export that it shows, its width in characters, and its heading.

    The catalogue's configuration has the heading of a field that holds terms.
    """

    key: str
    width: int
    heading: str = ""
    is_link: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("title", 70, "Title"),
    Column("name", 16, "Name"),
    Column("authors", 40, "Authors"),
    Column("venue", 14),
    Column("year", 8, "Year"),
    Column("published", 12, "Published"),
    Column("kind", 11),
    Column("domain", 14),
    Column("setting", 15),
    Column("task", 28),
    Column("criterion", 20),
    Column("mechanism", 20),
    Column("training", 15),
    Column("parametric", 15),
    Column("keywords", 20),
    Column("paper", 34, "Paper", is_link=True),
    Column("code", 34, "Code", is_link=True),
    Column("arxiv", 14, "arXiv"),
    Column("doi", 28, "DOI"),
    Column("summary", 60, "Summary"),
    Column("former_titles", 40, "Former titles"),
    Column("listed_in", 24),
    Column("id", 20, "Id"),
    Column("added", 12, "Added"),
    Column("aliases", 20, "Former ids"),
    Column("project", 34, "Project", is_link=True),
    Column("video", 34, "Video", is_link=True),
    Column("citation_key", 20, "Citation key"),
    Column("unknown", 30, "Not known"),
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
        columns, labels = _columns(catalogue.vocabulary), catalogue.config.labels
        headings = {column.key: column.heading or labels.of(column.key) for column in columns}
        _write_header(sheet, columns, headings, book.add_format({"bold": True, "bottom": 1}))
        link = book.get_default_url_format()
        row = links = 0
        for row, paper in enumerate(as_dicts(papers, catalogue), 1):
            paper["code"] = next(iter(paper["code"]), None)
            paper["unknown"] = [headings[key] for key in paper["unknown"]]
            for number, column in enumerate(columns):
                value = _shown(column.key, paper[column.key], catalogue.vocabulary)
                if column.is_link and value and len(value) <= LONGEST_LINK and links < MOST_LINKS:
                    sheet.write_url(row, number, value, link)
                    links += 1
                elif column.key == "year" and value:
                    sheet.write_number(row, number, int(value))
                elif value:
                    sheet.write_string(row, number, _fitting(value))
        sheet.autofilter(0, 0, row, len(columns) - 1)
    stream.write(made.getbuffer())


def _columns(vocabulary: Vocabulary) -> list[Column]:
    """The columns of fields that the catalogue has."""
    known = {column.key: column for column in COLUMNS}
    return [known.get(key) or Column(key, 20) for key in vocabulary.with_own(tuple(known))]


def _write_header(sheet: Any, columns: Iterable[Column], headings: Mapping[str, str], bold: Any) -> None:
    """Write the header."""
    sheet.freeze_panes(1, 1)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, headings[column.key], bold)


def _shown(key: str, value: Any, vocabulary: Vocabulary) -> str:
    """A value of the JSON Lines export as text, terms in words."""
    if value is None:
        return ""
    values = value if isinstance(value, list) else [value]
    if key in vocabulary.terms:
        values = [vocabulary.label(key, _term(each)) for each in values]
    return "; ".join(map(str, values))


def _term(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
