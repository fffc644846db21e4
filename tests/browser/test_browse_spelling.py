"""Words that are spelt wrongly: mended where it is clear what was meant, and otherwise a few are offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from accessibility import assert_accessible
from playwright.sync_api import Page, expect
from reader import expect_listed, open_browse
from test_browse_engine import run

from catalog.catalogue import Catalogue
from catalog.record import Paper

pytestmark = pytest.mark.browser


MINI = Path(__file__).parents[1] / "mini"
PAPERS: dict[str, dict[str, Any]] = {
    "one": {"title": "Fewer Frames", "authors": ["Linfeng Zhang", "Zichen Wen", "Mei Wang"]},
    "two": {"title": "Fewer Words", "authors": ["Linfeng Zhang", "J. Zico Kolter"]},
    "three": {"title": "Small Caches", "authors": ["Bo Zang", "Ada Weng", "Uli Lui", "Ole Kolder"]},
    "four": {"title": "Long Films", "authors": ["Xuyang Liu", "Yifan Li", "Fei Xu"]},
    "streamingllm": {"name": "StreamingLLM", "title": "Sinks"},
    "streammem": {"name": "StreamMem", "title": "Queries"},
    "h2o": {"name": "H2O", "title": "Heavy Hitters of a Cache"},
    "fastv": {"name": "FastV", "title": "An Image"},
    "fast": {"title": "Fast and Faster Reading"},
    "mal": {"name": "MAL", "title": "Maps"},
    "mai": {"name": "MAI", "title": "Mail"},
    "space": {"title": "Space of Tokens"},
    "sparse": {"title": "Sparse Attention"},
    "zebra": {"title": "Zebra Crossings"},
}


@pytest.fixture(scope="module")
def spelt_url(serve: Callable[[Catalogue], str]) -> str:
    """The site of a few papers whose words are near to each other."""
    papers = tuple(
        Paper.model_validate({"id": paper_id, "kind": "method", "published": "2024", "year": 2024} | fields)
        for paper_id, fields in PAPERS.items()
    )
    return serve(replace(Catalogue.load(MINI), papers=papers, files={}))


def answer_to(page: Page, url: str, text: str, **more: Any) -> dict[str, Any]:
    query = {"text": text, "filters": {}, "excluded": {}, "ids": None, "sort": "best"} | more
    (answer,) = run(page, url, [query])["answers"]
    return dict(answer)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Linfeng Zang", {"linfeng zhang": 2}),
        ("zang linfeng", {"zhang linfeng": 2}),
        ('"Linfeng Zang"', {'"linfeng zhang"': 2}),
        ('author:"Linfeng Zang"', {'author:"linfeng zhang"': 2}),
        ("author:linfeng-zang frames", {"author:linfeng-zhang frames": 1}),
        ("Linfeng Zang 2024 frames", {"linfeng zhang 2024 frames": 1}),
        ("Zichen Weng", {"zichen wen": 1}),
        ("xuyang lui", {"xuyang liu": 1}),
        ("xuyang lu", {"xuyang liu": 1}),
        ("zico kolder", {"zico kolter": 1}),
        ("Zichen Wengg", {"zichen wen": 1}),
        ("frames fewer zebra", {}),
        ("small films", {}),
        ("linfeng zang zebra", {}),
        ("Bo Zang 2025", {}),
        ("-linfeng zang", None),
        ("linfeng zang " + "one " * 7, {}),
    ],
)
def test_a_word_that_stands_nowhere_beside_its_neighbour_is_offered_in_another_spelling(
    page: Page, spelt_url: str, text: str, offered: dict[str, int] | None
) -> None:
    answer = answer_to(page, spelt_url, text)
    assert (answer["total"] == 0) is (offered is not None)
    assert {way["text"]: way["total"] for way in answer["spelt"]} == (offered or {})
    assert not (answer["spelt"] and (answer["without"] or answer["near"]))


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("StreamLLM", ["streamingllm", "streammem"]),
        ("name:streamllm", ["name:streamingllm", "name:streammem"]),
        ("streamllm sinks", ["streamingllm sinks"]),
        ("spase", ["sparse", "space"]),
        ("fastb", ["fast", "fastv"]),
        ("ma1", ["mal", "mai"]),
        ("zzzzzzzz", []),
        ("xyz", []),
    ],
)
def test_where_several_words_are_as_near_they_are_offered_and_none_is_chosen(
    page: Page, spelt_url: str, text: str, offered: list[str]
) -> None:
    answer = answer_to(page, spelt_url, text)
    assert answer["mended"] == []
    assert answer["total"] == 0
    assert [way["text"] for way in answer["spelt"]] == offered


@pytest.mark.parametrize(
    ("text", "mended", "found"),
    [
        ("H20", "h2o", ["h2o"]),
        ("h20 cache", "h2o", ["h2o"]),
        ("streamimgllm", "streamingllm", ["streamingllm"]),
        ("steammem", "streammem", ["streammem"]),
        ("zebar", "zebra", ["zebra"]),
        ("linfen zhamg", "zhang", ["one", "two"]),
    ],
)
def test_what_is_clearly_meant_is_shown_at_once(
    page: Page, spelt_url: str, text: str, mended: str, found: list[str]
) -> None:
    answer = answer_to(page, spelt_url, text)
    assert [one["shown"] for one in answer["mended"]] == [mended]
    assert sorted(answer["ids"]) == found
    assert answer["spelt"] == []


def test_a_spelling_that_the_ticked_terms_leave_nothing_of_is_not_offered(page: Page, spelt_url: str) -> None:
    assert answer_to(page, spelt_url, "Linfeng Zang", filters={"kind": ["method"]})["spelt"]
    assert not answer_to(page, spelt_url, "Linfeng Zang", filters={"code": ["yes"]})["spelt"]


def test_an_offered_spelling_is_one_key_away_and_heard(page: Page, spelt_url: str) -> None:
    open_browse(page, spelt_url)
    page.keyboard.press("/")
    page.keyboard.type("StreamLLM")
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text("Did you mean streamingllm (1 paper) or streammem (1 paper)?")
    expect(page.locator("#browse-status")).to_contain_text(
        ". Did you mean streamingllm (1 paper) or streammem (1 paper)?"
    )
    assert_accessible(page)
    page.get_by_role("button", name="Search for streamingllm: 1 paper").press("Enter")
    expect(page.locator("#browse-text")).to_have_value("streamingllm")
    expect(page.locator("#browse-text")).to_be_focused()
    expect_listed(page, ["streamingllm"])
    expect(notes).to_be_hidden()


def test_the_page_of_an_author_who_was_mistyped_is_two_keys_away(page: Page, spelt_url: str) -> None:
    open_browse(page, spelt_url, "?q=Linfeng+Zang")
    page.get_by_role("button", name="Search for linfeng zhang: 2 papers").click()
    expect_listed(page, ["one", "two"])
    page.get_by_role("link", name="Linfeng Zhang").first.click()
    page.wait_for_url("**/authors/linfeng-zhang/")
