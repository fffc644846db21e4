"""What a reader hears who listens, and reaches who uses keys, a zoomed page or a system's own colours."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect
from reader import open_browse, shown, tick
from watching import Complaints, NewContext

from catalog.catalogue import Catalogue

pytestmark = pytest.mark.browser

COVERED = """async () => {
  for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
  const { activeElement } = document;
  const { left, top, bottom } = activeElement.getBoundingClientRect();
  const seen = [top + 2, bottom - 2].map((y) => document.elementFromPoint(left + 4, y));
  const bars = seen.map((one) => (one ? one.closest(".tray, thead, .browse__problem") : undefined));
  const seenWhole = bars.every((bar) => bar === null || bar?.contains(activeElement));
  return seenWhole ? null : activeElement.outerHTML;
}"""
"""What has the focus, where a bar lies above it or a part of it is out of the window."""

LINES = """element => {
  const all = document.createRange();
  all.selectNodeContents(element);
  return all.getClientRects().length;
}"""
"""Of its text."""


def expect_heard(page: Page, said: str | re.Pattern[str]) -> None:
    """This is said on the page, now or in a moment, and nothing after it."""
    status = page.locator("#browse-status")
    expect(status).to_have_text(said)
    page.wait_for_timeout(700)  # longer than the page waits before it speaks
    expect(status).to_have_text(said)


# ------------------------------------------------------------------------------- listening


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("prunning", "No “prunning”; showing “pruning”."),
        ("mull zzzz", "Not all of these words together; without zzzz ("),
    ],
)
def test_what_is_said_below_the_search_box_is_heard(page: Page, many_url: str, typed: str, said: str) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", typed)
    expect(page.locator("#browse-notes")).to_contain_text(said)
    expect_heard(page, re.compile(re.escape(said)))


def test_the_order_is_heard_when_it_changes_and_its_button_says_which_it_is(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    page.get_by_label("Sort by").select_option("title")
    expect_heard(page, f"{len(many)} papers, sorted by Title, ascending.")
    page.get_by_role("button", name="Reverse the order; now ascending").click()
    expect_heard(page, f"{len(many)} papers, sorted by Title, descending.")
    expect(page.get_by_role("button", name="Reverse the order; now descending")).to_be_visible()
    tick(page, "training", "free")
    expect_heard(page, re.compile(r"^\d+ papers\.$"))


def test_what_the_filters_find_is_heard_in_their_drawer(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 720, "height": 450})
    open_browse(page, many_url)
    page.locator("#browse-open").click()
    status = page.get_by_role("dialog", name="Filters").get_by_role("status")
    tick(page, "training", "free")
    expect(status).to_contain_text(re.compile(r"^\d+ papers"))
    before = status.text_content()
    page.locator("#browse-drawer-clear").click()
    expect(status).not_to_have_text(before or "")


def test_selecting_is_heard_and_a_title_says_that_it_is_selected(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    status, title = page.locator("#browse-status"), page.locator("#browse-list h3 a").nth(1)
    title.focus()
    page.keyboard.press("x")
    expect(status).to_have_text("1 selected")
    expect(title).to_have_accessible_description("Selected")
    page.keyboard.press("x")
    expect(status).to_have_text("0 selected")
    expect(title).to_have_accessible_description("")
    page.get_by_role("button", name=f"Select all {len(many)}").click()
    expect(status).to_have_text(f"{len(many)} selected")


def test_what_the_toast_will_say_is_listened_for_before_it_speaks(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    toast = page.locator("#browse-toast")
    expect(toast).to_have_text("")
    expect(toast).to_have_css("visibility", "visible")
    assert toast.evaluate("toast => toast.offsetHeight") == 0


def test_a_failure_is_seen_where_the_reader_is_and_taken_back(
    page: Page, many_url: str, complaints: Complaints
) -> None:
    open_browse(page, many_url)
    page.context.route("**/*.bib", lambda route: route.abort())
    page.locator("#browse-list h3 a").nth(25).focus()
    page.keyboard.press("b")
    problem = page.get_by_role("alert")
    said = f"{shown(page)[25]}.bib could not be loaded; see whether you are online, and try again."
    expect(problem).to_have_text(f"That did not work: {said}")
    expect(problem).to_be_in_viewport(ratio=1)
    assert page.evaluate(COVERED) is None
    tick(page, "training", "free")
    expect(problem).to_be_hidden()
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]


def test_a_heading_of_the_table_is_its_words_and_one_edge_is_a_stop(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?view=table")
    table = page.get_by_role("table", name="Papers", exact=True)
    expect(table.get_by_role("columnheader", name="Title", exact=True)).to_be_visible()
    expect(table.locator("[role=separator][tabindex='0']")).to_have_count(1)
    edge = page.get_by_role("separator", name="Width of Title")
    edge.focus()
    page.keyboard.press("ArrowUp")
    expect(edge).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("separator", name="Width of Name")).to_be_focused()


# ------------------------------------------------------------------------------------ keys


def test_keys_of_one_letter_are_switched_off_for_all_pages_and_on_again(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    page.keyboard.press("?")
    page.get_by_label("Use one-letter keys").uncheck()
    page.keyboard.press("Escape")
    page.locator("#browse-list h3 a").first.focus()
    for key in "?x/":
        page.keyboard.press(key)
    expect(page.locator("#browse-list h3 a").first).to_be_focused()
    expect(page.locator("#browse-tray")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#browse-list h3 a").nth(1)).to_be_focused()
    page.goto(many_url)
    page.keyboard.press("/")
    expect(page.locator("[data-search]").first).not_to_be_focused()

    open_browse(page, many_url)
    page.get_by_role("button", name="Help on searching and keys").click()
    expect(page.get_by_label("Use one-letter keys")).not_to_be_checked()
    page.get_by_label("Use one-letter keys").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#browse-text")).to_be_focused()


def test_the_focus_is_kept_where_a_step_back_takes_its_chip_away(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    for key in ("free", "based"):
        tick(page, "training", key)
    page.locator("#browse-active .chip").nth(1).focus()
    page.go_back()
    expect(page.locator("#browse-active .chip")).to_have_count(1)
    expect(page.locator("#browse-active .chip")).to_be_focused()
    page.go_back()
    expect(page.locator("#browse-text")).to_be_focused()


@pytest.mark.parametrize(
    ("width", "height", "view", "key"),
    [
        (1440, 900, "list", "Tab"),
        (360, 740, "list", "Tab"),
        (320, 256, "list", "Tab"),
        (320, 256, "list", "ArrowDown"),
        (740, 360, "table", "ArrowDown"),
    ],
)
def test_the_focus_is_not_below_the_bar_of_selected_papers(
    page: Page, many_url: str, width: int, height: int, view: str, key: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_browse(page, many_url, f"?view={view}")
    page.locator(".pick:visible").first.check()
    page.locator(":is(h3, th) > a:visible").first.focus()
    for _ in range(25):
        page.keyboard.press(key)
        assert page.evaluate(COVERED) is None
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("key", ["ArrowUp", "Shift+Tab"])
def test_the_focus_is_not_below_the_head_of_the_table(page: Page, many_url: str, key: str) -> None:
    open_browse(page, many_url, "?view=table")
    page.locator("#browse-rows th > a").nth(29).focus()
    for _ in range(25):
        page.keyboard.press(key)
        assert page.evaluate(COVERED) is None


@pytest.mark.parametrize("width", [1440, 360])
def test_the_papers_stay_where_they_are_while_the_focus_moves_in_the_bar_of_selected_ones(
    new_context: NewContext, many_url: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    open_browse(page, many_url)
    page.locator(".pick").nth(0).check()
    page.locator(".pick").nth(1).check()
    before = page.evaluate("scrollY")
    page.locator("#browse-tray-show").focus()
    for _ in range(4):
        assert page.evaluate(COVERED) is None
        assert page.evaluate("scrollY") == before
        page.keyboard.press("Tab")


def test_the_papers_stay_where_they_are_while_the_focus_moves_in_the_filters_beside_them(
    page: Page, many_url: str
) -> None:
    open_browse(page, many_url)
    page.locator(".pick").first.check()
    page.mouse.move(900, 400)
    page.mouse.wheel(0, 1500)
    page.wait_for_function("() => scrollY === 1500")
    boxes = page.locator("#browse-side .term__box:visible")
    for key, number in (("Tab", 0), ("Shift+Tab", -1)):
        boxes.nth(number).focus()
        for _ in range(60):
            page.keyboard.press(key)
            assert page.evaluate(COVERED) is None
            assert page.evaluate("scrollY") == 1500


# ------------------------------------------------------------ paper, colours, no scripts


def test_on_paper_no_cell_of_the_table_lies_on_another(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 1032, "height": 700})
    open_browse(page, many_url, "?view=table")
    page.emulate_media(media="print")
    for part in ("thead tr", "tbody tr:nth-child(5)"):
        cells = page.locator(f".sheet__table {part} > :visible").evaluate_all(
            "cells => cells.map(cell => cell.getBoundingClientRect()).map(({ left, right }) => [left, right])"
        )
        assert all(one[1] <= other[0] + 1 for one, other in pairwise(cells))
    years = page.locator("#browse-rows td.numeral").all()
    assert {year.evaluate(LINES) for year in years} <= {0, 1}
    assert page.locator("#browse-table").evaluate("e => getComputedStyle(e).maskImage") == "none"


def test_what_is_chosen_is_told_apart_in_the_system_s_colours(
    page: Page, many: Catalogue, many_url: str
) -> None:
    page.emulate_media(forced_colors="active")
    open_browse(page, many_url, "?view=matrix&criterion=attention&mechanism=pruning")
    number = page.locator(".matrix__number[aria-pressed=true]")
    chosen, system = number.evaluate(
        """number => {
          const like = document.body.appendChild(document.createElement("i"));
          like.style = "background: SelectedItem; color: SelectedItemText; forced-color-adjust: none";
          return [number, like].map(getComputedStyle).map((s) => [s.backgroundColor, s.color]);
        }"""
    )
    assert chosen == system
    expect(page.locator("#browse-active .chip").first).to_have_css("border-top-width", "1px")
    open_browse(page, many_url, "?view=table")
    expect(page.locator("#browse-table")).to_have_css("mask-image", "none")


def test_without_scripts_a_phone_shows_the_papers_and_a_link_the_filters_before_them(
    new_context: NewContext, many_url: str
) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False).new_page()
    page.goto(f"{many_url}browse/")
    expect(page.locator("#browse-list h3 a").first).to_be_in_viewport()
    expect(page.locator("#browse-facets")).to_be_hidden()
    page.get_by_role("link", name="filters").click()
    term = page.locator("#browse-facets a").first
    expect(term).to_be_in_viewport()
    assert term.bounding_box()["y"] < page.locator("#browse-list h3 a").first.bounding_box()["y"]
    page.get_by_role("link", name="Skip to the papers").click()
    expect(page.locator("#browse-list h3 a").first).to_be_in_viewport()
