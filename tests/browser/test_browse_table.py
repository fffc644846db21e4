"""The same papers as a table: its columns, their order and width, and what stays in sight."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from expected import found, ordered
from held_by_papers import keys
from playwright.sync_api import Page, Route, expect
from reader import IN_TABLE, expect_total, expect_view, in_table, open_browse, shown
from watching import Complaints

from catalog.catalogue import Catalogue
from catalog.site.browse import COLUMNS, FIRST_RESULTS, SORTS, heading_of
from catalog.wording import Labels

pytestmark = pytest.mark.browser


def view(page: Page, name: str) -> None:
    page.get_by_role("group", name="View").get_by_role("button", name=name).click()


def test_a_table_shows_the_papers_of_the_list(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?training=free")
    view(page, "Table")
    expect(page).to_have_url(f"{many_url}browse/?training=free&view=table")
    papers = ordered(found(many, "", {"training": ["free"]}), "newest", many.vocabulary)
    expect(page.locator("#browse-rows > tr")).to_have_count(FIRST_RESULTS)
    assert in_table(page) == papers[:FIRST_RESULTS]
    expect(page.locator("#browse-list")).to_be_hidden()
    headings = page.locator("#browse-table thead th").all_inner_texts()
    assert [heading.strip() for heading in headings] == [heading_of(column, Labels()) for column in COLUMNS]
    paper = many[papers[0]]
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=paper.title, exact=True))
    expect(row.locator("td").nth(2)).to_have_text(str(paper.year or (paper.published or "")[:4]))
    page.go_back()
    expect_view(page, many, filters={"training": ["free"]})


def test_a_catalogue_without_tasks_has_no_column_for_them(
    page: Page, serve: Callable[[Catalogue], str], mini: Path
) -> None:
    (mini / "papers" / "vocabulary" / "tasks.yaml").write_text("")
    for record in mini.glob("papers/20*/*.yaml"):
        record.write_text(re.sub("(?m)^ *task: .*\n", "", record.read_text()))
    open_browse(page, serve(Catalogue.load(mini)), "?view=table")
    cells = page.locator("#browse-rows > tr").first.locator("> *").count()
    assert page.locator("#browse-table thead tr > *").count() == cells == len(COLUMNS)
    expect(page.locator("#browse-table thead")).not_to_contain_text("Task")
    expect(page.get_by_label("Sort by")).not_to_contain_text("Task")


def test_the_table_tells_keywords_and_learned_weights(page: Page, many: Catalogue, many_url: str) -> None:
    paper = next(one for one in many if one.keywords and one.parametric is True)
    open_browse(page, many_url, f"?ids={paper.id}&view=table")
    row = page.locator(f"#browse-rows [data-id={paper.id}]")
    label = many.vocabulary.label
    keywords = sorted(label("keywords", key) for key in paper.keywords)
    expect(row.locator("[data-field=parametric]")).to_have_text([label("parametric", "true")])
    assert sorted(row.locator("[data-field=keywords]").all_text_contents()) == keywords
    row.locator("[data-field=keywords]").first.click()
    expect(page.locator("#browse-active")).to_contain_text("Keywords: ")


def test_a_phone_s_table_has_a_title_beside_a_sentence(page: Page, many: Catalogue, many_url: str) -> None:
    paper = next(one for one in many if one.name and one.venue and one.year and one.summary)
    page.set_viewport_size({"width": 360, "height": 640})
    open_browse(page, many_url, f"?ids={paper.id}&view=table")
    row = page.locator(f"#browse-rows [data-id={paper.id}]")
    where = f"{many.vocabulary.label('venue', paper.venue)} {paper.year}"
    expect(row.get_by_role("rowheader")).to_have_text(f"{paper.name}{paper.title}{where}")
    expect(row.locator("td:visible").nth(1)).to_have_text(paper.summary)
    headings = page.locator("#browse-table thead th:visible").all_inner_texts()
    assert [heading.strip() for heading in headings][:3] == ["Title", "Summary", "Task"]


def test_headings_are_whole_where_the_text_is_large(own_page: Page, many: Catalogue, many_url: str) -> None:
    own_page.set_viewport_size({"width": 1440, "height": 900})
    own_page.add_init_script(
        "new MutationObserver(() => (document.documentElement.style.fontSize = '40px'))"  # it is 20
        ".observe(document, { childList: true })"
    )
    open_browse(own_page, many_url, "?view=table")
    expect(own_page.locator("#browse-rows tr").first).to_be_visible()
    cut = own_page.locator("#browse-table thead th:visible").evaluate_all(
        "all => all.filter((one) => [one, ...one.querySelectorAll('*')].some((part) => "
        "part.scrollWidth > part.clientWidth + 1 && part.clientWidth)).map((one) => one.textContent.trim())"
    )
    assert cut == []


def test_a_paper_that_is_no_method_says_first_what_it_is(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?sort=title")
    first = page.locator("#browse-list > li").evaluate_all(
        "items => items.map(i => [i.dataset.id, i.querySelector('.chip')?.dataset.field])"
    )
    assert {many[one].kind == "method" for one, _ in first} == {True, False}
    for one, field in first:
        assert (field == "kind") == (many[one].kind != "method")


@pytest.mark.parametrize("column", [column for column in COLUMNS if column in SORTS])
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


@pytest.mark.parametrize(
    ("sort", "arrow"), [("name", "↑"), ("-name", "↓"), ("year", "↓"), ("-year", "↑"), ("title", "↑")]
)
def test_a_column_and_the_button_show_the_same_arrow(
    page: Page, many_url: str, sort: str, arrow: str
) -> None:
    open_browse(page, many_url, f"?view=table&sort={sort}")
    expect(page.get_by_role("button", name="Reverse the order")).to_have_text(arrow)
    drawn = page.locator("[aria-sort] > .sheet__sort").evaluate("b => getComputedStyle(b, '::after').content")
    assert drawn == f'"{arrow}"'


def test_the_other_way_round_is_in_the_url_and_keeps_the_unknown_last(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?sort=-name")
    expect(page.get_by_role("button", name="Reverse the order")).to_have_attribute("aria-pressed", "true")
    forward = ordered(many, "name", many.vocabulary)
    named = [one for one in forward if many[one].name]
    assert many[shown(page)[0]].name == many[named[-1]].name
    page.get_by_role("button", name="Reverse the order").click()
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


def test_the_head_of_the_table_stays_and_only_the_table_scrolls_sideways(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
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


def test_the_table_says_what_each_paper_contributes(own_page: Page, many: Catalogue, many_url: str) -> None:
    asked: list[str] = []
    own_page.on("request", lambda request: asked.append(request.url))
    open_browse(own_page, many_url)
    assert not any("summaries.json" in url for url in asked)
    view(own_page, "Table")
    papers = ordered(many, "newest", many.vocabulary)
    _expect_summaries(own_page, many, papers[:FIRST_RESULTS])
    own_page.get_by_role("button", name="Show more").click()
    _expect_summaries(own_page, many, papers[: 2 * FIRST_RESULTS])
    own_page.fill("#browse-text", "token")
    expect_total(own_page, len(found(many, "token")), len(many))
    _expect_summaries(own_page, many, in_table(own_page))
    assert sum("summaries.json" in url for url in asked) == 1


def _expect_summaries(page: Page, catalogue: Catalogue, ids: list[str]) -> None:
    cells = page.locator("#browse-rows .sheet__summary")
    expect(cells).to_have_text([catalogue[one].summary or "" for one in ids])


def test_a_summary_that_comes_late_moves_no_row_and_no_focus(
    page: Page, many: Catalogue, many_url: str
) -> None:
    waiting: list[Route] = []
    page.context.route("**/browse/summaries.json", lambda route: waiting.append(route))
    open_browse(page, many_url, "?view=table")
    before = in_table(page)
    page.focus("#browse-text")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#browse-rows .sheet__summary").first).to_have_text("")
    waiting[0].continue_()
    _expect_summaries(page, many, before)
    assert in_table(page) == before
    assert page.evaluate("document.activeElement.closest('[data-id]')?.dataset.id") == before[0]


def test_summaries_that_cannot_be_loaded_are_said_and_asked_for_again(
    page: Page, many: Catalogue, many_url: str, complaints: Complaints
) -> None:
    page.context.route("**/browse/summaries.json", lambda route: route.fulfill(status=503))
    open_browse(page, many_url, "?view=table")
    expect(page.locator("#browse-problem")).to_contain_text("summaries.json: 503")
    page.context.unroute("**/browse/summaries.json")
    page.locator("#browse-table th[data-column=title] button").click()
    _expect_summaries(page, many, ordered(many, "title", many.vocabulary)[:FIRST_RESULTS])
    complaints[:] = [one for one in complaints if "503" not in one]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_row_is_about_stays_while_the_table_scrolls_sideways(
    page: Page, many: Catalogue, many_url: str, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    open_browse(page, many_url, "?view=table")
    page.locator("#browse-rows .pick").first.check()
    for row in (0, 1):
        place = page.evaluate(
            """row => {
              const sheet = document.querySelector("#browse-table");
              sheet.scrollLeft = 220;
              const title = sheet.querySelectorAll("#browse-rows .sheet__title")[row];
              const { left, top, height } = title.getBoundingClientRect();
              const seen = document.elementFromPoint(left + 5, top + height / 2);
              const colour = getComputedStyle(title).backgroundColor;
              const box = sheet.getBoundingClientRect();
              return [sheet.scrollLeft, left - box.left, title.contains(seen), colour];
            }""",
            row,
        )
        assert place[0] == 220
        assert place[1] < 40
        assert place[2] is True
        assert place[3].startswith("rgb("), "what scrolls below must not shine through"
    rows = page.locator("#browse-rows > tr")
    colours = [
        row.locator("th, td").evaluate_all("all => all.map(c => getComputedStyle(c).backgroundColor)")
        for row in (rows.first, rows.nth(1))
    ]
    assert len(set(colours[0])) == 1, "a selected row has one colour"
    assert colours[0][1] != colours[1][1]


def test_on_a_phone_the_name_stands_with_the_title_and_the_edge_says_that_there_is_more(
    page: Page, many: Catalogue, many_url: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    open_browse(page, many_url, "?view=table&sort=name")
    paper = many[in_table(page)[0]]
    expect(page.locator("#browse-rows .sheet__title").first).to_have_text(f"{paper.name}{paper.title}")
    expect(page.locator("#browse-rows .sheet__called").first).to_be_visible()
    expect(page.locator("#browse-table th[data-column=name]")).to_be_hidden()
    sheet = page.locator("#browse-table")
    expect(sheet).to_have_class(re.compile("sheet--more"))
    sheet.evaluate("sheet => sheet.scrollLeft = 5000")
    expect(sheet).not_to_have_class(re.compile("sheet--more"))
    page.set_viewport_size({"width": 1280, "height": 700})
    expect(page.locator("#browse-table th[data-column=name]")).to_be_visible()
    expect(page.locator("#browse-rows .sheet__called").first).to_be_hidden()


def test_what_the_focus_moves_to_is_not_below_the_titles(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    open_browse(page, many_url, "?view=table")
    page.locator("#browse-table").evaluate("sheet => sheet.scrollLeft = 5000")
    page.locator("#browse-table th[data-column=task] button").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    task, title = (
        page.locator(f"#browse-table th[data-column={name}]").bounding_box() for name in ("task", "title")
    )
    assert task["x"] >= title["x"] + title["width"] - 1


def test_the_printed_table_has_all_its_columns(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 1032, "height": 700})  # A4 on its side, without its margins
    open_browse(page, many_url, "?view=table")
    page.emulate_media(media="print")
    width = page.locator(".sheet__table").evaluate("table => table.getBoundingClientRect().right")
    assert width <= 1032
    expect(page.locator(".sheet__table thead th").last).to_be_visible()
    expect(page.locator(".sheet__table .pick").first).to_be_hidden()


def test_rows_end_where_a_pixel_ends_so_that_the_lines_below_them_are_drawn(
    page: Page, many_url: str
) -> None:
    open_browse(page, many_url, "?view=table")
    heights: list[float] = page.locator("#browse-rows > tr").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert heights == [round(height) for height in heights]
