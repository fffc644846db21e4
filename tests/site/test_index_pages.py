"""Pages that list papers: terms, years, what is new; each with what it stands for and how it grew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.site import chart_pages, index_pages
from catalog.site.views import papers_by_year
from tests.site.conftest import Build


def _page(site: Path, path: str) -> str:
    return (site / path / "index.html").read_text(encoding="utf-8")


def _papers(catalogue: Catalogue, number: int, **fields: object) -> Catalogue:
    made = tuple(
        Paper.model_validate({"id": f"made-{n}", "title": f"Made {n}", **fields}) for n in range(number)
    )
    return replace(catalogue, papers=made, files={})


def test_a_year_lists_its_papers_and_venues_and_leads_to_the_years_beside(mini_site: Path) -> None:
    page = _page(mini_site, "years/2024")
    assert "An Image is Worth 1/2 Tokens" in page
    assert "DynamicViT:" not in page
    assert '<a href="../../terms/venue/eccv/">ECCV</a>' in page
    assert '?venue=ECCV&amp;year=2024" aria-label="1 paper of ECCV 2024">1</a>' in page
    assert 'rel="prev">← 2023</a>' in page
    assert 'rel="next">2025 →</a>' in page


def test_the_months_of_a_year_are_those_of_first_publication_whatever_the_venue_s_year(
    mini_catalogue: Catalogue, build: Build
) -> None:
    dates = ["2024-11-02", "2024-12-24", "2024-12-31", "2024", "2023-10", None]
    papers = [
        Paper(id=f"made-{n}", title=f"Made {n}", published=date, year=2025 if n % 2 else 2024)
        for n, date in enumerate(dates)
    ]
    site = build(replace(mini_catalogue, papers=tuple(papers), files={}))
    page = _page(site, "years/2024")
    assert "10: 0, 11: 1, 12: 2</desc>" in page
    assert "The 4 papers first published in 2024, by month where it is known (3)." in " ".join(page.split())
    numbers = (site / "charts" / "papers-by-year-and-domain.csv").read_text(encoding="utf-8").split()
    assert "2024,unknown,4" in numbers
    assert "first published in 2025" not in _page(site, "years/2025"), "of two papers no chart is made"


def test_papers_of_which_no_year_is_known_are_counted(mini_site: Path) -> None:
    assert "The year of 1 paper is not known yet." in _page(mini_site, "years")


def test_a_term_with_enough_papers_shows_how_it_grew(mini_catalogue: Catalogue, build: Build) -> None:
    catalogue = _papers(mini_catalogue, 3, mechanism=["pruning"], year=2024)
    site = build(catalogue)
    assert "Papers on Pruning by year" in _page(site, "terms/mechanism/pruning")
    assert 'class="growth"' not in _page(site, "terms/mechanism/merging")


def test_the_number_of_a_year_is_that_of_all_its_papers_though_not_all_are_shown(
    mini_catalogue: Catalogue, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_pages, "SHOWN", 2)
    site = build(_papers(mini_catalogue, 3, listed_in=["first-list"], year=2024))
    page = _page(site, "terms/listed_in/first-list")
    number = (
        'href="../../../browse/?q=listed_in:first-list&amp;year=2024" aria-label="3 papers in Browse">3</a>'
    )
    assert number in page
    assert page.count('class="entry"') == 2
    assert "1 older paper is not shown here" in page


@pytest.mark.parametrize(
    ("shown", "papers", "venues"),
    [
        (2, "1 more is not shown here", "1 more has some."),
        (1, "2 more are not shown here", "2 more have some."),
    ],
)
def test_what_a_page_leaves_out_is_counted_in_the_singular_and_the_plural(
    mini_catalogue: Catalogue,
    build: Build,
    monkeypatch: pytest.MonkeyPatch,
    shown: int,
    papers: str,
    venues: str,
) -> None:
    monkeypatch.setattr(index_pages, "SHOWN", shown)
    monkeypatch.setattr(chart_pages, "VENUES_SHOWN", shown)
    made = [
        Paper(id=f"made-{n}", title=f"Made {n}", venue=venue, year=2024)
        for n, venue in enumerate(("CVPR", "ECCV", "ICLR"))
    ]
    site = build(replace(mini_catalogue, papers=tuple(made), files={}))
    assert papers in _page(site, "years/2024")
    assert venues in _page(site, "charts")


def test_years_without_papers_are_kept_between_and_long_ago_is_one(mini_catalogue: Catalogue) -> None:
    papers = [
        *_papers(mini_catalogue, 2, year=2001).papers,
        *_papers(mini_catalogue, 1, year=2015).papers,
        *_papers(mini_catalogue, 3, published="2020-02").papers,
        *_papers(mini_catalogue, 1).papers,
    ]
    counts = papers_by_year(papers, 2022)
    assert list(counts.items())[:2] == [("≤ 2012", 2), ("2013", 0)]
    assert (counts["2015"], counts["2020"], counts["2022"]) == (1, 3, 0)
    assert sum(counts.values()) == 6
    assert papers_by_year([], 2022) == {}


def test_what_is_new_is_grouped_by_day_newest_first(mini_catalogue: Catalogue, build: Build) -> None:
    dates = {"fastv": "2025-02-03", "tome": "2025-03-01", "toca": "2025-02-28"}
    papers = tuple(paper.model_copy(update={"added": dates.get(paper.id)}) for paper in mini_catalogue.papers)
    page = _page(build(replace(mini_catalogue, papers=papers)), "new")
    order = ["Added 1 March 2025", "papers/tome/", "Added 28 February 2025", "papers/toca/"]
    order += ["Added 3 February 2025", "papers/fastv/", "Date not known", "papers/dynamicvit/"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)


def test_what_is_new_says_what_each_paper_does(mini_catalogue: Catalogue, build: Build) -> None:
    papers = tuple(
        paper.model_copy(update={"summary": "Drops <b>some</b>." if paper.id == "fastv" else None})
        for paper in mini_catalogue.papers
    )
    page = _page(build(replace(mini_catalogue, papers=papers)), "new")
    assert page.count("entry__summary") == 1
    assert '<p class="entry__summary">Drops &lt;b&gt;some&lt;/b&gt;.</p>' in page


def test_the_front_page_offers_methods_to_run_where_there_are_any(mini: Path, build: Build) -> None:
    implementations = mini / "reference_impls"
    kept = implementations.rename(mini / "elsewhere")
    assert "Methods that you can run" not in _page(build(Catalogue.load(mini)), "")
    kept.rename(implementations)
    record = mini / "papers" / "2024" / "fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8") + "reference_impl: fastv\n", encoding="utf-8")
    source = mini / "reference_impls" / "methods" / "fastv.py"
    source.parent.mkdir(parents=True)
    source.write_text('"""FastV."""\nraise SystemExit("<never run>")\n', encoding="utf-8")
    site = build(Catalogue.load(mini))
    assert '<a class="chip chip--name" href="./papers/fastv/#run">FastV</a>' in _page(site, "")
    paper = _page(site, "papers/fastv")
    assert 'class="k">raise</span>' in paper
    assert "&lt;never run&gt;" in paper


@pytest.mark.parametrize(("most", "said"), [(2, ", the first 2."), (3, "none with more than one paper.")])
def test_authors_are_called_the_first_where_others_are_left_out_alone(
    mini_catalogue: Catalogue, build: Build, monkeypatch: pytest.MonkeyPatch, most: int, said: str
) -> None:
    monkeypatch.setattr(index_pages, "AUTHORS_SHOWN", most)
    page = _page(build(_papers(mini_catalogue, 1, authors=["Ann A", "Bea B", "Cis C"])), "authors")
    assert said in page
    assert f'data-most="{most}"' in page, "the box shows as many of those that it finds"
