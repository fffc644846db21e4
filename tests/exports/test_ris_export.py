"""The RIS export, read by another reader than ours."""

from __future__ import annotations

import re
from typing import Any

import pytest
import rispy

from catalog import exports
from catalog.catalogue import Catalogue


def references(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    read = rispy.loads(exports.get("ris").text(catalogue, catalogue))
    assert len(read) == len(catalogue)
    return {paper.id: reference for paper, reference in zip(catalogue, read, strict=True)}


def test_every_paper_is_read_back_with_its_facts(rich_catalogue: Catalogue) -> None:
    for paper_id, reference in references(rich_catalogue).items():
        paper = rich_catalogue[paper_id]
        assert reference["title"] == paper.title
        assert len(reference.get("authors", ())) == len(paper.authors or ())
        assert reference.get("year") == (str(paper.year) if paper.year else None)
        assert reference.get("urls", [None])[0] == paper.paper_link
        assert reference.get("doi") == paper.identifiers.doi
        assert reference["type_of_reference"] in rispy.TYPE_OF_REFERENCE_MAPPING
        assert not reference.get("unknown_tag")


def test_a_journal_paper_has_volume_issue_pages_and_the_names_in_parts(rich_catalogue: Catalogue) -> None:
    reference = references(rich_catalogue)["journal"]
    assert reference["type_of_reference"] == "JOUR"
    assert reference["authors"] == [
        "van der Maaten, Laurens",
        "Davis, Sammy, Jr.",
        "Qwen Team",
        "Šimek, Émile",
    ]
    assert (reference["volume"], reference["number"]) == ("46", "3")
    assert (reference["start_page"], reference["end_page"]) == ("12", "34")
    assert reference["keywords"] == ["KV cache", "Video"]


def test_a_preprint_says_where_it_is(rich_catalogue: Catalogue) -> None:
    reference = references(rich_catalogue)["long-list"]
    assert (reference["type_of_reference"], reference["publisher"]) == ("GEN", "arXiv")
    assert reference["date"] == "2022/01/05/"
    assert "Both" not in reference.get("keywords", ())


def test_every_line_is_a_tag_and_a_value(rich_catalogue: Catalogue) -> None:
    text = exports.get("ris").text(rich_catalogue, rich_catalogue)
    assert [line for line in text.splitlines() if line and not re.match(r"[A-Z][A-Z0-9]  - ", line)] == []


@pytest.mark.parametrize(
    ("pages", "first", "last"),
    [
        ("12--34", "12", "34"),
        ("12 – 34", "12", "34"),
        ("2:1--2:9", "2:1", "2:9"),
        ("e1204", "e1204", None),
        ("1, 5--7", "1, 5-7", None),
        ("--", "-", None),
    ],
)
def test_pages_are_a_range_or_told_as_they_are(
    rich_catalogue: Catalogue, pages: str, first: str, last: str | None
) -> None:
    entry = f"@article{{k, title = {{T}}, journal = {{J}}, pages = {{{pages}}}}}"
    paper = rich_catalogue["journal"].model_copy(update={"bibtex": entry})
    (told,) = rispy.loads(exports.get("ris").text([paper], rich_catalogue))
    assert (told.get("start_page"), told.get("end_page")) == (first, last)


def test_a_paper_without_pages_names_none(rich_catalogue: Catalogue) -> None:
    assert "start_page" not in references(rich_catalogue)["long-list"]
