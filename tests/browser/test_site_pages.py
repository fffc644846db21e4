"""Every kind of page but browse, as a reader meets it: both themes, small screens, paper, no scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from accessibility import assert_accessible
from made_up_papers import HOSTILE
from playwright.sync_api import Page, expect
from watching import NewContext

from catalog.catalogue import Catalogue

MINI = Path(__file__).parents[1] / "mini"
pytestmark = pytest.mark.browser


PAGES = {
    "home": "",
    "paper": "papers/fastv/",
    "paper of which little is known": "papers/unknown-facts/",
    "paper that was removed": "papers/gone/",
    "survey": "papers/data-centric-compression/",
    "terms": "terms/",
    "field": "terms/criterion/",
    "term": "terms/criterion/attention/",
    "venue": "terms/venue/findings-of-acl/",
    "authors": "authors/",
    "author": "authors/liang-chen/",
    "years": "years/",
    "year": "years/2024/",
    "methods": "methods/",
    "method without a paper": "methods/random/",
    "numbers": "charts/",
    "exports": "exports/",
    "new": "new/",
    "no network": "offline/",
    "what is known": "coverage/",
    "contribute": "contribute/",
    "curation": "curation/",
    "maintaining": "maintaining/",
    "data": "api/",
    "about": "about/",
}
ALL_PAGES = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())


@ALL_PAGES
def test_everyone_can_read_every_page(page: Page, site_url: str, path: str) -> None:
    page.goto(site_url + path)
    assert_accessible(page, widths=(360, 1280))


def test_what_nobody_can_read_in_the_dark_theme_is_noticed(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}about/")
    page.add_style_tag(content="[data-md-color-scheme=slate] main p { color: #333 !important; }")
    with pytest.raises(AssertionError, match=r"\(360, 'dark', 'color-contrast'") as failure:
        assert_accessible(page, widths=(360,))
    assert "'light'" not in str(failure.value)


@pytest.mark.parametrize("width", [320, 1280])
def test_everyone_can_read_what_was_changed(page: Page, history_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{history_url}new/changes/")
    expect(page.get_by_role("heading", name="Second reading of FastV")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["", "browse/", "papers/fastv/", "charts/", "api/"])
def test_nothing_moves_for_readers_who_want_no_motion(page: Page, site_url: str, path: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(site_url + path)
    moving = page.evaluate(
        """[...document.querySelectorAll("*")].filter(element =>
          ["", "::before", "::after"].some(part => {
            const style = getComputedStyle(element, part || null);
            const lasts = text => text.split(",").some(each => parseFloat(each) > 0);
            return lasts(style.transitionDuration) || style.animationName !== "none";
          })).map(element => element.outerHTML.slice(0, 80))"""
    )
    assert moving == []


@ALL_PAGES
def test_no_page_needs_scrolling_sideways_on_a_phone_enlarged_or_with_large_text(
    new_context: NewContext, site_url: str, path: str
) -> None:
    page = new_context(viewport={"width": 320, "height": 640}, device_scale_factor=2).new_page()
    page.goto(site_url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 640, "height": 480})  # a laptop's window at twice the size
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    page.set_viewport_size({"width": 360, "height": 800})
    page.add_style_tag(content="html { font-size: 250% !important; }")  # it is 125 %
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_header_of_a_small_phone_is_two_lines(page: Page, site_url: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{site_url}terms/")
    middle = "one => one.getBoundingClientRect().y + one.getBoundingClientRect().height / 2"
    first = [page.locator(part).evaluate(middle) for part in (".brand", "#site-search", ".theme-switch")]
    second = [link.evaluate(middle) for link in page.locator(".site-nav a").all()]
    assert max(first) - min(first) < 4
    assert max(second) - min(second) < 4


@pytest.fixture(scope="module")
def long_title_url(serve: Callable[[Catalogue], str]) -> str:
    """The site of a catalogue whose title is as long as one that ``catalog new`` makes."""
    mini = Catalogue.load(MINI)
    config = mini.config.model_copy(update={"title": "Papers on quantum error correction decoders 2"})
    return serve(replace(mini, config=config))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 768, 900, 1440])
def test_a_long_title_leaves_room_for_the_sections_the_search_and_the_theme(
    page: Page, long_title_url: str, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{long_title_url}terms/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#site-search").bounding_box()
    assert box
    assert box["width"] >= 75
    parts = page.locator(".brand, .site-nav a, #site-search, .theme-switch")
    boxes = [part.bounding_box() for part in parts.all()]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert page.evaluate("""() => {
      const text = document.querySelector(".brand span").getBoundingClientRect();
      const header = document.querySelector(".site-header").getBoundingClientRect();
      return text.top >= header.top && text.bottom <= header.bottom;
    }""")


@pytest.mark.parametrize("path", ["", "browse/"])
def test_where_the_header_has_no_search_the_theme_switch_stays_beside_a_long_title(
    page: Page, long_title_url: str, path: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(long_title_url + path)
    title, switch, sections = (
        page.locator(part).bounding_box() for part in (".brand", ".theme-switch", ".site-nav")
    )
    assert title
    assert switch
    assert sections
    assert switch["y"] >= title["y"]
    assert switch["y"] + switch["height"] <= title["y"] + title["height"] <= sections["y"]


def test_on_a_wide_screen_no_line_of_a_guide_s_code_is_cut(page: Page, site_url: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    for path in ("contribute/", "curation/", "maintaining/", "api/", "about/"):
        page.goto(site_url + path)
        cut = page.evaluate(
            """[...document.querySelectorAll(".md-typeset pre")]
            .filter(block => block.scrollWidth > block.clientWidth).map(block => block.innerText)"""
        )
        assert cut == [], path


def test_a_jump_leads_to_the_terms_of_a_field(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    page.get_by_role("navigation", name="Fields").get_by_role("link", name="Mechanism").click()
    expect(page.locator("#mechanism")).to_be_in_viewport()


@pytest.mark.parametrize("row", range(len(HOSTILE)))
def test_hostile_text_runs_nothing(page: Page, many_url: str, row: int) -> None:
    for path in (f"papers/hostile-{row}/", ""):
        page.goto(many_url + path)
        assert page.evaluate("window.__pwned") is None
    page.goto(f"{many_url}papers/hostile-{row}/")
    expect(page.locator("h1")).to_contain_text(" ".join(HOSTILE[row].split()))


# ----------------------------------------------------------------------------------- themes


def _ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_system_s_theme_is_shown_until_a_reader_chooses(page: Page, site_url: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(site_url)
    dark = _ground(page)
    switch = page.get_by_role("button", name="Dark theme")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    light = _ground(page)
    assert light != dark
    page.goto(f"{site_url}papers/fastv/")
    assert _ground(page) == light, "the choice holds on other pages"


def test_the_system_s_theme_is_shown_without_scripts(new_context: NewContext, site_url: str) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page = new_context(color_scheme=scheme, java_script_enabled=False).new_page()
        page.goto(site_url)
        grounds.append(_ground(page))
        expect(page.get_by_role("button", name="Dark theme")).to_be_hidden()
    assert grounds[0] != grounds[1]


# ---------------------------------------------------------------------- paper, zoom, motion, colours


def test_on_paper_a_record_keeps_its_facts_and_loses_the_buttons(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/fastv/")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("banner")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy BibTeX")).to_be_hidden()
    expect(page.locator("#bibtex")).to_be_visible()
    expect(page.get_by_text("Visual question answering")).to_be_visible()
    assert _ground(page) == "rgb(255, 255, 255)"


def test_on_paper_a_picture_keeps_its_heading_and_what_it_shows(page: Page, site_url: str) -> None:
    page.emulate_media(media="print")
    page.goto(site_url)
    expect(page.get_by_role("heading", name="Token compression over time")).to_be_visible()
    page.goto(f"{site_url}methods/random/")
    expect(page.locator(".demo figcaption")).to_be_visible()


def test_on_paper_a_guide_has_the_page_to_itself_and_no_line_is_cut(
    new_context: NewContext, site_url: str
) -> None:
    page = new_context(
        viewport={"width": 640, "height": 900}
    ).new_page()  # as wide as a sheet is between its margins
    page.goto(f"{site_url}contribute/")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="On this page")).to_be_hidden()
    cut = page.locator(".md-typeset pre, .md-typeset pre > code").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
    )
    assert cut == []


def test_on_paper_the_grid_of_methods_is_a_list_as_on_a_phone(new_context: NewContext, site_url: str) -> None:
    page = new_context(viewport={"width": 640, "height": 900}).new_page()
    page.goto(f"{site_url}methods/")
    page.emulate_media(media="print")
    grid = page.get_by_role("region", name="Methods by criterion and mechanism")
    expect(grid.locator("thead")).to_be_hidden()
    expect(grid.locator(".grid__column").first).to_be_visible()


def test_on_paper_numbers_that_were_unfolded_are_whole(new_context: NewContext, site_url: str) -> None:
    page = new_context(viewport={"width": 640, "height": 900}).new_page()
    page.goto(f"{site_url}charts/")
    page.locator(".numbers summary").last.click()
    head = page.locator(".numbers thead tr").last
    head.evaluate("row => { for (let n = 0; n < 12; n++) row.append(row.lastElementChild.cloneNode(true)) }")
    sheet = page.locator(".numbers__sheet").last
    assert sheet.evaluate("sheet => sheet.scrollWidth > sheet.clientWidth"), "it is scrolled on a screen"
    page.emulate_media(media="print")
    assert sheet.evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth + 1")


def test_on_paper_a_list_is_ink_on_white(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/mechanism/pruning/")
    page.emulate_media(media="print", color_scheme="dark")
    chip = page.locator(".entry .chip").first
    assert chip.evaluate("chip => getComputedStyle(chip).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert _ground(page) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [320, 768])
def test_the_names_of_fields_are_whole_beside_their_sources(page: Page, site_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site_url}papers/dynamicvit/")
    page.get_by_text("Where these facts come from").click()
    page.locator(".paper__foot td").first.evaluate("source => { source.textContent = 'models/'.repeat(60); }")
    lines = page.locator(".paper__foot tbody th").evaluate_all(
        """all => all.map(name => {
          const range = document.createRange();
          range.selectNodeContents(name);
          return range.getClientRects().length;
        })"""
    )
    assert set(lines) == {1}
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_definition_is_shown_at_the_foot_of_the_window_on_focus(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/fastv/")
    page.keyboard.press("Tab")  # a focus by keyboard, which is shown
    tag = page.get_by_role("link", name="Visual question answering")
    tag.focus()
    shown = tag.evaluate("tag => getComputedStyle(tag, '::after').content")
    assert shown.startswith('"Answering questions about an image."')
    expect(tag).to_have_accessible_name("Visual question answering")


def test_the_content_is_told_apart_without_the_site_s_colours(page: Page, site_url: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{site_url}papers/fastv/")
    chip = page.locator(".chip").first
    assert chip.evaluate("chip => getComputedStyle(chip).borderTopStyle") == "solid"


@pytest.mark.parametrize(("system", "chosen"), [("dark", "light"), ("light", "dark")])
def test_in_the_system_s_own_colours_the_mark_is_seen_and_a_line_below_the_section(
    page: Page, site_url: str, system: Literal["light", "dark"], chosen: str
) -> None:
    page.goto(site_url)
    page.evaluate("theme => localStorage.setItem('catalogue-theme', theme)", chosen)
    page.emulate_media(forced_colors="active", color_scheme=system)
    page.goto(f"{site_url}terms/")
    look = page.evaluate(
        """() => {
          const of = (part) => getComputedStyle(document.querySelector(part));
          const { borderTopColor, borderBottomColor } = of(".site-nav [aria-current]");
          const ground = of("body").backgroundColor;
          return [of(".mark").fill, of("h1").color, borderTopColor, ground, borderBottomColor];
        }"""
    )
    mark, ink, above, ground, below = look
    assert (mark, above) == (ink, ground)
    assert below != ground
