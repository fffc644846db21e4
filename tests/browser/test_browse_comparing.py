"""Few papers side by side: reached from the selection and by an address, read at every width and on paper."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from accessibility import assert_accessible
from held_by_papers import keys
from playwright.sync_api import Locator, Page, expect
from reader import expect_total, open_browse, shown
from watching import NewContext

from catalog.catalogue import Catalogue
from catalog.record import Paper

pytestmark = pytest.mark.browser

FIELDS = ("kind", "domain", "setting", "task", "criterion", "mechanism", "training", "parametric", "keywords")
COLUMNS = "[...document.querySelectorAll('#browse-compared > [data-id]')].map(one => one.dataset.id)"
ROWS = """() => Object.fromEntries([...document.querySelectorAll("#browse-compare tbody > tr")].map(row => {
  const [field, ...cells] = row.children;
  const parts = cell => [...cell.querySelectorAll("a, .muted, .unknown")].map(one => one.textContent);
  return [field.textContent, cells.map(parts)];
}))"""
"""What stands in each row: its heading -> for each paper the terms, links and what is not known."""


def compared(page: Page) -> list[str]:
    """Ids of the papers that stand side by side, in order."""
    ids: list[str] = page.evaluate(COLUMNS)
    return ids


def comparison(page: Page) -> Locator:
    return page.get_by_role("table", name="Papers side by side")


def expect_compared(page: Page, ids: Sequence[str]) -> None:
    """These papers stand side by side, now or in a moment: the table is there before they are."""
    expect(comparison(page)).to_be_visible()
    expect(page.locator("#browse-compared > [data-id]")).to_have_count(len(ids))
    assert sorted(compared(page)) == sorted(ids)


def labels(paper: Paper, field: str, catalogue: Catalogue) -> set[str]:
    special = {"unknown": "Not known", "none": "None"}
    return {special.get(key) or catalogue.vocabulary.label(field, key) for key in keys(paper, field)}


def differing(papers: list[Paper], field: str) -> bool:
    known = [frozenset(keys(paper, field)) for paper in papers if "unknown" not in keys(paper, field)]
    return len(set(known)) > 1


def test_every_tag_of_each_paper_is_told_and_rows_that_differ_are_marked(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?ids=paper-1,paper-2,paper-3&view=compare")
    ids = compared(page)
    assert sorted(ids) == ["paper-1", "paper-2", "paper-3"]
    papers = [many[one] for one in ids]
    rows = {name.partition(" ≠")[0]: (name, cells) for name, cells in page.evaluate(ROWS).items()}
    for field in FIELDS:
        name, cells = rows[many.config.labels.of(field)]
        if field != "parametric":  # its values are no terms of the vocabulary
            assert [set(cell) for cell in cells] == [labels(paper, field, many) for paper in papers], field
        assert name.endswith(" ≠, differs") is differing(papers, field), field
    assert any(differing(papers, field) for field in FIELDS)
    codes = [["example.org" in text for text in cell] for cell in rows["Code"][1]]
    assert codes == [[bool(paper.links.code)] for paper in papers]
    expect(page.locator("#browse-list")).to_be_hidden()


def test_a_tag_that_one_paper_alone_has_is_in_bold_and_what_is_not_known_is_no_difference(
    page: Page, many_url: str
) -> None:
    page.goto(f"{many_url}about/")
    said = page.evaluate(
        """async (module) => {
          const { differ } = await import(module);
          const terms = (...papers) => papers.map((keys) => keys.map((key) => ({ key })));
          return [
            differ(terms(["a", "b"], ["b", "a"])),
            differ(terms(["a"], ["a", "b"])),
            differ(terms(["a"], ["unknown"])),
            differ(terms(["a"], ["none"])),
            differ(terms(["unknown"], ["unknown"])),
          ];
        }""",
        f"{many_url}assets/catalogue/browse/comparison.js",
    )
    assert said == [False, True, False, True, False]
    open_browse(page, many_url, "?ids=hostile-1,hostile-2&view=compare")
    row = page.locator("#browse-compare tr").filter(has=page.get_by_role("rowheader", name="Criterion"))
    expect(row.locator("td").first.locator("b")).to_have_count(1)
    expect(row.locator("td").first.locator("a")).to_have_count(2)


def test_selected_papers_are_compared_and_the_address_is_shared(
    new_context: NewContext, many: Catalogue, many_url: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    open_browse(page, many_url, "?training=free")
    compare = page.locator("#browse-tray-compare")
    picked = shown(page)[1:3]
    page.locator(f"[data-id={picked[0]}] .pick").check()
    expect(compare).to_be_hidden()
    page.locator(f"[data-id={picked[1]}] .pick").check()
    compare.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{many_url}browse/?ids={','.join(picked)}&view=compare")
    expect_total(page, 2, len(many))
    expect_compared(page, picked)
    expect(page.locator("#browse-compared .pick:checked")).to_have_count(2)
    expect(page.locator("#browse-views [aria-pressed=true]")).to_have_text("Compare")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#browse-toast")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    friend = new_context().new_page()
    friend.goto(link)
    expect_compared(friend, picked)
    page.go_back()
    expect(comparison(page)).to_be_hidden()
    assert shown(page)[1:3] == picked


def test_an_address_that_compares_is_understood_and_the_rest_of_it_is_looked_at(
    page: Page, many_url: str
) -> None:
    open_browse(page, many_url, "?ids=paper-1,paper-2&view=compare")
    expect(page.locator("#browse-notes")).to_be_hidden()
    open_browse(page, many_url, "?ids=paper-1,paper-2&view=compare&sort=nothing")
    expect(page.locator("#browse-notes")).to_contain_text("sort=nothing")
    expect(comparison(page)).to_be_visible()


def test_what_a_paper_contributes_comes_behind_the_rest(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?ids=paper-1,paper-2&view=compare")
    row = page.locator("#browse-compare tr").filter(has=page.get_by_role("rowheader", name="Summary"))
    expect(row.locator("td")).to_have_text([many[one].summary or "Not known" for one in compared(page)])


def test_more_papers_than_stand_side_by_side_are_a_list_to_choose_from(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?training=free&view=compare")
    said = page.locator("#browse-compare-said")
    expect(said).to_contain_text("No more than 6 papers stand side by side")
    expect(comparison(page)).to_be_hidden()
    picked = shown(page)[:2]
    for one in picked:
        page.locator(f"#browse-list [data-id={one}] .pick").check()
    page.locator("#browse-views").get_by_role("button", name="Compare").click()
    expect_compared(page, picked)
    expect(said).to_contain_text("≠ marks")
    page.locator("#browse-views").get_by_role("button", name="List").click()
    expect(said).to_be_hidden()
    assert sorted(shown(page)) == sorted(picked)


def test_one_paper_and_none_are_said(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?ids=paper-1&view=compare")
    expect(page.locator("#browse-compare-said")).to_contain_text("One paper alone")
    assert compared(page) == ["paper-1"]
    open_browse(page, many_url, "?ids=gone&view=compare")
    expect(page.locator("#browse-empty")).to_be_visible()
    expect(page.locator("#browse-compare-said")).to_be_hidden()


def test_keys_lead_from_paper_to_paper(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?ids=paper-1,paper-2,paper-3&view=compare")
    ids = compared(page)
    focused = "document.activeElement.closest('[data-id]')?.dataset.id"
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == ids[0]
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == ids[1]
    page.keyboard.press("x")
    expect(page.locator("#browse-compared .picked")).to_have_count(1)
    page.locator("#browse-backwards").click()
    expect(page.locator("#browse-compared > [data-id]").first).to_have_attribute("data-id", ids[2])
    page.locator(f"#browse-compared [data-id={ids[2]}] a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/papers/{ids[2]}/")


def test_a_runnable_method_leads_to_its_implementation(page: Page, many: Catalogue, many_url: str) -> None:
    with_one = next(paper.id for paper in many if paper.reference_impl)
    without = next(paper.id for paper in many if not paper.reference_impl)
    open_browse(page, many_url, f"?ids={with_one},{without}&view=compare")
    links = page.locator("#browse-compare a[href$='#run']")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", f"../papers/{with_one}/#run")


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_two_papers_need_no_scrolling_sideways_at_any_width(
    new_context: NewContext, many_url: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 900}, bypass_csp=True).new_page()
    open_browse(page, many_url, "?ids=paper-1,paper-2&view=compare")
    sheet = page.locator("#browse-compare")
    assert sheet.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    places = page.locator("#browse-compared > [data-id]").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().left)"
    )
    below = page.locator("#browse-compare tbody tr:nth-child(4) td").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().left)"
    )
    assert below == pytest.approx(places, abs=1)
    expect(page.get_by_role("columnheader")).to_have_count(2)
    assert_accessible(page)


def test_two_papers_on_a_phone_scroll_with_the_page_and_keep_their_heads(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_browse(page, many_url, "?ids=paper-1,paper-2&view=compare")
    sheet = page.locator("#browse-compare")
    assert sheet.evaluate("one => one.scrollHeight <= one.clientHeight")
    page.get_by_role("rowheader", name="Keywords").evaluate("one => one.scrollIntoView({ block: 'center' })")
    head = page.locator("#browse-compared > [data-id]").first
    assert head.evaluate("one => Math.abs(one.getBoundingClientRect().top)") < 2
    link = page.get_by_role("link", name="arxiv.org").first
    link.evaluate("one => scrollBy({ top: one.getBoundingClientRect().top - 20, behavior: 'instant' })")
    link.focus()
    bottom = head.evaluate("one => one.getBoundingClientRect().bottom")
    assert link.evaluate("one => one.getBoundingClientRect().top") >= bottom


def test_six_papers_in_a_wide_window_scroll_with_the_page_and_keep_their_heads(
    page: Page, many_url: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 400})
    ids = ",".join(f"paper-{number}" for number in range(6))
    open_browse(page, many_url, f"?ids={ids}&view=compare")
    sheet = page.locator("#browse-compare")
    assert sheet.evaluate("one => one.offsetHeight") > 400, "there is something to scroll"
    assert sheet.evaluate("one => one.scrollHeight <= one.clientHeight")
    page.locator("#browse-compare tbody tr").last.evaluate(
        "one => one.scrollIntoView({ behavior: 'instant' })"
    )
    head = page.locator("#browse-compared > [data-id]").first
    assert head.evaluate("one => Math.abs(one.getBoundingClientRect().top)") < 2
    page.set_viewport_size({"width": 800, "height": 400})
    page.wait_for_function("() => !document.querySelector('#browse-compare.compare--fits')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    assert sheet.evaluate("one => one.scrollWidth > one.clientWidth && one.offsetHeight <= 400")


def test_who_compares_by_keyboard_goes_from_the_bar_to_the_table(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    for one in shown(page)[:2]:
        page.locator(f"#browse-list [data-id={one}] .pick").check()
    page.get_by_role("button", name="Compare", exact=True).last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#browse-compare")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#browse-compared > [data-id]").first.get_by_role("checkbox")).to_be_focused()


def test_six_papers_scroll_within_the_sheet_on_a_phone_and_keep_their_heads(
    page: Page, many_url: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    ids = ",".join(f"paper-{number}" for number in range(6))
    open_browse(page, many_url, f"?ids={ids}&view=compare")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sheet = page.locator("#browse-compare")
    sheet.evaluate("one => { one.scrollTop = 400; one.scrollLeft = 300; }")
    top = sheet.evaluate("one => one.getBoundingClientRect().top")
    head = page.locator("#browse-compared > [data-id]").first.evaluate(
        "one => one.getBoundingClientRect().top"
    )
    assert head - top < 5
    name = page.locator("#browse-compare .compare__field > span").nth(8)
    assert name.evaluate("one => one.getBoundingClientRect().left") >= 0


def test_on_paper_all_columns_are_on_the_sheet_with_addresses(page: Page, many_url: str) -> None:
    page.set_viewport_size({"width": 1032, "height": 700})
    ids = ",".join(f"paper-{number}" for number in range(6))
    open_browse(page, many_url, f"?ids={ids}&view=compare")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    rights = page.locator("#browse-compare tr:first-child > *").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(rights) <= 1032
    expect(page.locator("#browse-compare .pick").first).to_be_hidden()
    expect(page.locator("#browse-printed")).to_contain_text("All 6 papers")
    expect(page.get_by_text("arxiv.org/abs/2401.0000").first).to_be_visible()


def test_what_compares_is_loaded_when_it_is_asked_for(own_page: Page, many_url: str) -> None:
    loaded: list[str] = []
    own_page.on("request", lambda request: loaded.append(request.url.rpartition("/")[2]))
    open_browse(own_page, many_url)
    assert "comparison.js" not in loaded
    open_browse(own_page, many_url, "?ids=paper-1,paper-2&view=compare")
    assert "comparison.js" in loaded
