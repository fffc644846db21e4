"""Papers, terms, authors and models under the search boxes of pages other than browse, while one types."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from accessibility import assert_accessible
from made_up_papers import HOSTILE
from playwright.sync_api import Locator, Page, expect
from watching import Complaints

from catalog.catalogue import Catalogue
from catalog.query import parse, select

pytestmark = pytest.mark.browser


def _typed(page: Page, text: str) -> Locator:
    """The options after *text* was typed into the page's search box."""
    page.locator("[data-search]").first.focus()
    page.keyboard.type(text)
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    return options


@pytest.mark.parametrize("path", ["", "papers/toca/", "terms/criterion/attention/"])
def test_a_paper_is_two_keys_away_from_every_page(page: Page, site_url: str, path: str) -> None:
    page.goto(site_url + path)
    options = _typed(page, "fastv")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("FastV An Image is Worth 1/2 Tokens")
    expect(options.first).to_contain_text("ECCV 2024")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site_url}papers/fastv/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("An Image is Worth 1/2 Tokens")


def test_enter_alone_and_the_last_option_lead_to_browse(
    page: Page, site_url: str, mini_catalogue: Catalogue
) -> None:
    page.goto(f"{site_url}papers/fastv/")
    _typed(page, "token")
    page.keyboard.press("Enter")
    page.wait_for_url("**/browse/?q=token")
    page.goto(f"{site_url}papers/fastv/")
    count = len(list(select(mini_catalogue, parse("tokens", mini_catalogue.vocabulary))))
    options = _typed(page, "tokens")
    expect(options.last).to_have_text(f"{count} papers in Browse")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/browse/?*")
    assert parse_qs(urlsplit(page.url).query) == {"q": ["tokens"]}
    expect(page.locator("#browse-list > *")).to_have_count(count)


def test_the_arrows_go_round_by_way_of_the_box(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    options = _typed(page, "fastv")
    box = page.locator("#site-search")
    for key, chosen in (("Down", 0), ("Down", 1), ("Down", None), ("Down", 0), ("Up", None), ("Up", 1)):
        page.keyboard.press(f"Arrow{key}")
        for number in range(2):
            expect(options.nth(number)).to_have_attribute("aria-selected", str(number == chosen).lower())
        active = box.get_attribute("aria-activedescendant")
        assert active == (None if chosen is None else options.nth(chosen).get_attribute("id"))
    expect(box).to_be_focused()
    expect(box).to_have_value("fastv")


def test_escape_and_leaving_close_the_list_and_keep_what_was_typed(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    options = _typed(page, "fastv")
    box = page.locator("#site-search")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("fastv")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("Tab")
    expect(options).to_have_count(0)
    box.fill("")
    page.keyboard.type("fas")
    expect(options.first).to_be_visible()
    box.fill("")
    expect(options).to_have_count(0)


def test_a_pointer_opens_a_paper(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    _typed(page, "fastv").first.click()
    page.wait_for_url(f"{site_url}papers/fastv/")


def test_authors_are_found_as_soon_as_they_are_there(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    box = page.locator("#site-search")
    box.focus()
    page.keyboard.type("liang chen")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Liang Chen")
    expect(options.nth(1)).to_contain_text("FastV")


@pytest.mark.parametrize(("typed", "first"), [("tom", "ToMe"), ("merging", "Merging"), ("mergi", "Merging")])
def test_a_methods_name_means_the_paper_and_a_terms_the_term(
    page: Page, site_url: str, typed: str, first: str
) -> None:
    page.goto(f"{site_url}terms/")
    options = _typed(page, typed)
    expect(options.first).to_contain_text(first)
    expect(options.first).to_contain_text("ICLR 2023" if first == "ToMe" else "mechanism, ")


@pytest.mark.parametrize(
    ("typed", "said", "leads_to"),
    [
        ("similarity", "Similarity criterion, 1 paper", {"criterion": ["similarity"]}),
        ("question ans", "Visual question answering task, 1 paper", {"task": ["visual-question-answering"]}),
        ("liang zzz", "", {}),
        ("xuyang liu", "Xuyang Liu author, 2 papers", {"q": ['author:"xuyang liu"']}),
        ("liang ch", "Liang Chen author, 1 paper", {"q": ['author:"liang chen"']}),
    ],
)
def test_terms_and_authors_are_offered(
    page: Page, site_url: str, typed: str, said: str, leads_to: dict[str, list[str]]
) -> None:
    page.goto(f"{site_url}terms/")
    options = _typed(page, typed)
    if not said:
        page.wait_for_timeout(300)
        expect(options.filter(has_text="author")).to_have_count(0)
        return
    named = options.filter(has_text=said)
    expect(named).to_have_count(1)
    expect(options.last).to_contain_text("in Browse")
    count = int(re.findall(r"\d+", said)[-1])
    named.click()
    page.wait_for_url("**/browse/?*")
    assert parse_qs(urlsplit(page.url).query) == leads_to
    expect(page.locator("#browse-list > *")).to_have_count(count)


def test_an_author_of_a_common_name_is_offered_by_the_whole_name(page: Page, many_url: str) -> None:
    page.goto(f"{many_url}terms/")
    options = _typed(page, "liang chen")
    expect(options.filter(has_text="author")).not_to_have_count(0)


@pytest.fixture
def models_url(serve: Callable[[Catalogue], str], mini: Path) -> str:
    """The site of a catalogue with a method that runs in families of models."""
    path = mini / "reference_impls" / "results" / "demos" / "random.json"
    models = ["LLaVA-OneVision with videos", "Qwen2.5-VL", "Qwen2-VL with images", "Qwen2-VL with videos"]
    kept = json.loads(path.read_text(encoding="utf-8")) | {"models": models}
    path.write_text(json.dumps(kept), encoding="utf-8")
    return serve(Catalogue.load(mini))


def test_models_lead_to_the_methods_that_run_in_them(page: Page, models_url: str) -> None:
    for path, typed, found in (
        ("terms/criterion/attention/", "llava-onevision", ["LLaVA-OneVision with videos"]),
        ("", "qwen2-vl", ["Qwen2-VL with images", "Qwen2-VL with videos"]),
        ("terms/", "onevis", ["LLaVA-OneVision with videos"]),
    ):
        page.goto(models_url + path)
        models = _typed(page, typed).filter(has_text="model, 1 method")
        expect(models).to_have_text([f"{label} model, 1 method" for label in found])
    expect(page.locator(".site-search [role=status]")).to_have_text(
        "No paper has these words: look closer in Browse, and 1 term, author or model"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{models_url}methods/#model-llava-onevision-with-videos")
    expect(page.locator("#model-llava-onevision-with-videos")).to_be_in_viewport()


def test_without_the_models_everything_else_is_offered(
    page: Page, models_url: str, complaints: Complaints
) -> None:
    page.route("**/methods/models.json", lambda route: route.abort())
    page.goto(f"{models_url}terms/")
    expect(_typed(page, "mergi").first).to_contain_text("mechanism")
    expect(page.get_by_role("option").filter(has_text="model, ")).to_have_count(0)
    assert all("Failed to load resource" in complaint for complaint in complaints)
    complaints.clear()


@pytest.mark.parametrize("typed", ["-merging", "mechanism:merging", '"merging"'])
def test_what_is_no_name_names_nothing(page: Page, site_url: str, typed: str) -> None:
    page.goto(f"{site_url}terms/")
    _typed(page, typed)
    page.wait_for_timeout(300)
    expect(page.get_by_role("option").filter(has_text="mechanism, ")).to_have_count(0)


def test_a_term_that_no_title_has_does_not_contradict_what_is_said_of_papers(
    page: Page, site_url: str
) -> None:
    page.goto(f"{site_url}terms/")
    options = _typed(page, "visual ques")
    named = options.filter(has_text="Visual question answering task, 1 paper")
    expect(named).to_have_count(1)
    expect(options.last).to_have_text("No paper has these words: look closer in Browse")


def test_the_list_is_drawn_once_for_a_letter_when_everything_is_there(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    with page.expect_response("**/details.json"):
        _typed(page, "merg")
    expect(page.get_by_role("option").first).to_contain_text("mechanism")
    page.evaluate(
        """() => { window.drawn = 0; new MutationObserver(() => window.drawn++)
        .observe(document.querySelector("[role=listbox]"), {childList: true}); }"""
    )
    page.keyboard.type("i")
    page.wait_for_function("() => window.drawn")
    page.wait_for_timeout(300)  # for a second time, which must not come
    assert page.evaluate("() => window.drawn") == 1


def test_what_no_paper_has_is_said_and_browse_knows_more(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}terms/")
    options = _typed(page, "fastv zzzzqqq")
    expect(options).to_have_text(["No paper has all of this: look closer in Browse"])
    expect(page.locator(".site-search [role=status]")).to_have_text(options.inner_text())


def test_without_the_data_the_box_is_the_form_that_it_was(
    page: Page, site_url: str, complaints: Complaints
) -> None:
    page.route("**/browse/index.json", lambda route: route.abort())
    page.goto(f"{site_url}terms/")
    page.locator("#site-search").focus()
    page.keyboard.type("fastv")
    page.wait_for_timeout(300)
    expect(page.get_by_role("option")).to_have_count(0)
    page.unroute("**/browse/index.json")
    page.keyboard.press("Enter")
    page.wait_for_url("**/browse/?q=fastv")
    expect(page.locator("#browse-count")).to_contain_text("1 of ")
    # Chromium says of a request that was refused when it has the time, at the latest when the page is left.
    assert all("Failed to load resource" in complaint for complaint in complaints)
    complaints.clear()


@pytest.mark.parametrize("row", range(len(HOSTILE)))
def test_hostile_titles_are_text(page: Page, many_url: str, row: int) -> None:
    page.goto(f"{many_url}terms/")
    _typed(page, f"hostile-{row}" if not HOSTILE[row].strip("<>\"'&") else HOSTILE[row].split()[0][:12])
    assert page.evaluate("window.__pwned") is None


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("path", ["", "papers/fastv/"])
def test_everyone_can_use_the_list(page: Page, site_url: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(site_url + path)
    options = _typed(page, "token")
    page.keyboard.press("ArrowDown")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for option in options.all():
        box = option.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 24
