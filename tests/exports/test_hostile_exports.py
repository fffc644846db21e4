"""Text from strangers comes back from every format as exactly that text, and does nothing there."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pyarrow.parquet
import pytest
import rispy

from catalog import exports
from catalog.bibtex import parse_entry
from catalog.catalogue import Catalogue
from tests.conftest import MakeCatalogue
from tests.test_hostile import HOSTILE, hostile_record


@pytest.fixture
def hostile(make_catalogue: MakeCatalogue, mini_catalogue: Catalogue) -> Catalogue:
    """A catalogue in which every record attacks."""
    vocabulary = mini_catalogue.vocabulary
    return Catalogue.load(
        make_catalogue(
            {f"2024/{name}.yaml": hostile_record(name, text, vocabulary) for name, text in HOSTILE.items()}
        )
    )


def test_every_title_comes_back_as_it_is(hostile: Catalogue) -> None:
    titles = [paper.title for paper in hostile]
    assert len(titles) == len(HOSTILE)
    text = {name: exports.get(name).text(hostile, hostile) for name in ("csv", "json", "csl-json", "ris")}
    rows = csv.DictReader(io.StringIO(text["csv"], newline=""), strict=True)
    assert [row["title"].removeprefix("'") for row in rows] == [title.removeprefix("'") for title in titles]
    assert [row["title"] for row in json.loads(text["json"])] == titles
    assert [item["title"] for item in json.loads(text["csl-json"])] == titles
    assert [reference["title"] for reference in rispy.loads(text["ris"])] == [
        " ".join(title.split()) for title in titles
    ]
    columns = pyarrow.parquet.read_table(io.BytesIO(exports.get("parquet").bytes(hostile, hostile)))
    assert columns.column("title").to_pylist() == titles
    book = openpyxl.load_workbook(io.BytesIO(exports.get("xlsx").bytes(hostile, hostile)))
    assert [cell.value for cell in book.active["A"][1:]] == titles


def test_every_biblatex_entry_is_one_entry(hostile: Catalogue) -> None:
    for paper in hostile:
        _, entry = exports.get("biblatex").text([paper], hostile).split("\n\n", 1)
        assert parse_entry(entry).key == f"{paper.id}2024"


@pytest.mark.parametrize("style", ["apa", "ieee"])
def test_every_citation_stays_on_its_line(style: str, hostile: Catalogue) -> None:
    assert len(exports.get(style).text(hostile, hostile).splitlines()) == len(hostile)
