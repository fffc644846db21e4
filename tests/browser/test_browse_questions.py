"""A plainly worded question is read in the search box as on the command line, and the page says how."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from reader import expect_listed, expect_total, open_browse
from test_browse_reading import wait_for_late_notes
from watching import NewContext

from catalog.catalogue import Catalogue
from catalog.counting import counted
from catalog.query import QueryError
from catalog.query.joining import JOINING
from catalog.query.parser import joins
from catalog.query.reading import answer, nearest_answer
from catalog.site import browse_data
from tests.conftest import REPOSITORY
from tests.query.asked import ALL_QUESTIONS, CASES, asked_catalogue

pytestmark = pytest.mark.browser


READ = """async ([engine, index, details, summaries, texts]) => {
  const { Engine } = await import(engine);
  const { complete } = await import(new URL("details.js", engine));
  const one = new Engine(index);
  complete(one, details);
  one.addSummaries(summaries);
  // Mended words and pasted lists are the page's own.
  one.meaning.mender = null;
  one.lists = null;
  return texts.map((text) => {
    const query = { text, filters: {}, excluded: {}, ids: null, sort: "newest" };
    const { meant, deep, nearly } = one.found(query);
    const left = meant.left.map(({ word, required }) => [word, required]);
    const ids = one.entries(query).map((entry) => entry.id).sort();
    return { ids, left, deep, nearly, normal: one.normal(text) };
  });
}"""


def read(page: Page, url: str, catalogue: Catalogue, texts: Sequence[str]) -> list[dict[str, Any]]:
    """What the site's scripts make of each text, over this catalogue."""
    files = browse_data.search_files(catalogue) | browse_data.asked_files(catalogue)
    data = [json.loads(files[f"browse/{name}.json"]) for name in ("index", "details", "summaries")]
    page.goto(f"{url}about/")
    engine = f"{url}assets/catalogue/browse/engine.js"
    answers: list[dict[str, Any]] = page.evaluate(READ, [engine, *data, list(texts)])
    return answers


@pytest.fixture(scope="module")
def asked() -> Catalogue:
    return asked_catalogue()


@pytest.fixture(scope="module")
def asked_url(serve: Callable[[Catalogue], str], asked: Catalogue) -> str:
    return serve(asked)


def test_a_question_is_read_as_in_python(page: Page, site_url: str, asked: Catalogue) -> None:
    answers = read(page, site_url, asked, [case["asked"] for case in CASES["cases"]])
    for case, found in zip(CASES["cases"], answers, strict=True):
        assert found["ids"] == case["ids"], case
        assert [word for word, required in found["left"] if required] == case.get("required", []), case
        assert [word for word, required in found["left"] if not required] == case.get("not_required", [])
        assert found["deep"] is case.get("deep", False), case
        assert found["nearly"] is case.get("nearly", False), case
        assert found["normal"] == case.get("normal", found["normal"]), case


def test_questions_about_the_whole_catalogue_are_read_as_in_python(page: Page, site_url: str) -> None:
    catalogue = Catalogue.load(REPOSITORY)
    titles = [paper.title for paper in catalogue]
    joined = [one for title in titles for one in (title, title.upper(), title.upper()[:60]) if joins(one)]
    texts = [one["asked"] for one in ALL_QUESTIONS] + joined + made_up_questions(catalogue, 500)
    for text, found in zip(texts, read(page, site_url, catalogue, texts), strict=True):
        said = nearest_answer(text, catalogue)
        assert found["ids"] == [paper.id for paper in said.papers], text
        assert found["left"] == [[one.word, one.required] for one in said.left], text
        assert found["deep"] is said.deep, text
        assert found["nearly"] is said.nearly, text


def made_up_questions(catalogue: Catalogue, number: int) -> list[str]:
    """Names of terms, words of titles, years and words that join them, in any order."""
    rng = random.Random(5)
    terms = [
        name
        for several in catalogue.vocabulary.terms.values()
        for term in several.values()
        for name in (term.label, *term.aliases, *term.examples)
    ]
    titles = [word for paper in catalogue for word in paper.title.split()]
    authors = [name for paper in catalogue for author in paper.authors or () for name in author.split()]
    years = "since 2024|before 2023|from 2022 on|in 2025|2024|2023 or later|between 2021 and 2023".split("|")
    others = ["zebra", "-video", "-pruning", "code:yes", '"token pruning"', "year:2024..", "ICLR'24"]
    joined = ["without", "not for", "no", "or", "or by", "and", "except", "attention-free", "ICLR", "ECCV"]
    kinds = (terms, terms, titles, titles, sorted(JOINING), years, authors, others, joined, joined)
    questions = []
    while len(questions) < number:
        text = " ".join(rng.choice(rng.choice(kinds)) for _ in range(rng.randint(1, 5)))
        try:
            answer(text, catalogue)
        except QueryError:  # a colon or a quotation mark of a title
            continue
        questions.append(text)
    return questions


@pytest.mark.parametrize(
    ("text", "said", "way", "becomes", "ids"),
    [
        (
            "visual token pruning for video",
            "Not required: visual (2 papers with it).",
            "Require visual: 2 papers",
            '"visual" token pruning for video',
            ["prune-based", "prune-video"],
        ),
        (
            "token pruning side by side",
            "Also required: side (5 papers without it).",
            "Search without side: 5 papers",
            "token pruning by",
            ["prune-video", "prune-based", "prune-both", "cache", "prune-image"],
        ),
        (
            "video pruning frames",
            "Also required: frames (3 papers without it).",
            "Search without frames: 3 papers",
            "video pruning",
            ["prune-based", "prune-both", "prune-video"],
        ),
    ],
)
def test_the_page_says_which_words_are_required_and_a_click_asks_otherwise(
    page: Page, asked_url: str, text: str, said: str, way: str, becomes: str, ids: list[str]
) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", text)
    expect(page.locator("#browse-notes")).to_contain_text(said)
    page.get_by_role("button", name=way).first.press("Enter")
    expect(page.locator("#browse-text")).to_have_value(becomes)
    expect(page.locator("#browse-text")).to_be_focused()
    expect_listed(page, ids)


def test_a_word_that_no_paper_has_beside_terms_is_said_and_keeps_none_out(page: Page, asked_url: str) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", "video pruning frames lions")
    expect_listed(page, ["prune-both"])
    notes = page.locator("#browse-notes")
    expect(notes).to_contain_text("“video” read as Keywords: Video, “pruning” as Mechanism: Pruning.")
    expect(notes).to_contain_text(
        "Also required: frames (3 papers without it). Not required: lions (no paper"
    )
    page.fill("#browse-text", "lions")
    expect_total(page, 0, len(CASES["papers"]))
    page.fill("#browse-text", "video lions")  # one term alone, with which no paper has that word
    expect(notes).to_contain_text("“video” read as Keywords: Video.")
    notes.get_by_role("button", name="Search for Keywords: Video: 4 papers").click()
    expect(page.locator("#browse-text")).to_have_value("keywords:video")
    expect_total(page, 4, len(CASES["papers"]))


def test_a_word_beside_terms_that_summaries_have_is_found_there_and_one_click_does_without(
    page: Page, asked_url: str
) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", "pruning zebra")
    expect_listed(page, ["cache"])
    notes = page.locator("#browse-notes")
    expect(notes).to_contain_text("1 paper says it in its summary.")
    notes.get_by_role("button", name="Search without zebra: 5 papers").click()
    expect(page.locator("#browse-text")).to_have_value("pruning")


@pytest.mark.parametrize(
    ("text", "said", "total"),
    [
        ("pruning since 2024", "“since 2024” read as Year: 2024 and later.", 4),
        ("pruning before 2024", "“before 2024” read as Year: 2023 and earlier.", 1),
        ("pruning between 2023 and 2024", "“between 2023 and 2024” read as Year: 2023 to 2024.", 3),
        ("pruning in 2025", "“in 2025” read as Year: 2025.", 2),
        ("pruning with open-source code", "“with open-source code” read as Code: With code.", 1),
        ("Pruning Without any  Code?", "“Without any Code” read as Code: No code known.", 4),
        ("pruning without code", "“without code” read as Code: No code known.", 4),
        (
            "pruning since 2024 without code",
            "“since 2024” read as Year: 2024 and later. “without code” read as Code: No code known.",
            4,
        ),
    ],
)
def test_years_and_code_are_read_as_they_are_said(
    page: Page, asked_url: str, text: str, said: str, total: int
) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", text)
    expect_total(page, total, len(CASES["papers"]))
    expect(page.locator("#browse-notes")).to_contain_text(said)


@pytest.mark.parametrize(
    ("text", "meant", "total"),
    [
        ("Sparse-VL code", "sparse-vl code:yes", 1),
        ("github Sparse-VL", "code:yes sparse-vl", 1),
        ("image pruning code", "image pruning code:yes", 1),
        ("code", None, 0),
        ('pruning "code"', None, 0),
        ("code generation", None, 0),
        ("pruning for code", None, 0),
        ("pruning with code", None, 0),
    ],
)
def test_who_adds_the_word_code_to_a_search_is_offered_the_papers_with_code(
    page: Page, asked_url: str, text: str, meant: str | None, total: int
) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", text)
    wait_for_late_notes(page, text)
    notes = page.locator("#browse-notes")
    if meant is None:
        expect(notes).not_to_contain_text("Did you mean")
        return
    expect(notes).to_contain_text(f"Did you mean {meant} ({counted(total, 'paper')})?")
    notes.get_by_role("button", name=f"Search for {meant}").click()
    expect_total(page, total, len(CASES["papers"]))


def test_who_comes_by_a_link_is_told_at_once_what_waits_for_a_pause_in_typing(
    own_page: Page, asked_url: str
) -> None:
    own_page.add_init_script(
        "const later = setTimeout; window.setTimeout = (act, ms) => ms === 350 || later(act, ms);"
    )
    open_browse(own_page, asked_url, "?q=image+pruning+code")
    expect(own_page.locator("#browse-notes")).to_contain_text("Did you mean image pruning code:yes")
    own_page.fill("#browse-text", "image pruning code ")
    expect(own_page.locator("#browse-notes")).not_to_contain_text("Did you mean")


@pytest.mark.parametrize("width", [360, 1280])
def test_who_comes_by_a_link_sees_the_papers_where_they_stay_when_all_is_told(
    new_context: NewContext, asked_url: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    page.add_init_script(
        """window.moved = [];
        new PerformanceObserver(list => {
          const sources = list.getEntries().flatMap(entry => entry.sources);
          moved.push(...sources.map(({ node }) => node?.id).filter(id => id?.startsWith("browse-")));
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    page.route("**/details.json", lambda route: (time.sleep(0.3), route.continue_()))
    open_browse(page, asked_url, "?q=visual+token+pruning+for+video")
    expect(page.locator("#browse-notes")).to_contain_text("Not required: visual")
    expect(page.locator("#browse-list > li").first).to_be_visible()
    page.wait_for_timeout(200)  # a shift is told with the frame after it
    assert page.evaluate("moved") == []


def test_years_in_words_may_be_words(page: Page, asked_url: str) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", "bits from 2022")
    expect(page.locator("#browse-notes")).to_have_text(
        "“from 2022” read as Year: 2022 and later; as words: 1 paper."
    )
    page.get_by_role("button", name="Search for as words: 1 paper").click()
    expect(page.locator("#browse-text")).to_have_value('bits "from 2022"')
    expect_listed(page, ["cache-small"])


def test_what_is_left_out_in_words_is_said(page: Page, asked_url: str) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", "pruning not for video or with attention")
    expect(page.locator("#browse-notes")).to_contain_text(
        "“not for video or with attention” read as Keywords: not Video and Criterion: not Attention."
    )
    expect_listed(page, ["prune-image"])


def test_one_word_beside_a_term_is_not_mended_to_an_author_s_name(page: Page, asked_url: str) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", "pruning sonh")
    expect_total(page, 5, len(CASES["papers"]))
    expect(page.locator("#browse-notes")).to_contain_text("Not required: sonh")
    page.fill("#browse-text", "pruning sonh han")
    expect_listed(page, ["prune-video"])
    expect(page.locator("#browse-notes")).to_contain_text("No “sonh”; showing “song”.")


def test_what_a_term_covers_is_offered_while_it_is_typed_and_in_place_of_a_mistake(
    page: Page, asked_url: str
) -> None:
    page.goto(f"{asked_url}about/")
    page.locator("[data-search]").first.focus()
    page.keyboard.type("paligem")
    expect(page.get_by_role("option", name="Multimodal")).to_be_visible()
    open_browse(page, asked_url)
    page.fill("#browse-text", "task:imagenet")
    expect(page.locator("#browse-notes")).to_contain_text("did you mean task:image-recognition?")


def test_training_free_in_words_means_those_that_work_both_ways_too(page: Page, asked_url: str) -> None:
    open_browse(page, asked_url)
    page.fill("#browse-text", "training-free video")
    expect_listed(page, ["prune-both", "merge-video", "prune-video"])
    page.get_by_role("button", name="Search for Training: Training-free").click()
    expect(page.locator("#browse-text")).to_have_value("training:free,both video")
    expect_total(page, 3, len(CASES["papers"]))


def test_months_are_dates_on_which_papers_were_first_public(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?q=since+April+2024")
    expect_listed(page, ["data-centric-compression", "toca"])
    expect(page.locator("#browse-notes")).to_contain_text(
        "“since April 2024” read as First public: 2024-04 and later"
    )
