"""Browsing as a reader does: search, tick, sort, share, go back, cite, by mouse, keyboard and phone."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Complaints, NewContext
from expected import counts, found, has_words, ordered
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from catalog.catalogue import Catalogue
from catalog.exports import bibtex
from catalog.site.browse import FIRST_RESULTS

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}


def open_browse(page: Page, url: str, query: str = "") -> None:
    """Open the browse page and wait until its scripts have taken over."""
    page.goto(f"{url}browse/{query}")
    page.locator("#browse[data-ready]").wait_for()


def shown(page: Page) -> list[str]:
    """Ids of the papers in the list, in order."""
    ids: list[str] = page.locator("#browse-list > li").evaluate_all("items => items.map(i => i.dataset.id)")
    return ids


def expect_listed(page: Page, ids: Sequence[str]) -> None:
    """The list holds these papers, in this order, now or in a moment."""
    listed = (
        "ids => [...document.querySelectorAll('#browse-list > li')].map(i => i.dataset.id).join() === ids"
    )
    with contextlib.suppress(PlaywrightTimeout):
        page.wait_for_function(listed, arg=",".join(ids), timeout=5000)
    assert shown(page) == list(ids)


def box(field: str, key: str) -> str:
    return f"input[name={field}][value='{key}']"


def tick(page: Page, field: str, key: str) -> None:
    page.locator(box(field, key)).click()


def expect_total(page: Page, total: int, all_papers: int) -> None:
    expect(page.locator("#browse-count")).to_have_text(
        f"{all_papers} papers" if total == all_papers else f"{total} of {all_papers} papers"
    )


def expect_view(
    page: Page,
    catalogue: Catalogue,
    text: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: str = "newest",
) -> list[str]:
    """The page shows what was asked for; the ids of all papers found."""
    papers = ordered(found(catalogue, text, filters), sort, catalogue.vocabulary)
    expect_total(page, len(papers), len(catalogue))
    expect_listed(page, papers[:FIRST_RESULTS])
    return papers


def entries_by_id(catalogue: Catalogue) -> dict[str, str]:
    """The BibTeX entries as the catalogue's own export has them."""
    by_id = sorted(catalogue, key=lambda paper: paper.id)
    entries = bibtex.entries(catalogue, catalogue)
    return {paper.id: entry for paper, entry in zip(by_id, entries, strict=True)}


# ------------------------------------------------------------------------------------ finding


def test_typing_narrows_the_list_letter_by_letter(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    for typed in ("m", "mu", "mull", "muller tok"):
        page.fill("#browse-text", typed)
        expect_view(page, many, typed)
    page.fill("#browse-text", "")
    expect_view(page, many)


def test_counts_beside_the_terms_add_up_with_several_filters(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    filters: dict[str, list[str]] = {}
    for field, key in (("domain", "vision"), ("training", "free"), ("domain", "unknown"), ("code", "yes")):
        tick(page, field, key)
        filters.setdefault(field, []).append(key)
        expect_view(page, many, filters=filters)
        for name in ("domain", "criterion", "training", "year", "code"):
            expected = counts(many, "", filters, name)
            rows = page.locator(f"[data-field={name}] li[data-key]")
            said = rows.evaluate_all(
                "rows => rows.map(r => [r.dataset.key, Number(r.querySelector('.term__count').textContent)])"
            )
            assert {key: number for key, number in said if number} == dict(expected)


@pytest.mark.parametrize("sort", ["newest", "added", "venue", "title", "name"])
def test_the_list_is_sorted_as_chosen(page: Page, many: Catalogue, many_url: str, sort: str) -> None:
    open_browse(page, many_url, "?training=free")
    page.select_option("#browse-sort", sort)
    expect(page.locator("#browse-sort")).to_have_value(sort)
    expect_view(page, many, filters={"training": ["free"]}, sort=sort)


def test_show_more_brings_the_next_papers_and_goes_to_the_first_of_them(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    everything = ordered(many, "newest", many.vocabulary)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#browse-list > li")).to_have_count(2 * FIRST_RESULTS)
    assert shown(page) == everything[: 2 * FIRST_RESULTS]
    expect(page.locator(f"[data-id={everything[FIRST_RESULTS]}] h3 a")).to_be_focused()

    while page.locator("#browse-more").is_visible():
        before = len(shown(page))
        page.get_by_role("button", name="Show more").click()
        expect(page.locator("#browse-list > li")).to_have_count(min(before + FIRST_RESULTS, len(everything)))
    assert shown(page) == everything


def test_a_chip_shows_the_papers_that_share_it(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.locator("#browse-list a.chip[data-field=criterion][data-key=attention]").first.click()
    expect_view(page, many, filters={"criterion": ["attention"]})
    expect(page.locator(box("criterion", "attention"))).to_be_checked()


def test_active_filters_are_taken_away_one_by_one_or_all_at_once(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?q=token&domain=vision&domain=language&training=free")
    page.get_by_role("button", name="Remove the filter Domain: Vision").click()
    expect_view(page, many, "token", {"domain": ["language"], "training": ["free"]})
    page.get_by_role("button", name="Clear all").click()
    expect_view(page, many)
    expect(page.locator("#browse-text")).to_have_value("")
    expect(page.locator("#browse-active")).to_be_hidden()
    expect(page.locator("#browse-text")).to_be_focused()


def test_what_nothing_matches_says_so(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", "zzzz")
    expect(page.get_by_text("No paper matches all of this")).to_be_visible()
    expect(page.get_by_role("button", name="Download .bib")).to_be_disabled()
    expect(page.get_by_role("status")).to_have_text("No paper matches")


# ----------------------------------------------------------------------------------- the URL


def test_a_shared_url_opens_the_same_view(new_context: NewContext, many: Catalogue, many_url: str) -> None:
    page = new_context().new_page()
    open_browse(page, many_url)
    page.fill("#browse-text", "tok")
    tick(page, "domain", "vision")
    tick(page, "year", "unknown")
    tick(page, "year", "2024")
    page.select_option("#browse-sort", "title")
    view = ("tok", {"domain": ["vision"], "year": ["2024", "unknown"]}, "title")
    expect(page.locator("#browse-sort")).to_have_value("title")
    expect_total(page, len(found(many, *view[:2])), len(many))
    assert page.url == f"{many_url}browse/?q=tok&domain=vision&year=2024&year=unknown&sort=title"

    other = new_context().new_page()
    open_browse(other, many_url, page.url.partition("browse/")[2])
    expect_view(other, many, *view)
    expect(other.locator("#browse-text")).to_have_value("tok")
    for field, key in (("domain", "vision"), ("year", "2024"), ("year", "unknown")):
        expect(other.locator(box(field, key))).to_be_checked()
        expect(other.locator(box(field, key))).to_be_visible()


def test_back_and_forward_step_through_the_views(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.locator("#browse-text").press_sequentially("mull")
    expect_view(page, many, "mull")
    tick(page, "training", "free")
    expect_view(page, many, "mull", {"training": ["free"]})

    page.go_back()
    expect_view(page, many, "mull")
    expect(page.locator(box("training", "free"))).not_to_be_checked()
    page.go_back()  # the whole word is one step
    expect_view(page, many)
    expect(page.locator("#browse-text")).to_have_value("")
    page.go_forward()
    page.go_forward()
    expect_view(page, many, "mull", {"training": ["free"]})
    expect(page.locator(box("training", "free"))).to_be_checked()


def test_coming_back_from_a_paper_shows_as_much_as_before(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#browse-list > li")).to_have_count(2 * FIRST_RESULTS)
    page.locator("#browse-list > li h3 a").nth(FIRST_RESULTS).click()
    page.wait_for_url("**/papers/*/")
    page.go_back()
    page.locator("#browse[data-ready]").wait_for()
    expect(page.locator("#browse-list > li")).to_have_count(2 * FIRST_RESULTS)


def test_unknown_values_in_the_url_are_ignored_and_case_does_not_matter(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?venue=ARXIV&domain=cooking&nothing=here&sort=price&year=%00&__proto__=x")
    expect_view(page, many, filters={"venue": ["arXiv"]})
    expect(page.locator("#browse-sort")).to_have_value("newest")


# ------------------------------------------------------------------------------------ citing


def test_the_bibtex_of_one_paper_is_copied(new_context: NewContext, many: Catalogue, many_url: str) -> None:
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    open_browse(page, many_url)
    paper = many[shown(page)[10]]
    button = page.locator(f"[data-id={paper.id}] .result__cite")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").strip() == entries_by_id(many)[paper.id]


def test_the_bibtex_of_the_view_is_that_of_every_paper_found_and_of_no_other(
    new_context: NewContext, many: Catalogue, many_url: str, tmp_path: Path
) -> None:
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    open_browse(page, many_url, "?code=yes")
    papers = expect_view(page, many, filters={"code": ["yes"]})
    assert len(papers) > FIRST_RESULTS
    entries = entries_by_id(many)
    expected = [entries[paper_id] for paper_id in papers]

    with page.expect_download() as download:
        page.get_by_role("button", name="Download .bib").click()
    assert download.value.suggested_filename == "papers.bib"
    download.value.save_as(tmp_path / "papers.bib")
    text = (tmp_path / "papers.bib").read_text(encoding="utf-8")
    assert [entry.strip() for entry in re.split(r"\n\n(?=@)", text)] == expected

    page.get_by_role("button", name="Copy BibTeX", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text


# ------------------------------------------------------------------------- keyboard and phone


def test_everything_is_done_with_the_keyboard(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.keyboard.press("/")
    expect(page.locator("#browse-text")).to_be_focused()
    page.keyboard.type("mull")
    expect_view(page, many, "mull")

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the facet's title
    page.keyboard.press("Space")
    first = page.locator("[data-field=domain] input").first
    expect(first).to_be_checked()
    papers = expect_view(page, many, "mull", {"domain": [first.input_value()]})

    page.keyboard.press("/")
    page.keyboard.press("Enter")
    expect(page.locator("#browse-list h3 a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/papers/{papers[0]}/")


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
def test_nothing_is_wider_than_the_screen(new_context: NewContext, many_url: str, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 800}).new_page()
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


def test_papers_look_the_same_from_the_page_and_from_the_scripts(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    markup = "items => items.map(item => item.outerHTML.replace(/>\\s+</g, '><'))"
    from_page = page.locator("#browse-list > li").evaluate_all(markup)
    page.fill("#browse-text", "zzzz")
    expect(page.locator("#browse-list > li")).to_have_count(0)
    page.fill("#browse-text", "")
    expect(page.locator("#browse-list > li")).to_have_count(FIRST_RESULTS)
    assert page.locator("#browse-list > li").evaluate_all(markup) == from_page


def test_searching_works_where_workers_do_not(page: Page, many: Catalogue, many_url: str) -> None:
    page.add_init_script("delete window.Worker")
    open_browse(page, many_url, "?q=mull")
    expect_view(page, many, "mull")


def test_titles_are_found_before_the_authors_are_loaded(page: Page, many: Catalogue, many_url: str) -> None:
    waiting: list[Route] = []
    page.context.route("**/browse/details.json", lambda route: waiting.append(route))
    page.goto(f"{many_url}browse/?q=mull")
    with_title = [paper for paper in many if has_words(paper.model_copy(update={"authors": None}), "mull")]
    expect_total(page, len(with_title), len(many))

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_accessibility_rule_is_broken(browser: Browser, many_url: str, scheme: str) -> None:
    for viewport in ({"width": 1280, "height": 900}, PHONE["viewport"]):
        # axe is put into the page as a script, which the site's own policy would refuse.
        context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        open_browse(page, many_url, "?training=free&year=2024")
        if viewport == PHONE["viewport"]:
            page.locator("#browse-open").click()
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        context.close()
