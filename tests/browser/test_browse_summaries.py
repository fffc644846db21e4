"""Summaries and citation keys are found, too, and loaded only once somebody asks for them."""

from __future__ import annotations

import re

import pytest
from papers_to_read import SUMMARIES
from playwright.sync_api import Page, Request, expect
from reader import expect_listed, expect_total, open_browse
from watching import Complaints

from catalog.catalogue import Catalogue

pytestmark = pytest.mark.browser


def asked_for(page: Page) -> list[str]:
    """Names of the data files that the page loads from here on."""
    files: list[str] = []

    def note(request: Request) -> None:
        if match := re.search(r"/browse/(\w+)\.json$", request.url):
            files.append(match[1])

    page.on("request", note)
    return files


def test_what_is_nowhere_else_is_found_in_summaries_which_are_loaded_then(
    own_page: Page, read_url: str, read: Catalogue
) -> None:
    files = asked_for(own_page)
    open_browse(own_page, read_url)
    assert sorted(files) == ["details", "index"]
    own_page.fill("#browse-text", "prefill")
    notes = own_page.locator("#browse-notes")
    expect(notes).to_have_text(
        "Nothing in titles, names, authors and terms; 2 papers say it in their summary."
    )
    assert sorted(files) == ["details", "index", "summaries"]
    expect_listed(own_page, ["drop", "store"])
    expect(own_page.locator("[data-id=store] .entry__summary")).to_have_text(SUMMARIES["store"])
    expect(own_page.locator("#browse-count")).to_have_text(f"2 of {len(read)} papers")
    own_page.fill("#browse-text", "ranks pruning visual")
    expect_listed(own_page, ["drop"])
    own_page.fill("#browse-text", '"visual tokens"')
    expect_listed(own_page, ["drop"])
    own_page.fill("#browse-text", "shelves")
    expect_listed(own_page, ["store"])
    expect(own_page.locator(".entry__summary")).to_have_count(0)


def test_all_that_is_found_in_summaries_is_selected_and_exported(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?q=prefill")
    expect_listed(page, ["drop", "store"])
    page.get_by_role("button", name="Select all 2").click()
    expect(page.locator("#browse-tray-count")).to_contain_text("2")


def test_where_little_is_found_the_summaries_are_offered(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?q=frames")
    expect_listed(page, ["clip"])
    expect(page.locator("#browse-notes")).to_have_text("2 papers say it in their summary.")
    page.get_by_role("button", name="Search in summaries: 2 papers").click()
    expect(page.locator("#browse-text")).to_have_value("summary:frames")
    expect_listed(page, ["drop", "film"])
    expect(page.locator("[data-id=film] .entry__summary")).to_have_text("Selects frames.")


def test_a_field_of_its_own_asks_for_the_summary(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?summary=ranks&-keywords=kv-cache")
    expect_listed(page, ["drop"])


def test_without_the_summaries_everything_else_is_found(
    page: Page, read_url: str, read: Catalogue, complaints: Complaints
) -> None:
    page.context.route("**/browse/summaries.json", lambda route: route.fulfill(status=503))
    open_browse(page, read_url, "?q=prefill")
    expect_total(page, 0, len(read))
    page.fill("#browse-text", "shelves")
    expect_listed(page, ["store"])
    export = page.locator("#browse-export > summary")
    expect(export).not_to_have_attribute("aria-disabled", "true")
    export.click()
    with page.expect_download():
        page.locator("#browse-export").get_by_role("button", name="Download RIS").click()
    expect(page.locator("#browse-problem")).to_be_hidden()
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()


# -------------------------------------------------------------------------- summaries in the list


def test_every_paper_of_the_list_is_summed_up_for_who_wants_it(
    own_page: Page, read_url: str, read: Catalogue
) -> None:
    files = asked_for(own_page)
    open_browse(own_page, read_url)
    summaries = own_page.locator("#browse-list .entry__summary")
    expect(summaries).to_have_count(0)
    own_page.get_by_label("Summaries").check()
    expect(summaries).to_have_count(len(read))
    expect(own_page.locator("[data-id=film] .entry__summary")).to_have_text(SUMMARIES["film"])
    expect(own_page.locator("[data-id=clip] .entry__summary")).to_be_hidden()  # it has none
    own_page.fill("#browse-text", "less")
    expect_listed(own_page, ["drop"])
    expect(summaries).to_have_text([SUMMARIES["drop"]])
    assert files.count("summaries") == 1
    own_page.get_by_label("Summaries").uncheck()
    expect(summaries).to_have_count(0)
    own_page.fill("#browse-text", "shelves")
    expect_listed(own_page, ["store"])
    expect(summaries).to_have_count(0)


def test_who_wants_summaries_has_them_again(page: Page, read_url: str) -> None:
    open_browse(page, read_url)
    page.get_by_label("Summaries").check()
    expect(page.locator("[data-id=film] .entry__summary")).to_have_text(SUMMARIES["film"])
    page.reload()
    expect(page.get_by_label("Summaries")).to_be_checked()
    expect(page.locator("[data-id=film] .entry__summary")).to_have_text(SUMMARIES["film"])
    open_browse(page, read_url, "?q=shelves")
    expect(page.locator("#browse-list .entry__summary")).to_have_text([SUMMARIES["store"]])


def test_what_is_found_by_its_summary_says_it_in_any_case(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?q=summary:frames")
    expect_listed(page, ["drop", "film"])
    page.get_by_label("Summaries").check()
    page.get_by_label("Summaries").uncheck()
    expect(page.locator("[data-id=film] .entry__summary")).to_have_text(SUMMARIES["film"])


def test_the_table_has_a_column_for_them_and_needs_no_switch(page: Page, read_url: str) -> None:
    open_browse(page, read_url)
    expect(page.get_by_label("Summaries")).to_be_visible()
    page.get_by_role("group", name="View").get_by_role("button", name="Table").click()
    expect(page.get_by_label("Summaries")).to_be_hidden()


def tick_in_vain(page: Page, url: str) -> None:
    """Ask for summaries that cannot be loaded, and be told of it."""
    page.context.route("**/browse/summaries.json", lambda route: route.fulfill(status=503))
    open_browse(page, url)
    page.get_by_label("Summaries").check()
    expect(page.locator("#browse-problem")).to_contain_text("summaries.json: 503")


def test_summaries_that_cannot_be_loaded_are_told_of_and_asked_for_again(
    page: Page, read_url: str, complaints: Complaints
) -> None:
    tick_in_vain(page, read_url)
    complaints.clear()
    page.context.unroute("**/browse/summaries.json")
    page.fill("#browse-text", "less")
    expect(page.locator("[data-id=drop] .entry__summary")).to_have_text(SUMMARIES["drop"])
    expect(page.locator("#browse-problem")).to_be_hidden()


def test_summaries_that_could_not_be_loaded_come_with_the_next_tick_and_nothing_is_wrong_then(
    page: Page, read_url: str, complaints: Complaints
) -> None:
    tick_in_vain(page, read_url)
    page.get_by_label("Summaries").uncheck()
    expect(page.locator("#browse-problem")).to_be_hidden()
    complaints.clear()
    page.context.unroute("**/browse/summaries.json")
    page.get_by_label("Summaries").check()
    expect(page.locator("[data-id=drop] .entry__summary")).to_have_text(SUMMARIES["drop"])
    expect(page.locator("#browse-problem")).to_be_hidden()


def test_without_any_papers_the_tick_takes_back_no_word_of_why(
    page: Page, read_url: str, complaints: Complaints
) -> None:
    page.context.route("**/browse/*.json", lambda route: route.fulfill(status=503))
    page.goto(f"{read_url}browse/")
    why = "That did not work: the papers could not be loaded"
    expect(page.locator("#browse-problem")).to_contain_text(why)
    page.get_by_label("Summaries").check()
    expect(page.locator("#browse-problem")).to_be_visible()
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()


# -------------------------------------------------------------------------- citation keys


@pytest.mark.parametrize(
    ("text", "ids", "missing"),
    [
        ("chen2024image", ["fastv"], ""),
        ("Chen2024Image, bolya2023token", ["fastv", "tome"], ""),
        ("@bolya2023token; nobody2020x", ["tome"], "1 of 2 found; not found: nobody2020x."),
        ("nobody2020x", [], "Not in this catalogue: nobody2020x."),
        ("bolya2022token", ["tome"], "Read: “bolya2022token” as bolya2023token."),
        (
            r"as in~\citep[see][p. 2]{chen2024image, nobody2020x} and \cite{bolya2023token}",
            ["fastv", "tome"],
            "2 of 3 found; not found: nobody2020x.",
        ),
        (r"\cite{FastV}", [], "Not in this catalogue: FastV."),
    ],
)
def test_citation_keys_find_their_papers(
    page: Page, site_url: str, text: str, ids: list[str], missing: str
) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", text)
    expect_listed(page, ids)
    expect(page.locator("#browse-notes")).to_have_text(missing)


def test_keys_are_loaded_where_one_is_asked_for(own_page: Page, site_url: str) -> None:
    files = asked_for(own_page)
    open_browse(own_page, site_url, "?q=iclr2023")
    assert "keys" not in files
    own_page.fill("#browse-text", "bolya2023token")
    expect_listed(own_page, ["tome"])
    assert files.count("keys") == 1


def test_without_the_keys_a_key_is_a_word_and_the_page_says_why(
    page: Page, site_url: str, complaints: Complaints
) -> None:
    page.context.route("**/browse/keys.json", lambda route: route.fulfill(status=503))
    with page.expect_event("console", lambda message: "503" in message.text):
        open_browse(page, site_url, "?q=bolya2023token")
        expect(page.get_by_text("No paper matches")).to_be_visible()
        expect(page.locator("#browse-problem")).to_contain_text("keys.json: 503")
    page.fill("#browse-text", "fastv")
    expect_listed(page, ["fastv"])
    page.context.unroute("**/browse/keys.json")
    page.fill("#browse-text", "bolya2023token")
    expect_listed(page, ["tome"])
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()
