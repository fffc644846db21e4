"""Every real record comes back from every format, by readers that are not ours."""

from __future__ import annotations

import csv
import io
import json
import re

import duckdb
import openpyxl
import pyarrow.parquet
import pytest
import rispy

from catalog import exports
from catalog.catalogue import Catalogue
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def real() -> Catalogue:
    return Catalogue.load(REPOSITORY)


def test_every_title_comes_back(real: Catalogue) -> None:
    titles = [paper.title for paper in real]

    def text(name: str) -> str:
        return exports.get(name).text(real, real)

    assert [row["title"] for row in json.loads(text("json"))] == titles
    assert [item["title"] for item in json.loads(text("csl-json"))] == titles
    assert [reference["title"] for reference in rispy.loads(text("ris"))] == titles
    rows = csv.DictReader(io.StringIO(text("csv"), newline=""), strict=True)
    assert [row["title"].removeprefix("'") for row in rows] == [title.removeprefix("'") for title in titles]
    columns = pyarrow.parquet.read_table(io.BytesIO(exports.get("parquet").bytes(real, real)))
    assert columns.column("title").to_pylist() == titles
    assert duckdb.sql("select count(distinct id) from columns").fetchall() == [(len(titles),)]
    sheet = openpyxl.load_workbook(io.BytesIO(exports.get("xlsx").bytes(real, real))).active
    assert [cell.value for cell in sheet["A"][1:]] == titles


@pytest.mark.parametrize("style", ["apa", "ieee"])
def test_every_paper_is_cited_on_a_line_of_its_own(style: str, real: Catalogue) -> None:
    lines = exports.get(style).text(real, real).splitlines()
    assert len(lines) == len(real)
    flat = {re.sub(r"\W", "", line) for line in lines}
    for paper in real:
        title = re.sub(r"\W", "", paper.title)
        assert any(title in line for line in flat), paper.id
    assert [line for line in lines if re.search(r"\.\.(?!\.)|,,|  |None|\bn\.d\b(?!\.)", line)] == []
