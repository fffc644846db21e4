"""What a reader selects, one by one or all at once, and takes along."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from expected import found, ordered
from playwright.sync_api import Page, expect
from reader import expect_total, expect_view, open_browse, shown
from watching import NewContext

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.site.browse_data import EXPORT_FORMATS

pytestmark = pytest.mark.browser

KEPT = "JSON.parse(localStorage.getItem('catalogue:/base/:selection'))"
REFUSED = "ClipboardItem && (navigator.clipboard.write = () => Promise.reject(new DOMException('Denied')))"


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


@pytest.mark.parametrize("seen", ["", "?view=table", "?ids=paper-1,paper-2&view=compare"])
def test_boxes_look_alike_wherever_papers_and_terms_are_ticked(page: Page, many_url: str, seen: str) -> None:
    page.emulate_media(color_scheme="dark")
    open_browse(page, many_url, seen)
    look = """box => {
      const { appearance, width, borderColor, borderRadius, backgroundColor } = getComputedStyle(box);
      return [appearance, width, borderColor, borderRadius, backgroundColor];
    }"""
    paper, term = page.locator(".pick:visible").first, page.locator(".term__box:visible").first
    assert paper.evaluate(look) == term.evaluate(look)
    assert paper.evaluate(look)[0] == "none"
    paper.check()
    ticked = paper.evaluate(look)
    page.emulate_media(forced_colors="active")
    assert paper.evaluate(look)[0] == "auto", "drawn by the system, in its colours"
    page.emulate_media(forced_colors="none")
    term.check()
    assert term.evaluate(look) == ticked


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
    friend.get_by_role("button", name="Remove the filter 2 papers of this link").click()
    expect_view(friend, many)


def test_a_link_keeps_how_the_selection_is_looked_at(
    new_context: NewContext, many: Catalogue, many_url: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    open_browse(page, many_url, "?view=table&sort=-title&training=free")
    for at in (0, 1):
        page.locator("#browse-rows .pick").nth(at).check()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#browse-toast")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{many_url}browse/?ids={','.join(page.evaluate(KEPT))}&sort=-title&view=table"


def test_what_shows_the_selection_says_so_and_clearing_it_leads_back_to_all_papers(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?training=free&sort=title")
    for at in (0, 1, 2):
        page.locator("#browse-list .pick").nth(at).check()
    page.locator("#browse-tray-show").click()
    expect_total(page, 3, len(many))
    expect(page.locator("#browse-active .chip")).to_have_text(["3 selected papers"])
    page.locator("#browse-list .pick").first.uncheck()
    expect(page.locator("#browse-active .chip")).to_have_text(["3 papers of this link"])
    page.locator("#browse-list .pick").first.check()
    expect(page.locator("#browse-active .chip")).to_have_text(["3 selected papers"])
    page.locator("#browse-tray-clear").click()
    expect_view(page, many, sort="title")
    expect(page.locator("#browse-active")).to_be_hidden()


def test_a_paper_is_selected_on_its_own_page(new_context: NewContext, many_url: str) -> None:
    context = new_context()
    page, other = context.new_page(), context.new_page()
    page.goto(f"{many_url}papers/paper-1/")
    expect(page.locator("[data-selected]")).to_be_hidden()
    page.get_by_role("button", name="Select", exact=True).click()
    other.goto(f"{many_url}papers/paper-2/")
    other.get_by_role("button", name="Select", exact=True).click()
    expect(page.locator("[data-selected]")).to_have_text("2 selected")
    expect(other.locator("[data-select-status]")).to_have_text("2 selected")
    expect(page.get_by_role("button", name="Unselect")).to_be_visible()
    page.locator("[data-selected]").click()
    page.locator("#browse[data-ready]").wait_for()
    assert sorted(shown(page)) == ["paper-1", "paper-2"]
    expect(page.locator("#browse-tray-count")).to_have_text("2 selected")
    other.get_by_role("button", name="Unselect").click()
    expect(page.locator("#browse-tray-count")).to_have_text("1 selected")


def test_on_a_paper_s_page_a_large_selection_is_counted_and_a_full_one_refused(
    page: Page, many_url: str
) -> None:
    page.goto(f"{many_url}papers/paper-1/")
    keep = "ids => localStorage.setItem('catalogue:/base/:selection', JSON.stringify(ids))"
    page.evaluate(keep, [f"other-{number}" for number in range(5000)])
    page.reload()
    link, status = page.locator("[data-selected]"), page.locator("[data-select-status]")
    expect(link).to_have_text("Browse")
    expect(link).to_have_attribute("href", re.compile(r"/browse/$"))
    expect(status).to_have_text("5,000 selected")
    page.get_by_role("button", name="Select", exact=True).click()
    expect(status).to_contain_text("no more than 5,000 papers can be selected")
    expect(status).not_to_have_class("visually-hidden")
    expect(link).to_have_text("Browse")


def test_what_showed_a_cleared_selection_comes_back_with_it(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?training=free&sort=title")
    for at in (0, 1, 2):
        page.locator("#browse-list .pick").nth(at).check()
    page.locator("#browse-tray-show").click()
    expect_total(page, 3, len(many))
    page.locator("#browse-tray-clear").click()
    expect_total(page, len(many), len(many))
    page.get_by_role("button", name="Undo").click()
    expect_total(page, 3, len(many))
    expect(page.locator("#browse-active .chip")).to_have_text(["3 selected papers"])
    page.locator("#browse-tray-clear").click()
    page.fill("#browse-text", "token")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#browse-tray-count")).to_have_text("3 selected")
    expect(page.locator("#browse-text")).to_have_value("token")


def test_escape_puts_away_what_is_offered(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    page.locator("#browse-list .pick").first.check()
    page.locator("#browse-tray-clear").click()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#browse-toast")).to_have_text("")
    expect(page.locator("#browse-list .pick").first).to_be_focused()


@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_who_clears_the_selection_far_down_the_list_stays_there(page: Page, many_url: str, key: str) -> None:
    open_browse(page, many_url)
    paper = page.locator("#browse-list > li").nth(40)
    paper.locator("h3 a").focus()
    page.keyboard.press("x")
    page.keyboard.press("e")
    assert page.evaluate("scrollY") > 1000
    # Rows above may be laid out only now: the browser then scrolls by what they grow, and nothing moves.
    top = "element => element.getBoundingClientRect().top"
    place = pytest.approx(paper.evaluate(top), abs=1)
    page.locator("#browse-tray-clear").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    assert paper.evaluate(top) == place
    page.keyboard.press(key)  # to leave it so, or to undo it
    expect(page.locator("#browse-toast")).to_have_text("")
    if key == "Enter":
        page.keyboard.press("Escape")  # from the bar, which is there again
    expect(paper.locator("h3 a")).to_be_focused()
    expect(paper.locator("h3 a")).to_be_in_viewport(ratio=1)
    assert paper.evaluate(top) == place


def test_what_is_copied_is_called_what_the_menu_calls_it(new_context: NewContext, many_url: str) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    open_browse(page, many_url, "?ids=paper-1")
    page.locator("#browse-export > summary").click()
    for label in ("Markdown table", r"LaTeX \cite"):
        page.get_by_role("button", name=f"Copy {label}", exact=True).click()
        expect(page.locator("#browse-toast")).to_have_text(f"{label} copied")


def test_where_the_clipboard_is_refused_the_older_way_copies(new_context: NewContext, many_url: str) -> None:
    page = new_context(permissions=["clipboard-read"]).new_page()
    page.add_init_script(REFUSED)
    open_browse(page, many_url)
    page.locator(".result__cite").first.click()
    expect(page.locator("#browse-toast")).to_have_text("BibTeX copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("@")
    expect(page.locator("#browse-problem")).to_be_hidden()


def test_where_nothing_can_be_copied_it_is_said_how_to_take_it_along(own_page: Page, many_url: str) -> None:
    own_page.add_init_script(REFUSED)
    own_page.add_init_script("document.execCommand = () => false")
    open_browse(own_page, many_url)
    problem = own_page.locator("#browse-problem")
    refused = "That did not work: this browser does not let the page copy; "
    own_page.locator(".result__cite").first.click()
    expect(problem).to_have_text(f"{refused}the paper's page has the entry to download.")
    own_page.locator(".pick").first.check()
    own_page.locator("#browse-tray-share").click()
    expect(problem).to_have_text(f"{refused}choose Show, and copy the address of the page.")
    own_page.locator("#browse-export > summary").click()
    own_page.get_by_role("button", name="Copy RIS").click()
    expect(problem).to_have_text(f"{refused}choose Download beside it.")


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_said_lies_over_the_bar_or_its_menu(
    new_context: NewContext, many_url: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    open_browse(page, many_url)
    page.locator(".pick").nth(0).check()
    page.locator(".pick").nth(1).check()
    page.locator("#browse-tray-share").click()
    toast = page.locator("#browse-toast")
    expect(toast).to_have_text("Link copied")
    said, bar = toast.bounding_box(), page.locator("#browse-tray").bounding_box()
    assert said is not None
    assert bar is not None
    assert said["y"] + said["height"] <= bar["y"]
    page.locator("#browse-tray-export > summary").click()
    expect(toast).to_be_empty()


@pytest.mark.parametrize(("width", "height"), [(1280, 740), (360, 740), (740, 360)])
@pytest.mark.parametrize("menu", ["browse-export", "browse-tray-export"])
def test_what_is_said_of_a_copied_format_does_not_lie_over_the_menu(
    new_context: NewContext, many_url: str, width: int, height: int, menu: str
) -> None:
    page = new_context(viewport={"width": width, "height": height}).new_page()
    open_browse(page, many_url)
    if menu == "browse-tray-export":
        page.locator(".pick").nth(0).check()
        page.locator(".pick").nth(1).check()
    page.locator(f"#{menu} > summary").click()
    page.locator(f"#{menu} [data-format=bibtex] [data-do=copy]").click()
    expect(page.locator("#browse-toast")).to_have_text("BibTeX copied")
    said = page.locator("#browse-toast").bounding_box()
    panel = page.locator(f"#{menu} .menu__panel").bounding_box()
    assert said is not None
    assert panel is not None
    assert said["y"] + said["height"] <= panel["y"]
    assert said["y"] >= 0
    page.locator(f"#{menu} > summary").click()
    page.locator(".result__cite").first.click()
    expect(page.locator("#browse-toast")).to_have_text("BibTeX copied")
    expect(page.locator("#browse-toast")).to_be_in_viewport(ratio=1)
    assert page.locator("#browse-toast").evaluate("toast => toast.getBoundingClientRect().y") > height / 2


def test_a_single_paper_is_not_called_all(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?ids=paper-1")
    page.get_by_role("button", name="Select it").click()
    expect(page.get_by_role("button", name="Unselect it")).to_be_visible()


def test_a_cleared_selection_comes_back(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?training=free")
    for at in (0, 1, 2):
        page.locator("#browse-list .pick").nth(at).check()
    kept = page.evaluate(KEPT)
    page.locator("#browse-tray-clear").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#browse-tray")).to_be_hidden()
    expect(page.locator("#browse-toast")).to_contain_text("3 papers are no longer selected")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#browse-tray-count")).to_have_text("3 selected")
    assert page.evaluate(KEPT) == kept
    expect(page.locator("#browse-list .pick:checked")).to_have_count(3)
    expect(page.locator("#browse-toast")).to_have_text("")
    expect(page.locator("#browse-tray-show")).to_be_focused()


def test_clearing_the_selection_leaves_another_view_alone(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?training=free")
    page.locator("#browse-list .pick").first.check()
    page.locator("#browse-tray-clear").click()
    expect_view(page, many, filters={"training": ["free"]})


def test_papers_of_a_link_are_counted_as_far_as_they_are_there(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?ids=paper-1,paper-2,gone")
    expect(page.locator("#browse-active .chip")).to_have_text(["2 papers of this link"])
    expect(page.locator("#browse-notes")).to_have_text("Not in this catalogue: gone.")


@pytest.mark.parametrize("name", [name for name in EXPORT_FORMATS if name != "bibtex"])
def test_selection_and_view_are_taken_along_as_the_exports_write_them(
    page: Page, many: Catalogue, many_url: str, tmp_path: Path, name: str
) -> None:
    open_browse(page, many_url, "?domain=vision&sort=title")
    ids = ordered(found(many, "", {"domain": ["vision"]}), "title", many.vocabulary)
    for one in (ids[5], ids[2]):
        page.locator(f"[data-id={one}] .pick").check()
    label = EXPORT_FORMATS[name]
    for menu, expected in (("browse-export", ids), ("browse-tray-export", [ids[2], ids[5]])):
        page.locator(f"#{menu} > summary").click()
        with page.expect_download() as download:
            page.locator(f"#{menu}").get_by_role("button", name=f"Download {label}", exact=True).click()
        assert download.value.suggested_filename == f"papers{exports.get(name).suffix}"
        download.value.save_as(tmp_path / menu)
        written = (tmp_path / menu).read_bytes().decode("utf-8")
        assert written == exports.get(name).text([many[one] for one in expected], many)
        page.keyboard.press("Escape")


def test_selecting_works_where_nothing_can_be_kept(own_page: Page, many_url: str) -> None:
    own_page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'No'); }})"
    )
    open_browse(own_page, many_url)
    own_page.locator(".pick").first.check()
    own_page.locator(".pick").nth(1).check()
    expect(own_page.locator("#browse-tray-count")).to_have_text("2 selected")


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


# ----------------------------------------------------------------------------- all at once


def select_all(page: Page) -> None:
    page.locator("#browse-select-all").click()


def test_all_that_a_view_finds_is_selected_at_once_and_unselected_again(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?training=free")
    papers = ordered(found(many, "", {"training": ["free"]}), "newest", many.vocabulary)
    assert len(papers) > len(shown(page)), "more than is on the page"
    button = page.locator("#browse-select-all")
    expect(button).to_have_text(f"Select all {len(papers)}")
    select_all(page)
    expect(page.locator("#browse-tray-count")).to_have_text(f"{len(papers)} selected")
    expect(button).to_have_text(f"Unselect all {len(papers)}")
    assert page.evaluate(KEPT) == papers
    assert page.locator("#browse-list .pick:not(:checked)").count() == 0
    page.locator("#browse-list .pick").nth(1).uncheck()
    expect(button).to_have_text(f"Select all {len(papers)}")
    select_all(page)
    select_all(page)
    expect(page.locator("#browse-tray")).to_be_hidden()
    expect(button).to_have_text(f"Select all {len(papers)}")
    assert page.locator("#browse-list .pick:checked").count() == 0


def test_what_was_selected_elsewhere_stays(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?training=based")
    elsewhere = shown(page)[0]
    page.locator(f"[data-id={elsewhere}] .pick").check()
    open_browse(page, many_url, "?training=free&view=table")
    papers = found(many, "", {"training": ["free"]})
    select_all(page)
    expect(page.locator("#browse-tray-count")).to_have_text(f"{len(papers) + 1} selected")
    select_all(page)
    expect(page.locator("#browse-tray-count")).to_have_text("1 selected")
    assert page.evaluate(KEPT) == [elsewhere]


def test_the_button_speaks_of_the_view_before_anything_is_asked(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    button = page.locator("#browse-select-all")
    expect(button).to_have_text(f"Select all {len(many)}")
    select_all(page)
    page.reload()
    page.locator("#browse[data-ready]").wait_for()
    expect(button).to_have_text(f"Unselect all {len(many)}")
    page.fill("#browse-text", "nothingwhatever")
    expect(button).to_be_hidden()
    expect(button).to_have_text("Select all 0")


def test_who_opens_a_link_to_papers_selects_them_with_one_press(page: Page, many_url: str) -> None:
    ids = [f"paper-{number}" for number in range(20)]
    open_browse(page, many_url, f"?ids={','.join(ids)}")
    page.get_by_role("button", name="Select all 20").click()
    expect(page.locator("#browse-tray-count")).to_have_text("20 selected")
    assert sorted(page.evaluate(KEPT)) == sorted(ids)


def test_more_than_can_be_kept_is_refused_and_nothing_is_lost(page: Page, many_url: str) -> None:
    open_browse(page, many_url)
    page.evaluate(
        """() => {
          const ids = Array.from({ length: 4999 }, (_, number) => `other-${number}`);
          localStorage.setItem("catalogue:/base/:selection", JSON.stringify(ids));
        }"""
    )
    page.reload()
    page.locator("#browse[data-ready]").wait_for()
    page.locator("#browse-list .pick").first.check()
    expect(page.locator("#browse-tray-count")).to_have_text("5,000 selected")
    problem = page.locator("#browse-problem")
    expect(problem).to_be_hidden()
    select_all(page)
    expect(problem).to_contain_text("no more than 5,000 papers can be selected")
    box = page.locator("#browse-list .pick").nth(1)
    box.click()
    expect(box).not_to_be_checked()
    expect(page.locator("#browse-tray-count")).to_have_text("5,000 selected")


def test_a_selection_too_large_for_an_address_is_exported_instead(
    new_context: NewContext, many: Catalogue, many_url: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    open_browse(page, many_url)
    page.evaluate(
        """() => {
          const ids = Array.from({ length: 900 }, (_, number) => `another-paper-${number}`);
          localStorage.setItem("catalogue:/base/:selection", JSON.stringify(ids));
        }"""
    )
    page.reload()
    page.locator("#browse[data-ready]").wait_for()
    for press in ("Copy link", "Show"):
        page.locator("#browse-tray").get_by_role("button", name=press, exact=True).click()
        expect(page.locator("#browse-toast")).to_contain_text("A link to 900 papers is longer than")
        expect(page.locator("#browse-toast")).to_be_in_viewport()
        page.evaluate("document.querySelector('#browse-toast').textContent = ''")
    expect_view(page, many)


# ------------------------------------------------------------------------------- by author


def test_an_author_s_page_leads_to_the_papers_and_no_others(
    page: Page, many: Catalogue, many_url: str
) -> None:
    for folder, name in (("chloe-muller", "Chloé Müller"), ("jun-o-brien", "Jun O'Brien")):
        own = [paper for paper in many if name in (paper.authors or ())]
        page.goto(f"{many_url}authors/{folder}/")
        page.get_by_role("link", name="Filter these papers").click()
        page.locator("#browse[data-ready]").wait_for()
        expect(page.locator("#browse-text")).to_have_value(f'author:"{name}"')
        expect_total(page, len(own), len(many))
        assert shown(page) == ordered(own, "newest", many.vocabulary)[:50]
        select_all(page)
        expect(page.locator("#browse-tray-count")).to_have_text(f"{len(own)} selected")
        page.locator("#browse-tray-clear").click()
