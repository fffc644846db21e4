"""What goes on paper: the whole selection, with authors and addresses, and a line that says which it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from expected import found, ordered
from playwright.sync_api import Page, expect
from reader import open_browse, shown, tick
from watching import NewContext

from catalog.catalogue import Catalogue
from catalog.site.browse import FIRST_RESULTS

pytestmark = pytest.mark.browser


BEFORE = "dispatchEvent(new Event('beforeprint'))"
AFTER = "dispatchEvent(new Event('afterprint'))"
ROWS = {"list": "#browse-list > li", "table": "#browse-rows > tr"}


def about_to_print(page: Page) -> None:
    """As when a reader has asked for the sheet."""
    page.evaluate(BEFORE)
    page.emulate_media(media="print")


def printed(page: Page, view: str) -> list[str]:
    ids: list[str] = page.locator(ROWS[view]).evaluate_all("rows => rows.map(row => row.dataset.id)")
    return ids


@pytest.mark.parametrize("view", ["list", "table", "matrix"])
def test_every_paper_of_the_view_is_printed_and_the_sheet_says_which_they_are(
    page: Page, many: Catalogue, many_url: str, view: str
) -> None:
    open_browse(page, many_url)
    page.locator("#browse-views").get_by_role("button", name=view.capitalize()).click()
    tick(page, "training", "free")
    tick(page, "training", "based")
    papers = ordered(found(many, "", {"training": ["free", "based"]}), "newest", many.vocabulary)
    assert len(papers) > FIRST_RESULTS
    expect(page.locator("#browse-count")).to_have_text(f"{len(papers)} of {len(many)} papers")
    shows = "table" if view == "table" else "list"
    expect(page.locator(ROWS[shows])).to_have_count(FIRST_RESULTS)
    before = printed(page, shows)
    assert before == papers[:FIRST_RESULTS]
    about_to_print(page)
    assert printed(page, shows) == papers
    line = page.locator("#browse-printed")
    expect(line).to_be_visible()
    expect(line).to_contain_text(f"All {len(papers)} papers, by date published, descending.")
    expect(line).to_contain_text(page.url)
    page.evaluate(AFTER)
    page.emulate_media(media="screen")
    expect(line).to_be_hidden()
    assert printed(page, shows) == before


def test_all_authors_and_addresses_stand_on_the_sheet(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    about_to_print(page)
    some = [paper for paper in many if len(paper.authors or ()) > 3 and paper.links.code and paper.paper_link]
    for paper in some[:5]:
        row = page.locator(f"#browse-list > [data-id={paper.id}]")
        expect(row.locator(".result__authors")).to_have_attribute("open", "")
        said = row.locator(".result__authors").evaluate("one => one.textContent")
        assert [author for author in paper.authors or () if author not in said] == []
        lines = row.locator(".result__authors > span, .result__authors > summary").evaluate_all(
            "parts => parts.map(one => getComputedStyle(one).display)"
        )
        assert lines == ["inline", "inline"]
        expect(row.locator(".result__et-al")).to_be_hidden()
        addresses = row.locator(".result__links a").evaluate_all(
            "links => links.map(one => getComputedStyle(one, '::after').content.slice(1, -1).trim())"
        )
        assert addresses == [paper.paper_link, paper.links.code[0]]
    page.evaluate(AFTER)
    expect(page.locator("#browse-list .result__authors[open]")).to_have_count(0)


def test_the_printed_table_has_authors_and_addresses_below_the_titles(
    page: Page, many: Catalogue, many_url: str
) -> None:
    named = (paper for paper in many if paper.id.startswith("paper-") and len(paper.authors or ()) > 3)
    paper = next(paper for paper in named if paper.links.code and paper.paper_link)
    open_browse(page, many_url, f"?ids={paper.id}&view=table")
    about_to_print(page)
    said = page.locator("#browse-rows .sheet__title").evaluate(
        "one => getComputedStyle(one, '::after').content"
    )
    for part in (*(paper.authors or ()), paper.paper_link, paper.links.code[0]):
        assert str(part) in said


def test_the_browser_itself_prints_them_all(page: Page, many_url: str, tmp_path: Path) -> None:
    open_browse(page, many_url)
    page.evaluate(
        "addEventListener('beforeprint', () => (window.rows = document.querySelectorAll('.result').length))"
    )
    page.pdf(path=tmp_path / "sheet.pdf")
    assert page.evaluate("window.rows") == 300
    assert len(shown(page)) == FIRST_RESULTS


def test_what_is_too_much_for_a_sheet_is_said_on_it(page: Page, many: Catalogue, many_url: str) -> None:
    page.route(
        "**/browse/printing.js",
        lambda route: route.fulfill(
            body=route.fetch().text().replace("MOST = 2000", "MOST = 120"), content_type="text/javascript"
        ),
    )
    open_browse(page, many_url, "?sort=title")
    about_to_print(page)
    assert printed(page, "list") == ordered(many, "title", many.vocabulary)[:120]
    expect(page.locator("#browse-printed")).to_contain_text(
        "The first 120 of 300 papers; Export takes all of them along, by title, ascending."
    )


def test_where_nothing_is_made_for_the_sheet_it_says_what_it_lacks(
    new_context: NewContext, many_url: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{many_url}browse/")
    line = page.locator("#browse-printed")
    expect(line).to_be_hidden()
    page.emulate_media(media="print")
    expect(line).to_have_text("The newest 50 of 300 papers.")
    expect(line).to_be_visible()


def test_a_number_of_the_matrix_is_read_on_paper_whether_grounds_are_printed_or_not(
    page: Page, many_url: str
) -> None:
    open_browse(page, many_url, "?view=matrix")
    most = page.locator(".matrix__number--5").first
    expect(most).to_be_visible()
    about_to_print(page)
    look = most.evaluate("one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]")
    assert look == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"]
