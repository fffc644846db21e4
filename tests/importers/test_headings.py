"""What the headings of a list say of the papers below them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.conftest import Import
from tests.importers.list_samples import records


@pytest.mark.parametrize(
    ("headings", "field", "value"),
    [
        ("## Merging", "mechanism", ["merging"]),
        ("## Vision\n### Attention-based", "criterion", ["attention"]),
        ("## Surveys", "kind", "survey"),
        ("## Surveys\n### Methods", "kind", "method"),
        ("## Training-based\n### Training-free", "training", "free"),
    ],
)
def test_a_heading_that_is_one_term_alone_of_any_field_is_that_of_the_rows_below(
    importing: Import, empty: Path, headings: str, field: str, value: object
) -> None:
    report = importing("venue-bold", f"{headings}\n* [**CVPR'25**] Which Rows to Read\n")
    (record,) = records(empty).values()
    assert record[field] == value
    assert report.notes == []


def test_what_a_row_says_itself_is_stronger_than_its_heading(importing: Import, empty: Path) -> None:
    badge = "![](https://img.shields.io/badge/Training--Free-brown)"
    importing("venue-bold", f"## Training-based\n* [**CVPR'25**] Which Rows to Read {badge}\n")
    (record,) = records(empty).values()
    assert record["training"] == "free"


def test_a_heading_that_is_a_term_of_two_fields_is_reported_with_both(importing: Import, empty: Path) -> None:
    criteria = empty / "papers" / "vocabulary" / "criteria.yaml"
    text = criteria.read_text(encoding="utf-8")
    criteria.write_text(
        f"{text}\nfusing: {{label: Merging, definition: How well tokens merge.}}\n", encoding="utf-8"
    )
    report = importing("venue-bold", "## Merging\n* [**CVPR'25**] Which Rows to Read\n")
    assert [(note.kind, note.text) for note in report.notes] == [
        ("unknown-heading", "Merging (names criterion 'fusing' and mechanism 'merging'; nothing tells which)")
    ]
