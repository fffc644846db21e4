"""An entry made anew from its record: what of it stays, and what was of another venue."""

from __future__ import annotations

import pytest

from catalog.bibtex import Entry, facts_that_stay, parse_entry, renewed
from tests.bibtex.papers import VOCABULARY, paper

OF_ECCV = """@inproceedings{mine, title={Another Title}, author={Paz Sol, Ana and Bo, Ada},
  booktitle={European Conference on Computer Vision}, pages={19--35}, doi={10.1234/abc}, year={2023}}"""
RECORD = paper(authors=["Ana Paz Sol", "Ada Bo"])


def renewed_entry(text: str, venue: str | None) -> Entry:
    record = RECORD.model_copy(update={"venue": venue})
    return parse_entry(renewed(parse_entry(text), record, VOCABULARY))


def test_the_record_s_title_and_year_come_into_the_entry_which_keeps_its_key_and_its_own_facts() -> None:
    entry = renewed_entry(OF_ECCV, "ECCV")
    assert (entry.key, entry.title, entry.year) == ("mine", "Token Pruning for LLMs", 2024)
    assert (entry.fields["pages"], entry.fields["doi"]) == ("19--35", "10.1234/abc")


def test_pages_and_doi_of_another_venue_go_and_how_names_are_divided_stays() -> None:
    entry = renewed_entry(OF_ECCV, "CVPR")
    assert not {"pages", "doi"} & set(entry.fields)
    assert entry.fields["author"] == "Paz Sol, Ana and Bo, Ada"


def test_those_who_are_named_before_and_others_are_named_in_another_venue_too() -> None:
    entry = parse_entry(OF_ECCV.replace("and Bo, Ada", "and others"))
    record = paper(authors=None, venue="CVPR")
    assert parse_entry(renewed(entry, record, VOCABULARY)).fields["author"] == "Paz Sol, Ana and others"


def test_an_entry_that_names_no_venue_keeps_what_it_has() -> None:
    without = OF_ECCV.replace("booktitle={European Conference on Computer Vision}, ", "")
    entry = renewed_entry(without, "ECCV")
    assert entry.venue_text == "European Conference on Computer Vision"
    assert entry.fields["pages"] == "19--35"


@pytest.mark.parametrize(("former", "stays"), [(None, True), ("CVPR", True), ("ECCV", False)])
def test_of_a_record_without_venue_the_entry_tells_it_unless_the_record_had_that_one(
    former: str | None, stays: bool
) -> None:
    record = RECORD.model_copy(update={"venue": None})
    facts = facts_that_stay(parse_entry(OF_ECCV), record, VOCABULARY, former)
    assert ("booktitle" in facts) is stays
    assert ("pages" in facts) is stays
    assert "names" in facts
