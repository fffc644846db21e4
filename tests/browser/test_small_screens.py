"""On a phone: pictures, the grid of methods, and the exports, which are for every screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from accessibility import assert_accessible
from playwright.sync_api import Page, expect
from reader import open_browse
from watching import NewContext

from catalog.catalogue import Catalogue
from tests.conftest import MINI

pytestmark = pytest.mark.browser

PHONES = (320, 360, 414)
SMALLEST_TEXT = 11.5
"""CSS pixels, of text in a picture."""
TEXT_SIZES = """() => [...document.querySelectorAll("main svg text")]
  .filter(text => text.getClientRects().length && text.getBoundingClientRect().width)
  .map(text => parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a)"""
"""Of every text that is shown, as large as it is on the screen."""
LINES_OF_ET_AL = """() => [...document.querySelectorAll(".entry__facts")].flatMap(facts => {
  const text = [...facts.childNodes].find(node => node instanceof Text && /et.al[.]/u.test(node.data));
  if (!text) return [];
  const found = document.createRange();
  found.setStart(text, text.data.search(/et.al[.]/u));
  found.setEnd(text, found.startOffset + 6);
  return new Set([...found.getClientRects()].map(({ top }) => top)).size;
})"""
"""On how many lines each of them stands."""
LINES_OF_EACH = """ones => ones.map(one => {
  const text = document.createRange();
  text.selectNodeContents(one);
  return new Set([...text.getClientRects()].map(({ top }) => Math.round(top))).size;
})"""
"""On how many lines the text of each stands."""
LINES_IN_CODE = """sign => [...document.querySelectorAll("main code")].flatMap(code => {
  const [texts, found] = [document.createNodeIterator(code, NodeFilter.SHOW_TEXT), document.createRange()];
  const lines = [];
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const { 0: said, index } of text.data.matchAll(new RegExp(`(?<=^| )${sign}`, "gu"))) {
      found.setStart(text, index);
      found.setEnd(text, index + said.length);
      const tops = [...found.getClientRects()].filter(({ width }) => width).map(({ top }) => Math.round(top));
      if (tops.length) lines.push([text.data, new Set(tops).size]);
    }
  }
  return lines;
})"""
"""What begins so in code, and on how many lines these letters stand."""
BOX_AND_LABEL = """box => {
  const label = document.createRange();
  label.selectNodeContents(box.parentElement.lastChild);
  return [box, label].map(one => one.getBoundingClientRect()).map(({ x, y, height }) => [x, y + height / 2]);
}"""
"""Where a box and the words beside it begin, and where their middle is."""


def _open(page: Page, url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(url)


@pytest.mark.parametrize("width", PHONES)
@pytest.mark.parametrize("path", ["", "charts/", "years/"])
def test_text_in_pictures_is_large_enough_to_read(page: Page, site_url: str, path: str, width: int) -> None:
    _open(page, site_url + path, width)
    sizes = page.evaluate(TEXT_SIZES)
    assert sizes
    assert min(sizes) >= SMALLEST_TEXT


@pytest.fixture(scope="module")
def long_url(serve: Callable[[Catalogue], str]) -> str:
    """The site of a paper whose author, title and repository are longer than a phone is wide."""
    long = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2
    papers = [
        {"title": long, "authors": [f"Ann {long}", "أحمد محمد"]},
        {"authors": [f"Ann {long}"]},
    ]
    mini = Catalogue.load(MINI)
    links = mini["fastv"].links.model_copy(update={"code": (f"https://github.com/owner/{long}",)})
    changed = [
        mini["fastv"].model_copy(update={**papers[0], "links": links}),
        mini["tome"].model_copy(update=papers[1]),
    ]
    return serve(mini.with_papers(changed))


@pytest.mark.parametrize(
    "path", ["", "browse/", "papers/fastv/", "authors/", "new/", "years/2024/", "terms/venue/eccv/"]
)
def test_a_long_name_makes_no_page_wider_than_the_screen(page: Page, long_url: str, path: str) -> None:
    _open(page, long_url + path, 390)
    expect(page.get_by_text("Llanfairpwll").locator("visible=true").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_beside_a_long_address_the_word_code_stays_whole(page: Page, long_url: str) -> None:
    _open(page, f"{long_url}papers/fastv/", 360)
    lines = """link => {
      const word = document.createRange();
      word.selectNodeContents(link.firstChild);
      return word.getClientRects().length;
    }"""
    assert page.get_by_role("link", name="Code").evaluate(lines) == 1


def test_et_al_is_not_broken_in_two(page: Page, many_url: str) -> None:
    _open(page, f"{many_url}years/2024/", 320)
    lines = set()
    for width in range(320, 440, 4):
        page.set_viewport_size({"width": width, "height": 740})
        lines |= set(page.evaluate(LINES_OF_ET_AL))
    assert lines == {1}


@pytest.mark.parametrize(("path", "sign"), [("exports/", "--?[a-z]"), ("contribute/", "# .")])
def test_in_a_command_no_line_ends_behind_the_hyphen_of_an_option_or_the_sign_of_a_remark(
    page: Page, site_url: str, path: str, sign: str
) -> None:
    _open(page, site_url + path, 320)
    lines = set()
    for width in range(320, 440, 8):
        page.set_viewport_size({"width": width, "height": 740})
        lines |= {tuple(one) for one in page.evaluate(LINES_IN_CODE, sign)}
    assert lines
    assert {one for one in lines if one[1] != 1} == set()


@pytest.mark.parametrize("width", PHONES)
def test_the_entry_that_cites_the_catalogue_is_seen_whole(
    page: Page, serve: Callable[[Catalogue], str], width: int
) -> None:
    citation = f"@misc{{mini,\n  title = {{{'A Small Catalogue of Papers ' * 4}}},\n}}"
    mini = Catalogue.load(MINI)
    cited = replace(mini, config=mini.config.model_copy(update={"citation": citation}))
    _open(page, f"{serve(cited)}about/", width)
    entry = page.locator("pre", has_text="@misc")
    expect(entry).to_be_visible()
    assert entry.evaluate("entry => entry.scrollWidth <= entry.clientWidth")


@pytest.mark.parametrize("width", [320, 735, 737, 991, 993, 1440])
def test_one_form_of_every_picture_is_shown_and_fits(page: Page, site_url: str, width: int) -> None:
    _open(page, f"{site_url}charts/", width)
    for name in ("timeline", "papers-per-year", "venues", "criterion-by-mechanism"):
        forms = [page.locator(f"svg[aria-labelledby^='{name}{form}-title']") for form in ("", "-narrow")]
        assert sorted(form.is_visible() for form in forms) == [False, True], name
    for chart in page.locator(".chart:visible").all():
        assert chart.evaluate("chart => chart.scrollWidth <= chart.clientWidth")


def test_a_matrix_of_few_terms_is_not_blown_up(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}charts/")
    sizes = page.locator(".matrix--wide svg").evaluate(
        """svg => [...svg.querySelectorAll("text")].map(text =>
          parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a)"""
    )
    assert max(sizes) <= 16


def test_names_of_rows_stay_while_the_matrix_scrolls(page: Page, site_url: str) -> None:
    _open(page, f"{site_url}charts/", 220)  # few columns scroll only where it is this narrow
    name = page.locator(".matrix__names text").first
    matrix = page.get_by_role("group", name="The criterion, and the mechanism")
    before = name.bounding_box()
    scrolled = matrix.evaluate("matrix => { matrix.scrollLeft = 60; return matrix.scrollLeft; }")
    assert scrolled > 0
    assert name.bounding_box() == before


def test_paper_shows_the_wide_form(page: Page, site_url: str) -> None:
    _open(page, f"{site_url}charts/", 700)
    page.emulate_media(media="print")
    expect(page.locator("svg[aria-labelledby^='timeline-title']")).to_be_visible()
    expect(page.locator("svg[aria-labelledby^='timeline-narrow']")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 737])
def test_a_milestone_is_as_high_as_a_thumb_needs(page: Page, site_url: str, width: int) -> None:
    _open(page, f"{site_url}charts/", width)
    milestones = page.locator(".picture__chart--milestones a:visible")
    assert milestones.count() >= 3
    for milestone in milestones.all():
        box = milestone.bounding_box()
        assert box
        assert box["height"] >= 24


@pytest.mark.parametrize("width", PHONES)
def test_what_is_said_beside_a_suggestion_stands_on_one_line(page: Page, many_url: str, width: int) -> None:
    _open(page, many_url, width)
    page.locator("[data-search]").first.focus()
    page.keyboard.type("merging")
    beside = page.locator(".suggestions__where")
    expect(beside.filter(has_text="mechanism, ")).to_be_visible()
    assert set(beside.evaluate_all(LINES_OF_EACH)) == {1}


@pytest.mark.parametrize("width", PHONES)
def test_links_and_buttons_of_a_paper_in_browse_are_as_high_as_a_thumb_needs(
    page: Page, site_url: str, width: int
) -> None:
    _open(page, f"{site_url}browse/", width)
    links = page.locator("#browse-list .result__links > *:visible")
    assert links.count() >= 10
    heights = links.evaluate_all("links => links.map(link => link.getBoundingClientRect().height)")
    assert min(heights) >= 24


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_box_for_summaries_stands_in_the_middle_of_its_line_and_away_from_the_number(
    page: Page, site_url: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    open_browse(page, site_url, "?q=zzzz")
    number = page.locator("#browse-count").bounding_box()
    box, label = page.get_by_label("Summaries").evaluate(BOX_AND_LABEL)
    assert abs(box[1] - label[1]) <= 1
    assert number
    assert box[1] > number["y"] + number["height"] or box[0] - number["x"] - number["width"] >= 12


@pytest.mark.parametrize("width", [320, 768])
def test_the_grid_of_methods_becomes_a_list_and_stays_a_table(page: Page, site_url: str, width: int) -> None:
    _open(page, f"{site_url}methods/", width)
    grid = page.get_by_role("region", name="Methods by criterion and mechanism")
    assert grid.evaluate("grid => grid.scrollWidth <= grid.clientWidth")
    row = grid.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Similarity"))
    expect(row.get_by_role("cell", name="Merging: Random")).to_be_visible()


def test_a_wide_grid_names_its_columns_once(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}methods/")
    grid = page.get_by_role("region", name="Methods by criterion and mechanism")
    expect(grid.get_by_role("columnheader", name="Merging")).to_be_visible()
    expect(grid.locator(".grid__column").first).to_be_hidden()


def test_in_a_wide_grid_a_method_s_name_is_not_broken(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}methods/")
    name = page.get_by_role("region", name="Methods by criterion and mechanism").locator("td a").first
    name.evaluate("name => { name.textContent = 'A-Name-Of-Many-Parts-That-Is-Longer-Than-Its-Column'; }")
    assert name.evaluate("name => name.getClientRects().length") == 1


def test_a_place_is_one_tap_away(page: Page, site_url: str) -> None:
    _open(page, f"{site_url}methods/", 320)
    page.get_by_role("navigation", name="Where methods act").get_by_role("link").first.click()
    expect(page.locator("#place-1")).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 768, 1440])
@pytest.mark.parametrize("path", ["exports/", "charts/", "methods/", "years/"])
def test_everyone_can_read_these_pages_at_every_width(
    page: Page, site_url: str, path: str, width: int
) -> None:
    _open(page, site_url + path, width)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_export_is_found_through_the_footer_and_downloaded_without_scripts(
    new_context: NewContext, site_url: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    _open(page, f"{site_url}papers/fastv/", 360)
    page.get_by_role("contentinfo").get_by_role("link", name="Exports").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exports")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download papers.ris").click()
    assert download.value.path().read_text(encoding="utf-8").startswith("TY  - ")


@pytest.mark.parametrize("path", ["exports/", "api/"])
def test_pages_about_downloads_are_kept_for_reading_without_a_network(
    new_context: NewContext, site_url: str, path: str
) -> None:
    page = new_context(service_workers="allow").new_page()
    page.goto(site_url + path)
    kept = """async (url) => {
      for (let tries = 0; tries < 100; tries++) {
        if (await caches.match(url)) return true;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return false;
    }"""
    assert page.evaluate(kept, site_url + path)
