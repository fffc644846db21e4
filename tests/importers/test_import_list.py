"""Importing a list into a catalogue: every row accounted for, nothing settled by chance."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from catalog import yaml_files
from catalog.bibtex import key_in
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.formatting import format_all
from catalog.importers import import_list, plan, read_list
from tests.importers.conftest import Import

BADGES = """\
- **[1] FastV: An Image is Worth 1/2 Tokens After Layer 2**, ECCV 2024.

  *Chen, Liang and Zhao, Haozhe.*

  [[Paper](https://arxiv.org/abs/2403.06764)] [[Code](https://github.com/pkunlp-icler/FastV)] ![](https://img.shields.io/badge/FastV-blue) ![](https://img.shields.io/badge/Visual_Question_Answering-green) ![](https://img.shields.io/badge/Training_Free-brown) ![](https://img.shields.io/badge/Attention_Based-orange) ![](https://img.shields.io/badge/Odd_Tag-purple)

- **[2] Accelerating Diffusion Transformers with Token-wise Feature Caching**, arXiv 2024.
  [[Paper](https://arxiv.org/abs/2410.05317)] ![](https://img.shields.io/badge/ToCa-blue)

- **[3] Accelerating Diffusion Transformers with Dual Feature Caching**, arXiv 2024.
  *Chang Zou and Evelyn Zhang.*
  [[Paper](https://arxiv.org/abs/2410.05317)] ![](https://img.shields.io/badge/DuCa-blue)

- **[4] ---**, ECCV 2022.
"""  # noqa: E501
BOLD = """\
## Vision
#### 2024
* [**ICLR'25**] Accelerating diffusion transformers with token-wise feature caching [[Paper](https://arxiv.org/pdf/2410.05317v2)] [[Code](https://github.com/Shenyi-Z/ToCa)]
* [**ECCV'22**] PPT: token-Pruned Pose Transformer [[Paper](https://arxiv.org/pdf/2209.08194)]
* [arXiv] PPT: Token Pruning and Pooling for Efficient Vision Transformers [[Paper](https://arxiv.org/pdf/2310.01812)]
* [**CVPR'24**] FastV: An Image is Worth 1/2 Tokens After Layer 2 [[Paper](https://arxiv.org/pdf/2403.06764)]
"""  # noqa: E501


def records(root: Path) -> dict[str, dict[str, Any]]:
    return {
        path.stem: yaml_files.read(path)
        for path in sorted(root.glob("papers/*/*.yaml"))
        if path.parent.name.isdigit()
    }


def test_every_row_is_taken_merged_or_refused(importing: Import, empty: Path) -> None:
    report = importing("badges", BADGES)
    assert report.totals == {"entries": 4, "taken": 3, "merged": 0, "refused": 1}
    assert [row.as_text() for row in report.rows] == [
        "taken as fastv",
        "taken as toca",
        "taken as duca",
        "refused: no title could be read",
    ]
    assert set(records(empty)) == {"fastv", "toca", "duca"}


def test_a_record_holds_what_the_row_says_and_where_that_comes_from(importing: Import, empty: Path) -> None:
    importing("badges", BADGES, added="2026-11-21")
    record = records(empty)["fastv"]
    assert record["authors"] == ["Liang Chen", "Haozhe Zhao"]
    assert (record["venue"], record["year"], record["published"]) == ("ECCV", 2024, "2024-03")
    assert record["identifiers"] == {"arxiv": "2403.06764"}
    assert record["links"] == {"code": ["https://github.com/pkunlp-icler/FastV"]}
    assert (record["training"], record["parametric"], record["setting"]) == ("free", None, None)
    assert record["criterion"] == ["attention"], "the badge has the wrong colour"
    assert record["added"] == "2026-11-21"
    assert record["provenance"]["training"] == "badges-list"
    assert (empty / "papers" / "2024" / "fastv.yaml").exists()


def test_that_a_paper_proposes_a_method_is_assumed_where_no_list_says_otherwise(
    importing: Import, empty: Path
) -> None:
    survey = BADGES.replace("Odd_Tag-purple", "Survey-yellow")
    importing("badges", survey)
    kinds = {name: (record["kind"], record["provenance"]["kind"]) for name, record in records(empty).items()}
    assert kinds["toca"] == ("method", "assumed: nothing says otherwise")
    assert kinds["fastv"] == ("survey", "badges-list")


def test_the_same_paper_in_two_lists_is_one_record_that_names_both(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    report = importing("venue-bold", BOLD)
    assert report.rows[0].as_text() == "merged into toca"
    assert records(empty)["toca"]["listed_in"] == ["badges-list", "bold-list"]


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


def test_a_record_that_a_list_completes_stays_in_canonical_form_with_all_its_sources(
    importing: Import, empty: Path
) -> None:
    row = "* [**ECCV'22**] Fish Pruning for Pruned Fish"
    importing("venue-bold", f"## Vision\n#### 2022\n{row} [[Paper](https://www.ecva.net/fish.pdf)]\n")
    more = "[[Paper](https://arxiv.org/abs/2202.13890)] [[Code](https://github.com/a/fish)]"
    importing("badges", f"- **[1] {row.partition('] ')[2]}**, ECCV 2022.\n  {more}\n")
    catalogue = Catalogue.load(empty)
    (fish,) = catalogue
    assert fish.links.model_dump(exclude_none=True) == {
        "paper": "https://www.ecva.net/fish.pdf",
        "code": ("https://github.com/a/fish",),
    }
    assert format_all(catalogue, write=False) == []
    assert (fish.provenance["links"], fish.provenance["identifiers"]) == (
        "bold-list; badges-list",
        "badges-list",
    )


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


def test_what_a_list_says_otherwise_than_a_record_is_reported(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    report = importing("venue-bold", BOLD)
    (conflict,) = [conflict for record, conflict in report.conflicts if record == "fastv"]
    assert (conflict.field, conflict.taken, conflict.because) == ("venue", "ECCV", "the record")
    assert [(claim.value, claim.source) for claim in conflict.claims] == [
        ("ECCV", "the record"),
        ("CVPR", "bold-list"),
    ]


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


@pytest.mark.parametrize("rows", [True, False])
def test_refused_rows_stand_under_their_reason(importing: Import, rows: bool) -> None:
    report = importing("badges", BADGES + "\n- **[5] ---**, CVPR 2024.\n\n- **[6] --**, CVPR 2023.\n")
    printed = Console(file=io.StringIO(), width=200)
    report.print(printed, rows=rows)
    said = printed.file.getvalue()
    (reason,) = {row.reason for row in report.rows if row.outcome == "refused"}
    refused = said.partition("Refused rows")[2].partition("Totals")[0]
    assert refused.count(reason or "") == 1
    assert refused.count("badges-list.md:") == (3 if rows else 1)
    assert "refused: " not in said


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


def test_importing_the_same_list_again_changes_nothing(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    before = {path: path.read_bytes() for path in empty.rglob("*.yaml")}
    report = importing("badges", BADGES)
    assert report.totals == {"entries": 4, "taken": 0, "merged": 3, "refused": 1}
    assert report.changed == []
    assert {path: path.read_bytes() for path in empty.rglob("*.yaml")} == before


def test_of_a_newer_copy_only_new_rows_surface(importing: Import, empty: Path) -> None:
    importing("badges", BADGES)
    newer = BADGES + "\n- **[5] Agglomerative Token Clustering**, ECCV 2024.\n"
    report = importing("badges", newer)
    assert [row.record for row in report.rows if row.outcome == "taken"] == ["agglomerative-token-clustering"]
    assert report.changed == ["papers/2024/agglomerative-token-clustering.yaml"]


def test_a_field_that_a_curator_emptied_is_not_filled_again_by_the_same_list(
    importing: Import, empty: Path
) -> None:
    importing("badges", BADGES)
    path = empty / "papers" / "2024" / "fastv.yaml"
    path.write_text(re.sub("training: free", "training: null  # disputed", path.read_text(encoding="utf-8")))
    importing("badges", BADGES)
    assert "training: null  # disputed" in path.read_text(encoding="utf-8")


def test_a_dry_run_reports_and_writes_nothing(importing: Import, empty: Path) -> None:
    report = importing("badges", BADGES, dry_run=True)
    assert report.totals["taken"] == 3
    assert records(empty) == {}


def test_a_row_about_two_records_is_refused_and_names_both(importing: Import, empty: Path) -> None:
    for title, number in (("First Token Paper", 1), ("Second Token Paper", 2)):
        importing("venue-bold", f"## A\n* [arXiv] {title} [[Paper](https://arxiv.org/abs/2401.0000{number})]")
    first = empty / "papers" / "2024" / "first-token-paper.yaml"
    text = first.read_text(encoding="utf-8")
    first.write_text(text + 'former_titles: ["Second Token Paper"]\n', encoding="utf-8")
    report = importing("badges", "- **[1] First Token Paper**, arXiv 2024.")
    names = "first-token-paper and second-token-paper"
    assert report.rows[0].as_text().startswith(f"refused: is about several records: {names}")


def test_tags_that_the_vocabulary_lacks_are_reported(importing: Import) -> None:
    report = importing("badges", BADGES)
    assert [(note.kind, note.text) for note in report.notes] == [("unknown-tag", "Odd_Tag (purple)")]


@pytest.mark.parametrize(
    ("title", "mechanism"),
    [
        ("Adaptive Token Pruning for Vision", ["pruning"]),
        ("Adaptive Token Merging and Pruning", None),
        ("Beyond Token Pruning in Vision", None),
        ("A Survey of Token Pruning", None),
    ],
)
def test_a_title_fills_a_gap_only_where_it_is_plain(
    importing: Import, empty: Path, title: str, mechanism: list[str] | None
) -> None:
    importing("venue-bold", f"## Vision\n* [arXiv] {title} [[Paper](https://arxiv.org/abs/2401.00001)]")
    (record,) = records(empty).values()
    assert record.get("mechanism") == mechanism
    assert record["provenance"].get("mechanism") == ("title" if mechanism else None)


def test_an_entry_with_a_command_that_does_not_just_print_is_left_out_and_that_is_said(
    importing: Import, empty: Path
) -> None:
    entry = r"@misc{a, title = {Fast \input{x}Tokens}, author = {Bo, Ada}, year = {2024}}"
    report = importing("badges", f"- **[1] Fast Tokens**, arXiv 2024.\n\n  ```bibtex\n  {entry}\n  ```\n")
    assert [note.text.split(":")[:2] for note in report.notes] == [["the BibTeX is left out", " title"]]
    assert records(empty)["fast-tokens"]["authors"] is None


def test_a_cut_short_author_list_is_never_taken(importing: Import, empty: Path) -> None:
    importing(
        "badges",
        "- **[1] SPViT: Latency-Aware Soft Token Pruning**, ECCV 2022.\n  *Kong, Zhenglun and others.*",
    )
    assert records(empty)["spvit"]["authors"] is None


def test_an_anthology_link_to_findings_overrules_the_main_conference(importing: Import, empty: Path) -> None:
    row = "- **[1] Focus on the Core of Tokens**, ACL 2023\n  [[Paper](https://aclanthology.org/2023.findings-acl.909.pdf)]"
    importing("badges", row)
    record = records(empty)["focus-core-tokens"]
    assert (record["venue"], record["provenance"]["venue"]) == (
        "Findings of ACL",
        "identifier: ACL Anthology",
    )


def test_the_report_is_kept_as_json_and_adds_up(importing: Import) -> None:
    data = json.loads(importing("badges", BADGES).as_json())
    assert data["totals"]["entries"] == len(data["rows"]) == 4
    assert data["totals"]["entries"] == sum(data["totals"][name] for name in ("taken", "merged", "refused"))


def test_a_folder_of_pages_is_one_list(importing: Import, empty: Path) -> None:
    pages = {
        "README.md": BADGES,
        "Vision Domain/Generation.md": "- **[1] ToMA: Token Merging with Attention**, ICLR 2025.",
    }
    report = importing("badges", pages)
    assert report.totals["entries"] == 5
    assert records(empty)["toma"]["domain"] == ["vision"]
    assert records(empty)["toma"]["setting"] == ["generation"]


@pytest.mark.parametrize(
    ("dialect", "options", "says"),
    [
        ("badgers", {}, "there is no dialect 'badgers'"),
        ("badges", {"listed_in": "badge-list"}, "did you mean 'badges-list'?"),
    ],
)
def test_what_cannot_be_imported_is_said_in_one_sentence(
    importing: Import, dialect: str, options: dict[str, str], says: str
) -> None:
    with pytest.raises(CatalogError, match=re.escape(says)):
        importing(dialect, BADGES, **options)


BOLD_ROW = "## Vision\n* [arXiv] A Method for Token Merging [[Paper](https://arxiv.org/pdf/2401.00001)]\n"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("my-list.md", ""),
        ("my-list.md", "# My own list\n"),
        ("my-list.md", "# Bolder things\n"),
        ("bold.md", "# Other\n"),
    ],
)
def test_a_file_that_does_not_say_which_list_it_is_credits_none(
    empty: Path, tmp_path: Path, name: str, title: str
) -> None:
    path = tmp_path / name
    path.write_text(title + BOLD_ROW, encoding="utf-8")
    with pytest.raises(
        CatalogError, match="say which list it is: --listed-in bold-list, or the key of another"
    ):
        import_list("venue-bold", path, Catalogue.load(empty))
    assert records(empty) == {}
    import_list("venue-bold", path, Catalogue.load(empty), listed_in="arxiv-list")
    assert records(empty)["method-token-merging"]["listed_in"] == ["arxiv-list"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("README.md", "# ⭐ **Bold** [![Awesome](https://a.org/b.svg)](https://a.org)\n"),
        ("README.md", '<h1 align="center">Bold</h1>\n'),
        ("README.md", "# [Bold: of everything](https://a.org)\n"),
        ("bold-list/README.md", "# Papers\n"),
    ],
)
def test_a_copy_of_the_list_itself_is_known_by_its_title_or_its_folder(
    empty: Path, tmp_path: Path, name: str, title: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(title + BOLD_ROW, encoding="utf-8")
    lists = empty / "papers" / "vocabulary" / "lists.yaml"
    text = lists.read_text(encoding="utf-8").replace(
        "{label: Bold,", "{label: Bold, url: https://a.org/bold-list,"
    )
    lists.write_text(text, encoding="utf-8")
    import_list("venue-bold", path, Catalogue.load(empty))
    assert records(empty)["method-token-merging"]["listed_in"] == ["bold-list"]


def test_a_list_that_is_not_utf8_or_not_there_is_refused_with_its_place(empty: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.md"
    broken.write_bytes(b"## A\n\xff\n")
    for path, says in ((broken, "broken.md:2: not UTF-8"), (tmp_path / "absent.md", "not found")):
        with pytest.raises(CatalogError, match=says):
            import_list("venue-bold", path, Catalogue.load(empty))


def test_hostile_rows_make_no_record_that_cannot_be_read(importing: Import, empty: Path) -> None:
    rows = [
        "* [**ICLR'25**] <script>alert(1)</script> Token Pruning [[Paper](javascript:alert(1))]",
        "* [**ICLR'25**] \u202eOdd\u0000 Direction of Tokens [[Paper](https://user:pass@example.org/a)] [[Code](ftp://x.org)]",
        "* [**ICLR'25**] A Link That Is No Address [[Paper](https://[::1)] [[Code](http://a b)]",
        "* [**ICLR'25**] Quotes \" ' and {{ braces }} # in *Titles* of Tokens [[Paper](https://example.org/<a>)]",
    ]
    report = importing("venue-bold", "## A\n" + "\n".join(rows))
    assert report.totals["entries"] == 4
    catalogue = Catalogue.load(empty)
    assert catalogue.unreadable == ()
    assert len(catalogue) == report.totals["taken"]


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


def test_a_row_that_makes_more_than_can_be_read_again_is_refused_and_the_others_are_taken(
    importing: Import, empty: Path
) -> None:
    crowd = " and ".join(f"Abcdefgh Ijklmnop{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(1990))
    text = BADGES.replace("Chang Zou and Evelyn Zhang", crowd)
    report = importing("badges", text)
    assert report.totals == {"entries": 4, "taken": 2, "merged": 0, "refused": 2}
    assert "no more than 65,536 are read" in report.rows[2].as_text()
    assert sorted(records(empty)) == ["fastv", "toca"]
