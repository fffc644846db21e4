"""What the export in a list's own format writes, its importer reads again as the same records."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from round_trip import FORMATS, differences, read_back

from catalog.catalogue import Catalogue
from catalog.record import Identifiers, Links, Paper

MINI = Catalogue.load(Path(__file__).parents[1] / "mini")
DIALECTS = pytest.mark.parametrize("dialect", FORMATS)


def _returns(dialect: str, papers: tuple[Paper, ...]) -> None:
    catalogue = replace(MINI, papers=papers, files={})
    with tempfile.TemporaryDirectory() as folder:
        found, report = read_back(dialect, papers, catalogue, Path(folder))
    by_title = {paper.title: paper for paper in found}
    assert sorted(by_title) == sorted(paper.title for paper in papers)
    for paper in papers:
        assert differences(paper, by_title[paper.title], dialect, MINI.vocabulary) == {}
    assert not [note for note in report.notes if not note.text.endswith("not known")]
    assert not report.conflicts


@DIALECTS
def test_every_record_of_the_small_catalogue_comes_back(dialect: str) -> None:
    _returns(dialect, MINI.papers)


REAL = Path(__file__).parents[2]
DIFFERENT = {
    "criticalkv": "its repository is named after another record's method, which an import takes for damage",
    "m2m-tag": "the same",
    "d3tom": "its name is spelt otherwise than in its title, and an import follows the title",
    "plan-and-budget": "the same",
    "retake": "the same",
    "lessismore": "the same",
}
"""Real records that do not come back as they were, and why."""


@DIALECTS
def test_every_real_record_comes_back(dialect: str, tmp_path: Path) -> None:
    catalogue = Catalogue.load(REAL)
    found, report = read_back(dialect, catalogue.papers, catalogue, tmp_path)
    assert [row for row in report.rows if row.outcome == "refused"] == []
    by_title = {paper.title: paper for paper in found}
    assert sorted(by_title) == sorted(paper.title for paper in catalogue)
    wrong = {
        paper.id
        for paper in catalogue
        if differences(paper, by_title[paper.title], dialect, catalogue.vocabulary)
    }
    assert wrong <= set(DIFFERENT)


# ------------------------------------------------------------------------------- made-up records

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéøüßñŠłî"
_TITLE = st.text(_LETTERS + "0123456789 -:,.;!?'\"()[]{}<>|*_#$%^&~`@/\\+=²³’“”–×β漢", max_size=40)
_WORD = st.text(_LETTERS, min_size=2, max_size=8)
_APART = ("Aardvark Bicycle", "Quixotic Nebula", "Thermal Hydrangea")
"""So that no two titles are spellings of one."""


def _author(words: list[str]) -> str:
    return " ".join(word[0].upper() + word[1:] for word in words)


_AUTHORS = st.lists(st.lists(_WORD, min_size=1, max_size=3).map(_author), min_size=1, max_size=4, unique=True)
_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,6}([-+&. ]?[A-Za-z0-9]){1,3}", fullmatch=True)


def _some(field: str) -> st.SearchStrategy[tuple[str, ...] | None]:
    keys = list(MINI.vocabulary[field])
    return st.none() | st.lists(st.sampled_from(keys), unique=True).map(tuple)


@st.composite
def _papers(draw: st.DrawFn) -> tuple[Paper, ...]:
    return tuple(draw(_paper(number)) for number in range(draw(st.integers(1, 3))))


@st.composite
def _paper(draw: st.DrawFn, number: int) -> Paper:
    title = " ".join(f"{draw(_TITLE)} {_APART[number]} {draw(_TITLE)}".split())
    name = draw(st.none() | _NAMES)
    if name and draw(st.booleans()):
        title = f"{name}: {title}"
    # Bibliographies write names in lower case; who reads lists follows the title.
    assume(name is None or title.startswith(f"{name}: ") or name.lower() not in title.lower())
    year = draw(st.integers(2008, 2026))
    arxiv = draw(st.none() | st.just(f"{year % 100:02d}05.{number:0{5 if year > 2014 else 4}d}"))
    venue = draw(st.sampled_from([None, *MINI.vocabulary["venue"]]))
    code = f"https://github.com/{draw(_WORD.filter(str.isascii))}/repository-{number}"
    return Paper(
        id=f"paper-{number}",
        title=title,
        name=name,
        authors=draw(st.none() | _AUTHORS.map(tuple)),
        venue=venue,
        year=year if venue else None,
        published=f"{year}-05" if arxiv else None,
        identifiers=Identifiers(
            arxiv=arxiv,
            doi=draw(st.none() | st.just(f"10.1145/{number}.36(2)")),
            openreview=draw(st.none() | st.just(f"abc_D-{number}EF")),
        ),
        links=Links(
            code=draw(st.sampled_from([(), (code,), (code, "https://github.com/another/one")])),
            project=draw(st.none() | st.just(f"https://example.org/~a/{number}?b=(c)&d=[e]")),
            video=draw(st.none() | st.just(f"https://example.org/v_{number}")),
        ),
        kind=draw(st.sampled_from(list(MINI.vocabulary["kind"]))),
        domain=draw(_some("domain")),
        setting=draw(_some("setting")),
        task=draw(_some("task")),
        criterion=draw(_some("criterion")),
        mechanism=draw(_some("mechanism")),
        training=draw(st.sampled_from([None, "free", "based", "both"])),
        parametric=draw(st.sampled_from([None, True, False, "both"])),
        keywords=draw(_some("keywords")) or (),
    )


def _by(*names: str) -> tuple[Paper, ...]:
    return (Paper(id="a", title="A Title", authors=names),)


def _titled(title: str) -> tuple[Paper, ...]:
    return (
        Paper(id="a", title=title, authors=('Ann "A." Lee', "A, B and C Group"), venue="CVPR", year=2024),
    )


@DIALECTS
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(papers=_papers())
@example(papers=_titled("<script>alert(1)</script> {{ 7*7 }} | @someone &lt;b&gt; **bold**"))
@example(papers=_titled("A](https://example.org/x) [[Code](https://example.org/y)] Break-out"))
@example(papers=_titled("L2 Norm $L_2$: \\textbf{Bold} and ``Quoted'' é²³ Text..."))
@example(papers=_by("Ann Lee", "Sammy Davis Jr"))
@example(papers=_by("Ann Lee", "Sammy Davis Jr."))
@example(papers=_by("Jr"))
@example(papers=_titled("(In Brackets) KV- CACHE and - NON-Breaking : Spaces' s"))
def test_every_record_comes_back_with_all_that_the_format_carries(
    dialect: str, papers: tuple[Paper, ...]
) -> None:
    _returns(dialect, papers)


# ------------------------------------------------------------------------------- how it looks


def _text(dialect: str, **changes: object) -> str:
    from catalog import exports

    paper = MINI["tome"].model_copy(update=changes)
    return exports.get(f"list-{dialect}").text([paper], MINI)


def test_badges_have_the_list_s_own_words_and_colours() -> None:
    text = _text("badges")
    assert "- **[1] Token Merging: Your ViT But Faster**, ICLR 2023.\n" in text
    for badge in ("ToMe-blue", "Training_Free-brown", "Similarity_Based-purple", "Token_Merging-orange"):
        assert f" ![](https://img.shields.io/badge/{badge})" in text
    assert "\n## Vision Domain\n\n### Understanding\n\n#### 2023\n" in text
    assert "  <details> <summary>BibTex</summary>\n\n  ```text\n  @inproceedings{bolya2023token,\n" in text


def test_a_list_with_badges_says_where_there_is_no_code() -> None:
    assert " [Code] ![](" in _text("badges", links=Links())


def test_a_line_with_its_venue_in_bold_is_as_the_list_writes_it() -> None:
    line = (
        "* [**ICLR'23**] Token Merging: Your ViT But Faster [[Paper](https://arxiv.org/abs/2210.09461)] "
        "[[Code](https://github.com/facebookresearch/ToMe)]\n"
    )
    assert f"\n## Vision\n\n#### 2023\n{line}" in _text("venue-bold")
    assert "* [arXiv] Token" in _text("venue-bold", venue="arXiv", year=2022)
    assert "* [**arXiv'23**] Token" in _text("venue-bold", venue="arXiv", year=2023)


def test_a_line_with_an_arxiv_badge_is_as_the_list_writes_it() -> None:
    line = (
        '- <img alt="arXiv" src="https://img.shields.io/badge/arXiv-2210.09461-red?logo=arxiv" height="14" />'
        " [Token Merging: Your ViT But Faster](https://openreview.net/forum?id=JroZRaRw7Eu). "
        "[ToMe;KV cache;ICLR 2023;[GitHub](https://github.com/facebookresearch/ToMe)]\n"
    )
    assert f"\n## Vision\n\n### 2023\n\n{line}" in _text("arxiv-badge", keywords=("kv-cache",))


def test_a_paper_of_two_domains_stands_in_both_sections_and_is_read_as_one() -> None:
    text = _text("venue-bold", domain=("vision", "language"))
    assert text.count("Token Merging") == 2


@DIALECTS
def test_a_name_that_is_a_term_is_not_taken_for_one(dialect: str) -> None:
    _returns(dialect, (MINI["tome"].model_copy(update={"name": "Merging", "title": "Fewer Patches"}),))


def test_a_paper_that_is_not_on_arxiv_has_another_word_or_badge_in_its_place() -> None:
    nowhere = Identifiers()
    openreview = _text("arxiv-badge", identifiers=Identifiers(openreview="JroZRaRw7Eu"))
    assert "\n- OpenReview [Token Merging: Your ViT But Faster](https://openreview.net/" in openreview
    page = _text("arxiv-badge", identifiers=nowhere, links=Links(paper="https://example.org/tome"))
    assert (
        'badge/paper-blue" height="14" /> [Token Merging: Your ViT But Faster](https://example.org/tome).'
        in page
    )
