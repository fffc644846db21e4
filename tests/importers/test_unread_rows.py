"""Rows that look like an entry and that the dialect cannot read: reported, never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.importers import DIALECTS, import_list
from catalog.importers.unread import items_like_entries, looks_like_entry
from tests.importers.conftest import Import

BOLD = """\
# A list
- [Vision](#vision)
- **`2025/03/24`** Added CVPR 2025 and [a paper](https://arxiv.org/abs/2505.18227)
## Vision
#### 2025
* [**CVPR'25**] Token Cropr: Faster ViTs [[Paper](https://arxiv.org/abs/2412.00965)]
* Broken without venue [[Paper](https://arxiv.org/abs/2509.22222)]
* [**NeurIPS'25**] FishPrune: Pruning Fish [[Paper](https://arxiv.org/abs/2509.11111)]
- **[1] Bold paper**, CVPR 2025.
* [Another list](https://github.com/someone/another-list): papers on something else
"""


def test_a_row_that_cannot_be_read_is_refused_with_its_line_and_the_reason(importing: Import) -> None:
    report = importing("venue-bold", BOLD)
    assert report.totals == {"entries": 4, "taken": 2, "merged": 0, "refused": 2}
    refused = [(row.line, row.title) for row in report.rows if row.outcome == "refused"]
    assert refused == [(7, "Broken without venue"), (9, "1 Bold paper , CVPR 2025.")]
    assert "is written otherwise than the entries of 'venue-bold'" in report.rows[1].as_text()
    assert "* [**CVPR'25**] Title [[Paper](https://…)]" in report.rows[1].as_text()


def test_an_entry_before_every_heading_is_refused_and_says_so(importing: Import) -> None:
    entry = BOLD.split("\n")[5]
    report = importing("venue-bold", f"{entry}\n## Vision\n{entry}\n")
    assert [row.as_text().partition(";")[0] for row in report.rows] == [
        "refused: stands under no heading",
        "taken as token-cropr",
    ]


@pytest.mark.parametrize("heading", ["# Papers", "Papers\n======", ""])
def test_where_no_entry_can_be_read_the_reason_is_that_of_its_rows(importing: Import, heading: str) -> None:
    entry = BOLD.split("\n")[5]
    with pytest.raises(CatalogError) as error:
        importing("venue-bold", f"{heading}\n\n{entry}\n{entry}\n")
    assert "2 of its rows look like one; 2 of them are refused, because each stands under no heading" in str(
        error.value
    )
    assert "'## Vision'" in str(error.value)
    assert "begin as in" not in str(error.value)
    assert "nor does any other" not in str(error.value)


def test_a_list_of_bibtex_is_told_where_to_paste_it(importing: Import) -> None:
    with pytest.raises(
        CatalogError, match=r"1 of them is refused, because it is BibTeX, .* catalog add --offline -"
    ):
        importing("venue-bold", "# Papers\n@misc{a2020b,\n  title = {Token Fish},\n}\n")


@pytest.mark.parametrize("dialect", ["badges", "arxiv-badge", "talk"])
def test_a_dialect_that_finds_nothing_names_the_one_that_does(importing: Import, dialect: str) -> None:
    bold = BOLD.replace("- **[1] Bold paper**", "- Plain paper")
    with pytest.raises(
        CatalogError, match=f"'{dialect}' finds no entry there.*'venue-bold' finds 2"
    ) as error:
        importing(dialect, bold)
    assert "4 of its rows look like one" in str(error.value)


def test_one_row_that_looks_like_an_entry_looks_like_one(importing: Import) -> None:
    with pytest.raises(CatalogError, match="though 1 of its rows looks like one;"):
        importing("venue-bold", "# List\n* Without venue [[Paper](https://arxiv.org/abs/2509.22222)]\n")


def test_a_file_that_no_dialect_reads_says_so(importing: Import) -> None:
    with pytest.raises(CatalogError, match="finds no entry there; nor does any other"):
        importing("venue-bold", "# Nothing\n- [Contents](#contents)\n")


def test_a_folder_without_entries_says_so(empty: Path, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.md").write_text("# Nothing\n", encoding="utf-8")
    with pytest.raises(CatalogError, match="'badges' finds no entry there"):
        import_list("badges", tmp_path / "pages", Catalogue.load(empty))


ARXIV = """\
## VLM
- <img alt="arXiv" src="https://img.shields.io/badge/arXiv-2412.01818-red" /> [A Title](https://a.org/1). [One]
- [Title without Badge](https://arxiv.org/abs/2412.01819). [Two]
* [**NeurIPS'25**] FishPrune: Pruning Fish [[Paper](https://arxiv.org/abs/2509.11111)]
- <img alt="arXiv" src="https://img.shields.io/badge/arXiv-2412.01820-red" /> No Link around it [[Paper](https://a.org/2)]
- OpenReview [LVP: Visual Projector](https://openreview.net/pdf?id=PxBzxO02Ef).[LVP]
"""  # noqa: E501


def test_a_row_without_its_badge_is_refused_and_no_title_is_made_up(importing: Import) -> None:
    report = importing("arxiv-badge", ARXIV)
    assert [(row.line, row.outcome, row.title) for row in report.rows] == [
        (2, "taken", "A Title"),
        (3, "refused", "Title without Badge. Two"),
        (4, "refused", "NeurIPS'25 FishPrune: Pruning Fish"),
        (5, "refused", ""),
        (6, "taken", "LVP: Visual Projector"),
    ]
    assert report.rows[3].reason == "no title could be read"


@pytest.mark.parametrize(
    "item",
    [
        "* A Title [[Paper](https://arxiv.org/abs/2509.22222)]",
        "- **A Title** (openreview), [Paper](openreview.net/forum?id=abc)",
        "1. A Title https://arxiv.org/abs/2509.22222",
        "| A Title | [PDF](https://example.org/a.pdf) |",
        "- A Title, ICLR 2024",
        "- A Title (NeurIPS'24)",
        "- [2022/11] **A Title** [[paper](https://arxiv.org/abs/2211.17192)] ![](https://a.org/badge.svg)",
        '- <a href="https://arxiv.org/abs/2509.22222">A Title</a>',
        "* [A Title](https://github.com/a/b) [[Paper](https://github.com/a/b/raw/main/a.pdf)]",
    ],
)
def test_an_item_with_a_title_and_a_link_or_venue_looks_like_an_entry(item: str) -> None:
    assert looks_like_entry(item)


@pytest.mark.parametrize(
    "item",
    [
        "- [CVPR 2025](#cvpr-2025)",
        "- [2025/05] We release [a paper](https://arxiv.org/abs/2505.19147)",
        "- [Vision Domain](https://github.com/a/b/tree/main/Vision%20Domain)",
        "- [Generation](TOKEN-WISE.md)",
        "* **`2025/05/27`** We release [a paper](https://arxiv.org/abs/2505.19147)",
        "- From 2,048 tokens to 10M tokens in 2025",
        "- [ ] Write more",
        "- [![Awesome](https://a.org/badge.svg)](https://awesome.re)",
        "- [x](http://[::bad)",
    ],
)
def test_contents_news_and_prose_do_not(item: str) -> None:
    assert not looks_like_entry(item)


def test_an_entry_of_several_lines_is_one_and_its_bibtex_none() -> None:
    page = (
        "- **A Title without a Number**\n\n  *Ada Lovelace.*\n\n  [[Paper](https://arxiv.org/abs/2509.22222)]\n"
        "  ```\n  - inside [a fence](https://a.org)\n  ```\n- Second Title, CVPR 2024\n"
    )
    assert [(item.line, item.words[:7]) for item in items_like_entries(page)] == [
        (1, "A Title"),
        (9, "Second "),
    ]


OTHER_STYLES = """\
Ada Bo, Chen Da, "First Title". In NeurIPS, 2024. [[Paper](https://arxiv.org/abs/2402.12374)]
**[7] Second Title**, NeurIPS 2024. [[Paper](https://arxiv.org/abs/2404.18911)]

**Third Title: of Several Lines**, NeurIPS 2024
*Zhuoming Chen, Avner May*
[[Paper](https://arxiv.org/abs/2402.12375)] [[Code](https://github.com/a/b)]

Whoever finds this helpful may cite [our survey](https://arxiv.org/abs/2505.19147), and the
[list](https://github.com/a/list). Everything is on [our site](https://example.org/).

- A Fourth Title with its Entry, CVPR 2024
  ```bibtex
  @inproceedings{fourth, title = {A {F}ourth Title with its Entry}}
  ```
- A Fifth Title, CVPR 2024

<details><summary>BibTeX</summary>

```bibtex
@string{cvpr = "CVPR"}
@misc{sixth2024,
  title={A Sixth Title},
  year={2024}
}
@misc{seventh2024, title={A
```
</details>
"""


def test_paragraphs_and_bibtex_that_look_like_entries_are_unread_ones_and_prose_is_not() -> None:
    assert [
        (item.line, item.words.split(",")[0].strip(), item.is_bibtex)
        for item in items_like_entries(OTHER_STYLES)
    ] == [
        (1, "Ada Bo", False),
        (2, "7 Second Title", False),
        (4, "Third Title: of Several Lines", False),
        (11, "A Fourth Title with its Entry", False),
        (15, "A Fifth Title", False),
        (21, "A Sixth Title", True),
        (25, "A", True),
    ]


def test_an_unread_bibtex_entry_is_refused_and_says_what_reads_it(importing: Import) -> None:
    report = importing("venue-bold", BOLD + OTHER_STYLES)
    assert report.totals["refused"] == 8
    assert report.rows[-1].as_text() == (
        "refused: is BibTeX, which 'venue-bold' does not read here; paste it into: catalog add --offline -"
    )


@pytest.mark.parametrize(
    ("dialect", "row"),
    [
        ("linked-title", "- [vLLM docs](https://docs.vllm.ai/en/latest/)"),
        ("venue-bold", "* [Blog] vLLM docs [[Link](https://docs.vllm.ai/en/latest/)]"),
        ("venue-bold", "* [Blog] [vLLM docs](https://docs.vllm.ai/en/latest/)"),
    ],
)
def test_a_row_of_which_nothing_says_that_it_is_a_paper_is_refused(
    importing: Import, empty: Path, dialect: str, row: str
) -> None:
    paper = "* [**CVPR'25**] [Token Cropr](https://arxiv.org/abs/2412.00965), CVPR 2025"
    paper = paper if dialect == "venue-bold" else paper.replace("[**CVPR'25**] ", "")
    report = importing(dialect, f"## Vision\n{row}\n{paper}\n", listed_in="bold-list")
    assert [each.outcome for each in report.rows] == ["refused", "taken"]
    assert str(report.rows[0].reason).startswith("nothing there says that it is a paper")


@pytest.mark.parametrize(
    "row",
    [
        "- [A Title](https://dl.acm.org/doi/10.1145/3620666.3651335)",
        "- [A Title](https://example.org/a-title.pdf)",
        "- [A Title](https://example.org/a-title) [[Paper](https://example.org/paper)]",
        "- [A Title](https://example.org/a-title), in 2024",
    ],
)
def test_a_link_to_where_papers_are_or_a_year_says_that_it_is_a_paper(importing: Import, row: str) -> None:
    assert importing("linked-title", f"## Vision\n{row}\n", listed_in="bold-list").totals["taken"] == 1


def test_headings_and_badges_that_name_no_term_are_reported(importing: Import) -> None:
    row = "* [**CVPR'25**] Token Cropr ![](https://img.shields.io/badge/Token_Pruning-orange)"
    report = importing(
        "venue-bold",
        f"# A list\n## Vision\n#### 2025\n{row}\n## Fishing\n{row} 2 ![](https://img.shields.io/badge/Nets-red)\n",
    )
    assert [(note.kind, note.text) for note in report.notes] == [
        ("unknown-heading", "Fishing"),
        ("unknown-tag", "Nets (red)"),
    ]


def test_rows_that_were_read_are_no_unread_ones() -> None:
    page = "- A Title, CVPR 2024\n- Another Title, CVPR 2024"
    assert [item.line for item in items_like_entries(page, frozenset([1]))] == [2]


@given(st.text(alphabet="-*+|[]()<>`!# \n.:/'1aBCVPR2024 https://arxiv.org", max_size=300))
def test_garbage_never_fails_and_every_row_has_its_line(garbage: str) -> None:
    lines = garbage.split("\n")
    for item in items_like_entries(garbage):
        assert lines[item.line - 1].rstrip() == item.raw.split("\n")[0]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_dialect_shows_an_entry_that_it_reads(dialect: str) -> None:
    row = (
        DIALECTS[dialect]
        .row.replace("…", "arxiv.org/abs/2412.01818")
        .replace('"Title"', '"A Title of a Talk"')
    )
    assert len(DIALECTS[dialect].read(f"## Vision\n{row}\n", "a.md")) == 1
