"""The CSV export: what a spreadsheet and a program may both open."""

from __future__ import annotations

import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.exports.csv_table import cell, harmless
from catalog.exports.jsonl import KEYS, as_dicts


def rows(catalogue: Catalogue) -> list[dict[str, str]]:
    text = exports.get("csv").text(catalogue, catalogue)
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


LEFT_OUT = ("bibtex", "provenance")


def test_the_columns_are_the_keys_of_the_json_lines_but_for_entry_and_sources(
    mini_catalogue: Catalogue,
) -> None:
    assert list(rows(mini_catalogue)[0]) == [key for key in KEYS if key not in LEFT_OUT]


def test_every_cell_agrees_with_the_record(rich_catalogue: Catalogue) -> None:
    written = rows(rich_catalogue)
    assert len(written) == len(rich_catalogue)
    for row, values in zip(written, as_dicts(rich_catalogue, rich_catalogue), strict=True):
        for key in row:
            value = values[key]
            expected = "; ".join(value) if isinstance(value, list) else value
            expected = str(expected).lower() if isinstance(expected, bool) else expected
            assert row[key].removeprefix("'") == ("" if expected is None else str(expected)), key


def test_rows_end_as_rfc_4180_says(mini_catalogue: Catalogue) -> None:
    data = exports.get("csv").bytes(mini_catalogue, mini_catalogue)
    assert data.count(b"\r\n") == data.count(b"\n") == len(mini_catalogue) + 1


def test_no_cell_begins_a_formula(rich_catalogue: Catalogue) -> None:
    written = rows(rich_catalogue)
    assert not [value for row in written for value in row.values() if re.match(r"[=+\-@\t\r\n]", value)]
    formula = next(row for row in written if row["id"] == "formula")
    assert formula["title"].startswith("'=HYPERLINK(")
    assert formula["name"].startswith("'+cmd|")


@given(st.text())
def test_whatever_the_text_no_spreadsheet_computes_it(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert harmless(text).removeprefix("'") == text.removeprefix("'") or text.startswith("'")


def test_what_is_unknown_is_empty() -> None:
    assert (cell(None), cell([]), cell(False)) == ("", "", "false")
