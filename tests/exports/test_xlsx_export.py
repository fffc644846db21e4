"""The workbook, opened by another library than the one that writes it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.exports import xlsx
from catalog.exports.jsonl import as_dicts
from catalog.vocabulary import TERM_FILES


def sheet(catalogue: Catalogue) -> Any:
    data = exports.get("xlsx").bytes(catalogue, catalogue)
    return openpyxl.load_workbook(io.BytesIO(data)).active


def by_heading(catalogue: Catalogue, paper_id: str) -> dict[str, Any]:
    header, *rows = list(sheet(catalogue).iter_rows())
    headings = [cell.value for cell in header]
    row = next(row for row in rows if row[headings.index("Id")].value == paper_id)
    return dict(zip(headings, row, strict=True))


def test_the_header_stays_in_sight_and_every_column_can_be_filtered(rich_catalogue: Catalogue) -> None:
    opened = sheet(rich_catalogue)
    assert opened.freeze_panes == "B2"
    assert opened.auto_filter.ref == f"A1:AC{len(rich_catalogue) + 1}"
    assert all(cell.font.bold for cell in opened[1])
    assert opened.column_dimensions["A"].width > opened.column_dimensions["E"].width > 5


def test_a_paper_is_told_in_words_with_links(rich_catalogue: Catalogue) -> None:
    fastv = by_heading(rich_catalogue, "fastv")
    assert fastv["Title"].value == rich_catalogue["fastv"].title
    assert fastv["Authors"].value.startswith("Liang Chen; Haozhe Zhao; ")
    assert fastv["Year"].value == 2024
    assert (fastv["Training"].value, fastv["Learned weights"].value) == ("Training-free", "Non-parametric")
    assert fastv["arXiv"].value == "2403.06764"
    for heading, link in (("Paper", "https://arxiv.org/abs/2403.06764"), ("Code", "https://github.com/")):
        assert fastv[heading].hyperlink.target == fastv[heading].value
        assert fastv[heading].value.startswith(link)


def test_every_cell_agrees_with_the_record(rich_catalogue: Catalogue) -> None:
    rows = list(sheet(rich_catalogue).iter_rows(min_row=2, values_only=True))
    for row, paper in zip(rows, as_dicts(rich_catalogue, rich_catalogue), strict=True):
        for column, value in zip(xlsx.COLUMNS, row, strict=True):
            expected = paper[column.key]
            if column.key in TERM_FILES or column.key == "unknown":
                assert bool(value) == (expected not in (None, [])), column.key
            elif isinstance(expected, list):
                assert (value or "") == "; ".join(expected[:1] if column.is_link else expected), column.key
            else:
                assert value == expected, column.key


def test_what_is_not_known_is_named_as_its_column_is(rich_catalogue: Catalogue) -> None:
    assert by_heading(rich_catalogue, "data-centric-compression")["Not known"].value == "Setting; Summary"
    headings = by_heading(rich_catalogue, "unknown-facts")
    assert set(headings["Not known"].value.split("; ")) <= set(headings)


def test_no_cell_is_a_formula(rich_catalogue: Catalogue) -> None:
    cells = [cell for row in sheet(rich_catalogue).iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert by_heading(rich_catalogue, "formula")["Title"].value.startswith("=HYPERLINK(")


def test_more_links_or_text_than_excel_takes_are_written_as_text_and_cut(
    rich_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_LINKS", 1)
    monkeypatch.setattr(xlsx, "LONGEST_CELL", 20)
    cells = [cell for row in sheet(rich_catalogue).iter_rows(min_row=2) for cell in row if cell.value]
    assert sum(cell.hyperlink is not None for cell in cells) == 1
    assert all(len(str(cell.value)) <= 20 for cell in cells if cell.hyperlink is None)
    assert any(str(cell.value).endswith("…") for cell in cells)


def test_the_file_does_not_tell_when_it_was_made(mini_catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "papers.xlsx"
    path.write_bytes(exports.get("xlsx").bytes(mini_catalogue, mini_catalogue))
    properties = openpyxl.load_workbook(path).properties
    assert properties.title == mini_catalogue.config.title
    assert properties.created.year == properties.modified.year == 2000
