"""Lists that speak of one paper, seem to, or disagree: nothing is settled by chance."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from catalog.catalogue import Catalogue
from catalog.importers import Report, plan, read_list
from tests.importers.conftest import Import
from tests.importers.list_samples import BADGES, BOLD, records


def test_the_same_paper_in_two_lists_is_one_record_that_names_both(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    report = importing("venue-bold", BOLD)
    assert report.rows[0].as_text() == "merged into toca"
    assert records(empty)["toca"]["listed_in"] == ["badges-list", "bold-list"]


def test_what_a_list_says_otherwise_than_a_record_is_reported(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    report = importing("venue-bold", BOLD)
    (conflict,) = [conflict for record, conflict in report.conflicts if record == "fastv"]
    assert (conflict.field, conflict.taken, conflict.because) == ("venue", "ECCV", "the record")
    assert [(claim.value, claim.source) for claim in conflict.claims] == [
        ("ECCV", "the record"),
        ("CVPR", "bold-list"),
    ]


def printed(report: Report, rows: bool = False) -> list[str]:
    console = Console(file=io.StringIO(), width=200)
    report.print(console, rows=rows)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


FASTV_ROW = (
    "* [**{venue}**] FastV: An Image is Worth 1/2 Tokens After Layer 2 "
    "[[Paper](https://arxiv.org/abs/{arxiv})] [[Code]({code})]"
)


def test_identifier_venue_and_code_that_a_record_has_otherwise_are_printed_with_the_row(
    importing: Import, empty: Path
) -> None:
    importing("badges", BADGES)
    before = records(empty)["fastv"]
    row = FASTV_ROW.format(venue="CVPR'25", arxiv="2311.01009", code="https://github.com/foreign/repo")
    report = importing("venue-bold", f"## Vision\n{row}\n")
    lines = [re.split(r"\s*│\s*", line)[1:-1] for line in printed(report) if "venue-bold-list.md:2" in line]
    place = "venue-bold-list.md:2"
    assert lines == [
        ["fastv", "arXiv id", "2403.06764", "2311.01009", place],
        ["fastv", "code", "https://github.com/pkunlp-icler/FastV", "https://github.com/foreign/repo", place],
        ["fastv", "venue", "ECCV", "CVPR", place],
        ["fastv", "year", "2024", "2025", place],
    ]
    after = records(empty)["fastv"]
    stay = ("identifiers", "venue", "year", "links", "title")
    assert [after[name] for name in stay] == [before[name] for name in stay]


@pytest.mark.parametrize(
    ("venue", "code"),
    [
        ("arXiv'24", "https://github.com/pkunlp-icler/FastV/tree/main/src"),
        ("ECCV'24", "http://www.github.com/PKUNLP-icler/fastv.git"),
        ("ECCV'24", "https://aka.ms/fastv"),
    ],
)
def test_a_list_that_has_the_preprint_or_the_repository_in_other_words_contradicts_nothing(
    importing: Import, venue: str, code: str
) -> None:
    importing("badges", BADGES)
    report = importing(
        "venue-bold", "## Vision\n" + FASTV_ROW.format(venue=venue, arxiv="2403.06764", code=code)
    )
    assert report.rows[0].as_text() == "merged into fastv"
    assert not report.conflicts
    assert not any("Other than the record" in line for line in printed(report))


def test_two_papers_under_one_link_stay_two_and_neither_keeps_a_disputed_one(
    importing: Import, empty: Path
) -> None:
    report = importing("badges", BADGES)
    assert "identifiers" not in records(empty)["duca"]
    assert ("duca", "arxiv 2410.05317 is claimed by several") in report.misled
    importing("venue-bold", BOLD)
    assert records(empty)["toca"]["identifiers"] == {"arxiv": "2410.05317"}


FASTV_TWO = "* [**CVPR'25**] FastV Two: Quite Another Paper [[Paper](https://arxiv.org/pdf/2403.06764)]"


def test_a_row_with_the_identifier_of_a_record_and_another_title_is_refused_until_a_person_decides(
    importing: Import, empty: Path
) -> None:
    importing("badges", BADGES)
    before = records(empty)
    report = importing("venue-bold", f"## Vision\n{FASTV_TWO}\n")
    (row,) = report.rows
    assert row.outcome == "refused"
    assert (row.reason or "").startswith(
        "has the arXiv id 2403.06764 of the record 'fastv', but another title"
    )
    assert records(empty) == before
    fastv = empty / "papers" / "2024" / "fastv.yaml"
    renamed = 'former_titles: ["FastV Two: Quite Another Paper"]\n'
    fastv.write_text(fastv.read_text(encoding="utf-8") + renamed, encoding="utf-8")
    assert [row.as_text() for row in importing("venue-bold", f"## Vision\n{FASTV_TWO}\n").rows] == [
        "merged into fastv"
    ]


@pytest.mark.parametrize("rows", [True, False])
def test_an_identifier_that_is_another_paper_s_is_not_taken_and_said(
    importing: Import, empty: Path, rows: bool
) -> None:
    importing("badges", BADGES)
    own = FASTV_TWO.replace("2403.06764", "2501.00001")
    report = importing("venue-bold", f"## Vision\n{FASTV_TWO}\n{own}\n")
    assert [each.as_text() for each in report.rows] == ["taken as fastv-two", "merged into fastv-two"]
    assert records(empty)["fastv-two"]["identifiers"] == {"arxiv": "2501.00001"}
    printed = Console(file=io.StringIO(), width=200)
    report.print(printed, rows=rows)
    (said,) = [line for line in printed.file.getvalue().splitlines() if "2403.06764" in line]
    assert "fastv-two" in said
    assert "arxiv 2403.06764 belongs to 'FastV: An Image" in said


def test_two_papers_under_one_abbreviation_stay_two(importing: Import, empty: Path) -> None:
    importing("venue-bold", BOLD)
    assert {"ppt", "ppt-2023"} <= set(records(empty))
    assert records(empty)["ppt"]["year"] == 2022, "the older one has the shorter id"


def test_lists_that_disagree_are_reported_and_neither_is_taken(importing: Import, empty: Path) -> None:
    entry = "* [**{}**] A Method for Token Merging [[Paper](https://arxiv.org/pdf/2401.00001)]\n"
    report = importing("venue-bold", "## Vision\n" + entry.format("CVPR'24") + entry.format("ECCV'24"))
    assert [(record, conflict.field, conflict.taken) for record, conflict in report.conflicts] == [
        ("method-token-merging", "venue", None)
    ]
    assert records(empty)["method-token-merging"]["venue"] is None


def test_a_row_about_two_records_is_refused_and_names_both(importing: Import, empty: Path) -> None:
    for title, number in (("First Token Paper", 1), ("Second Token Paper", 2)):
        importing("venue-bold", f"## A\n* [arXiv] {title} [[Paper](https://arxiv.org/abs/2401.0000{number})]")
    first = empty / "papers" / "2024" / "first-token-paper.yaml"
    text = first.read_text(encoding="utf-8")
    first.write_text(text + 'former_titles: ["Second Token Paper"]\n', encoding="utf-8")
    report = importing("badges", "- **[1] First Token Paper**, arXiv 2024.")
    names = "first-token-paper and second-token-paper"
    assert report.rows[0].as_text().startswith(f"refused: is about several records: {names}")


def test_the_order_of_lists_does_not_change_the_records(empty: Path, tmp_path: Path) -> None:
    catalogue = Catalogue.load(empty)
    (tmp_path / "badges.md").write_text(BADGES, encoding="utf-8")
    (tmp_path / "bold.md").write_text(BOLD, encoding="utf-8")
    readings = [
        *read_list("badges", tmp_path / "badges.md", catalogue.vocabulary, "badges-list"),
        *read_list("venue-bold", tmp_path / "bold.md", catalogue.vocabulary, "bold-list"),
    ]
    forwards, backwards = plan(readings, catalogue), plan(readings[::-1], catalogue)
    assert forwards.texts == backwards.texts
    assert len(forwards.texts) == 5
