"""The box on the page of all authors, which finds those that the page has no room for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from accessibility import assert_accessible
from playwright.sync_api import Locator, Page, expect
from watching import Complaints, NewContext

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.site.people import Authors

MINI = Path(__file__).parents[1] / "mini"
pytestmark = pytest.mark.browser

NAMES = (
    *("Heng Tao Shen", "Hengtao Shen", "Christopher Ré", "Christopher Re", "Christopher Ré"),
    *("Łukasz Kaiser", "J. Zico Kolter", "李明", "Li Ming", "Ming Liu", "Bo Li", "Bo Limin", "Jo O'Brien"),
)


@pytest.fixture(scope="module")
def named_url(serve: Callable[[Catalogue], str]) -> str:
    """A site of twelve authors, of whom two have more than one paper and are on the page."""
    papers = [
        Paper(id=f"made-{n}", title=f"Made {n}", authors=(name, "Ann Other") if n < 2 else (name,))
        for n, name in enumerate(NAMES)
    ]
    return serve(replace(Catalogue.load(MINI), papers=tuple(papers), files={}))


def _found(page: Page, typed: str) -> Locator:
    page.get_by_label("Find an author").fill(typed)
    return page.locator("#authors li")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kolter", ["J. Zico Kolter 1"]),
        ("kolter j", ["J. Zico Kolter 1"]),
        ("Re", ["Christopher Ré 3"]),
        ("lukasz", ["Łukasz Kaiser 1"]),
        ("hengtao", ["Heng Tao Shen 1", "Hengtao Shen 1"]),
        ("heng tao shen", ["Heng Tao Shen 1", "Hengtao Shen 1"]),
        ("李明", ["李明 1"]),
        ("bo li", ["Bo Li 1", "Bo Limin 1"]),
        ("li m", ["Bo Limin 1", "Li Ming 1", "Ming Liu 1"]),
        ("o'brien", ["Jo O'Brien 1"]),
        ("nobody", []),
    ],
)
def test_authors_are_found_by_words_of_their_names(
    page: Page, named_url: str, typed: str, found: list[str]
) -> None:
    page.goto(f"{named_url}authors/")
    rows = _found(page, typed)
    expect(page.get_by_role("status").filter(has_text=" of 12 authors")).to_have_text(
        f"{len(found)} of 12 authors"
    )
    assert sorted(" ".join(row.inner_text().split()) for row in rows.all()) == sorted(found)


def test_who_is_called_just_so_comes_first(page: Page, named_url: str) -> None:
    page.goto(f"{named_url}authors/")
    expect(_found(page, "bo li").first).to_have_text("Bo Li1")


def test_every_author_s_page_is_found_by_the_whole_name(page: Page, many: Catalogue, many_url: str) -> None:
    page.goto(f"{many_url}authors/")
    found = page.evaluate(
        """async () => {
          const { author, called } = await import("../assets/catalogue/authors.js");
          const authors = (await (await fetch("names.json")).json()).map(author);
          return authors.map(({ name }) => [name, called(authors, name).map(({ folder }) => folder)]);
        }"""
    )
    folders = {author.name: author.slug for author in Authors.of(many).by_slug.values()}
    assert {name for name, _ in found} == set(folders)
    missed = {name for name, slugs in found if folders[name] not in slugs}
    assert {name for name in missed if any(c.isalnum() for c in name)} == set()


def test_what_is_found_leads_to_the_author_s_page_by_keyboard_alone(page: Page, named_url: str) -> None:
    page.goto(f"{named_url}authors/")
    box = page.get_by_label("Find an author")
    expect(box).to_be_visible()  # hidden until its script is there, and what is hidden takes no focus
    box.focus()
    page.keyboard.type("shen")
    found = page.locator("#authors li")
    expect(found.first).to_contain_text("Heng Tao Shen")  # before a letter is typed there are two rows, too
    expect(found).to_have_count(2)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Heng Tao Shen")).to_be_focused()
    box.fill("liming")
    expect(page.locator("#authors li")).to_have_count(1)
    box.press("Enter")
    page.wait_for_url(f"{named_url}authors/li-ming/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Li Ming")


def test_who_comes_back_from_an_author_s_page_finds_the_search_again_and_can_share_it(
    page: Page, named_url: str
) -> None:
    page.goto(f"{named_url}authors/")
    _found(page, "heng tao").first.get_by_role("link").click()
    page.wait_for_url(f"{named_url}authors/heng-tao-shen/")
    page.go_back()
    expect(page.get_by_label("Find an author")).to_have_value("heng tao")
    expect(page.locator("#authors li")).to_have_count(2)
    page.goto(f"{named_url}authors/?q=kolter")
    expect(page.locator("#authors li")).to_have_text(["J. Zico Kolter1"])
    page.get_by_label("Find an author").fill("")
    page.wait_for_url(f"{named_url}authors/")


def test_an_empty_box_leaves_the_page_as_it_was(page: Page, named_url: str) -> None:
    page.goto(f"{named_url}authors/")
    before = page.locator("#authors").inner_html()
    expect(_found(page, "kolter")).to_have_count(1)
    assert page.locator("#authors").inner_html() != before
    page.get_by_label("Find an author").fill("  ")
    expect(page.get_by_role("link", name="Christopher Ré")).to_be_visible()
    assert page.locator("#authors").inner_html() == before
    expect(page.locator(".find [role=status]")).to_have_text("")


def test_the_names_come_when_the_box_is_used_and_not_before(own_page: Page, named_url: str) -> None:
    asked: list[str] = []
    own_page.on("request", lambda request: asked.append(request.url))
    own_page.goto(f"{named_url}authors/")
    box = own_page.get_by_label("Find an author")
    expect(box).to_be_visible()
    assert not [url for url in asked if url.endswith("names.json")]
    with own_page.expect_response("**/authors/names.json"):
        box.focus()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_list_stays_where_it_is_when_the_box_comes_and_says_something(
    new_context: NewContext, named_url: str, width: int
) -> None:
    context = new_context(viewport={"width": width, "height": 740})
    places, top = [], "document.querySelector('#authors').getBoundingClientRect().y"
    before = context.new_page()
    before.route("**/authors.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    before.goto(f"{named_url}authors/")
    places.append(before.evaluate(top))
    after = context.new_page()
    after.goto(f"{named_url}authors/")
    expect(after.get_by_label("Find an author")).to_be_visible()
    places.append(after.evaluate(top))
    expect(_found(after, "kolter")).to_have_count(1)
    expect(after.locator(".find [role=status]")).to_have_text("1 of 12 authors")
    places.append(after.evaluate(top))
    assert len(set(places)) == 1


def test_without_scripts_there_is_no_box_and_the_page_reads_as_before(
    new_context: NewContext, named_url: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{named_url}authors/")
    expect(page.locator("#find-author")).to_be_hidden()
    expect(page.get_by_role("link", name="Christopher Ré")).to_be_visible()


def test_without_the_names_it_is_said_why_and_the_next_letter_tries_again(
    page: Page, named_url: str, complaints: Complaints
) -> None:
    page.route("**/authors/names.json", lambda route: route.abort())
    page.goto(f"{named_url}authors/")
    box = page.get_by_label("Find an author")
    box.fill("kol")
    status = page.locator(".find [role=status]")
    expect(status).to_contain_text("names.json could not be loaded; see whether you are online")
    expect(page.get_by_role("link", name="Christopher Ré")).to_be_visible()
    page.unroute("**/authors/names.json")
    box.fill("kolt")
    expect(status).to_have_text("1 of 12 authors")
    assert all("Failed to load resource" in complaint for complaint in complaints)
    complaints.clear()


def test_of_ten_thousand_authors_one_is_found_as_one_types(page: Page, named_url: str) -> None:
    rows = [[f"Ann{n} Ab{n % 7}", 1] for n in range(10_000)]
    page.route("**/authors/names.json", lambda route: route.fulfill(body=json.dumps(rows)))
    page.goto(f"{named_url}authors/")
    expect(_found(page, "ann")).to_have_count(500)
    status = page.locator(".find [role=status]")
    expect(status).to_have_text("10,000 of 10,000 authors; the first 500 are shown")
    expect(_found(page, "ann9876 ab")).to_have_count(1)


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_everyone_can_use_the_box(page: Page, named_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"{named_url}authors/")
    expect(_found(page, "li")).to_have_count(4)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
