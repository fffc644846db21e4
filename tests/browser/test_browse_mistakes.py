"""What Browse says of a search that has a mistake, is too long, or finds nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from reader import expect_listed, expect_total, open_browse

from catalog.catalogue import Catalogue

pytestmark = pytest.mark.browser


def test_a_part_of_a_name_is_not_mended_and_signs_alone_are_nothing(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", "LLaVA-Tokns")
    expect(page.get_by_text("No paper matches all of this")).to_be_visible()
    expect(page.locator("#browse-notes")).to_be_hidden()
    page.fill("#browse-text", "(((")
    expect(page.locator("#browse-notes")).to_have_text("Nothing to search for in: “(((”.")


def test_a_field_before_a_colon_and_words_is_a_word_of_a_title(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", "Image Tasks: Tokens")
    notes = page.locator("#browse-notes")
    expect(notes).to_contain_text("Not all of these words together; without tasks (4 papers)")
    expect(page.locator("#browse-text")).to_have_attribute("aria-invalid", "false")
    page.fill("#browse-text", "Image Tasks:")
    expect(notes).to_contain_text("needs a value")


def test_a_mistake_behind_an_open_quotation_mark_is_shown_at_its_place(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", '"tokens foo:1')
    mistake = page.locator("#browse-notes mark")
    expect(mistake).to_have_text("foo:1")
    expect(page.locator("#browse-notes")).to_contain_text("Character 9: there is no field 'foo'")


def test_where_nothing_is_found_it_is_said_which_word_is_too_much(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", "plug-and-play tome")
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text(
        "Not all of these words together; without plug-and-play (1 paper), without tome (1 paper)."
    )
    notes.get_by_role("button", name="Search without tome: 1 paper").click()
    expect(page.locator("#browse-text")).to_have_value("plug-and-play")
    expect_listed(page, ["fastv"])


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"w{number}x" for number in range(1000)),
        " ".join(f"pruni{number:03}g" for number in range(700)),
        "paper method zebra " * 300,
        "zebra" * 1500,
    ],
)
def test_a_text_that_is_no_search_is_answered_and_nothing_is_advised(
    page: Page, many_url: str, text: str
) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", text)
    expect_total(page, 0, 300)
    expect(page.locator("#browse-notes")).to_be_hidden()


def test_of_many_mistakes_some_are_shown_and_the_rest_are_counted(page: Page, site_url: str) -> None:
    open_browse(page, site_url, f"?q={'x:y+' * 100}")
    expect(page.locator("#browse-notes p")).to_have_count(6)
    expect(page.locator("#browse-notes")).to_contain_text("And 95 more mistakes.")


def test_a_word_that_is_mistyped_again_and_again_is_mended_once(page: Page, site_url: str) -> None:
    open_browse(page, site_url, f"?q={'+'.join(['mergimg'] * 800)}")
    expect(page.locator("#browse-notes")).to_have_text("No “mergimg”; showing “merging”.")
    expect_listed(page, ["tome"])


def test_what_is_pasted_by_mistake_is_cut_and_the_page_says_so(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    notes = page.locator("#browse-notes")
    page.fill("#browse-text", "plug-and-play " * 100_000)
    expect(notes).to_have_text(
        "Only the beginning is searched for: "
        "a query has at most 7,500 characters, and this one has 1,400,000."
    )
    expect_listed(page, ["fastv"])
    assert len(page.locator("#browse-text").input_value()) <= 7500
    page.wait_for_url(re.compile(r"\?q="))
    assert len(page.url) < 8000
    page.fill("#browse-text", "fastv")
    expect(notes).to_be_hidden()


def test_of_a_list_that_is_too_long_the_whole_identifiers_count(page: Page, site_url: str) -> None:
    others = ",".join(f"2199.{number:05}" for number in range(1000))
    open_browse(page, site_url, f"?q=2403.06764,{others}")
    expect_listed(page, ["fastv"])
    expect(page.locator("#browse-notes")).to_contain_text("Only the beginning is searched for")


def test_where_nothing_is_found_one_link_begins_again_and_one_leads_to_adding(
    page: Page, mini_catalogue: Catalogue, site_url: str
) -> None:
    open_browse(page, site_url, "?q=zzzz&domain=vision")
    empty = page.locator("#browse-empty")
    expect(empty.get_by_role("link", name="Add it")).to_have_attribute("href", "../contribute/")
    empty.get_by_role("link", name="start over with all papers").click()
    expect_total(page, len(mini_catalogue), len(mini_catalogue))
