"""What an entry says beyond its record, and what of it stays."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.bibtex import (
    carry_over,
    compile_warnings,
    disagreements,
    facts_beyond_record,
    parse_entry,
    render,
)
from tests.bibtex.papers import VOCABULARY, paper, with_real_venues

PUBLISHED = """@inproceedings{chen2024image, title = {Token pruning for {LLM}s}, author = {Bo, Ada},
  booktitle = {European Conference on Computer Vision}, pages = {19--35}, volume = {15},
  publisher = {Springer \\& Co}, editor = {Leonardis, Ale{\\v{s}} and Ricci, Elisa}, month = "October",
  doi = {https://doi.org/10.1007/978-3-031-73004-7\\_2}, organization = {X}, year = {2024}}"""


def test_facts_of_the_same_published_version_are_carried_over() -> None:
    facts = carry_over(parse_entry(PUBLISHED), paper(), VOCABULARY)
    assert facts == {
        "volume": "15",
        "pages": "19–35",
        "publisher": "Springer & Co",
        "editor": "Aleš Leonardis and Elisa Ricci",
        "month": "oct",
        "doi": "10.1007/978-3-031-73004-7_2",
    }
    rendered = parse_entry(render(paper(), VOCABULARY, facts))
    assert rendered.fields["pages"] == "19--35"
    assert rendered.fields["editor"] == "Leonardis, Ale{\\v{s}} and Ricci, Elisa"
    assert rendered.fields["doi"] == "10.1007/978-3-031-73004-7_2"


@pytest.mark.parametrize(
    "fields",
    [
        {"year": 2025},
        {"venue": "CVPR"},
        {"venue": "arXiv"},
        {"venue": None},
        {"title": "Something Else Entirely"},
    ],
)
def test_nothing_is_carried_over_from_another_version_or_paper(fields: dict[str, Any]) -> None:
    assert carry_over(parse_entry(PUBLISHED), paper(**fields), VOCABULARY) == {}


UNKNOWN_VENUE = """@article{me, title={Token Pruning for LLMs}, author={Ada Bo and Laurens van der Maaten},
  journal={Journal of Nothing \\& More}, volume={3}, number={2}, pages={1--9}, year={2024}}"""


def test_what_an_entry_says_of_a_venue_that_nobody_knows_is_kept_however_often_it_is_made_again() -> None:
    entry = parse_entry(UNKNOWN_VENUE)
    unknown = paper(venue=None)
    for _ in range(2):
        entry = parse_entry(render(unknown, VOCABULARY, carry_over(entry, unknown, VOCABULARY)))
        assert entry.type == "article"
        assert entry.venue_text == "Journal of Nothing & More"
        assert [entry.fields[name] for name in ("volume", "number", "pages")] == ["3", "2", "1--9"]
        assert compile_warnings(entry) == []
        assert disagreements(entry, unknown, VOCABULARY) == []


def test_a_venue_that_becomes_known_finds_its_volume_and_pages() -> None:
    entry = parse_entry(UNKNOWN_VENUE)
    vocabulary = with_real_venues(Nothing="Journal of Nothing and More")
    known = paper(venue="Nothing")
    assert disagreements(entry, known, vocabulary) == []
    rendered = parse_entry(render(known, vocabulary, carry_over(entry, known, vocabulary)))
    assert rendered.venue_text == "Journal of Nothing and More"
    assert [rendered.fields[name] for name in ("volume", "number", "pages")] == ["3", "2", "1--9"]


def test_without_authors_the_venue_stays_for_the_day_when_they_are_known() -> None:
    nameless = paper(venue=None, authors=None)
    entry = parse_entry(
        render(nameless, VOCABULARY, carry_over(parse_entry(UNKNOWN_VENUE), nameless, VOCABULARY))
    )
    assert compile_warnings(entry) == []
    whole = parse_entry(render(paper(venue=None), VOCABULARY, facts_beyond_record(entry)))
    assert (whole.type, whole.fields["journal"], whole.fields["number"]) == (
        "article",
        "Journal of Nothing \\& More",
        "2",
    )


def test_a_preprint_server_in_an_entry_is_no_venue_that_a_record_lacks() -> None:
    entry = parse_entry(
        UNKNOWN_VENUE.replace("Journal of Nothing \\& More", "arXiv preprint arXiv:2403.06764")
    )
    rendered = parse_entry(render(paper(venue=None), VOCABULARY, facts_beyond_record(entry)))
    assert (rendered.type, rendered.venue_text) == ("misc", None)
