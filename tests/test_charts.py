"""Pictures: well-formed, safe, readable, and the same from the same records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.catalogue import Catalogue
from catalog.charts import (
    Bar,
    count_pairs,
    growth_svg,
    matrix_svg,
    papers_per_year_svg,
    papers_per_year_table,
    pinned_matrix_svgs,
    ranking_svg,
    timeline_svg,
)
from catalog.charts.drawing import NARROW_WIDTH, shortened, text_width
from catalog.charts.time_axis import NARROW, WIDE, Layout, moment
from catalog.colours import Colours, read_colours
from catalog.record import Paper, first_year
from catalog.wording import Labels

SVG = "{http://www.w3.org/2000/svg}"
TEMPLATES = Path(__file__).parents[1] / "site_templates"
LIGHT, DARK = read_colours(TEMPLATES, "light"), read_colours(TEMPLATES, "dark")
Chart = Callable[..., str]
MINI = Catalogue.load(Path(__file__).parent / "mini")


def growth(catalogue: Catalogue, colours: Colours | None = None) -> str:
    counts = {str(paper.year): 1 for paper in catalogue.papers if paper.year}
    return growth_svg("growth", "Papers by year", counts, colours)


def matrix(catalogue: Catalogue, colours: Colours | None = None) -> str:
    return matrix_svg(catalogue, "criterion", "mechanism", colours)


def ranking(catalogue: Catalogue, colours: Colours | None = None) -> str:
    bars = [Bar(paper.id, paper.title, 1 + number) for number, paper in enumerate(catalogue.papers)]
    return ranking_svg("venues", "Venues", bars, colours)


def narrow_timeline(catalogue: Catalogue, colours: Colours | None = None) -> str:
    return timeline_svg(catalogue, colours, narrow=True)


def narrow_years(catalogue: Catalogue, colours: Colours | None = None) -> str:
    return papers_per_year_svg(catalogue, colours, narrow=True)


def narrow_ranking(catalogue: Catalogue, colours: Colours | None = None) -> str:
    bars = [Bar(paper.id, paper.title, 1 + number) for number, paper in enumerate(catalogue.papers)]
    return ranking_svg("venues-narrow", "Venues", bars, colours, narrow=True)


NARROW_CHARTS = (narrow_timeline, narrow_years, growth, narrow_ranking)
"""Those that are as wide as the smallest phone's page."""
CHARTS = (timeline_svg, papers_per_year_svg, matrix, ranking, *NARROW_CHARTS)
COLOURED = (timeline_svg, papers_per_year_svg, growth, ranking)
"""Those in which even few papers have the colour of a series."""


def of_papers(catalogue: Catalogue, *papers: Paper) -> Catalogue:
    """A catalogue of these papers, all of them milestones."""
    config = catalogue.config.model_copy(update={"milestones": tuple(paper.id for paper in papers)})
    return replace(catalogue, papers=tuple(sorted(papers, key=lambda p: p.id)), config=config)


def milestone(number: int, **fields: object) -> Paper:
    return Paper.model_validate(
        {"id": f"p{number}", "title": f"Paper {number}", "domain": ["vision"], **fields}
    )


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("colours", [LIGHT, DARK, None], ids=["light", "dark", "page"])
@pytest.mark.parametrize("chart", CHARTS)
def test_a_picture_is_one_well_formed_element_with_title_and_description(
    mini_catalogue: Catalogue, chart: Chart, colours: Colours | None
) -> None:
    svg = chart(mini_catalogue, colours)
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert set((root.get("aria-labelledby") or "").split()) == ids
    assert all(element.tag != f"{SVG}script" for element in root.iter())
    assert "style" not in svg


@pytest.mark.parametrize("chart", COLOURED)
def test_a_picture_in_a_page_has_the_pages_colours(mini_catalogue: Catalogue, chart: Chart) -> None:
    svg = chart(mini_catalogue)
    assert 'fill="currentColor"' in svg
    assert "var(--chart-1)" in svg
    for colours in (LIGHT, DARK):
        own = chart(mini_catalogue, colours)
        assert "currentColor" not in own
        assert "var(" not in own
        assert colours["chart-1"] in own


@pytest.mark.parametrize("chart", CHARTS)
def test_a_picture_of_no_papers_is_still_one(mini_catalogue: Catalogue, chart: Chart) -> None:
    ElementTree.fromstring(chart(of_papers(mini_catalogue)))


def test_the_timeline_shows_the_milestones_that_have_a_record(mini_catalogue: Catalogue) -> None:
    config = mini_catalogue.config.model_copy(update={"milestones": ("tome", "nobody", "fastv")})
    shown = texts(timeline_svg(replace(mini_catalogue, config=config)))
    assert {"ToMe", "FastV", "Vision", "Multimodal", "2022", "2024"} <= set(shown)
    assert "DynamicViT" not in shown


def test_milestones_are_links_where_it_is_known_whither(mini_catalogue: Catalogue) -> None:
    svg = timeline_svg(mini_catalogue, link=lambda paper: f"papers/{paper.id}/")
    targets = [element.get("href") for element in ElementTree.fromstring(svg).iter(f"{SVG}a")]
    assert sorted(map(str, targets)) == ["papers/dynamicvit/", "papers/fastv/", "papers/tome/"]
    assert "<title>ToMe, Token Merging: " in svg, "the name of a link begins with what is seen"
    assert 'role="group"' in svg
    assert "<a " not in timeline_svg(mini_catalogue)


dates = st.builds("{}-{:02d}".format, st.integers(2019, 2026), st.integers(1, 12))
names = st.text("abcdefgWMil -", min_size=1, max_size=30).filter(lambda text: text == text.strip())


@given(milestones=st.lists(st.tuples(dates, names), min_size=1, max_size=25))
@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=lambda layout: layout.name)
def test_no_label_lies_on_another_or_leaves_the_picture(
    layout: Layout, milestones: list[tuple[str, str]]
) -> None:
    papers = [milestone(n, published=date, name=name) for n, (date, name) in enumerate(milestones)]
    svg = timeline_svg(of_papers(MINI, *papers), LIGHT, narrow=layout is NARROW)
    boxes = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        label, circle = group.find(f"{SVG}text"), group.find(f"{SVG}circle")
        assert label is not None
        assert circle is not None
        x, width = float(label.get("x") or 0), text_width(label.text or "")
        left = x if label.get("text-anchor") == "start" else x - width
        center = float(circle.get("cx") or 0)
        assert layout.left - 1 <= center <= layout.right + 1
        boxes.append((float(label.get("y") or 0), min(left, center), max(left + width, center)))
    assert len(boxes) == len(papers)
    assert all(left >= 0 and right <= layout.width for _, left, right in boxes)
    for (y, left, right), (other_y, other_left, other_right) in combinations(boxes, 2):
        assert abs(y - other_y) >= 14 or right <= other_left or other_right <= left


@pytest.mark.parametrize("chart", NARROW_CHARTS)
def test_no_text_of_a_narrow_picture_lies_on_another_or_outside(chart: Chart) -> None:
    """Of a catalogue of four domains over many years, whose legends and years need several lines or gaps."""
    domains = [["vision"], ["language"], ["multimodal"], ["audio-speech"], ["vision", "language"], None]
    papers = [
        milestone(
            n, published=f"{2012 + n % 13}-05", year=2012 + n % 13, domain=domains[n % 6], name=f"Method {n}"
        )
        for n in range(40)
    ]
    root = ElementTree.fromstring(chart(of_papers(MINI, *papers)))
    assert (root.get("viewBox") or "").split()[2] == f"{NARROW_WIDTH:.0f}"
    boxes = []
    for text in root.iter(f"{SVG}text"):
        width = text_width(text.text or "", bold=text.get("font-weight") == "600")
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor") or "start"]
        left = float(text.get("x") or 0) - share * width
        boxes.append((float(text.get("y") or 0), left, left + width, text.text))
    for y, left, right, text_of in boxes:
        assert left >= -0.1, text_of
        assert right <= NARROW_WIDTH + 0.1, text_of
        assert 0 < y <= float((root.get("viewBox") or "").split()[3])
    for (y, left, right, one), (other_y, other_left, other_right, other) in combinations(boxes, 2):
        assert abs(y - other_y) >= 12 or right <= other_left or other_right <= left, (one, other)


def test_a_lane_of_a_narrow_timeline_is_named_above_its_milestones(mini_catalogue: Catalogue) -> None:
    rows: dict[str | None, float] = {}
    for text in ElementTree.fromstring(narrow_timeline(mini_catalogue)).iter(f"{SVG}text"):
        rows.setdefault(text.text, float(text.get("y") or 0))  # the legend, further down, names them again
    assert rows["Vision"] < min(rows["DynamicViT"], rows["ToMe"])
    assert (
        max(rows["DynamicViT"], rows["ToMe"])
        < rows["Multimodal"]
        < rows["FastV"]
        < rows["Papers per quarter"]
    )


def test_hostile_names_and_titles_are_text(mini_catalogue: Catalogue) -> None:
    hostile = '"><script>alert(1)</script>&amp;'
    papers = [milestone(1, name=hostile, title=hostile, published="2024-01", venue=hostile)]
    svg = timeline_svg(of_papers(mini_catalogue, *papers))
    assert "<script" not in svg
    root = ElementTree.fromstring(svg)
    assert any((element.text or "").startswith('"><script>') for element in root.iter(f"{SVG}text"))


@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=lambda layout: layout.name)
def test_where_most_papers_have_a_year_alone_the_bars_count_years_and_leave_none_out(layout: Layout) -> None:
    bibliography = [milestone(n, published=None, year=2015 + n % 9) for n in range(30)]
    exact = [milestone(n, published="2021-05") for n in range(30, 35)]
    catalogue = of_papers(MINI, *bibliography, *exact)
    svg = timeline_svg(catalogue, LIGHT, narrow=layout is NARROW)
    shown = texts(svg)
    assert "per year" in " ".join(shown)
    assert not [text for text in shown if "quarter" in text or " of 35" in text]
    assert ["35 papers of the catalogue by year" in svg, "Paper 3" in svg] == [True, True]
    sizes = [
        (float(one.get("width") or 0), float(one.get("height") or 0))
        for one in ElementTree.fromstring(svg).iter(f"{SVG}rect")
    ]
    assert len([width for width, height in sizes if 10 < width <= 64 and height > 10]) == 9
    mostly = of_papers(MINI, *bibliography[:1], *(milestone(n, published="2021-05") for n in range(1, 20)))
    assert "per quarter" in " ".join(texts(timeline_svg(mostly, LIGHT, narrow=layout is NARROW)))


@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=lambda layout: layout.name)
def test_numbers_of_bars_that_are_as_high_leave_room_between_them(layout: Layout) -> None:
    years = [*range(1901, 2020, 10), 2021, 2022, 2023]
    papers = [milestone(n, published=None, year=year) for n, year in enumerate(years)]
    svg = timeline_svg(replace(of_papers(MINI, *papers), config=MINI.config), LIGHT, narrow=layout is NARROW)
    places = [
        float(one.get("x") or 0) for one in ElementTree.fromstring(svg).iter(f"{SVG}text") if one.text == "1"
    ]
    assert len(places) > 2
    assert min(right - left for left, right in pairwise(sorted(places))) > text_width("1") + 2


def test_the_same_records_give_the_same_picture_in_any_order_of_milestones(mini_catalogue: Catalogue) -> None:
    config = mini_catalogue.config
    turned = config.model_copy(update={"milestones": tuple(reversed(config.milestones))})
    assert timeline_svg(mini_catalogue) == timeline_svg(replace(mini_catalogue, config=turned))


def test_bars_count_each_dated_paper_once(mini_catalogue: Catalogue) -> None:
    shown = texts(papers_per_year_svg(mini_catalogue))
    assert [shown[shown.index(year) - 1] for year in ("2021", "2022", "2025")] == ["1", "1", "1"]
    assert shown[shown.index("2024") - 1] == "2"
    assert "2023" in shown


def test_years_long_ago_share_a_bar(mini_catalogue: Catalogue) -> None:
    papers = [milestone(n, published=str(year)) for n, year in enumerate([1999, 2001, 2024, 2024])]
    shown = texts(papers_per_year_svg(of_papers(mini_catalogue, *papers)))
    assert shown[:2] == ["2", "≤ 2013"]
    assert shown[shown.index("2024") - 1] == "2"
    assert "1999" not in shown


@pytest.mark.parametrize(
    ("date", "expected"),
    [("2024", 2024.5), ("2024-01", 2024.0417), ("2024-01-01", 2024.0013), ("2024-12-31", 2024.9987)],
)
def test_a_date_is_placed_in_the_middle_of_what_is_known(date: str, expected: float) -> None:
    assert moment(date) == expected


@given(st.text(max_size=60), st.floats(20, 300))
def test_a_shortened_text_fits(text: str, width: float) -> None:
    assert text_width(shortened(text, width)) <= width


# --------------------------------------------------------------------------- growth, matrix, ranking


def test_growth_has_a_bar_and_a_number_for_every_step_with_papers() -> None:
    svg = growth_svg("g", "Papers", {"2022": 2, "2023": 0, "2024": 5})
    assert texts(svg) == ["2", "2022", "2023", "5", "2024"]
    heights = [float(bar.get("height") or 0) for bar in ElementTree.fromstring(svg).iter(f"{SVG}rect")]
    assert heights[1] == pytest.approx(heights[0] * 2.5, abs=0.2)


def test_growth_of_many_papers_numbers_its_last_bar_and_leaves_room_between_numbers() -> None:
    svg = growth_svg("g", "Papers", {str(year): 12_345 for year in range(2016, 2027)})
    numbers = [text for text in ElementTree.fromstring(svg).iter(f"{SVG}text") if text.text == "12,345"]
    places = sorted(float(number.get("x") or 0) for number in numbers)
    assert len(places) > 2
    assert min(right - left for left, right in pairwise(places)) >= text_width("12345")


def test_growth_over_many_steps_names_the_last_and_leaves_room_between_names() -> None:
    shown = texts(growth_svg("g", "Papers", {str(year): 0 for year in range(1980, 2026)}))
    assert shown[-1] == "2025"
    assert 3 < len(shown) < 20


def test_the_matrix_counts_every_pair_of_a_paper(mini_catalogue: Catalogue) -> None:
    counted = count_pairs(mini_catalogue, "criterion", "mechanism")
    expected = sum(len(paper.criterion or ()) * len(paper.mechanism or ()) for paper in mini_catalogue.papers)
    assert sum(counted.counts.values()) == expected > 0
    assert "pruning" in counted.columns
    assert set(counted.rows) == {row for row, _ in counted.counts}


def test_a_matrix_grows_with_its_page_only_as_far_as_its_columns_allow(mini_catalogue: Catalogue) -> None:
    def widest(catalogue: Catalogue) -> float:
        svg = ElementTree.fromstring(matrix_svg(catalogue, "criterion", "mechanism"))
        return float((svg.get("width") or "").removesuffix("rem"))

    one_column = [paper.model_copy(update={"mechanism": ("pruning",)}) for paper in mini_catalogue.papers]
    assert 0 < widest(replace(mini_catalogue, papers=tuple(one_column))) < widest(mini_catalogue)


def test_a_number_of_the_matrix_leads_to_its_papers(mini_catalogue: Catalogue) -> None:
    svg = matrix_svg(
        mini_catalogue, "criterion", "mechanism", link=lambda row, column: f"?c={row}&m={column}"
    )
    links = {link.get("href"): link for link in ElementTree.fromstring(svg).iter(f"{SVG}a")}
    title = links["?c=attention&m=pruning"].find(f"{SVG}title")
    assert title is not None
    assert title.text == "1 paper: Attention and Pruning"


def test_the_matrix_is_titled_as_the_catalogue_calls_its_fields(mini_catalogue: Catalogue) -> None:
    labels = Labels(criterion="Signal", mechanism="GPU layer")
    config = mini_catalogue.config.model_copy(update={"labels": labels})
    svg = ElementTree.fromstring(matrix(replace(mini_catalogue, config=config)))
    assert svg.findtext(f"{SVG}title") == "Papers by signal and GPU layer"


def test_the_years_as_a_table_add_up_to_the_papers_with_a_date(mini_catalogue: Catalogue) -> None:
    table = papers_per_year_table(mini_catalogue)
    dated = [year for paper in mini_catalogue.papers if (year := first_year(paper))]
    assert [row for row, _ in table.rows] == sorted({str(year) for year in dated})
    assert sum(number for _, cells in table.rows for number, _ in cells) == len(dated)
    assert all(len(cells) == len(table.columns) for _, cells in table.rows)


def test_the_rows_of_a_pinned_matrix_stand_beside_their_names(mini_catalogue: Catalogue) -> None:
    names, cells = (
        ElementTree.fromstring(svg)
        for svg in pinned_matrix_svgs(
            mini_catalogue, "criterion", "mechanism", link=lambda row, column: f"?c={row}&m={column}"
        )
    )
    assert names.get("aria-hidden") == "true"
    assert names.get("height") == cells.get("height")
    row = next(text.get("y") for text in names.iter("text") if text.text == "Attention")
    link = next(link for link in cells.iter(f"{SVG}a") if link.get("href") == "?c=attention&m=pruning")
    number = link.find(f"{SVG}text")
    assert number is not None
    assert number.get("y") == row


def test_bars_of_a_ranking_are_as_long_as_their_numbers() -> None:
    bars = [Bar("a", "Most", 8), Bar("b", "Fewer", 2)]
    svg = ranking_svg("r", "R", bars, link=lambda key: f"{key}/" if key == "a" else None)
    root = ElementTree.fromstring(svg)
    widths = [float(bar.get("width") or 0) for bar in root.iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(widths[1] * 4, abs=0.3)
    assert [link.get("href") for link in root.iter(f"{SVG}a")] == ["a/"]
