"""What a letter or a tick need not wait for, and that nothing is lost by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from reader import expect_view, open_browse, shown

from catalog.catalogue import Catalogue
from catalog.site.browse import FIRST_RESULTS

pytestmark = pytest.mark.browser

MARK = "rows => { for (const row of rows) row.wasThere = true; }"
MARKED = "rows => rows.filter(row => row.wasThere).map(row => row.dataset.id)"
TITLES = """async url => {
  const { Titles } = await import(`${url}assets/catalogue/browse/titles.js`);
  const title = ["Token Merging: Your ViT But Faster", "An Image is Worth Half", "Which Tokens to Use"];
  const titles = new Titles({ title, former_titles: { 1: ["An Older Title of It"] } });
  const steps = [titles.fold(1), titles.folded.length];
  const called = [title[2], "An Older Title of It"].map(text => titles.called(text));
  return [...steps, called, titles.fold(1), titles.folded.length];
}"""


def test_papers_that_another_letter_leaves_keep_their_rows(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", "m")
    expect_view(page, many, "m")
    before = shown(page)
    rows = page.locator("#browse-list > li")
    rows.evaluate_all(MARK)
    page.fill("#browse-text", "mu")
    expect_view(page, many, "mu")
    assert rows.evaluate_all(MARKED) == [paper for paper in shown(page) if paper in before]
    page.fill("#browse-text", "zebra")
    expect(rows).to_have_count(0)
    page.fill("#browse-text", "m")
    expect_view(page, many, "m")


def test_what_a_reader_has_unfolded_of_a_paper_stays_so(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?q=muller+tok")  # so few papers that all of them are listed
    unfolded = page.locator("#browse-list > li:has(details.result__authors)").first
    unfolded.locator("summary").click()
    paper = unfolded.get_attribute("data-id")
    page.locator("#browse-sort").select_option("title")
    expect_view(page, many, "muller tok", sort="title")
    expect(page.locator(f"#browse-list > [data-id='{paper}'] details[open]")).to_have_count(1)


def test_more_papers_come_behind_those_that_are_still_to_come(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?q=m")
    rows = page.locator("#browse-list > li")
    page.locator("#browse-more button").click()
    expect(rows).to_have_count(2 * FIRST_RESULTS)
    expected = shown(page)
    open_browse(page, many_url)
    at_once = """() => {
      const text = document.getElementById("browse-text");
      text.value = "m";
      text.dispatchEvent(new Event("input", { bubbles: true }));
      setTimeout(() => document.querySelector("#browse-more button").click(), 30);
    }"""
    page.evaluate(at_once)
    expect(rows).to_have_count(2 * FIRST_RESULTS)
    assert shown(page) == expected


def test_titles_are_made_ready_some_at_a_time_and_asked_for_at_any_time(page: Page, many_url: str) -> None:
    page.goto(f"{many_url}about/")
    assert page.evaluate(TITLES, many_url) == [True, 1, [[2], [1]], False, 4]


def test_the_page_behind_the_filters_does_not_scroll(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_browse(page, many_url)
    root = page.locator("html")
    page.locator("#browse-open").click()
    expect(root).to_have_css("overflow", "hidden")
    page.keyboard.press("Escape")
    expect(root).not_to_have_css("overflow", "hidden")
    page.locator("#browse-open").click()
    expect(root).to_have_css("overflow", "hidden")
    page.set_viewport_size({"width": 1280, "height": 800})  # where there is room the filters are a column
    expect(root).not_to_have_css("overflow", "hidden")


@pytest.mark.parametrize("query", ["?view=table", "?ids=paper-1,paper-2&view=compare"])
def test_a_table_takes_all_the_room_and_a_list_does_not(page: Page, many_url: str, query: str) -> None:
    page.set_viewport_size({"width": 1900, "height": 900})
    open_browse(page, many_url)
    results = page.locator("#browse-results")
    width = "element => element.getBoundingClientRect().width"
    narrow = results.evaluate(width)
    open_browse(page, many_url, query)
    assert results.evaluate(width) > 1.3 * narrow
    page.locator("#browse-views").get_by_role("button", name="List").click()
    expect(page.locator("#browse-list")).to_be_visible()
    assert results.evaluate(width) == narrow
