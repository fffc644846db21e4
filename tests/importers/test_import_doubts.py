"""What a row does not say for certain: it is left out or taken with a note, and never made up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.importers.venues import read_venue
from catalog.vocabulary import Vocabulary
from tests.conftest import MINI
from tests.importers.conftest import Import
from tests.importers.list_samples import records

AUTHORS = """\
- **[1] A Method for Token Merging**, CVPR 2024.
  *{}*
"""


def test_authors_that_may_be_others_are_left_out_and_said(importing: Import, empty: Path) -> None:
    report = importing("badges", AUTHORS.format("Xuefeng, Ada Bo and Chen Da"))
    (record,) = records(empty).values()
    assert record["authors"] is None
    (note,) = report.notes
    assert note.kind == "doubtful"
    assert "nothing tells which; they are not taken: Xuefeng, Ada Bo and Chen Da" in note.text


def test_a_name_that_only_braces_hold_together_is_taken_and_doubtful(importing: Import, empty: Path) -> None:
    report = importing("badges", AUTHORS.format("Chen, Liang and {Google DeepMind}"))
    (record,) = records(empty).values()
    assert record["authors"] == ["Liang Chen", "Google DeepMind"]
    (note,) = report.notes
    assert (note.kind, "cited as 'DeepMind, Google'" in note.text) == ("doubtful", True)


ENTRY = """\
- **[1] A Method for Token Merging**, CVPR 2024.
```
@inproceedings{{a2024method, title={{A Method for Token Merging}}, author={{{}}}}}
```
"""


@pytest.mark.parametrize(
    ("field", "authors", "said"),
    [
        ("Ada Bo, Chen Da, Eva Fu", ["Ada Bo", "Chen Da", "Eva Fu"], "commas, where BibTeX has 'and'"),
        ("Bo, Ada, Da, Chen", None, "the author field has 'Bo, Ada, Da, Chen', which is no name"),
        ("Bo, Ada and et al.", None, ""),
    ],
)
def test_commas_between_the_names_of_an_entry_are_doubtful(
    importing: Import, empty: Path, field: str, authors: list[str] | None, said: str
) -> None:
    report = importing("badges", ENTRY.format(field))
    (record,) = records(empty).values()
    assert record["authors"] == authors
    notes = [note.text for note in report.notes if note.kind == "doubtful"]
    assert len(notes) == bool(said)
    assert all(said in note for note in notes)


def test_a_title_in_capitals_throughout_is_taken_and_doubtful(importing: Import, empty: Path) -> None:
    report = importing("badges", "- **[1] A METHOD FOR TOKEN MERGING**, CVPR 2024.\n")
    (record,) = records(empty).values()
    assert record["title"] == "A METHOD FOR TOKEN MERGING"
    (note,) = report.notes
    assert note.kind == "doubtful"
    assert note.text.startswith("the title is all capitals, look how it was published")


LINK = "https://arxiv.org/abs/2412.01818"


@pytest.mark.parametrize(
    ("dialect", "row"),
    [
        ("linked-title", f"- [Bo, *On Fast Decoding* with A* Search]({LINK}) (CVPR 2024)"),
        ("linked-title", f"- [Bo, _On Fast Decoding_ with A* Search]({LINK}) (CVPR 2024)"),
        ("linked-title", f"- [*Bo, On Fast Decoding* with A* Search]({LINK}) (CVPR 2024)"),
        ("linked-title", f"- **[***Bo, On Fast Decoding*** with A* Search]({LINK})** (CVPR 2024)"),
        ("venue-bold", f"* [CVPR 2024] [Bo, *On Fast* Decoding with A* Search]({LINK})"),
        (
            "venue-bold",
            f"* [2024/03] **Bo, On *Fast* Decoding with A* Search** [CVPR 2024] [[paper]({LINK})]",
        ),
    ],
)
def test_emphasis_leaves_a_title_and_an_algorithms_asterisk_stays(
    importing: Import, empty: Path, dialect: str, row: str
) -> None:
    report = importing(dialect, f"## Vision\n{row}\n", listed_in="bold-list")
    (record,) = records(empty).values()
    assert record["title"] == "Bo, On Fast Decoding with A* Search"
    assert report.notes == []


@pytest.mark.parametrize("title", ["Bo, *On Fast Decoding", "On Fast Decoding*", "On Fast * Decoding"])
def test_an_asterisk_that_no_other_closes_is_taken_and_doubtful(
    importing: Import, empty: Path, title: str
) -> None:
    report = importing("linked-title", f"## Vision\n- [{title}]({LINK})\n", listed_in="bold-list")
    (record,) = records(empty).values()
    assert record["title"] == title
    (note,) = report.notes
    assert (note.kind, note.place) == ("doubtful", "linked-title-list.md:2")
    assert note.text.startswith("the title has an asterisk that no other one closes")


# --------------------------------------------------------------------------------- venues and years

VOCABULARY = Vocabulary.load(MINI / "papers" / "vocabulary")


def bold(venue: str) -> str:
    return f"## Vision\n* [**{venue}**] A Method for Merging [[Paper](https://arxiv.org/abs/2502.01235)]\n"


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("ICLR'25 Oral", "ICLR"),
        ("CVPR'25 Best Paper", "CVPR"),
        ("CVPR 2025 (Best Student Paper Award Candidate)", "CVPR"),
        ("ICLR 2025 Spotlight Poster", "ICLR"),
        ("ICLR 2025 notable-top-5%", "ICLR"),
        ("ECCV-Oral 2025", "ECCV"),
        ("ECCV'25 Oral, Best Paper Honorable Mention", "ECCV"),
        ("CVPR'25 Best Paper Workshop", None),
        ("Fishery 2025 Oral", None),
        ("ICLR'25 Submission", None),
    ],
)
def test_how_a_paper_was_presented_or_honoured_names_no_other_venue(words: str, key: str | None) -> None:
    found = read_venue(words, VOCABULARY)
    assert (found.key, found.year) == (key, 2025)


@pytest.mark.parametrize("venue", ["Fishery'25", "ICLR'25 Submission", "CVPR'25 Best Paper Workshop"])
def test_a_venue_that_is_not_understood_is_unknown_and_listed_although_the_paper_is_on_arxiv(
    importing: Import, empty: Path, venue: str
) -> None:
    report = importing("venue-bold", bold(venue))
    (record,) = records(empty).values()
    assert (record["venue"], record["year"], record["published"]) == (None, 2025, "2025-02")
    assert [(note.kind, note.text) for note in report.notes] == [("unknown-venue", venue)]


@pytest.mark.parametrize("venue", ["arXiv'25", "Preprint 2025", "Under review"])
def test_a_preprint_is_one_however_it_is_called(importing: Import, empty: Path, venue: str) -> None:
    report = importing("venue-bold", bold(venue))
    (record,) = records(empty).values()
    assert (record["venue"], record["year"], report.notes) == ("arXiv", 2025, [])


def test_a_year_of_two_digits_is_the_last_that_is_not_to_come() -> None:
    this = datetime.now(UTC).year
    for year in (1999, 2016, this, this + 1, this + 2 - 100):
        assert read_venue(f"ICLR'{year % 100:02}", VOCABULARY).year == year


@pytest.mark.parametrize("goes_on", ["oral ", "oral x ", "- ", ",", "(best "])
def test_a_long_venue_is_read_in_a_moment(goes_on: str) -> None:
    assert read_venue("ICLR " + goes_on * 20_000, VOCABULARY).year is None


@pytest.mark.parametrize(
    "link",
    [
        "[[Paper]()]",
        "[[Paper]]",
        "[[Paper](javascript:alert(1))]",
        "[[PDF](https://arxiv.org/abs/2501.77777]",
    ],
)
def test_a_link_that_cannot_be_read_is_told_and_no_part_of_the_title(
    importing: Import, empty: Path, link: str
) -> None:
    report = importing("venue-bold", f"## Vision\n* [**CVPR'25**] Pruning the Tokens of [CLS] {link}\n")
    (record,) = records(empty).values()
    assert record["title"] == "Pruning the Tokens of [CLS]"
    (note,) = report.notes
    assert note.kind == "unusable-link"
    assert f"no link can be read in '{link}'; mend the row" in note.text
