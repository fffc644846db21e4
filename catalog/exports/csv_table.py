"""CSV: one row per paper with the columns of the JSON Lines export, as RFC 4180 has it.

Several values of a cell are joined by ``"; "``, and what is unknown is empty.  A cell that a
spreadsheet would take for a formula gets an apostrophe in front.  Two columns are left out: the
BibTeX entry, which has several lines and begins with an @, and where each value comes from, which is
no text but a table of its own.  The BibTeX and the JSON Lines export have them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from catalog.catalogue import Catalogue
from catalog.exports.jsonl import KEYS, as_dicts
from catalog.record import Paper

NAME = "csv"
SUFFIX = ".csv"
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"

COLUMNS = tuple(key for key in KEYS if key not in ("bibtex", "provenance"))
SEPARATOR = "; "


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the header, then a row per paper."""
    writer = csv.writer(stream, lineterminator="\r\n")
    columns = [*COLUMNS, *catalogue.vocabulary.own]
    writer.writerow(columns)
    for row in as_dicts(papers, catalogue):
        writer.writerow([cell(row[name]) for name in columns])


def cell(value: object) -> str:
    """A value as a cell.

    >>> cell(None), cell(False), cell(["a", "b"]), cell("=1+1")
    ('', 'false', 'a; b', "'=1+1")
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return harmless(SEPARATOR.join(map(str, value)))
    return harmless(str(value))


def harmless(text: str) -> str:
    """*text*, with an apostrophe before it where a spreadsheet would begin a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
