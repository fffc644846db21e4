"""Lists of one line a paper: the venue in bold, or an arXiv badge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers import arxiv_badge, linked_title, venue_bold
from catalog.importers.entry import ListLink, Tag
from catalog.importers.reading import EntryReader, Note
from catalog.vocabulary import Vocabulary
from tests.conftest import MINI

BOLD = """\
# A list [![Awesome](https://example.org/badge.svg)](https://example.org)
- [🌁 Vision](#vision)
- **`2025/03/24`** Added CVPR 2025
## 🌁 Vision
#### 2025
* [**CVPR'25**] Rethinking Token Reduction with Parameter-Efficient Fine-Tuning in ViT for Pixel-Level Tasks
* [**NeurIPSW'24**] M2M-TAG: Many-to-Many Token Aggregation [[Paper](openreview.net/forum?id=LO3Mw8Jrk0)] [[Code](https://github.com/AuroraZengfh/TokenTransforming)]
* [**ICCV'23** Workshop] Which Tokens to Use? [[Paper](https://arxiv.org/abs/2308.04657 )]
* [arXiv] AdaCM<sup>2</sup>: Long-Term Video [[Paper](https://arxiv.org/pdf/2411.12593v3)]
"""

IMAGE = '<img alt="arXiv" src="https://img.shields.io/badge/arXiv-2412.01818-red?logo=arxiv" height="14" />'
BADGE = f"- {IMAGE}"
CODE = "[GitHub](https://github.com/a/b)"
BADGE_LINK = "https://arxiv.org/abs/2412.01818"


def test_every_line_under_a_heading_is_an_entry_and_contents_and_news_are_not() -> None:
    entries = venue_bold.read(BOLD, "README.md")
    assert [entry.venue for entry in entries] == [
        "**CVPR'25**",
        "**NeurIPSW'24**",
        "**ICCV'23** Workshop",
        "arXiv",
    ]
    assert {entry.headings for entry in entries} == {("Vision", "2025")}


def test_an_entry_without_any_link_keeps_its_title() -> None:
    entry = venue_bold.read(BOLD, "README.md")[0]
    assert entry.title.startswith("Rethinking Token Reduction")
    assert entry.links == ()


PAPER = "https://arxiv.org/abs/2211.17192"


@pytest.mark.parametrize(
    ("row", "title", "venue"),
    [
        (f"[2022/11] **Fast Inference** [ICML 2023] [[paper]({PAPER})]", "Fast Inference", "ICML 2023"),
        (
            f"[2022.11] **Fast Inference**, ACL Findings 2024. [[pdf]({PAPER})]",
            "Fast Inference",
            "ACL Findings 2024.",
        ),
        (f"[2022/11] **Fast Inference** [[paper]({PAPER})]", "**Fast Inference**", None),
        (f"[arXiv'22] Fast Inference (ICML'23) [[paper]({PAPER})]", "Fast Inference", "ICML'23"),
        (f"[**ICML'23**] Attention to [CLS] [[paper]({PAPER})]", "Attention to [CLS]", "**ICML'23**"),
        (
            f"[**ICML'23**] Fast Inference [paper]({PAPER}) [code](https://a.org)",
            "Fast Inference",
            "**ICML'23**",
        ),
    ],
)
def test_the_venue_behind_a_title_is_no_part_of_it_and_a_month_before_it_is_no_venue(
    row: str, title: str, venue: str | None
) -> None:
    (entry,) = venue_bold.read(f"## Decoding\n- {row}\n", "a.md")
    assert (entry.title, entry.venue, entry.links[0].url) == (title, venue, PAPER)


@pytest.mark.parametrize(
    "news",
    [
        f"[2024/06/12] We release the [[paper]({PAPER})]",
        f"[2024/06] Our [paper]({PAPER}) is out!",
        f"[2024/06] We wrote [a survey]({PAPER})",
    ],
)
def test_news_before_which_a_date_stands_are_no_entries(news: str) -> None:
    assert venue_bold.read(f"## News\n- {news}\n", "a.md") == []


def test_images_are_no_part_of_a_title_and_are_read_as_tags_and_links() -> None:
    row = (
        f"* [**ICML'23**] Fast Inference [![arXiv](https://a.org/b.svg)]({PAPER}) "
        "[![](https://a.org/stars.svg)](https://github.com/a/b) "
        "![](https://img.shields.io/badge/Token_Pruning-orange) [[Slides](https://a.org/slides)]"
    )
    (entry,) = venue_bold.read(f"## Decoding\n{row}\n", "a.md")
    assert (entry.title, entry.tags) == ("Fast Inference", (Tag("Token_Pruning", "orange"),))
    assert entry.links == (ListLink("paper", PAPER), ListLink("code", "https://github.com/a/b"))
    assert entry.unknown_links == ("Slides: https://a.org/slides",)


def test_a_link_without_scheme_and_one_with_a_space_are_read() -> None:
    _, second, third, _ = venue_bold.read(BOLD, "README.md")
    assert second.links[0].url == "openreview.net/forum?id=LO3Mw8Jrk0"
    assert second.links[1].kind == "code"
    assert third.links[0].url == "https://arxiv.org/abs/2308.04657"


@pytest.mark.parametrize(
    ("line", "title", "tags", "links"),
    [
        (
            f"{BADGE} [[CLS] Attention is All You Need](https://arxiv.org/pdf/1). [FasterVLM: {CODE}]",
            "[CLS] Attention is All You Need",
            ["FasterVLM"],
            ["https://arxiv.org/pdf/1", BADGE_LINK, "https://github.com/a/b"],
        ),
        (
            f"{BADGE}  [LLaVA-PruMerge:\nAdaptive Reduction](https://arxiv.org/abs/1.pdf) .  [PruMerge;]",
            "LLaVA-PruMerge: Adaptive Reduction",
            ["PruMerge"],
            ["https://arxiv.org/abs/1.pdf", BADGE_LINK],
        ),
        (
            "- OpenReview [LVP: Visual Projector](https://openreview.net/pdf?id=PxBzxO02Ef).[LVP]",
            "LVP: Visual Projector",
            ["LVP"],
            ["https://openreview.net/pdf?id=PxBzxO02Ef"],
        ),
        (
            f"{BADGE}  [Matryoshka Query](https://arxiv.org/pdf/1) .    [MQT-LLaVA; NeurIPS 2024]{CODE}]",
            "Matryoshka Query",
            ["MQT-LLaVA", "NeurIPS 2024"],
            ["https://arxiv.org/pdf/1", BADGE_LINK, "https://github.com/a/b"],
        ),
    ],
)
def test_a_badge_line_is_read_however_its_brackets_are_set(
    line: str, title: str, tags: list[str], links: list[str]
) -> None:
    (entry,) = arxiv_badge.read(f"## VLM\n### 2024\n{line}\n", "README.md")
    assert entry.title == title
    assert [tag.text for tag in entry.tags] == tags
    assert [link.url for link in entry.links] == links
    assert entry.headings == ("VLM", "2024")


def test_a_venue_whose_brackets_are_bold_as_well_is_read() -> None:
    line = "* **[CVPR 2025]** Token Cropr: Faster ViTs [[paper]](https://a.org/1) [[code]](https://a.org/2)"
    (entry,) = venue_bold.read(f"## Vision\n{line}\n* **[1]** No venue [[paper]](https://a.org/3)\n", "a.md")
    assert (entry.venue, entry.title) == ("CVPR 2025", "Token Cropr: Faster ViTs")
    assert [(link.kind, link.url) for link in entry.links] == [
        ("paper", "https://a.org/1"),
        ("code", "https://a.org/2"),
    ]


@pytest.mark.parametrize("venue", ["**[CVPR 2025]**", "[CVPR 2025]", "[**CVPR 2025**]"])
@pytest.mark.parametrize(
    "title", ["[Token Cropr](https://a.org/1)", "**[[CLS] Token Cropr](https://a.org/1)**"]
)
def test_a_title_that_is_linked_behind_its_venue_is_read(venue: str, title: str) -> None:
    (entry,) = venue_bold.read(f"## Vision\n* {venue} {title} [code](https://a.org/2)\n", "a.md")
    assert entry.title == ("[CLS] Token Cropr" if "CLS" in title else "Token Cropr")
    assert [(link.kind, link.url) for link in entry.links] == [
        ("title", "https://a.org/1"),
        ("code", "https://a.org/2"),
    ]
    assert venue_bold.read("## Vision\n* [One] [Vision models](#vision)\n", "a.md") == []


LINKED = "https://arxiv.org/abs/2412.01818"


@pytest.mark.parametrize(
    ("line", "title", "venue", "links"),
    [
        (f"- [Token Cropr: Faster]({LINKED}), NeurIPS 2025", "Token Cropr: Faster", "NeurIPS 2025", [LINKED]),
        (
            f"* **[[CLS] Attention is All]({LINKED})** (ICCV 2025) [code](https://github.com/a/b)",
            "[CLS] Attention is All",
            "ICCV 2025",
            [LINKED, "https://github.com/a/b"],
        ),
        (
            f"1. [Token Cropr]({LINKED}), Ada Bo, Chen Da. *CVPR'25*. [[Github](https://github.com/a/b)]",
            "Token Cropr",
            "CVPR'25",
            [LINKED, "https://github.com/a/b"],
        ),
        (f"- [Token Cropr]({LINKED}), Ada Bo, 2024, CVPR 2025", "Token Cropr", "CVPR 2025", [LINKED]),
        (f"- [Token Cropr]({LINKED}) (CVPR, 2025)", "Token Cropr", "CVPR 2025", [LINKED]),
        (f"- [Token Cropr: Faster]({LINKED}) - a fine paper", "Token Cropr: Faster", None, [LINKED]),
    ],
)
def test_a_linked_title_is_read_with_the_venue_behind_it(
    line: str, title: str, venue: str | None, links: list[str]
) -> None:
    (entry,) = linked_title.read(f"# A list\n## Vision\n{line}\n", "a.md")
    assert (entry.title, entry.venue, entry.headings) == (title, venue, ("Vision",))
    assert [link.url for link in entry.links] == links


def test_links_behind_a_linked_title_are_read_by_their_labels_and_others_are_reported() -> None:
    links = "[Paper](https://a.org/1) [[pdf]](https://a.org/2) [Website](https://a.org/3) [Weights](https://a.org/4)"
    badge = "[![Stars 2020](https://a.org/5.svg)](https://a.org/6)"
    (entry,) = linked_title.read(f"- [Token Cropr: Faster](https://a.org/0) {badge} {links}\n", "a.md")
    assert [(link.kind, link.url[-1]) for link in entry.links] == [
        ("title", "0"),
        ("paper", "1"),
        ("paper", "2"),
        ("project", "3"),
    ]
    unknown = ("Stars 2020: https://a.org/6", "Weights: https://a.org/4")
    assert (entry.unknown_links, entry.venue) == (unknown, None)
    note = Note("unknown-link", "a.md:1", "Weights: https://a.org/4")
    vocabulary = Vocabulary.load(MINI / "papers" / "vocabulary")
    assert note in EntryReader(vocabulary, "first-list").read(entry).notes


@pytest.mark.parametrize(
    "line",
    [
        "- [Vision models](#vision)",
        "- [Another list of papers](https://github.com/a/list)",
        "- **2025/03/24** [Token Cropr: Faster](https://arxiv.org/abs/2412.01818)",
        f"- {IMAGE} [Token Cropr: Faster](https://arxiv.org/abs/2412.01818)",
        "* [**CVPR'25**] Token Cropr: Faster [[Paper](https://arxiv.org/abs/2412.01818)]",
    ],
)
def test_contents_news_and_rows_of_other_dialects_are_no_linked_titles(line: str) -> None:
    assert linked_title.read(f"## Vision\n{line}\n", "a.md") == []


@given(st.text(alphabet="-*[]()# \nab1<img OpenReview;:.'", max_size=300))
def test_garbage_never_fails(garbage: str) -> None:
    assert len(venue_bold.read(f"## A\n{garbage}\n## B\n* [**X'24**] Last [[Paper](a)]", "a.md")) >= 1
    entries = arxiv_badge.read(f"{garbage}\n\n- OpenReview [Last](https://a.org)", "a.md")
    assert entries[-1].title == "Last"
    entries = linked_title.read(f"{garbage}\n\n- [Last of All](https://a.org)", "a.md")
    assert entries[-1].title == "Last of All"
