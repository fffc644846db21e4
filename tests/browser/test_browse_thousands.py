"""Of more than a thousand papers, every number that Browse and a search box show has its comma."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from reader import expect_total, open_browse, tick

from catalog.catalogue import Catalogue
from catalog.counting import numeral
from tests.conftest import MINI
from tests.thousands import OTHERS, PAPERS, bare_numbers, thousands

pytestmark = pytest.mark.browser

MOST = PAPERS - OTHERS
TOLD = """() => {
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [document.title];
  while (all.nextNode()) {
    const { data, parentElement } = all.currentNode;
    if (!parentElement.closest("script, style")) texts.push(data);
  }
  for (const name of ["aria-label", "title", "placeholder"])
    for (const one of document.querySelectorAll(`[${name}]`)) texts.push(one.getAttribute(name));
  return texts;
}"""
"""What people read or hear of a page, hidden or not."""


@pytest.fixture(scope="module")
def large() -> Catalogue:
    return thousands(Catalogue.load(MINI))


@pytest.fixture(scope="module")
def large_url(large: Catalogue, serve: Callable[..., str]) -> str:
    return serve(large, "thousands")


def expect_commas(page: Page) -> None:
    assert bare_numbers(page.evaluate(TOLD)) == []


def test_browse_says_how_many_with_commas(page: Page, large_url: str) -> None:
    open_browse(page, large_url)
    expect_total(page, PAPERS, PAPERS)
    expect(page.get_by_role("button", name=f"Select all {numeral(PAPERS)}")).to_be_visible()
    expect(page.locator(".term__count").first).to_have_text(numeral(MOST))
    expect_commas(page)
    tick(page, "training", "free")
    expect_total(page, MOST, PAPERS)
    expect(page).to_have_title(re.compile(rf"^Training-free \({numeral(MOST)}\) · "))
    expect(page.locator("#browse-export [data-what]")).to_have_text(f"{numeral(MOST)} papers as")
    expect_commas(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#browse-printed")).to_contain_text(f"All {numeral(MOST)} papers, by date published")


def test_a_large_selection_is_counted_with_commas(page: Page, large_url: str) -> None:
    open_browse(page, large_url, "?training=free")
    page.get_by_role("button", name=f"Select all {numeral(MOST)}").click()
    expect(page.locator("#browse-tray-count")).to_have_text(f"{numeral(MOST)} selected")
    expect(page.get_by_role("button", name=f"Unselect all {numeral(MOST)}")).to_be_visible()
    page.locator("#browse-tray-share").click()
    expect(page.locator("#browse-toast")).to_contain_text(f"A link to {numeral(MOST)} papers is longer")
    expect_commas(page)
    page.locator("#browse-tray-clear").click()
    expect(page.locator("#browse-toast")).to_contain_text(f"{numeral(MOST)} papers are no longer selected")


def test_the_matrix_has_commas_and_no_number_is_wider_than_its_column(page: Page, large_url: str) -> None:
    open_browse(page, large_url, "?view=matrix")
    number = page.locator("#browse-matrix .matrix__number").first
    expect(number).to_have_text(numeral(MOST))
    expect(number).to_have_accessible_name(re.compile(f"^{numeral(MOST)} papers: "))
    expect(page.locator(".matrix__total").first).to_have_text(numeral(MOST))
    expect_commas(page)
    wide = "all => all.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length"
    assert page.locator("#browse-matrix :is(.matrix__number, .matrix__row button)").evaluate_all(wide) == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("fewer tokens zzz", f"without zzz ({numeral(MOST)} papers)"),
        ("author:Ada Chen", f"({numeral(MOST)} papers)"),
        (f"{'x' * 1200} domian:vision", "Character 1,202"),
        ("x " * 4000, "at most 7,500 characters"),
    ],
    ids=["another query", "a name", "a mistake", "a long query"],
)
def test_what_is_said_below_the_search_box_has_commas(
    page: Page, large_url: str, query: str, said: str
) -> None:
    open_browse(page, large_url)
    page.locator("#browse-text").fill(query)
    page.locator("#browse-text").press("Enter")
    expect(page.locator("#browse-notes")).to_contain_text(said)
    expect_commas(page)


def test_a_search_box_says_how_many_with_commas(page: Page, large_url: str) -> None:
    page.goto(f"{large_url}terms/")
    page.locator(".site-search input").fill("fewer tokens")
    expect(page.get_by_role("option").last).to_have_text(f"{numeral(MOST)} papers in Browse")
    page.locator(".site-search input").fill("ada chen")
    author = page.get_by_role("option").filter(has_text="author")
    expect(author).to_contain_text(f"{numeral(MOST)} papers")
    expect_commas(page)
