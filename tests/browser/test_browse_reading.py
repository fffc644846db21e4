"""How typed words are read: as terms, as years, as what other search engines take; and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect
from reader import expect_listed, expect_total, open_browse
from test_browse_engine import run

pytestmark = pytest.mark.browser


def ids_of(page: Page, url: str, texts: Sequence[str]) -> list[list[str]]:
    query = {"filters": {}, "excluded": {}, "ids": None, "sort": "best"}
    return [
        answer["ids"] for answer in run(page, url, [{**query, "text": text} for text in texts])["answers"]
    ]


def wait_for_late_notes(page: Page, text: str) -> None:
    """Wait until *text* is answered, and longer than some notes wait for a pause in typing."""
    expect(page).to_have_title(re.compile(f"^{re.escape(text)} · |^{re.escape(text)} \\("))
    page.wait_for_timeout(400)


# ----------------------------------------------------------------------------------- terms


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("video editing", "cut"),
        ("video recognition", "name"),
        ("video understanding", "clip"),
        ("video", "film clip cut name"),
        ("videos", "clip cut film name"),
        ("streaming videos", "live"),
        ("editing", "draw cut"),
        ("diffusion", "denoise"),
        ("survey", "overview"),
        ("surveys", "overview"),
        ("benchmark", "table"),
        ("method", ""),
        ("KV", "store"),
        ("kv-cache", "store"),
        ("KV caching", "store"),
        ("KV compression", "store"),
        ("key-value", "store"),
        ("key value caches", "store"),
        ("kv eviction", "store"),
        ("KV cache eviction", "store"),
        ("eviction", "evict drop store"),
        ("caching", "reuse"),
        ("-video clips", ""),
        ("-editing -pruning -merging", "clip denoise film live name overview reuse table"),
    ],
)
def test_a_term_is_found_by_its_names_and_by_the_words_of_its_label(
    page: Page, read_url: str, text: str, ids: str
) -> None:
    (found,) = ids_of(page, read_url, [text])
    assert sorted(found) == sorted(ids.split())


def test_papers_that_hold_the_word_come_first_then_those_that_it_names_then_those_with_it_in_a_label(
    page: Page, read_url: str
) -> None:
    (found,) = ids_of(page, read_url, ["video"])
    assert found == ["film", "clip", "cut", "name"]


@pytest.mark.parametrize(
    ("text", "said", "way", "becomes", "ids"),
    [
        (
            "eviction",
            "“eviction” also read as Mechanism: Pruning. The word alone: 1 paper.",
            "Mechanism: Pruning: 2 papers",
            "mechanism:pruning",
            ["drop", "store"],
        ),
        ("eviction", "The word alone", "word alone: 1 paper", '"eviction"', ["evict"]),
        (
            "kv cache eviction",
            "“kv cache eviction” read as Mechanism: Pruning and Keywords: KV cache.",
            "Mechanism: Pruning and Keywords: KV cache: 1 paper",
            "mechanism:pruning keywords:kv-cache",
            ["store"],
        ),
        (
            "(KV-Cache  Eviction)",
            "“KV-Cache Eviction” read as Mechanism: Pruning and Keywords: KV cache.",
            "Mechanism: Pruning and Keywords: KV cache: 1 paper",
            "mechanism:pruning keywords:kv-cache",
            ["store"],
        ),
        (
            "year:2024 video",
            "“video” also read as Keywords: Video and 3 more. The word alone: 1 paper.",
            "Keywords: Video: 1 paper",
            "year:2024 keywords:video",
            ["clip"],
        ),
        (
            "kv pruning",
            "“kv” read as Keywords: KV cache, “pruning” as Mechanism: Pruning.",
            "Keywords: KV cache: 1 paper",
            "keywords:kv-cache pruning",
            ["store"],
        ),
        (
            "editing",
            "“editing” also read as Task: Image editing, Task: Video editing. The word alone: 1 paper.",
            "Task: Image editing: 1 paper",
            "task:image-editing",
            ["draw"],
        ),
    ],
)
def test_how_words_were_read_is_said_and_the_words_alone_are_offered(
    page: Page, read_url: str, text: str, said: str, way: str, becomes: str, ids: list[str]
) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", text)
    expect(page.locator("#browse-notes")).to_contain_text(said)
    expect(page.locator("#browse-notes")).not_to_contain_text(": 0")
    page.get_by_role("button", name=f"Search for {way}").click()
    expect(page.locator("#browse-text")).to_have_value(becomes)
    expect(page.locator("#browse-text")).to_be_focused()
    expect_listed(page, ids)


@pytest.mark.parametrize("text", ["scissors", "twice", '"eviction"', "mechanism:pruning", "years zzz"])
def test_nothing_is_said_where_no_word_was_read_as_a_term(page: Page, read_url: str, text: str) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", text)
    wait_for_late_notes(page, text)
    expect(page.locator("#browse-notes")).not_to_contain_text("read as")


# ---------------------------------------------------------------------------- as elsewhere


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("title:scissors OR title:shelves", ["cut", "store"]),
        ("pruning OR merging", ["drop", "evict", "store"]),
        ('("scissors" OR "shelves")', ["cut", "store"]),
        ('"scissors" or "shelves"', ["cut", "store"]),
        ("kind:survey OR kind:benchmark", ["overview", "table"]),
        ("pruning AND NOT kv", ["drop"]),
        ("(pruning OR merging) AND tenants", ["evict"]),
        ("kv NOT (caching OR merging)", ["store"]),
        ("scissors OR", ["cut"]),
        ("(scissors OR shelves", ["cut", "store"]),
        ("title:(scissors OR shelves", ["cut", "store"]),
    ],
)
def test_and_or_not_and_brackets_mean_what_they_do_elsewhere(
    page: Page, read_url: str, text: str, ids: list[str]
) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", text)
    expect_listed(page, ids)
    expect(page.locator("#browse-text")).to_have_attribute("aria-invalid", "false")
    page.reload()
    expect_listed(page, ids)


def test_brackets_show_what_and_binds_where_a_reader_wrote_none(page: Page, read_url: str) -> None:
    open_browse(page, read_url)
    notes = page.locator("#browse-notes")
    page.fill("#browse-text", "title:shelves OR scissors year:2000..")
    expect(notes).to_have_text("Read as title:shelves OR (scissors year:2000..).")
    page.fill("#browse-text", "title:shelves OR (scissors year:2000..)")
    expect(notes).to_be_hidden()


@pytest.mark.parametrize(
    ("text", "said", "other", "ids"),
    [
        (
            "tenants pruning OR merging",
            "(tenants pruning) OR merging",
            "tenants (pruning OR merging)",
            ["evict"],
        ),
        (
            'year:2000.. title:"shelves" OR title:"tenants" OR kind:survey -scissors',
            '(year:2000.. title:"shelves") OR title:"tenants" OR (kind:survey -scissors)',
            'year:2000.. (title:"shelves" OR title:"tenants" OR kind:survey) -scissors',
            None,
        ),
    ],
)
def test_the_other_way_to_put_the_brackets_is_offered(
    page: Page, read_url: str, text: str, said: str, other: str, ids: list[str] | None
) -> None:
    open_browse(page, read_url)
    notes = page.locator("#browse-notes")
    page.fill("#browse-text", text)
    expect(notes).to_contain_text(f"Read as {said}; or {other} (")
    notes.get_by_role("button", name=f"Search for {other}: ").click()
    expect(page.locator("#browse-text")).to_have_value(other)
    if ids:
        expect_listed(page, ids)


def test_words_that_or_joins_are_told_as_what_they_are_read(page: Page, read_url: str) -> None:
    open_browse(page, read_url)
    notes = page.locator("#browse-notes")
    for _ in range(2):  # the second answer is known
        page.fill("#browse-text", "(pruning OR merging) tenants")
        expect(notes).to_contain_text(
            "“pruning” read as Mechanism: Pruning, “merging” as Mechanism: Merging. "
        )
        page.fill("#browse-text", "")
    page.fill("#browse-text", "pruning OR merging")
    notes.get_by_role("button", name="Search for Mechanism: Merging: ").click()
    expect(page.locator("#browse-text")).to_have_value("(pruning OR mechanism:merging)")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pruning or tenants", "pruning OR tenants"),
        ("pruning | tenants", "pruning OR tenants"),
        ("pruning and not tenants", "pruning AND NOT tenants"),
        ("(pruning or shelves) and (kv or twice)", "(pruning OR shelves) AND (kv OR twice)"),
        ("pruning with or without training", None),
        ("in 2023 or 2024", None),
        ("pruning and kv", None),
    ],
)
def test_or_and_not_between_words_are_offered_as_operators(
    page: Page, read_url: str, text: str, meant: str | None
) -> None:
    open_browse(page, read_url)
    notes = page.locator("#browse-notes")
    page.fill("#browse-text", text)
    if meant is None:
        wait_for_late_notes(page, text)
        expect(notes).not_to_contain_text("in capitals")
        return
    expect(notes).to_contain_text(f"With operators in capitals: {meant} (")
    notes.get_by_role("button", name=f"Search for {meant}: ").click()
    expect(page.locator("#browse-text")).to_have_value(meant)
    expect(notes).not_to_contain_text("in capitals")


def test_nothing_is_advised_on_more_operators_than_anybody_reads_through(page: Page, read_url: str) -> None:
    open_browse(page, read_url)
    text = " OR ".join(f"(pruning AND w{number})" for number in range(30))
    page.fill("#browse-text", f"{text} OR pruning")
    expect_listed(page, ["drop", "store"])
    page.wait_for_timeout(400)  # some notes wait for a pause in typing
    expect(page.locator("#browse-notes")).to_be_hidden()


def test_an_operator_that_joins_nothing_is_told(page: Page, read_url: str) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", "OR scissors")
    expect(page.locator("#browse-notes")).to_contain_text("nothing stands before OR")
    expect_listed(page, ["cut"])


def test_a_word_that_is_misspelt_beside_or_is_mended(page: Page, read_url: str) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", "title:shelves OR scisors")
    expect(page.locator("#browse-notes")).to_contain_text("No “scisors”; showing “scissors”")
    expect_listed(page, ["cut", "store"])


@pytest.mark.parametrize(
    ("text", "becomes", "ids"),
    [
        ("author:Song Han", 'author:"song han"', ["film"]),
        ("year:2024.. author:Song Han video", 'year:2024.. author:"song han" video', ["film"]),
        ("author:Li Zzz", None, None),
    ],
)
def test_an_author_without_quotes_is_offered_with_them(
    page: Page, read_url: str, text: str, becomes: str | None, ids: list[str] | None
) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", text)
    notes = page.locator("#browse-notes")
    if becomes is None or ids is None:
        wait_for_late_notes(page, text)
        expect(notes).not_to_contain_text("Did you mean")
        return
    papers = "1 paper" if len(ids) == 1 else f"{len(ids)} papers"
    expect(notes).to_contain_text(f"Did you mean {becomes} ({papers})?")
    notes.get_by_role("button", name=f"Search for {becomes}: {papers}").click()
    expect(page.locator("#browse-text")).to_have_value(becomes)
    expect_listed(page, ids)
    expect(notes).not_to_contain_text("Did you mean")


@pytest.mark.parametrize(
    ("text", "becomes", "ids"),
    [
        ("tokens NeurIPS/ECCV", "tokens venue:NeurIPS,ECCV", ["fastv", "dynamicvit"]),
        ("nips,iclr, and ECCV", "venue:NeurIPS,ICLR,ECCV", ["toca", "fastv", "tome", "dynamicvit"]),
        ("merging 2023 2024", "merging year:2023,2024", ["tome"]),
        ("ICLR'23 or eccv2024", "venue:ICLR,ECCV year:2023,2024", ["fastv", "tome"]),
        ("eccv 2024/2025", "venue:ECCV year:2024,2025", ["fastv"]),
        ("training:free iclr eccv", "training:free venue:ICLR,ECCV", None),
    ],
)
def test_venues_years_and_terms_of_which_several_are_named_mean_either(
    page: Page, site_url: str, text: str, becomes: str, ids: list[str] | None
) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", text)
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text(re.compile(rf"^Did you mean {re.escape(becomes)} \(\d papers?\)\?$"))
    page.wait_for_timeout(400)
    expect(notes).to_have_text(re.compile(r"^Did you mean [^?]*\?$"))
    notes.get_by_role("button", name=f"Search for {becomes}: ").press("Enter")
    expect(page.locator("#browse-text")).to_have_value(becomes)
    expect(page.locator("#browse-text")).to_be_focused()
    expect(notes).not_to_contain_text("Did you mean")
    if ids:
        expect_listed(page, ids)


@pytest.mark.parametrize(
    "text",
    ["iclr", "iclr 2025", "ICLR iclr", "pruning merging", "pruning or iclr", "-iclr eccv", "merging or tome"],
)
def test_what_names_one_of_each_is_not_offered_as_either(page: Page, site_url: str, text: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", text)
    wait_for_late_notes(page, text)
    expect(page.locator("#browse-notes")).not_to_contain_text("Did you mean")


@pytest.mark.parametrize(
    "text", [">2023", "2024..", "year>=2024", "2024-2026", "year:2024-2025", "year:2024-"]
)
def test_years_are_taken_as_they_are_written_elsewhere(page: Page, site_url: str, text: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", text)
    expect_total(page, 3, 6)
    expect(page.locator("#browse-notes")).to_be_hidden()
