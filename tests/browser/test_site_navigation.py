"""Finding the way through the site, also by keyboard: a link, number or search leads to what it names."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from watching import NewContext

from catalog.catalogue import Catalogue

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("path", ["", "papers/fastv/", "terms/"])
def test_searching_leads_to_browse(new_context: NewContext, site_url: str, path: str, scripts: bool) -> None:
    page = new_context(java_script_enabled=scripts).new_page()
    page.goto(site_url + path)
    box = page.get_by_label("Search papers")
    box.fill("token merging")
    box.press("Enter")
    page.wait_for_url(re.compile(r"/browse/\?q=token(\+|%20)merging$"))


def test_the_front_page_leads_into_a_domain(page: Page, site_url: str) -> None:
    page.goto(site_url)
    page.get_by_role("link", name=re.compile(r"^Multimodal")).first.click()
    page.wait_for_url(re.compile(r"/browse/\?domain=multimodal$"))


def test_a_tag_leads_to_its_definition(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/fastv/")
    tag = page.get_by_role("link", name="Visual question answering")
    expect(tag).to_have_accessible_description("Answering questions about an image.")
    tag.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Visual question answering")


def test_a_slash_leads_to_the_search_box(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search papers")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.get_by_label("Search papers")).to_have_value("a/b")


def test_the_first_key_skips_to_the_content(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/fastv/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_an_author_leads_to_all_of_their_papers(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/tome/")
    page.get_by_role("link", name="Judy Hoffman").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Judy Hoffman")
    expect(page.get_by_role("heading", name="Token Merging: Your ViT But Faster")).to_be_visible()


def test_a_number_of_the_matrix_leads_to_its_papers(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}charts/")
    page.get_by_role("link", name="1 paper: Attention and Pruning").click()
    page.wait_for_url(re.compile(r"/browse/\?criterion=attention&mechanism=pruning$"))
    expect(page.locator("#browse-count")).to_contain_text("1 of")


def test_the_matrix_is_no_stop_of_the_tab_key_and_its_table_has_the_same_numbers(
    page: Page, site_url: str
) -> None:
    page.goto(f"{site_url}charts/")
    picture = page.locator(".matrix--wide svg a")
    assert picture.evaluate_all("links => links.every(link => link.tabIndex === -1)")
    page.get_by_text("Numbers as a table").last.click()
    table = page.get_by_role("region", name="Papers by criterion and mechanism").get_by_role("table")
    numbers = """links => links.map(link =>
      [link.getAttribute("href"), (link.querySelector("text") ?? link).textContent])"""
    assert table.locator("a").evaluate_all(numbers) == picture.evaluate_all(numbers)
    expect(table.get_by_role("rowheader", name="Attention")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Pruning")).to_be_visible()


def test_the_papers_of_a_year_are_as_many_in_browse(page: Page, many_url: str) -> None:
    page.goto(f"{many_url}years/")
    page.locator("main .leaders a").first.click()
    number = page.locator(".facts dd").first.inner_text()
    page.get_by_role("link", name="Filter these papers").click()
    page.locator("#browse[data-ready]").wait_for()
    expect(page.locator("#browse-count")).to_have_text(f"{number} of 300 papers")


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("years/2024/", ".facts a.numeral"),
        ("terms/venue/iclr/", ".year h2 a"),
        ("terms/criterion/attention/", ".year h2 a"),
        ("authors/chloe-muller/", ".year h2 a"),
    ],
)
def test_a_number_of_a_year_leads_to_as_many_papers_in_browse(
    page: Page, many_url: str, path: str, places: str
) -> None:
    page.goto(many_url + path)
    links = page.locator(places)
    count = links.count()
    for place in {0, count // 2, count - 1}:
        page.goto(many_url + path)
        link = links.nth(place)
        number = link.inner_text()
        assert (link.get_attribute("aria-label") or "").startswith(f"{number} paper")
        link.click()
        page.locator("#browse[data-ready]").wait_for()
        expect(page.locator("#browse-count")).to_have_text(f"{number} of 300 papers")


def test_the_year_beside_a_paper_s_venue_leads_to_the_venue_s_papers_of_that_year(
    page: Page, site_url: str
) -> None:
    page.goto(f"{site_url}papers/fastv/")
    page.locator(".paper__where").get_by_role("link", name="2024").click()
    page.wait_for_url(f"{site_url}terms/venue/eccv/#year-2024")
    expect(page.locator("#year-2024")).to_be_in_viewport()


@pytest.mark.parametrize("row", [2, 9, 13, 22])
def test_behind_the_papers_alike_are_all_that_share_what_the_method_does(
    page: Page, many: Catalogue, many_url: str, row: int
) -> None:
    page.goto(f"{many_url}papers/paper-{row}/")
    link = page.get_by_role("link", name=re.compile(r"^All \d+ papers that share "))
    number = re.findall(r"\d+", link.inner_text())[0]
    query = parse_qs(urlsplit(link.get_attribute("href") or "").query)
    paper = many[f"paper-{row}"]
    for field, terms in query.items():
        assert terms == ([paper.kind] if field == "kind" else list(getattr(paper, field)))
    one_each = "share at least one term each of" in link.inner_text()
    assert one_each is any(len(terms) > 1 for terms in query.values())
    link.click()
    page.locator("#browse[data-ready]").wait_for()
    expect(page.locator("#browse-count")).to_have_text(f"{number} of 300 papers")


@pytest.mark.parametrize(
    ("address", "words", "query"),
    [
        ("token-merging", "token merging", r"token\+merging"),
        ("m%C3%BCller%20net.html", "müller net", r"m%C3%BCller\+net"),
        ("50%-of_tokens", "50 of tokens", r"50\+of\+tokens"),
    ],
)
def test_where_there_is_no_page_the_address_becomes_the_search(
    page: Page, site_url: str, address: str, words: str, query: str
) -> None:
    missing = page.request.get(f"{site_url}404.html").text().replace("/mini/", urlsplit(site_url).path)
    page.route(
        re.compile(rf"/papers/{re.escape(address)}/$"),
        lambda route: route.fulfill(body=missing, content_type="text/html"),
    )
    page.goto(f"{site_url}papers/{address}/")
    expect(page.get_by_role("searchbox").last).to_have_value(words)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(re.compile(rf"/browse/\?q={query}$"))


def test_a_report_is_a_form_that_names_the_record(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/fastv/")
    link = urlsplit(page.get_by_role("link", name="Report an error").get_attribute("href") or "")
    fields = parse_qs(link.query)
    assert link.path == "/example/mini/issues/new"
    assert "papers/2024/fastv.yaml" in fields["body"][0]
    assert fields["title"] == ["Record fastv: "]
