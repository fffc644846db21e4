"""Where and when an imported paper appeared: venue, year, folder and citation key."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from catalog.bibtex import key_in
from catalog.catalogue import Catalogue
from tests.importers.conftest import Import
from tests.importers.list_samples import BADGES, BOLD, records


def test_publication_upgrades_a_preprint_and_known_facts_stay(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    importing("venue-bold", BOLD)
    assert (records(empty)["toca"]["venue"], records(empty)["toca"]["year"]) == ("ICLR", 2025)
    assert records(empty)["toca"]["links"] == {"code": ["https://github.com/Shenyi-Z/ToCa"]}
    assert records(empty)["fastv"]["venue"] == "ECCV", "a list never changes what a record holds"


def test_a_record_follows_a_date_that_a_list_adds_into_its_folder(importing: Import, empty: Path) -> None:
    row = "* [**ECCV'22**] Fish Pruning for Pruned Fish"
    importing("venue-bold", f"## Vision\n#### 2022\n{row} [[Paper](https://a.org/fish.pdf)]\n")
    (before,) = empty.glob("papers/2022/*.yaml")
    badges = (
        f"- **[1] {row.partition('] ')[2]}**, ECCV 2022.\n  [[Paper](https://arxiv.org/abs/2112.13890)]\n"
    )
    report = importing("badges", badges)
    (after,) = empty.glob("papers/2*/*.yaml")
    assert after == empty / "papers" / "2021" / before.name
    assert report.changed == [after.relative_to(empty).as_posix()]
    assert records(empty)[after.stem]["published"] == "2021-12"
    assert Catalogue.load(empty).files == {after.stem: report.changed[0]}


def test_an_upgraded_record_cites_the_publication_under_its_old_key(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    before = records(empty)["toca"]["bibtex"]
    importing("venue-bold", BOLD)
    after = records(empty)["toca"]["bibtex"]
    assert "International Conference on Learning Representations" in after
    assert before.split("{")[1].split(",")[0] == after.split("{")[1].split(",")[0]


def test_records_that_get_their_authors_get_keys_that_no_other_record_has(
    importing: Import, empty: Path
) -> None:
    row = "* [**CVPR'24**] {} [[Paper](https://arxiv.org/abs/{})]\n"
    titles = {"Pruning Tokens Early": "2401.00001", "Pruning Tokens Late in Depth": "2401.00002"}
    importing("venue-bold", "## Vision\n" + "".join(row.format(*each) for each in titles.items()))
    assert sorted(key_in(record["bibtex"]) or "" for record in records(empty).values()) == [
        "2024pruning",
        "2024pruninga",
    ]
    entry = "- **[1] {}**, CVPR 2024.\n  *Bo, Ada and Da, Chen.*\n  [[Paper](https://arxiv.org/abs/{})]\n\n"
    new = entry.format("Pruning of Other Tokens", "2401.00003")
    importing("badges", "".join(entry.format(*each) for each in titles.items()) + new)
    assert sorted(key_in(record["bibtex"]) or "" for record in records(empty).values()) == [
        "bo2024pruning",
        "bo2024pruninga",
        "bo2024pruningb",
    ]


NO_YEAR = """\
- **[1] Accelerating Diffusion Transformers with Token-wise Feature Caching**, ICLR.
  [[Paper](https://arxiv.org/abs/2410.05317)]
"""


def test_a_paper_without_any_date_lies_in_the_folder_of_the_day_on_which_it_is_added(
    importing: Import, empty: Path
) -> None:
    undated = NO_YEAR.replace("https://arxiv.org/abs/2410.05317", "https://example.org/paper")
    report = importing("badges", undated, added=None)
    assert report.totals["refused"] == 1
    assert "no day on which it is added was given" in report.rows[0].as_text()
    importing("badges", undated, added="2026-11-21")
    (path,) = empty.glob("papers/*/accelerating-*.yaml")
    assert path.parent.name == "2026"


def test_a_year_that_no_list_names_is_unknown_and_has_no_source(importing: Import, empty: Path) -> None:
    importing("badges", NO_YEAR)
    (record,) = records(empty).values()
    assert (record["venue"], record["year"]) == ("ICLR", None)
    assert set(record["provenance"]) == {"title", "venue", "identifiers", "kind"}


def test_a_preprint_s_year_goes_with_its_source_where_the_publication_s_is_unknown(
    importing: Import, empty: Path
) -> None:
    importing("badges", BADGES)
    assert "year" in records(empty)["toca"]["provenance"]
    importing("badges", NO_YEAR, listed_in="bold-list")
    record = records(empty)["toca"]
    assert (record["venue"], record["year"]) == ("ICLR", None)
    assert record["provenance"]["venue"] == "bold-list"
    assert "year" not in record["provenance"]


def test_a_venue_that_a_list_adds_leaves_the_year_that_is_known(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    path = empty / "papers" / "2024" / "toca.yaml"
    path.write_text(path.read_text().replace("venue: arXiv\n", "venue: null\n"))
    importing("badges", NO_YEAR, listed_in="bold-list")
    record = records(empty)["toca"]
    assert (record["venue"], record["year"]) == ("ICLR", 2024)
    assert record["provenance"]["year"] == "badges-list"


UNKNOWN_VENUE = """\
- **[1] A Method for Token Merging**, Fishery 2025.
  *Ada Bo.*
"""


def test_an_unknown_venue_leaves_its_year_and_is_taken_as_soon_as_it_is_known(
    importing: Import, empty: Path
) -> None:
    report = importing("badges", UNKNOWN_VENUE)
    (record,) = records(empty).values()
    assert (record["venue"], record["year"], record["provenance"]["year"]) == (None, 2025, "badges-list")
    assert [(note.kind, note.text) for note in report.notes] == [("unknown-venue", "Fishery 2025")]
    assert importing("badges", UNKNOWN_VENUE).changed == []
    venues = empty / "papers" / "vocabulary" / "venues.yaml"
    venues.write_text(
        venues.read_text(encoding="utf-8")
        + 'Fishery: {label: Fishery, definition: "Fishery", type: conference}\n',
        encoding="utf-8",
    )
    importing("badges", UNKNOWN_VENUE)
    (record,) = records(empty).values()
    assert (record["venue"], record["year"], record["provenance"]["venue"]) == (
        "Fishery",
        2025,
        "badges-list",
    )
    assert "Fishery" in record["bibtex"]
    assert importing("badges", UNKNOWN_VENUE).changed == []


def test_a_report_says_what_to_do_about_what_was_not_understood(importing: Import) -> None:
    printed = Console(file=io.StringIO(), width=200)
    importing("badges", UNKNOWN_VENUE).print(printed)
    said = printed.file.getvalue()
    assert "unknown-venue: add the venue to papers/vocabulary/venues.yaml" in said
    assert "unknown-tag" not in said


def test_an_anthology_link_to_findings_overrules_the_main_conference(importing: Import, empty: Path) -> None:
    row = "- **[1] Focus on the Core of Tokens**, ACL 2023\n  [[Paper](https://aclanthology.org/2023.findings-acl.909.pdf)]"
    importing("badges", row)
    record = records(empty)["focus-core-tokens"]
    assert (record["venue"], record["provenance"]["venue"]) == (
        "Findings of ACL",
        "identifier: ACL Anthology",
    )
