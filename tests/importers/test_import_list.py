"""Importing a list into a catalogue: every row accounted for, and once."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.formatting import format_all
from catalog.importers import import_list
from tests.importers.conftest import Import
from tests.importers.list_samples import BADGES, records


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


def test_a_row_that_makes_more_than_can_be_read_again_is_refused_and_the_others_are_taken(
    importing: Import, empty: Path
) -> None:
    crowd = " and ".join(f"Abcdefgh Ijklmnop{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(1990))
    text = BADGES.replace("Chang Zou and Evelyn Zhang", crowd)
    report = importing("badges", text)
    assert report.totals == {"entries": 4, "taken": 2, "merged": 0, "refused": 2}
    assert "no more than 65,536 are read" in report.rows[2].as_text()
    assert sorted(records(empty)) == ["fastv", "toca"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_emoji_by_which_a_list_points_to_a_paper_and_line_ends_of_other_systems_are_no_part_of_titles(
    importing: Import, empty: Path, end: str
) -> None:
    rows = [
        "## Papers",
        "- [🔥 Fewer Tokens](https://arxiv.org/abs/2401.00001), CVPR 2024 ⭐️",
        "- [Even Fewer 🚀](https://arxiv.org/abs/2401.00002), CVPR 2024",
    ]
    report = importing("linked-title", end.join(rows), listed_in="bold-list")
    assert [row.outcome for row in report.rows] == ["taken", "taken"]
    assert {paper.title for paper in Catalogue.load(empty)} == {"Fewer Tokens", "Even Fewer"}
