"""The same papers in a matrix, in a small window and by keys; the table has a file of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import product

import pytest
from accessibility import assert_accessible
from chromium import find_chromium
from expected import found, ordered
from held_by_papers import keys
from playwright.sync_api import Browser, Page, expect
from reader import expect_total, expect_view, in_table, open_browse
from watching import NewContext

from catalog.catalogue import Catalogue
from catalog.exports import bibtex
from catalog.record import Paper

pytestmark = pytest.mark.browser


# ----------------------------------------------------------------------------------- matrix


def test_the_matrix_counts_each_pair_and_a_click_filters(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?training=free&view=matrix")
    papers = found(many, "", {"training": ["free"]})
    expected = Counter(
        pair for paper in papers for pair in product(keys(paper, "criterion"), keys(paper, "mechanism"))
    )
    said = page.locator(".matrix__number").evaluate_all(
        "all => all.map(b => [...Object.values(JSON.parse(b.dataset.only)), Number(b.textContent)])"
    )
    assert {(criterion, mechanism): count for criterion, mechanism, count in said} == dict(expected)

    cell = page.get_by_role("button", name="papers: Attention, Pruning")
    cell.click()
    filters = {"training": ["free"], "criterion": ["attention"], "mechanism": ["pruning"]}
    expect_view(page, many, filters=filters)
    expect(cell).to_have_attribute("aria-pressed", "true")
    assert expected["attention", "pruning"] == len(found(many, "", filters))
    cell.click()
    expect_view(page, many, filters={"training": ["free"]})

    heading = page.locator("th.matrix__row button").filter(has_text="Attention")
    total = sum("attention" in keys(paper, "criterion") for paper in papers)
    expect(heading).to_have_text(f"Attention {total}")
    heading.click()
    expect_total(page, total, len(many))


def _terms(page: Page, side: str) -> list[str]:
    """Keys of the terms that head rows or columns, with "none" and "unknown"."""
    heads = page.locator(f"th.matrix__{side} button")
    keys: list[str] = heads.evaluate_all(
        "all => all.map(b => Object.values(JSON.parse(b.dataset.only)).find(Boolean))"
    )
    return keys


def test_terms_that_no_paper_of_the_view_has_stay_in_the_matrix(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?view=matrix")
    everywhere = _terms(page, "row"), _terms(page, "col")
    open_browse(page, many_url, "?ids=paper-1,paper-2&view=matrix")
    assert (_terms(page, "row"), _terms(page, "col")) == everywhere
    here = {key for one in ("paper-1", "paper-2") for key in keys(many[one], "criterion")}
    unheard = next(key for key in everywhere[0] if key not in here)
    heading = page.locator(f'th.matrix__row button[data-only*="{unheard}"]')
    expect(heading.locator(".matrix__total")).to_have_text("0")


def _pairs(papers: Iterable[Paper]) -> Counter[tuple[str, str]]:
    return Counter(
        pair for paper in papers for pair in product(keys(paper, "criterion"), keys(paper, "mechanism"))
    )


def test_the_pairs_without_a_paper_are_counted_and_listed(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?domain=vision&training=free&view=matrix")
    here, everywhere = _pairs(found(many, "", {"domain": ["vision"], "training": ["free"]})), _pairs(many)
    down, across = (
        [key for key in _terms(page, side) if key not in ("none", "unknown")] for side in ("row", "col")
    )
    empty = [pair for pair in product(down, across) if pair not in here]
    tried = [pair for pair in empty if pair in everywhere]
    assert 0 < len(tried) < len(empty)
    gaps = page.locator(".matrix__gaps")
    expect(gaps.locator("summary")).to_have_text(
        f"{len(empty)} of {len(down) * len(across)} pairs have no paper here; "
        f"{len(tried)} of them have papers elsewhere in the catalogue"
    )
    expect(gaps.get_by_role("link")).to_have_count(0)
    gaps.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(gaps.get_by_role("link")).to_have_count(len(tried))
    expect(page.locator("[data-dots]")).to_be_visible()
    dots = page.locator(".matrix__elsewhere").evaluate_all("all => all.map(one => one.title)")
    labels = [
        many.vocabulary.label("criterion", tried[0][0]),
        many.vocabulary.label("mechanism", tried[0][1]),
    ]
    number = everywhere[tried[0]]
    papers = "1 paper" if number == 1 else f"{number} papers"
    assert f"{', '.join(labels)}: {papers} elsewhere" in dots

    untried = next(pair for pair in empty if pair not in everywhere)
    row = gaps.locator("dl > div").filter(
        has=page.get_by_text(many.vocabulary.label("criterion", untried[0]), exact=True)
    )
    expect(row.locator("dd").last).to_contain_text("In no paper: ")
    expect(row.locator("dd").last).to_contain_text(many.vocabulary.label("mechanism", untried[1]))
    gaps.get_by_role("link", name=f"{', '.join(labels)}: {papers} elsewhere", exact=True).click()
    expect_total(page, number, len(many))


@pytest.mark.parametrize("width", [390, 1280])
def test_the_list_of_pairs_without_a_paper_breaks_no_rule_of_accessibility(
    new_context: NewContext, many_url: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
    open_browse(page, many_url, "?ids=paper-1,paper-2&view=matrix")
    page.locator(".matrix__gaps summary").click()
    page.locator(".matrix__gaps a").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page)


def test_where_all_papers_are_shown_nothing_is_elsewhere(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?view=matrix")
    expect(page.locator(".matrix__gaps summary")).to_have_text(
        re.compile(r"^\d+ of \d+ pairs have no paper$")
    )
    expect(page.locator("[data-dots]")).to_be_hidden()
    expect(page.locator(".matrix__elsewhere")).to_have_count(0)


def test_arrow_keys_move_in_the_matrix(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?view=matrix")
    assert page.locator(".matrix button[tabindex='0']").count() == 1
    page.locator(".matrix button[tabindex='0']").focus()
    first = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert second != first
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.closest('.matrix') !== null")
    page.keyboard.press("Enter")
    expect(page.locator(".matrix [aria-pressed=true]").first).to_be_focused()


def test_a_number_fills_a_row_whose_name_takes_two_lines(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    open_browse(page, many_url, "?view=matrix")
    page.add_style_tag(content=".matrix__row button { height: 3.2rem; }")
    heights = page.locator(".matrix__number").evaluate_all(
        "all => all.map(one => [one, one.closest('tr')].map(each => each.getBoundingClientRect().height))"
    )
    assert heights
    assert all(number > row - 1 for number, row in heights)


# --------------------------------------------------------------------------------- small windows


@pytest.mark.parametrize("width", [480, 768, 999])
def test_the_tools_stand_where_they_stood_when_something_is_filtered(
    page: Page, many_url: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    tools = ("browse-count", "browse-select-all", "browse-views", "browse-open", "browse-export")
    tops = [f"document.getElementById('{tool}').getBoundingClientRect().top" for tool in tools]
    open_browse(page, many_url)
    before = [page.evaluate(top) for top in tops]
    open_browse(page, many_url, "?training=free&domain=vision&domain=language")
    expect(page.locator("#browse-badge")).to_have_text("3")
    assert [page.evaluate(top) for top in tops] == before
    right = "one => one.getBoundingClientRect().right"
    ends = [
        page.locator(tool).evaluate(right) for tool in ("#browse-views", "#browse-export", ".browse__bar")
    ]
    assert max(ends) - min(ends) < 1


IN_READING_ORDER = """() => {
  const places = [...document.querySelectorAll(".browse__bar :is(button, select, summary)")]
    .filter(one => one.checkVisibility() && !one.closest(".menu__panel"))
    .map(one => one.getBoundingClientRect());
  return places.every((one, at) => {
    const next = places[at + 1];
    return !next || next.top >= one.bottom - 1 || (next.top < one.bottom && next.left >= one.right - 1);
  });
}"""


@pytest.mark.parametrize("width", [320, 360, 414, 479, 480, 999, 1280])
@pytest.mark.parametrize("query", ["", "?training=free&domain=vision"])
def test_the_tab_key_goes_through_the_tools_as_they_are_read(
    page: Page, many_url: str, width: int, query: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_browse(page, many_url, query)
    expect(page.locator("#browse-select-all")).to_be_visible()
    assert page.evaluate(IN_READING_ORDER)


def test_the_tools_of_a_row_are_of_one_height(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    tools = page.locator("#browse-sort, #browse-backwards, #browse-views, #browse-export > summary")
    heights = tools.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert len(heights) == 4
    assert max(heights) - min(heights) < 0.5


@pytest.mark.parametrize("name", ["list", "table", "matrix"])
def test_text_twice_as_large_needs_no_scrolling_sideways(page: Page, site_url: str, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    open_browse(page, site_url, f"?view={name}&q=question")
    page.add_style_tag(content="html { font-size: 250% !important; }")  # it is 125 %
    expect(page.locator("#browse-places a").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.fill("#browse-text", "")
    expect(page.locator("#browse-places")).to_be_hidden()
    page.locator("#browse-select-all").click()
    for part in page.locator("#browse-tray > *").all():
        expect(part).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_who_has_set_larger_text_in_the_browser_needs_no_scrolling_sideways(
    browser: Browser, site_url: str
) -> None:
    # Where a style sheet counts in em, it is this size that counts, not the page's.
    arguments = ["--no-sandbox", "--disable-gpu", "--blink-settings=defaultFontSize=32"]
    enlarged = browser.browser_type.launch(executable_path=find_chromium(), args=arguments)
    try:
        page = enlarged.new_page()
        open_browse(page, site_url, "?q=question")
        for width in (320, 480, 600, 768):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        enlarged.close()


@pytest.mark.parametrize("name", ["table", "matrix"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_view_breaks_a_rule_of_accessibility(
    new_context: NewContext, many_url: str, name: str, width: int
) -> None:
    context = new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    page = context.new_page()
    open_browse(page, many_url, f"?q=tokn+foo:bar&view={name}&-training=based")
    page.fill("#browse-text", "tokn foo:bar hostile")
    page.locator("#browse-notes").wait_for()
    page.fill("#browse-text", "prunning foo:bar")
    page.locator("#browse-export > summary").click()
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page)
    page.keyboard.press("Tab")
    page.locator("#browse-help").click()
    assert_accessible(page)


def test_the_selection_breaks_no_rule_of_accessibility(new_context: NewContext, many_url: str) -> None:
    page = new_context(bypass_csp=True).new_page()
    open_browse(page, many_url, "?ids=paper-1,paper-2")
    page.locator(".pick").first.check()
    page.locator("#browse-tray-export > summary").click()
    assert_accessible(page)


# ------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize("name", ["list", "table"])
def test_arrows_lead_through_the_papers(page: Page, many: Catalogue, many_url: str, name: str) -> None:
    open_browse(page, many_url, f"?q=token&view={name}")
    ids = ordered(found(many, "token"), "newest", many.vocabulary)
    focused = "document.activeElement.closest('[data-id]')?.dataset.id"
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == ids[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == ids[2]
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == ids[1]
    page.keyboard.press("x")
    expect(page.locator(f"[data-id={ids[1]}]:visible .pick")).to_be_checked()
    page.keyboard.press("e")
    expect(page.locator("#browse-tray-show")).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == ids[1]
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#browse-text")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/papers/{ids[0]}/")


def test_b_copies_the_entry_of_the_paper_in_focus(
    new_context: NewContext, many: Catalogue, many_url: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    open_browse(page, many_url, "?view=table")
    page.focus("#browse-text")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("b")
    expect(page.locator("#browse-toast")).to_have_text("BibTeX copied")
    paper = many[in_table(page)[0]]
    assert page.evaluate("navigator.clipboard.readText()").strip() in list(bibtex.entries([paper], many))


def test_no_key_is_taken_from_who_types(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    page.focus("#browse-text")
    page.keyboard.type("x?b/")
    expect(page.locator("#browse-text")).to_have_value("x?b/")
    expect(page.locator("#browse-help-dialog")).to_be_hidden()
    page.fill("#browse-text", "")
    page.focus("#browse-list h3 a")
    page.keyboard.press("Control+b")
    page.keyboard.press("Alt+x")
    expect(page.locator("#browse-tray")).to_be_hidden()


def test_help_opens_with_a_key_and_closes_with_another(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Searching and keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Help on searching and keys").click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
