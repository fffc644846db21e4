"""An address of Browse asks for what a reader could ask there, and what it asks for in vain is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from reader import expect_listed, expect_total, open_browse

from catalog.catalogue import Catalogue

pytestmark = pytest.mark.browser


def test_picked_papers_that_are_not_there_are_named(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?ids=fastv,gone")
    expect_listed(page, ["fastv"])
    expect(page.locator("#browse-notes")).to_have_text("Not in this catalogue: gone.")


def test_of_many_papers_that_are_not_there_the_first_are_named(page: Page, site_url: str) -> None:
    open_browse(page, site_url, f"?ids=fastv,{','.join(f'gone-{n}' for n in range(900))}")
    expect_listed(page, ["fastv"])
    named = ", ".join(f"gone-{n}" for n in range(10))
    expect(page.locator("#browse-notes")).to_have_text(f"Not in this catalogue: {named}, and 890 more.")


def test_an_address_is_read_in_capitals_too(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?Q=FASTV&View=Table&SORT=-Title")
    expect(page.locator("#browse-rows tr")).to_have_count(1)
    expect(page.locator("#browse-sort")).to_have_value("title")
    expect(page.locator("#browse-notes")).to_be_hidden()


def test_terms_of_an_address_that_are_not_there_are_named_until_the_reader_goes_on(
    page: Page, site_url: str
) -> None:
    open_browse(page, site_url, "?training=foo&-venue=bar&utm_source=mail")
    expect_total(page, 6, 6)
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text("Left out, because there is no such term: training=foo, -venue=bar.")
    page.fill("#browse-text", "fastv")
    expect_listed(page, ["fastv"])
    expect(notes).to_be_hidden()


def test_what_an_address_asks_for_beside_an_or_is_asked_for_on_either_side(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?q=merging+OR+title:token&author=bolya")
    expect_listed(page, ["tome"])


def test_a_view_that_a_catalogue_does_without_is_named_and_the_list_is_shown(
    page: Page, serve: Callable[[Catalogue], str], mini_catalogue: Catalogue
) -> None:
    papers = tuple(paper.model_copy(update={"mechanism": None}) for paper in mini_catalogue)
    url = serve(replace(mini_catalogue, papers=papers))
    open_browse(page, url, "?view=matrix")
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text("Left out, because there is no such value: view=matrix.")
    views = page.get_by_role("group", name="View")
    expect(views.get_by_role("button", pressed=True)).to_have_text("List")
    expect(views.get_by_role("button")).to_have_text(["List", "Table", "Compare"])
    views.get_by_role("button", name="Table").click()
    expect(notes).to_be_hidden()
    expect(page).to_have_url(f"{url}browse/?view=table")


@pytest.mark.parametrize(
    ("asked", "no"),
    [
        ("search=snapkv&foo=bar&search=snapkv&foo", "parameter: search=snapkv, foo=bar, foo="),
        ("-q=tome", "parameter: -q=tome"),
        ("criterion=attention,foo,bar&-venue=ICLR,baz", "term: criterion=foo, criterion=bar, -venue=baz"),
        ("year=2024..,foo&year=..", "term: year=foo, year=.."),
        ("sort=stars&view=cards&all=criterion,foo", "value: sort=stars, view=cards, all=criterion,foo"),
        ("&".join(f"p{row}=1" for row in range(8)), "parameter: p0=1, p1=1, p2=1, p3=1, p4=1, and 3 more"),
        (f"foo={'x' * 900}", f"parameter: foo={'x' * 76}…"),
    ],
)
def test_what_an_address_asks_for_in_vain_is_named(page: Page, site_url: str, asked: str, no: str) -> None:
    open_browse(page, site_url, f"?{asked}")
    expect(page.locator("#browse-notes")).to_have_text(f"Left out, because there is no such {no}.")


@pytest.mark.parametrize(
    "asked",
    [
        "utm_source=a&utm_campaign=b&fbclid=c&gclid=d&msclkid=e&ref=f&mc_cid=g&_ga=h&gad_source=i&si=j",
        "q=&sort=&view=&all=&ids=",
        "sort=-best&all=criterion&view=list",
        "id=&author=",
    ],
)
def test_nothing_is_said_of_what_other_sites_append_or_a_form_leaves_empty(
    page: Page, site_url: str, asked: str
) -> None:
    open_browse(page, site_url, f"?{asked}")
    expect(page.locator("#browse-notes")).not_to_contain_text("Left out")


def test_fields_without_boxes_are_searched_for_by_an_address_too(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?listed_in=first-list&q=dynamic")
    expect(page.locator("#browse-text")).to_have_value("dynamic listed_in:first-list")
    expect_listed(page, ["dynamicvit"])


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("parametric=yes", "parametric=true"),
        ("-parametric=No", "-parametric=false"),
        ("Mechanisms=merging&settings=understanding", "mechanism=merging&setting=understanding"),
        ("-kinds=survey&-criteria=attention", "-kind=survey&-criterion=attention"),
        ("domains=vision&domain=language&all=Domains", "domain=vision&domain=language&all=domain"),
        ("lists=first-list&q=dynamic", "q=dynamic+listed_in:first-list"),
        ("-listed-in=first-list&authors=liang+chen", 'q=-listed_in:first-list+author:"liang+chen"'),
        ("reference_impl=no&year=2024&names=fastv", "q=name:fastv+reference:no&year=2024"),
        ("keyword=kv-cache", "q=keywords:kv-cache"),
        ("ids=", ""),
        ("criterion=attention,similarity", "criterion=attention&criterion=similarity"),
        (
            "criteria=Attention,+similarity,&all=criteria",
            "criterion=attention&criterion=similarity&all=criterion",
        ),
        ("-venue=ICLR,eccv", "-venue=ICLR&-venue=ECCV"),
        ("parametric=yes,no", "parametric=true&parametric=false"),
        ("year=2023,2024", "year=2023&year=2024"),
        ("year=2024..", "q=year:2024.."),
        ("years=2022-2023&q=tome", "q=tome+year:2022-2023"),
        ("-year=..2022", "q=-year:..2022"),
        ("year=>2023&domain=vision", "q=year:>2023&domain=vision"),
        ("year=2021&year=2024..", "q=year:2021,2024.."),
        ("year=2021,2024..2025&-year=2025", "q=year:2021,2024..2025&-year=2025"),
    ],
)
def test_an_address_takes_every_name_that_the_query_language_takes(
    page: Page, site_url: str, asked: str, meant: str
) -> None:
    def seen(query: str) -> list[str]:
        open_browse(page, site_url, f"?{query}")
        parts = ("#browse-count", "#browse-list", "#browse-active", "#browse-notes")
        words = sorted(page.locator("#browse-text").input_value().split())
        return [*words, *(page.locator(part).inner_text() for part in parts)]

    found = seen(asked)
    assert found == seen(meant)
    assert (found == seen("")) is (meant == "")
