"""What Browse says of a search that has a mistake, is too long, or finds nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from reader import expect_listed, expect_total, open_browse
from watching import Complaints

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
    expect(notes).to_contain_text(
        "No paper has all of these words; 5 papers have most of them, or terms that mean them."
    )
    expect(notes).to_contain_text("All words but one: without tasks (4 papers)")
    expect(page.locator("#browse-text")).to_have_attribute("aria-invalid", "false")
    page.fill("#browse-text", "Image Tasks:")
    expect(notes).to_contain_text("needs a value")


def test_a_mistake_behind_an_open_quotation_mark_is_shown_at_its_place(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", '"tokens foo:1')
    mistake = page.locator("#browse-notes mark")
    expect(mistake).to_have_text("foo:1")
    expect(page.locator("#browse-notes")).to_contain_text("Character 9: there is no field 'foo'")


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


@pytest.mark.parametrize(
    ("text", "way", "becomes"),
    [
        ("has:code token", "code:yes", "code:yes token"),
        ("token -with:code", "code:yes", "token -code:yes"),
        ("token domian:vision", "domain", "token domain:vision"),
        ("domain:visoin,language merging", "domain:vision", "domain:vision,language merging"),
        ('"open keywords:vidoe', "keywords:video", '"open keywords:video'),
    ],
)
def test_what_was_probably_meant_is_put_in_the_place_of_a_mistake(
    page: Page, site_url: str, text: str, way: str, becomes: str
) -> None:
    open_browse(page, site_url, "?sort=title")
    page.fill("#browse-text", text)
    page.locator("#browse-text").blur()
    page.get_by_role("button", name="Search for").filter(has_text=way).click()
    expect(page.locator("#browse-text")).to_have_value(becomes)


def test_of_the_rest_is_spoken_where_there_is_one(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?q=stars:>100")
    expect(page.locator("#browse-count")).to_have_text("6 papers")
    expect(page.locator("#browse-notes")).to_contain_text("there is no field 'stars'. Fields are author")
    page.fill("#browse-text", "stars:>100 merging ")
    expect(page.locator("#browse-count")).to_have_text("1 of 6 papers matches the rest")


def test_all_terms_of_a_field_are_a_link_away(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?q=keywords:zzz")
    page.locator("#browse-notes").get_by_role("link", name=re.compile(r"and \d+ more")).click()
    page.wait_for_url("**/terms/keywords/")


# ------------------------------------------------------------------------------ nothing found


def test_where_nothing_is_found_it_is_said_which_word_is_too_much(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", "plug-and-play tome")
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text(
        "No paper has all of these words; 1 paper has most of them, or terms that mean them."
        "All words but one: without plug-and-play (1 paper), without tome (1 paper)."
    )
    expect_listed(page, ["fastv"])
    notes.get_by_role("button", name="Search without tome: 1 paper").click()
    expect(page.locator("#browse-text")).to_have_value("plug-and-play")
    expect_listed(page, ["fastv"])


def test_where_nothing_is_found_terms_that_are_called_nearly_so_are_offered(
    page: Page, read_url: str
) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", "videoediter")
    notes = page.locator("#browse-notes")
    expect(notes).to_contain_text("Similar names: Task: Video editing")
    notes.get_by_role("button", name="Search for Task: Video editing: 1 paper").click()
    expect(page.locator("#browse-text")).to_have_value("task:video-editing")
    expect_listed(page, ["cut"])


def test_the_empty_page_says_what_was_searched_and_what_helps(page: Page, site_url: str) -> None:
    searched = "Titles, names of methods, authors and terms were searched, and so were summaries."
    again = "start over with all papers. Is a paper missing? Add it."
    for query, said in (
        ("?q=zzzz", f"{searched} Search for less, or {again}"),
        ("?q=zzzz&domain=vision", f"{searched} Remove a filter, or {again}"),
        ("?domain=language&training=free", f"Remove a filter, or {again}"),
        ("?q=author:nobodyxyz", f"Search for less, or {again}"),
    ):
        open_browse(page, site_url, query)
        expect(page.locator("#browse-empty")).to_have_text(
            f"No paper matches all of this. {said}", use_inner_text=True
        )


def test_the_empty_page_does_not_say_that_summaries_were_searched_which_are_not_there(
    page: Page, site_url: str, complaints: Complaints
) -> None:
    page.context.route("**/browse/summaries.json", lambda route: route.fulfill(status=503))
    with page.expect_event("console", lambda message: "503" in message.text):
        open_browse(page, site_url, "?q=zzzz")
        expect(page.locator("#browse-empty")).to_contain_text(
            "authors and terms were searched.", use_inner_text=True
        )
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()


def test_where_nothing_is_found_one_link_begins_again_and_one_leads_to_adding(
    page: Page, mini_catalogue: Catalogue, site_url: str
) -> None:
    open_browse(page, site_url, "?q=zzzz&domain=vision")
    empty = page.locator("#browse-empty")
    expect(empty.get_by_role("link", name="Add it")).to_have_attribute("href", "../contribute/")
    empty.get_by_role("link", name="start over with all papers").click()
    expect_total(page, len(mini_catalogue), len(mini_catalogue))
