"""How typed words are read: as terms, as years, as what other search engines take; and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect
from reader import expect_listed, expect_total, open_browse
from test_browse_engine import run
from watching import Complaints

from catalog.catalogue import Catalogue
from catalog.record import Paper
from tests.conftest import with_real_terms

pytestmark = pytest.mark.browser


PAPERS: dict[str, dict[str, Any]] = {
    "clip": {"title": "Fewer Frames", "keywords": ["video"], "task": ["video-question-answering"]},
    "cut": {"title": "Scissors", "task": ["video-editing"]},
    "draw": {"title": "Editing Drawings", "task": ["image-editing"]},
    "film": {"title": "A Video of Nothing", "authors": ["Song Han"]},
    "live": {"title": "Still Arriving", "keywords": ["streaming"], "authors": ["Song Li", "Wei Han"]},
    "name": {"title": "Naming Clips", "task": ["video-recognition"]},
    "store": {"title": "Shelves", "keywords": ["kv-cache"], "mechanism": ["pruning"]},
    "reuse": {"title": "Twice", "mechanism": ["caching"]},
    "evict": {"title": "Eviction of Tenants", "mechanism": ["merging"]},
    "drop": {"title": "Less", "mechanism": ["pruning"]},
    "denoise": {"title": "Steps", "keywords": ["diffusion-model"]},
    "overview": {"title": "What There Is", "kind": "survey"},
    "table": {"title": "Who Is Best", "kind": "benchmark"},
}
SUMMARIES = {
    "store": "Drops what the prefill ranks lowest.",
    "drop": "Ranks visual tokens, in frames, after the prefill.",
    "film": "Selects frames.",
}


@pytest.fixture(scope="module")
def read() -> Catalogue:
    """A few papers with the terms of this repository's vocabulary."""
    return with_real_terms(
        Paper.model_validate(
            {"id": paper_id, "kind": "method", "published": "2024", "summary": SUMMARIES.get(paper_id)}
            | fields
        )
        for paper_id, fields in PAPERS.items()
    )


@pytest.fixture(scope="module")
def read_url(serve: Callable[[Catalogue], str], read: Catalogue) -> str:
    return serve(read)


def ids_of(page: Page, url: str, texts: Sequence[str]) -> list[list[str]]:
    query = {"filters": {}, "excluded": {}, "ids": None, "sort": "best"}
    return [
        answer["ids"] for answer in run(page, url, [{**query, "text": text} for text in texts])["answers"]
    ]


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
    page.wait_for_timeout(400)
    expect(page.locator("#browse-notes")).not_to_contain_text("read as")


# ------------------------------------------------------------------------------- summaries


def asked_for(page: Page) -> list[str]:
    """Names of the data files that the page loads from here on."""
    files: list[str] = []

    def note(request: Request) -> None:
        if match := re.search(r"/browse/(\w+)\.json$", request.url):
            files.append(match[1])

    page.on("request", note)
    return files


def test_what_is_nowhere_else_is_found_in_summaries_which_are_loaded_then(
    page: Page, read_url: str, read: Catalogue
) -> None:
    files = asked_for(page)
    open_browse(page, read_url)
    assert sorted(files) == ["details", "index"]
    page.fill("#browse-text", "prefill")
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text(
        "Nothing in titles, names, authors and terms; 2 papers say it in their summary."
    )
    assert sorted(files) == ["details", "index", "summaries"]
    expect_listed(page, ["drop", "store"])
    expect(page.locator("[data-id=store] .result__said")).to_have_text(SUMMARIES["store"])
    expect(page.locator("#browse-count")).to_have_text(f"2 of {len(read)} papers")
    page.fill("#browse-text", "ranks pruning visual")
    expect_listed(page, ["drop"])
    page.fill("#browse-text", '"visual tokens"')
    expect_listed(page, ["drop"])
    page.fill("#browse-text", "shelves")
    expect_listed(page, ["store"])
    expect(page.locator(".result__said")).to_have_count(0)


def test_all_that_is_found_in_summaries_is_selected_and_exported(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?q=prefill")
    expect_listed(page, ["drop", "store"])
    page.get_by_role("button", name="Select all 2").click()
    expect(page.locator("#browse-tray-count")).to_contain_text("2")


def test_where_little_is_found_the_summaries_are_offered(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?q=frames")
    expect_listed(page, ["clip"])
    expect(page.locator("#browse-notes")).to_have_text("2 papers say it in their summary.")
    page.get_by_role("button", name="Search in summaries: 2 papers").click()
    expect(page.locator("#browse-text")).to_have_value("summary:frames")
    expect_listed(page, ["drop", "film"])
    expect(page.locator("[data-id=film] .result__said")).to_have_text("Selects frames.")


def test_a_field_of_its_own_asks_for_the_summary(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?summary=ranks&-keywords=kv-cache")
    expect_listed(page, ["drop"])


def test_without_the_summaries_everything_else_is_found(
    page: Page, read_url: str, read: Catalogue, complaints: Complaints
) -> None:
    page.context.route("**/browse/summaries.json", lambda route: route.fulfill(status=503))
    open_browse(page, read_url, "?q=prefill")
    expect_total(page, 0, len(read))
    page.fill("#browse-text", "shelves")
    expect_listed(page, ["store"])
    export = page.locator("#browse-export > summary")
    expect(export).not_to_have_attribute("aria-disabled", "true")
    export.click()
    with page.expect_download():
        page.locator("#browse-export").get_by_role("button", name="Download RIS").click()
    expect(page.locator("#browse-problem")).to_be_hidden()
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()


# -------------------------------------------------------------------------- citation keys


@pytest.mark.parametrize(
    ("text", "ids", "missing"),
    [
        ("chen2024image", ["fastv"], ""),
        ("Chen2024Image, bolya2023token", ["fastv", "tome"], ""),
        ("@bolya2023token; nobody2020x", ["tome"], "1 of 2 found; not found: nobody2020x."),
        ("nobody2020x", [], "Not in this catalogue: nobody2020x."),
        ("bolya2022token", ["tome"], "Read: “bolya2022token” as bolya2023token."),
        (
            r"as in~\citep[see][p. 2]{chen2024image, nobody2020x} and \cite{bolya2023token}",
            ["fastv", "tome"],
            "2 of 3 found; not found: nobody2020x.",
        ),
        (r"\cite{FastV}", [], "Not in this catalogue: FastV."),
    ],
)
def test_citation_keys_find_their_papers(
    page: Page, site_url: str, text: str, ids: list[str], missing: str
) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", text)
    expect_listed(page, ids)
    expect(page.locator("#browse-notes")).to_have_text(missing)


def test_keys_are_loaded_where_one_is_asked_for(page: Page, site_url: str) -> None:
    files = asked_for(page)
    open_browse(page, site_url, "?q=iclr2023")
    assert "keys" not in files
    page.fill("#browse-text", "bolya2023token")
    expect_listed(page, ["tome"])
    assert files.count("keys") == 1


def test_without_the_keys_a_key_is_a_word_and_the_page_says_why(
    page: Page, site_url: str, complaints: Complaints
) -> None:
    page.context.route("**/browse/keys.json", lambda route: route.fulfill(status=503))
    with page.expect_event("console", lambda message: "503" in message.text):
        open_browse(page, site_url, "?q=bolya2023token")
        expect(page.get_by_text("No paper matches")).to_be_visible()
        expect(page.locator("#browse-problem")).to_contain_text("keys.json: 503")
    page.fill("#browse-text", "fastv")
    expect_listed(page, ["fastv"])
    page.context.unroute("**/browse/keys.json")
    page.fill("#browse-text", "bolya2023token")
    expect_listed(page, ["tome"])
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()


# ------------------------------------------------------------------- as elsewhere, and mistakes


@pytest.mark.parametrize(
    ("text", "becomes", "ids"),
    [
        ("author:Song Han", 'author:"song han"', ["film"]),
        ("year:2024.. author:Song Han video", 'year:2024.. author:"song han" video', ["film"]),
        ("pruning OR merging", "mechanism:pruning,merging", ["drop", "evict", "store"]),
        ("AND pruning OR merging", "mechanism:pruning,merging", ["drop", "evict", "store"]),
        ("token pruning OR tome", None, None),
        ("han OR li", "author:han,li", ["film", "live"]),
        ("scissors OR shelves", "title:scissors,shelves", ["cut", "store"]),
        ("kind:survey OR kind:benchmark", "kind:survey,benchmark", ["overview", "table"]),
        ("pruning AND NOT kv", "pruning -kv", ["drop"]),
        ("author:Li Zzz", None, None),
    ],
)
def test_what_other_search_engines_take_is_offered_as_this_one_takes_it(
    page: Page, read_url: str, text: str, becomes: str | None, ids: list[str] | None
) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", text)
    notes = page.locator("#browse-notes")
    if becomes is None or ids is None:
        page.wait_for_timeout(400)
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
        ("ICLR or ECCV 2025", "venue:ICLR,ECCV year:2025", ["toca"]),
        ("ICLR OR ECCV 2025", "venue:ICLR,ECCV year:2025", ["toca"]),
        ("tokens NeurIPS/ECCV", "tokens venue:NeurIPS,ECCV", ["fastv", "dynamicvit"]),
        ("nips,iclr, and ECCV", "venue:NeurIPS,ICLR,ECCV", ["toca", "fastv", "tome", "dynamicvit"]),
        ("merging 2023 2024", "merging year:2023,2024", ["tome"]),
        ("ICLR'23 or eccv2024", "venue:ICLR,ECCV year:2023,2024", ["fastv", "tome"]),
        ("eccv 2024/2025", "venue:ECCV year:2024,2025", ["fastv"]),
        ("multimodal or vision", "domain:multimodal,vision", None),
        ("pruning, merging or caching", "mechanism:pruning,merging,caching", None),
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
    page.wait_for_timeout(400)
    expect(page.locator("#browse-notes")).not_to_contain_text("Did you mean")


@pytest.mark.parametrize(
    "text", [">2023", "2024..", "year>=2024", "2024-2026", "year:2024-2025", "year:2024-"]
)
def test_years_are_taken_as_they_are_written_elsewhere(page: Page, site_url: str, text: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", text)
    expect_total(page, 3, 6)
    expect(page.locator("#browse-notes")).to_be_hidden()


@pytest.mark.parametrize(
    ("text", "way", "becomes"),
    [
        ("has:code token", "code:yes", "code:yes token"),
        ("token -with:code", "code:yes", "token -code:yes"),
        ("token domian:vision", "domain", "token domain:vision"),
        ("domain:visoin,language merging", "domain:vision", "domain:vision,language merging"),
        ('"open keywords:vidoe', "keywords:video", '"open keywords:video'),
    ],
)
def test_what_was_probably_meant_is_put_in_the_place_of_a_mistake(
    page: Page, site_url: str, text: str, way: str, becomes: str
) -> None:
    open_browse(page, site_url, "?sort=title")
    page.fill("#browse-text", text)
    page.locator("#browse-text").blur()
    page.get_by_role("button", name="Search for").filter(has_text=way).click()
    expect(page.locator("#browse-text")).to_have_value(becomes)


def test_of_the_rest_is_spoken_where_there_is_one(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?q=stars:>100")
    expect(page.locator("#browse-count")).to_have_text("6 papers")
    expect(page.locator("#browse-notes")).to_contain_text("there is no field 'stars'. Fields are author")
    page.fill("#browse-text", "stars:>100 merging ")
    expect(page.locator("#browse-count")).to_have_text("1 of 6 papers matches the rest")


def test_all_terms_of_a_field_are_a_link_away(page: Page, read_url: str) -> None:
    open_browse(page, read_url, "?q=keywords:zzz")
    page.locator("#browse-notes").get_by_role("link", name=re.compile(r"and \d+ more")).click()
    page.wait_for_url("**/terms/keywords/")


# ------------------------------------------------------------------------------ nothing found


def test_the_empty_page_says_what_was_searched_and_what_helps(page: Page, site_url: str) -> None:
    searched = "Titles, names of methods, authors and terms were searched, and so were summaries."
    again = "start over with all papers. Is a paper missing? Add it."
    for query, said in (
        ("?q=zzzz", f"{searched} Search for less, or {again}"),
        ("?q=zzzz&domain=vision", f"{searched} Remove a filter, or {again}"),
        ("?domain=language&training=free", f"Remove a filter, or {again}"),
        ("?q=author:nobodyxyz", f"Search for less, or {again}"),
    ):
        open_browse(page, site_url, query)
        expect(page.locator("#browse-empty")).to_have_text(
            f"No paper matches all of this. {said}", use_inner_text=True
        )


def test_the_empty_page_does_not_say_that_summaries_were_searched_which_are_not_there(
    page: Page, site_url: str, complaints: Complaints
) -> None:
    page.context.route("**/browse/summaries.json", lambda route: route.fulfill(status=503))
    with page.expect_event("console", lambda message: "503" in message.text):
        open_browse(page, site_url, "?q=zzzz")
        expect(page.locator("#browse-empty")).to_contain_text(
            "authors and terms were searched.", use_inner_text=True
        )
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()


def test_where_nothing_is_found_terms_that_are_called_nearly_so_are_offered(
    page: Page, read_url: str
) -> None:
    open_browse(page, read_url)
    page.fill("#browse-text", "videoediter")
    notes = page.locator("#browse-notes")
    expect(notes).to_contain_text("Similar names: Task: Video editing")
    notes.get_by_role("button", name="Search for Task: Video editing: 1 paper").click()
    expect(page.locator("#browse-text")).to_have_value("task:video-editing")
    expect_listed(page, ["cut"])
