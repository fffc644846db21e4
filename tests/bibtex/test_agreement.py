"""Entries compared with their record by what they mean."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.bibtex import Disagreement, disagreements, parse_entry
from tests.bibtex.papers import VOCABULARY, paper

ENTRY = """@inproceedings{a,
  title = {Token {P}runing for {LLMs}},
  author = {Bo, A. and van der Maaten, Laurens},
  booktitle = {Proceedings of the 18th European Conference on Computer Vision (ECCV)},
  year = 2024,
}"""


def differences(text: str, **fields: Any) -> list[Disagreement]:
    return disagreements(parse_entry(text), paper(**fields), VOCABULARY)


def test_an_entry_that_means_the_same_agrees_however_it_is_spelt() -> None:
    assert differences(ENTRY) == []
    assert differences(ENTRY.replace("Bo, A.", "Ada Bo")) == []
    assert differences(ENTRY, title="token pruning for LLMs!") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("runing", "running", ("title", "Token Prunning for LLMs", "Token Pruning for LLMs")),
        ("2024", "2023", ("year", "2023", "2024")),
        ("  year = 2024,\n", "", ("year", "nothing", "2024")),
        ("Bo, A.", "Box, A.", ("authors", "A. Box as author 1", "Ada Bo as author 1")),
        ("Bo, A. and ", "", ("authors", "1 author", "2 authors, among them Ada Bo")),
        ("Laurens}", "Laurens and X Y}", ("authors", "3 authors, among them X Y", "2 authors")),
        ("Bo, A.", "{Bo, Ada}", ("authors", "Bo, Ada as author 1", "Ada Bo as author 1")),
        (
            "Laurens}",
            "Laurens and others}",
            ("authors", "A. Bo, Laurens van der Maaten and others", "all 2 of them"),
        ),
        ("  booktitle", "  note", ("venue", "nothing", "ECCV")),
    ],
)
def test_a_difference_shows_both_values(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert differences(ENTRY.replace(old, new)) == [expected]


def test_the_order_of_authors_counts() -> None:
    swapped = ENTRY.replace("Bo, A. and van der Maaten, Laurens", "van der Maaten, Laurens and Bo, A.")
    assert [one.field for one in differences(swapped)] == ["authors"]


def test_what_the_record_does_not_know_cannot_disagree() -> None:
    assert differences(ENTRY, authors=None, year=None, venue=None) == []


def test_arxiv_ids_and_dois_are_compared_where_both_have_one() -> None:
    text = ENTRY.replace("year", "eprint = {2403.06764}, doi = {10.1/x}, year").replace("10.1/", "10.1000/")
    assert differences(text) == []
    assert differences(text, identifiers={"arxiv": "2403.00001", "doi": "10.1000/y"}) == [
        ("arxiv", "2403.06764", "2403.00001"),
        ("doi", "10.1000/x", "10.1000/y"),
    ]


def test_a_preprint_entry_does_not_cite_the_published_version() -> None:
    journal = "journal = {arXiv preprint arXiv:2403.06764}"
    preprint = f"@article{{a, title = {{Token Pruning for LLMs}}, {journal}, year = 2024}}"
    assert differences(preprint, authors=None) == [("venue", "arXiv preprint arXiv:2403.06764", "ECCV")]
