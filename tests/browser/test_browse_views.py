"""The same papers as a list, a table and a matrix; keys; and what a reader takes along."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from expected import found, keys, ordered
from playwright.sync_api import Page, expect
from reader import expect_total, expect_view, open_browse, shown
from watching import NewContext

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.exports import bibtex
from catalog.site.browse import COLUMNS, FIRST_RESULTS, SORTS

pytestmark = pytest.mark.browser


IN_TABLE = "[...document.querySelectorAll('#browse-rows > tr')].map(row => row.dataset.id)"


def in_table(page: Page) -> list[str]:
    ids: list[str] = page.evaluate(IN_TABLE)
    return ids


def view(page: Page, name: str) -> None:
    page.get_by_role("group", name="View").get_by_role("button", name=name).click()


# ------------------------------------------------------------------------------------ table


def test_a_table_shows_the_papers_of_the_list(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?training=free")
    view(page, "Table")
    expect(page).to_have_url(f"{many_url}browse/?training=free&view=table")
    papers = ordered(found(many, "", {"training": ["free"]}), "newest", many.vocabulary)
    expect(page.locator("#browse-rows > tr")).to_have_count(FIRST_RESULTS)
    assert in_table(page) == papers[:FIRST_RESULTS]
    expect(page.locator("#browse-list")).to_be_hidden()
    headings = page.locator("#browse-table thead th").all_inner_texts()
    assert [heading.strip() for heading in headings] == [SORTS[column] for column in COLUMNS]
    paper = many[papers[0]]
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=paper.title, exact=True))
    expect(row.locator("td").nth(2)).to_have_text(str(paper.year or (paper.published or "")[:4]))
    page.go_back()
    expect_view(page, many, filters={"training": ["free"]})


@pytest.mark.parametrize("column", COLUMNS)
def test_a_heading_sorts_and_turns_round(page: Page, many: Catalogue, many_url: str, column: str) -> None:
    open_browse(page, many_url, "?view=table&sort=added")
    heading = page.locator(f"#browse-table th[data-column={column}]")
    orders = []
    for _ in range(2):
        before = in_table(page)
        heading.get_by_role("button").click()
        page.wait_for_function(f"before => ({IN_TABLE}).join() !== before", arg=",".join(before))
        orders.append((heading.get_attribute("aria-sort"), in_table(page)))
    assert sorted(order for order, _ in orders) == ["ascending", "descending"]
    assert page.locator("#browse-table th[aria-sort]").count() == 1
    if column == "year":
        for order, ids in orders:
            years = [year for one in ids if (year := keys(many[one], "year")[0]) != "unknown"]
            assert years == sorted(years, reverse=order == "descending")


def test_the_other_way_round_is_in_the_url_and_keeps_the_unknown_last(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?sort=-name")
    expect(page.get_by_role("button", name="The other way round")).to_have_attribute("aria-pressed", "true")
    forward = ordered(many, "name", many.vocabulary)
    named = [one for one in forward if many[one].name]
    assert many[shown(page)[0]].name == many[named[-1]].name
    page.get_by_role("button", name="The other way round").click()
    expect_view(page, many, sort="name")


def test_a_column_is_made_wider_with_mouse_and_keys_and_stays_so(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?view=table")
    heading = page.locator("#browse-table th[data-column=name]")
    edge = page.get_by_role("separator", name="Width of Name")
    start = heading.bounding_box()["width"]
    box = edge.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + 5)
    page.mouse.up()
    assert heading.bounding_box()["width"] == pytest.approx(start + 60, abs=2)
    edge.focus()
    page.keyboard.press("ArrowLeft")
    assert heading.bounding_box()["width"] == pytest.approx(start + 44, abs=2)
    expect(edge).to_have_attribute("aria-valuenow", str(round(start + 44)))
    page.reload()
    page.locator("#browse[data-ready]").wait_for()
    assert heading.bounding_box()["width"] == pytest.approx(start + 44, abs=2)


def test_the_head_of_the_table_stays_and_only_the_table_scrolls_sideways(
    new_context: NewContext, many_url: str
) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    open_browse(page, many_url, "?view=table")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    place = page.evaluate(
        """() => {
          const sheet = document.querySelector("#browse-table");
          sheet.scrollTop = 400;
          sheet.scrollLeft = 300;
          const head = sheet.querySelector("thead th").getBoundingClientRect();
          return [sheet.scrollLeft, Math.round(head.top - sheet.getBoundingClientRect().top)];
        }"""
    )
    assert place[0] > 200
    assert place[1] <= 2


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


@pytest.mark.parametrize("name", ["table", "matrix"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_view_breaks_a_rule_of_accessibility(
    new_context: NewContext, many_url: str, name: str, scheme: str, width: int
) -> None:
    context = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    open_browse(page, many_url, f"?q=tokn+foo:bar&view={name}&-training=based")
    page.fill("#browse-text", "tokn foo:bar hostile")
    page.locator("#browse-notes").wait_for()
    page.fill("#browse-text", "prunning foo:bar")
    page.locator("#browse-export > summary").click()
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.keyboard.press("Tab")
    page.locator("#browse-help").click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_selection_breaks_no_rule_of_accessibility(
    new_context: NewContext, many_url: str, scheme: str
) -> None:
    page = new_context(color_scheme=scheme, bypass_csp=True).new_page()
    open_browse(page, many_url, "?ids=paper-1,paper-2")
    page.locator(".pick").first.check()
    page.locator("#browse-tray-export > summary").click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


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
    page.keyboard.press("ArrowUp")
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


# -------------------------------------------------------------------------------- selection


def test_papers_stay_selected_across_searches_and_visits(
    new_context: NewContext, many: Catalogue, many_url: str
) -> None:
    context = new_context()
    page = context.new_page()
    open_browse(page, many_url)
    tray = page.get_by_role("region", name="selected")
    expect(tray).to_be_hidden()
    first = shown(page)[0]
    page.locator(f"[data-id={first}] .pick").check()
    page.fill("#browse-text", "mull")
    papers = expect_view(page, many, "mull")
    second = next(one for one in papers if one != first)
    page.locator(f"[data-id={second}] .pick").check()
    expect(tray.get_by_role("heading")).to_have_text("2 selected")

    other = context.new_page()
    open_browse(other, many_url, "?view=table")
    expect(other.locator("#browse-tray-count")).to_have_text("2 selected")
    expect(other.locator(f"#browse-rows [data-id={first}] .pick")).to_be_checked()
    other.locator("#browse-tray-clear").click()
    expect(tray).to_be_hidden()
    expect(page.locator(f"[data-id={second}] .pick")).not_to_be_checked()


def test_a_selection_is_shared_by_a_short_link(
    new_context: NewContext, many: Catalogue, many_url: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    open_browse(page, many_url, "?q=token&training=free")
    picked = shown(page)[1:3]
    for one in picked:
        page.locator(f"[data-id={one}] .pick").check()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#browse-toast")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{many_url}browse/?ids={','.join(picked)}"

    friend = new_context().new_page()
    friend.goto(link)
    friend.locator("#browse[data-ready]").wait_for()
    expect_total(friend, 2, len(many))
    assert sorted(shown(friend)) == sorted(picked)
    friend.get_by_role("button", name="Remove the filter 2 papers picked").click()
    expect_view(friend, many)


@pytest.mark.parametrize("name", ["ris", "csv", "csl-json", "markdown"])
def test_selection_and_view_are_taken_along_as_the_exports_write_them(
    page: Page, many: Catalogue, many_url: str, tmp_path: Path, name: str
) -> None:
    open_browse(page, many_url, "?domain=vision&sort=title")
    ids = ordered(found(many, "", {"domain": ["vision"]}), "title", many.vocabulary)
    for one in (ids[5], ids[2]):
        page.locator(f"[data-id={one}] .pick").check()
    label = {"ris": "RIS", "csv": "CSV", "csl-json": "CSL-JSON", "markdown": "Markdown"}[name]
    for menu, expected in (("browse-export", ids), ("browse-tray-export", [ids[2], ids[5]])):
        page.locator(f"#{menu} > summary").click()
        with page.expect_download() as download:
            page.locator(f"#{menu}").get_by_role("button", name=f"Download {label}", exact=True).click()
        download.value.save_as(tmp_path / menu)
        written = (tmp_path / menu).read_bytes().decode("utf-8")
        assert written == exports.get(name).text([many[one] for one in expected], many)
        page.keyboard.press("Escape")


def test_selecting_works_where_nothing_can_be_kept(page: Page, many_url: str) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'No'); }})"
    )
    open_browse(page, many_url)
    page.locator(".pick").first.check()
    page.locator(".pick").nth(1).check()
    expect(page.locator("#browse-tray-count")).to_have_text("2 selected")


@pytest.mark.parametrize("kept", ["{", "7", '["x", 5, null, "../a", "paper-1", "paper-1"]', '{"a": 1}'])
def test_what_was_kept_by_another_hand_breaks_nothing(page: Page, many_url: str, kept: str) -> None:
    open_browse(page, many_url)
    page.evaluate(
        """kept => {
          for (const name of ["selection", "widths"]) localStorage.setItem(`catalogue:/base/:${name}`, kept);
        }""",
        kept,
    )
    open_browse(page, many_url, "?view=table")
    count = page.locator("#browse-tray-count")
    if kept.startswith('["x"'):
        expect(count).to_have_text("2 selected")
    else:
        expect(count).to_be_hidden()
