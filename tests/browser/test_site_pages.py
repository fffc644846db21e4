"""Every kind of page but browse, as a reader meets it: both themes, small screens, keyboard, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

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
def test_everyone_can_read_what_was_changed(new_context: NewContext, history_url: str, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{history_url}new/changes/")
    expect(page.get_by_role("heading", name="Second reading of FastV")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["", "browse/", "papers/fastv/", "charts/", "api/"])
def test_nothing_moves_for_readers_who_want_no_motion(
    new_context: NewContext, site_url: str, path: str
) -> None:
    page = new_context(reduced_motion="reduce").new_page()
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


def test_the_header_of_a_small_phone_is_two_lines(new_context: NewContext, site_url: str) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
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
    new_context: NewContext, long_title_url: str, width: int, scheme: str
) -> None:
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 800}).new_page()
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


def test_on_a_wide_screen_no_line_of_a_guide_s_code_is_cut(new_context: NewContext, site_url: str) -> None:
    page = new_context(viewport={"width": 1440, "height": 900}).new_page()
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


def test_the_system_s_theme_is_shown_until_a_reader_chooses(new_context: NewContext, site_url: str) -> None:
    page = new_context(color_scheme="dark").new_page()
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


# ----------------------------------------------------------------------------- finding the way


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("path", ["", "papers/fastv/", "terms/"])
def test_searching_leads_to_browse(new_context: NewContext, site_url: str, path: str, scripts: bool) -> None:
    page = new_context(java_script_enabled=scripts).new_page()
    page.goto(site_url + path)
    box = page.get_by_label("Search papers")
    box.fill("token merging")
    box.press("Enter")
    page.wait_for_url(re.compile(r"/browse/\?q=token(\+|%20)merging$"))


def test_the_front_page_leads_into_a_domain(page: Page, site_url: str) -> None:
    page.goto(site_url)
    page.get_by_role("link", name=re.compile(r"^Multimodal")).first.click()
    page.wait_for_url(re.compile(r"/browse/\?domain=multimodal$"))


def test_a_tag_leads_to_its_definition(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/fastv/")
    tag = page.get_by_role("link", name="Visual question answering")
    expect(tag).to_have_accessible_description("Answering questions about an image.")
    tag.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Visual question answering")


def test_a_slash_leads_to_the_search_box(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search papers")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.get_by_label("Search papers")).to_have_value("a/b")


def test_the_first_key_skips_to_the_content(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/fastv/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_an_author_leads_to_all_of_their_papers(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/tome/")
    page.get_by_role("link", name="Judy Hoffman").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Judy Hoffman")
    expect(page.get_by_role("heading", name="Token Merging: Your ViT But Faster")).to_be_visible()


def test_a_number_of_the_matrix_leads_to_its_papers(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}charts/")
    page.get_by_role("link", name="1 paper: Attention and Pruning").click()
    page.wait_for_url(re.compile(r"/browse/\?criterion=attention&mechanism=pruning$"))
    expect(page.locator("#browse-count")).to_contain_text("1 of")


def test_the_matrix_is_no_stop_of_the_tab_key_and_its_table_has_the_same_numbers(
    page: Page, site_url: str
) -> None:
    page.goto(f"{site_url}charts/")
    picture = page.locator(".matrix--wide svg a")
    assert picture.evaluate_all("links => links.every(link => link.tabIndex === -1)")
    page.get_by_text("Numbers as a table").last.click()
    table = page.get_by_role("region", name="Papers by criterion and mechanism").get_by_role("table")
    numbers = """links => links.map(link =>
      [link.getAttribute("href"), (link.querySelector("text") ?? link).textContent])"""
    assert table.locator("a").evaluate_all(numbers) == picture.evaluate_all(numbers)
    expect(table.get_by_role("rowheader", name="Attention")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Pruning")).to_be_visible()


def test_the_papers_of_a_year_are_as_many_in_browse(page: Page, many_url: str) -> None:
    page.goto(f"{many_url}years/")
    page.locator("main .leaders a").first.click()
    number = page.locator(".facts dd").first.inner_text()
    page.get_by_role("link", name="Filter these papers").click()
    page.locator("#browse[data-ready]").wait_for()
    expect(page.locator("#browse-count")).to_have_text(f"{number} of 300 papers")


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("years/2024/", ".facts a.numeral"),
        ("terms/venue/iclr/", ".year h2 a"),
        ("terms/criterion/attention/", ".year h2 a"),
        ("authors/chloe-muller/", ".year h2 a"),
    ],
)
def test_a_number_of_a_year_leads_to_as_many_papers_in_browse(
    page: Page, many_url: str, path: str, places: str
) -> None:
    page.goto(many_url + path)
    links = page.locator(places)
    count = links.count()
    for place in {0, count // 2, count - 1}:
        page.goto(many_url + path)
        link = links.nth(place)
        number = link.inner_text()
        assert (link.get_attribute("aria-label") or "").startswith(f"{number} paper")
        link.click()
        page.locator("#browse[data-ready]").wait_for()
        expect(page.locator("#browse-count")).to_have_text(f"{number} of 300 papers")


def test_the_year_beside_a_paper_s_venue_leads_to_the_venue_s_papers_of_that_year(
    page: Page, site_url: str
) -> None:
    page.goto(f"{site_url}papers/fastv/")
    page.locator(".paper__where").get_by_role("link", name="2024").click()
    page.wait_for_url(f"{site_url}terms/venue/eccv/#year-2024")
    expect(page.locator("#year-2024")).to_be_in_viewport()


@pytest.mark.parametrize("row", [2, 9, 13, 22])
def test_behind_the_papers_alike_are_all_that_share_what_the_method_does(
    page: Page, many: Catalogue, many_url: str, row: int
) -> None:
    page.goto(f"{many_url}papers/paper-{row}/")
    link = page.get_by_role("link", name=re.compile(r"^All \d+ papers that share "))
    number = re.findall(r"\d+", link.inner_text())[0]
    query = parse_qs(urlsplit(link.get_attribute("href") or "").query)
    paper = many[f"paper-{row}"]
    for field, terms in query.items():
        assert terms == ([paper.kind] if field == "kind" else list(getattr(paper, field)))
    one_each = "share at least one term each of" in link.inner_text()
    assert one_each is any(len(terms) > 1 for terms in query.values())
    link.click()
    page.locator("#browse[data-ready]").wait_for()
    expect(page.locator("#browse-count")).to_have_text(f"{number} of 300 papers")


@pytest.mark.parametrize(
    ("address", "words", "query"),
    [
        ("token-merging", "token merging", r"token\+merging"),
        ("m%C3%BCller%20net.html", "müller net", r"m%C3%BCller\+net"),
        ("50%-of_tokens", "50 of tokens", r"50\+of\+tokens"),
    ],
)
def test_where_there_is_no_page_the_address_becomes_the_search(
    page: Page, site_url: str, address: str, words: str, query: str
) -> None:
    missing = page.request.get(f"{site_url}404.html").text().replace("/mini/", urlsplit(site_url).path)
    page.route(
        re.compile(rf"/papers/{re.escape(address)}/$"),
        lambda route: route.fulfill(body=missing, content_type="text/html"),
    )
    page.goto(f"{site_url}papers/{address}/")
    expect(page.get_by_role("searchbox").last).to_have_value(words)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(re.compile(rf"/browse/\?q={query}$"))


def test_a_report_is_a_form_that_names_the_record(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}papers/fastv/")
    link = urlsplit(page.get_by_role("link", name="Report an error").get_attribute("href") or "")
    fields = parse_qs(link.query)
    assert link.path == "/example/mini/issues/new"
    assert "papers/2024/fastv.yaml" in fields["body"][0]
    assert fields["title"] == ["Record fastv: "]


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


def test_on_paper_a_list_is_ink_on_white(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/mechanism/pruning/")
    page.emulate_media(media="print", color_scheme="dark")
    chip = page.locator(".entry .chip").first
    assert chip.evaluate("chip => getComputedStyle(chip).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert _ground(page) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [320, 768])
def test_the_names_of_fields_are_whole_beside_their_sources(
    new_context: NewContext, site_url: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 800}).new_page()
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


def test_the_content_is_told_apart_without_the_site_s_colours(new_context: NewContext, site_url: str) -> None:
    page = new_context(forced_colors="active").new_page()
    page.goto(f"{site_url}papers/fastv/")
    chip = page.locator(".chip").first
    assert chip.evaluate("chip => getComputedStyle(chip).borderTopStyle") == "solid"


# -------------------------------------------------------------------------------------- citing


@pytest.mark.parametrize(
    ("button", "beginning"),
    [("Copy as plain text", "Liang Chen, Haozhe Zhao"), ("Copy as markdown", "Liang Chen, Haozhe Zhao")],
)
def test_a_citation_is_copied_as_it_is_shown(
    new_context: NewContext, site_url: str, button: str, beginning: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(f"{site_url}papers/fastv/")
    page.get_by_role("button", name=button).click()
    page.get_by_text("Copied").first.wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(beginning)
    assert ("**" in copied) == ("markdown" in button)


def test_a_paper_names_the_file_of_its_record_and_the_command_that_changes_it(
    new_context: NewContext, site_url: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(f"{site_url}papers/fastv/")
    expect(page.locator(".paper__foot")).to_contain_text("This record is the file papers/2024/fastv.yaml.")
    page.get_by_role("button", name="Copy the command that changes this record").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == "catalog edit fastv FIELD=VALUE"


def test_an_entry_is_copied_as_it_stands_in_its_file(new_context: NewContext, site_url: str) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(f"{site_url}papers/fastv/")
    page.get_by_role("button", name="Copy BibTeX").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    heard = page.get_by_role("status").filter(has_text="Copied")
    expect(heard).to_have_count(1)
    expect(heard).to_have_count(0)  # its button's own words come back unheard
    expect(page.get_by_role("button", name="Copy BibTeX")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    file = page.request.get(f"{site_url}papers/fastv/fastv.bib").text()
    assert copied == file.rstrip("\n")


def test_where_copying_is_not_allowed_the_entry_is_selected_and_the_button_says_so_until_it_is_copied(
    page: Page, site_url: str
) -> None:
    page.clock.install()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(f"{site_url}papers/fastv/")
    page.get_by_role("button", name="Copy BibTeX").click()
    assert page.evaluate("String(getSelection())").startswith("@inproceedings{")
    page.clock.run_for(60_000)
    expect(page.get_by_role("button", name="Selected: press Ctrl+C")).to_be_visible()
    page.keyboard.press("Control+c")
    expect(page.get_by_role("button", name="Copy BibTeX")).to_be_visible()


def test_an_entry_is_downloaded_without_scripts(new_context: NewContext, site_url: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{site_url}papers/fastv/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download fastv.bib").click()
    assert download.value.path().read_text(encoding="utf-8").startswith("@inproceedings{")
