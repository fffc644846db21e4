"""The browse page under all conditions: keyboard, phone, no scripts, failures, hostile records, axe."""

from __future__ import annotations

import pytest
from accessibility import assert_accessible
from expected import counts, found, ordered
from held_by_papers import has_words
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect
from reader import expect_total, expect_view, open_browse, tick
from watching import Complaints, NewContext

from catalog.catalogue import Catalogue
from catalog.query import parse, select
from catalog.site.browse import FIRST_RESULTS

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}


# ------------------------------------------------------------------------- keyboard and phone


def test_everything_is_done_with_the_keyboard(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.keyboard.press("/")
    expect(page.locator("#browse-text")).to_be_focused()
    page.keyboard.type("mull")
    expect_view(page, many, "mull")

    for _ in range(4):  # past the help, the way to the papers and the facet's title
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    first = page.locator("[data-field=domain] input").first
    expect(first).to_be_checked()
    papers = expect_view(page, many, "mull", {"domain": [first.input_value()]})

    page.keyboard.press("/")
    page.keyboard.press("Enter")
    expect(page.locator("#browse-list h3 a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/papers/{papers[0]}/")


def test_a_link_leads_past_the_filters(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.keyboard.press("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the papers")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#browse-results")).to_be_focused()


def test_enter_waits_for_the_answer(page: Page, many: Catalogue, many_url: str) -> None:
    waiting: list[Route] = []
    page.route("**/browse/index.json", lambda route: waiting.append(route))
    page.goto(f"{many_url}browse/")
    page.wait_for_function("() => document.querySelector('#browse-facets input')")
    page.keyboard.press("/")
    page.keyboard.type("mull")
    page.keyboard.press("Enter")
    expect(page.locator("#browse-results")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#browse-text")).to_be_focused()
    waiting[0].continue_()
    papers = expect_view(page, many, "mull")
    expect(page.locator(f"[data-id={papers[0]}] h3 a")).to_be_focused()
    expect(page.locator("#browse-results")).not_to_have_attribute("aria-busy", "true")


def test_a_phone_has_the_filters_in_a_drawer(new_context: NewContext, many: Catalogue, many_url: str) -> None:
    page = new_context(**PHONE).new_page()
    open_browse(page, many_url, "?q=tok")
    opener = page.locator("#browse-open")
    expect(page.locator("#browse-facets")).to_be_hidden()
    expect(opener).to_have_text("Filters")
    opener.click()
    drawer = page.get_by_role("dialog", name="Filters")
    expect(drawer).to_be_visible()
    tick(page, "training", "free")
    tick(page, "code", "yes")
    papers = found(many, "tok", {"training": ["free"], "code": ["yes"]})
    drawer.get_by_role("button", name=f"Show {len(papers)} papers").click()
    expect(drawer).to_be_hidden()
    expect(opener).to_have_accessible_name("Filters, 2 active")
    expect(opener).to_be_focused()
    expect_view(page, many, "tok", {"training": ["free"], "code": ["yes"]})

    opener.click()
    drawer.get_by_role("button", name="Clear all").click()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect_view(page, many)


@pytest.mark.parametrize("width", [320, 768, 1000, 1440])
def test_nothing_is_wider_than_the_screen(page: Page, many_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_browse(page, many_url, "?domain=vision&venue=Findings+of+ACL&training=free&criterion=unknown")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Clear all").first.click()
    expect(page.locator("#browse-active")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# ------------------------------------------------------------------- with little, and with none


def test_the_page_reads_without_javascript(new_context: NewContext, many: Catalogue, many_url: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{many_url}browse/")
    newest = ordered(many, "newest", many.vocabulary)[:FIRST_RESULTS]
    titles = page.locator("#browse-list h3 a")
    assert titles.all_text_contents() == [many[paper_id].title for paper_id in newest]
    expect(page.locator(".browse__noscript")).to_contain_text("need JavaScript")
    expect(page.locator("#browse-text")).to_be_hidden()
    expect(page.locator("#browse-sort")).to_be_hidden()
    term = page.locator("[data-field=criterion] [data-key=attention] a")
    expected = counts(many, "", {}, "criterion")["attention"]
    assert term.locator(".term__count").text_content() == str(expected)
    term.click()
    page.wait_for_url("**/terms/criterion/attention/")
    page.go_back()
    for year in page.locator("[data-field=year] a").all()[:2]:
        number, address = year.locator(".term__count").text_content(), year.get_attribute("href")
        listed = page.request.get(f"{many_url}browse/{address}").text()
        assert f'<dt>Papers</dt><dd class="numeral">{number}</dd>' in listed


def test_scripts_take_over_without_moving_anything(new_context: NewContext, many_url: str) -> None:
    context = new_context()
    places = """() => [...document.querySelectorAll('.entry, .term__row, .facet, .browse__bar, .chip')]
      .map((e) => e.getBoundingClientRect())
      .map((r) => [r.x, r.y, r.width, r.height].map(Math.round))"""
    before = context.new_page()
    before.route("**/browse/main.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    before.goto(f"{many_url}browse/")
    after = context.new_page()
    open_browse(after, many_url)
    assert after.evaluate(places) == before.evaluate(places)


MOVED = """(() => {
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
      if (value > 0.02) moved.push([value, ...sources.map(({ node }) => node?.outerHTML.slice(0, 60))]);
  }).observe({ type: "layout-shift", buffered: true });
})()"""


@pytest.mark.parametrize("view", ["?view=table", "?view=matrix", "?ids=paper-1,paper-2&view=compare"])
@pytest.mark.parametrize("width", [360, 1440])
def test_a_view_of_the_address_s_own_moves_nothing_while_it_comes(
    new_context: NewContext, many_url: str, view: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    page.add_init_script(MOVED)
    open_browse(page, many_url, view)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("moved") == []


def test_papers_look_the_same_from_the_page_and_from_the_scripts(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    markup = "items => items.map(item => item.outerHTML.replace(/>\\s+</g, '><'))"
    from_page = page.locator("#browse-list > li").evaluate_all(markup)
    page.fill("#browse-text", "zzzz")
    expect(page.locator("#browse-list > li")).to_have_count(0)
    page.fill("#browse-text", "")
    expect(page.locator("#browse-list > li")).to_have_count(FIRST_RESULTS)
    assert page.locator("#browse-list > li").evaluate_all(markup) == from_page


def pretend_to_be_large(page: Page, many: Catalogue) -> None:
    """Large catalogues are searched in a worker; make the page believe that this is one."""

    def serve(route: Route) -> None:
        html = route.fetch().text()
        assert f'data-papers="{len(many)}"' in html
        route.fulfill(
            body=html.replace(f'data-papers="{len(many)}"', 'data-papers="99999"'), content_type="text/html"
        )

    page.route("**/browse/?*", serve)


@pytest.mark.parametrize("workers", [True, False], ids=["with workers", "without workers"])
def test_a_large_catalogue_is_searched_with_workers_and_without(
    own_page: Page, many: Catalogue, many_url: str, workers: bool
) -> None:
    pretend_to_be_large(own_page, many)
    if not workers:
        own_page.add_init_script("delete window.Worker")
    open_browse(own_page, many_url, "?q=mull")
    assert len(own_page.workers) == int(workers)
    expect_view(own_page, many, "mull")
    own_page.fill("#browse-text", "mull author:wang")
    meant = list(select(many, parse("mull author:wang", many.vocabulary)))
    expect_total(own_page, len(meant), len(many))
    own_page.fill("#browse-text", "tok")
    expect_view(own_page, many, "tok")


def test_what_was_typed_before_the_scripts_came_is_searched_for(
    page: Page, many: Catalogue, many_url: str
) -> None:
    waiting: list[Route] = []
    page.route("**/browse/main.js", lambda route: waiting.append(route))
    page.goto(f"{many_url}browse/", wait_until="commit")
    page.locator("#browse-text").fill("mull")
    while not waiting:
        page.wait_for_timeout(10)
    for route in waiting:
        route.continue_()
    expect_view(page, many, "mull")


def test_titles_are_found_before_the_authors_are_loaded(page: Page, many: Catalogue, many_url: str) -> None:
    waiting: list[Route] = []
    page.context.route("**/browse/details.json", lambda route: waiting.append(route))
    page.goto(f"{many_url}browse/?q=mull")
    with_title = [paper for paper in many if has_words(paper.model_copy(update={"authors": None}), "mull")]
    count = page.locator("#browse-count")
    expect(count).to_have_text(f"{len(with_title)} of {len(many)} papers so far")

    page.wait_for_function("() => document.querySelector('#browse-list > li')")
    for route in waiting:
        route.continue_()
    expect_view(page, many, "mull")


def test_what_cannot_be_loaded_is_said_and_the_newest_papers_stay(
    page: Page, many_url: str, complaints: Complaints
) -> None:
    page.route("**/browse/index.json", lambda route: route.fulfill(status=503))
    page.goto(f"{many_url}browse/?q=mull")
    expect(page.get_by_role("alert")).to_contain_text("reload the page")
    expect(page.locator("#browse-list > li")).to_have_count(FIRST_RESULTS)
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()


# ----------------------------------------------------------------------------------- safety


def test_hostile_values_are_text_and_nothing_else(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    for query in ("", "hostile"):
        page.fill("#browse-text", query)
        expect_view(page, many, query)
        for paper in found(many, "hostile"):
            item = page.locator(f"[data-id={paper.id}]")
            expect(item.locator("h3 a")).to_have_text(paper.title)
            item.locator("summary").hover()
    page.locator("#browse-text").fill('"><img src=x onerror="window.__pwned = 1">')
    page.reload()
    page.locator("#browse[data-ready]").wait_for()
    assert page.evaluate("window.__pwned") is None
    assert page.locator("main :is(img, iframe, object, script:not([src]))").count() == 0


# ----------------------------------------------------------------------------- accessibility


SCREENS = pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, PHONE["viewport"]], ids=str)


@SCREENS
def test_no_accessibility_rule_is_broken(browser: Browser, many_url: str, viewport: ViewportSize) -> None:
    # axe is put into the page as a script, which the site's own policy would refuse.
    with browser.new_context(viewport=viewport, bypass_csp=True) as context:
        page = context.new_page()
        open_browse(page, many_url, "?training=free&year=2024")
        if viewport == PHONE["viewport"]:
            page.locator("#browse-open").click()
        assert_accessible(page)


@SCREENS
@pytest.mark.parametrize("query", ["?q=domian:vision", "?q=zzzz", "?q=-keywords:none&view=table"])
def test_what_cannot_be_read_or_found_breaks_no_rule_either(
    browser: Browser, many_url: str, query: str, viewport: ViewportSize
) -> None:
    with browser.new_context(viewport=viewport, bypass_csp=True) as context:
        page = context.new_page()
        open_browse(page, many_url, query)
        assert_accessible(page)
