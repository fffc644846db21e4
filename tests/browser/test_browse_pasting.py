"""A list of papers pasted into the search box: its papers are shown in its order, the others are named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from accessibility import assert_accessible
from playwright.sync_api import Page, expect
from reader import expect_listed, expect_total, open_browse, shown
from watching import NewContext

pytestmark = pytest.mark.browser

CASES = json.loads((Path(__file__).parents[1] / "pasted_cases.json").read_text(encoding="utf-8"))
LIST = "ToCa\nchen2024image\n2210.09461\nvaswani2017attention\nAttention is all you need"
NOTE = "3 of 5 found; not found: vaswani2017attention; Attention is all you need."

RUN = """async ([index, engine, texts]) => {
  const { Engine } = await import(engine);
  const { complete } = await import(new URL("details.js", engine));
  const load = async (name) => (await fetch(new URL(name, index))).json();
  const one = new Engine(await load("index.json"));
  complete(one, await load("details.json"));
  one.addSummaries(await load("summaries.json"));
  one.addKeys(await load("keys.json"));
  return texts.map((text) => {
    const query = { text, filters: {}, excluded: {}, all: [], ids: null, sort: "best" };
    const { list, problems } = one.search(query, 0, 20);
    return { list, problems, ids: one.entries(query).map((entry) => entry.id) };
  });
}"""


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """An empty page that may read and write the clipboard."""
    return new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()


def ask(page: Page, url: str, texts: list[str]) -> list[dict[str, Any]]:
    page.goto(f"{url}about/")
    engine = f"{url}assets/catalogue/browse/engine.js"
    answers: list[dict[str, Any]] = page.evaluate(RUN, [f"{url}browse/index.json", engine, texts])
    return answers


def paste(page: Page, text: str, box: str = "#browse-text") -> None:
    """Paste as a reader does, so that the browser has its say about the ends of lines."""
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.focus(box)
    page.keyboard.press("ControlOrMeta+V")


def test_each_item_of_a_list_is_read_as_what_it_is(page: Page, site_url: str) -> None:
    answers = ask(page, site_url, [case["text"] for case in CASES["lists"]])
    for case, answer in zip(CASES["lists"], answers, strict=True):
        assert answer["problems"] == [], case
        assert answer["ids"] == case["ids"], case
        list_ = answer["list"]
        assert (list_["items"], list_["missing"]) == (case["items"], case["missing"]), case
        assert [[one["typed"], one["shown"]] for one in list_["read"]] == case["read"], case
        assert list_["found"] == case["items"] - len(case["missing"]), case


def test_a_search_is_no_list(page: Page, site_url: str) -> None:
    for text, answer in zip(CASES["searches"], ask(page, site_url, CASES["searches"]), strict=True):
        assert answer["list"] is None, text


def test_a_pasted_list_is_shown_in_its_order_and_what_is_not_there_is_named(
    page: Page, site_url: str
) -> None:
    open_browse(page, site_url)
    paste(page, f"{LIST}\n")
    expect_listed(page, ["toca", "fastv", "tome"])
    expect_total(page, 3, 6)
    expect(page.locator("#browse-notes")).to_have_text(NOTE)
    expect(page.locator("#browse-text")).to_have_value(LIST.replace("\n", " ↵ "))
    expect(page.locator("#browse-text")).to_have_attribute("aria-invalid", "false")
    expect(page.locator("#browse-places")).to_be_hidden()
    assert_accessible(page)
    page.select_option("#browse-sort", "newest")
    expect_listed(page, ["toca", "fastv", "tome"])
    page.locator("#browse-backwards").click()
    expect_listed(page, ["tome", "fastv", "toca"])
    page.focus("#browse-text")
    page.keyboard.press("ControlOrMeta+Z")
    expect(page.locator("#browse-text")).to_have_value("")
    expect_total(page, 6, 6)


def test_the_address_of_a_list_names_its_papers_and_the_list_stays_with_the_reader(
    page: Page, site_url: str, new_context: NewContext
) -> None:
    open_browse(page, site_url, "?domain=vision&domain=multimodal")
    paste(page, LIST)
    page.wait_for_url(re.compile(r"\?domain=vision&domain=multimodal&ids=toca,fastv,tome$"))
    expect_listed(page, ["toca", "fastv", "tome"])
    page.locator("[name=domain][value=multimodal].term__box").uncheck()
    page.wait_for_url(re.compile(r"\?domain=vision&ids=toca,fastv,tome$"))
    expect_listed(page, ["toca", "tome"])
    page.reload()
    expect_listed(page, ["toca", "tome"])
    expect(page.locator("#browse-text")).to_have_value(LIST.replace("\n", " ↵ "))
    expect(page.locator("#browse-notes")).to_have_text(NOTE)
    page.go_back()
    expect_listed(page, ["toca", "fastv", "tome"])
    expect(page.locator("#browse-text")).to_have_value(LIST.replace("\n", " ↵ "))
    other = new_context().new_page()
    other.goto(page.url)
    other.locator("#browse[data-ready]").wait_for()
    expect_total(other, 3, 6)
    expect(other.locator("#browse-active .chip").first).to_have_text("3 papers of this link")
    expect(other.locator("#browse-notes")).to_be_hidden()
    page.fill("#browse-text", "token")
    page.wait_for_url(re.compile(r"\?q=token&domain=vision&domain=multimodal$"))
    page.reload()
    expect(page.locator("#browse-text")).to_have_value("token")


def test_the_references_of_a_whole_paper_are_read(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    others = [f"[{n}] A. Nobody and B. Noone. {'A title of no paper ' * 5}{n}. 2020." for n in range(1, 121)]
    paste(page, "\n".join([*others, "[121] 2403.06764", "[122] ToMe"]))
    notes = page.locator("#browse-notes")
    expect(notes).to_contain_text("2 of 122 found; not found: [1] A title of no paper")
    expect(notes).not_to_contain_text("[11]")
    notes.get_by_role("button", name="Name all 120 that are not found").click()
    expect(notes).to_contain_text(re.compile(r"; \[120] A title of no paper .*…$"))
    page.wait_for_url(re.compile(r"\?ids=fastv,tome$"))
    page.reload()
    expect_listed(page, ["fastv", "tome"])
    expect(notes).to_contain_text("2 of 122 found")
    page.fill("#browse-text", "")
    paste(page, "\n".join(["2403.06764", *(f"2199.{number:05}" for number in range(5000))]))
    expect(notes).to_contain_text(
        "Only the beginning is searched for: a list has at most 30,000 characters, and this one has"
    )
    page.wait_for_url(re.compile(r"\?ids=fastv$|\?q=2403.06764$"))


def test_a_list_of_no_paper_that_is_too_long_for_an_address_stays_with_the_reader(
    page: Page, site_url: str
) -> None:
    open_browse(page, site_url)
    paste(page, "\n".join(f"2199.{number:05}" for number in range(1000)))
    expect(page.locator("#browse-notes")).to_contain_text("0 of 1,000 found; not found: 2199.00000, ")
    page.wait_for_url(re.compile(r"/browse/$"))
    page.reload()
    expect(page.locator("#browse-notes")).to_contain_text("0 of 1,000 found")


def test_one_pasted_paper_keeps_the_address_that_it_was_asked_for_by(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    paste(page, "bolya2022token")
    expect_listed(page, ["tome"])
    page.wait_for_url(re.compile(r"\?q=bolya2022token$"))


def test_exports_hold_what_was_found_of_a_list_in_its_order(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    paste(page, LIST)
    expect_listed(page, ["toca", "fastv", "tome"])
    page.locator("#browse-export > summary").click()
    page.get_by_role("button", name=r"Copy LaTeX \cite", exact=True).click()
    expect(page.locator("#browse-toast")).to_have_text(r"LaTeX \cite copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == r"\cite{zou2025accelerating,chen2024image,bolya2023token}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("@misc{a,\n  eprint={2403.06764}\n}\n@misc{b,\n  eprint={2210.09461}\n}", None),
        ("DynamicViT: Efficient vision trans-\nformers with dynamic token sparsification", " ↵ "),
        ("\n 2403.06764\t\n", None),
    ],
)
def test_lines_of_one_paper_or_of_entries_are_no_list_of_lines(
    page: Page, site_url: str, text: str, kept: str | None
) -> None:
    open_browse(page, site_url)
    paste(page, text)
    listed = {"@": ["fastv", "tome"], "D": ["dynamicvit"], "\n": ["fastv"]}
    expect_listed(page, listed[text[0]])
    expect(page.locator("#browse-notes")).to_be_hidden()
    assert ("↵" in page.locator("#browse-text").input_value()) is bool(kept)


def test_words_that_the_end_of_a_line_has_broken_are_found(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    for text in (
        "DynamicViT: Efficient vision trans- formers with dynamic token sparsi- fication",
        "efficient vision trans- formers",
        "[4] Y. Rao et al. DynamicViT.",
    ):
        page.fill("#browse-text", text)
        expect_listed(page, ["dynamicvit"])


def test_an_identifier_of_no_paper_is_named(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?q=1706.03762")
    expect(page.get_by_text("No paper matches all of this")).to_be_visible()
    expect(page.locator("#browse-notes")).to_have_text("Not in this catalogue: 1706.03762.")
    page.fill("#browse-text", "https://arxiv.org/abs/1706.03762 https://arxiv.org/abs/1512.03385")
    expect(page.locator("#browse-notes")).to_contain_text("0 of 2 found; not found: https://arxiv.org")
    assert shown(page) == []


def test_items_that_say_the_same_or_too_little_are_told(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    notes = page.locator("#browse-notes")
    page.fill("#browse-text", "FastV; 2403.06764; ToMe")
    expect(notes).to_have_text("3 of 3 found, 2 papers.")
    page.fill("#browse-text", "[1] L. Chen et al. FastV. [2] D. Bolya et al. ToMe.")
    expect(notes).to_have_text(
        "Read: “[1] L. Chen et al. FastV” as FastV; “[2] D. Bolya et al. ToMe” as ToMe."
    )


def test_a_list_is_pasted_into_the_search_box_of_any_page(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}about/")
    page.focus("#site-search")
    page.locator("#site-search[role=combobox]").wait_for()
    paste(page, LIST, "#site-search")
    page.keyboard.press("Enter")
    page.locator("#browse[data-ready]").wait_for()
    expect_listed(page, ["toca", "fastv", "tome"])
    expect(page.locator("#browse-notes")).to_have_text(NOTE)
