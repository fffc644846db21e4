"""Narrowing down: the query language in the box, exclusion, searching in a facet, and mended words."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from expected import found, named_by, ordered
from held_by_papers import FIELDS, keys
from made_up_papers import HOSTILE
from playwright.sync_api import Page, expect
from reader import box, expect_listed, expect_total, expect_view, open_browse, tick
from test_browse_engine import run
from watching import NewContext

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.query import parse, select
from catalog.site.browse import FIRST_RESULTS

pytestmark = pytest.mark.browser

Terms = Mapping[str, Sequence[str]]


def left(catalogue: Catalogue, filters: Terms, excluded: Terms) -> list[str]:
    """Ids of what is found and has none of the excluded terms, newest first."""
    papers = [
        paper
        for paper in found(catalogue, "", filters)
        if not any(set(keys(paper, field)) & set(terms) for field, terms in excluded.items())
    ]
    return ordered(papers, "newest", catalogue.vocabulary)


def minus(page: Page, field: str, key: str) -> None:
    """Exclude a term, unfolding the facet's rare terms where it is one of them."""
    button = page.locator(f"button.term__not[name={field}][value='{key}']")
    if not page.locator(box(field, key)).is_visible():
        page.locator(f"[data-field={field}] .facet__rest > summary").click()
    button.click()


# -------------------------------------------------------------------------------- excluding


def test_a_term_is_excluded_and_admitted_again(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?domain=vision")
    minus(page, "training", "free")
    papers = left(many, {"domain": ["vision"]}, {"training": ["free"]})
    expect_total(page, len(papers), len(many))
    expect_listed(page, papers[:FIRST_RESULTS])
    assert page.url == f"{many_url}browse/?domain=vision&-training=free"
    button = page.get_by_role("button", name="Exclude Training-free", exact=True)
    expect(button).to_have_attribute("aria-pressed", "true")

    page.get_by_role("button", name="Remove the filter not Training: Training-free").click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect_view(page, many, filters={"domain": ["vision"]})


def test_ticking_an_excluded_term_asks_for_it_instead(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?-training=free")
    tick(page, "training", "free")
    expect_view(page, many, filters={"training": ["free"]})
    minus(page, "training", "free")
    expect_total(page, len(left(many, {}, {"training": ["free"]})), len(many))
    expect(page.locator(box("training", "free"))).not_to_be_checked()


def test_excluding_needs_no_mouse(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.locator(box("training", "free")).focus()
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name="Exclude Training-free", exact=True)
    expect(button).to_be_focused()
    expect(button).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    expect_total(page, len(left(many, {}, {"training": ["free"]})), len(many))


def test_counts_add_up_with_what_is_excluded(page: Page, many: Catalogue, many_url: str) -> None:
    """Beside a term stands what ticking it finds; beside an excluded one, what admitting it brings back."""
    rng = random.Random(11)
    every = {field: sorted({key for paper in many for key in keys(paper, field)}) for field in FIELDS}
    queries: list[dict[str, Any]] = []
    for _ in range(60):
        chosen = {f: rng.sample(every[f], 2) for f in rng.sample(FIELDS, 2) if len(every[f]) > 2}
        excluded = {f: rng.sample(every[f], rng.choice((1, 2))) for f in rng.sample(FIELDS, 2)}
        for field, terms in excluded.items():
            excluded[field] = [term for term in terms if term not in chosen.get(field, ())]
        queries.append({"text": "", "filters": chosen, "excluded": excluded, "ids": None, "sort": "newest"})
    result = run(page, many_url, queries)
    for query, answer in zip(queries, result["answers"], strict=True):
        filters, excluded = query["filters"], query["excluded"]
        rows = left(many, filters, excluded)
        assert answer["ids"] == rows, query
        for field, terms in result["terms"].items():
            for term, count in zip(terms, answer["counts"][field], strict=True):
                if term in excluded.get(field, ()):
                    others = [one for one in excluded[field] if one != term]
                    expected = len(left(many, filters, {**excluded, field: others})) - len(rows)
                else:
                    expected = len(left(many, {**filters, field: [term]}, excluded))
                assert count == expected, (query, field, term)


def test_where_ticks_leave_nothing_the_counts_say_what_other_ticks_find_with_the_words(
    page: Page, many: Catalogue, many_url: str
) -> None:
    """Also of words that are the title of one paper, and stand in others."""
    text, filters = HOSTILE[3], {"training": ["free"]}
    both = [paper.training for paper in found(many, text)]
    assert both == ["both", None]
    query = {"text": text, "filters": filters, "excluded": {}, "ids": None, "sort": "newest"}
    result = run(page, many_url, [query])
    (answer,) = result["answers"]
    beside = dict(zip(result["terms"]["training"], answer["counts"]["training"], strict=True))
    assert (answer["total"], beside["both"], beside["unknown"]) == (0, 1, 1)


def test_a_url_that_both_asks_for_and_excludes_a_term_asks_for_it(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?training=free&-training=free&-training=based&-domain=cooking")
    papers = left(many, {"training": ["free"]}, {"training": ["based"]})
    expect_total(page, len(papers), len(many))


# ------------------------------------------------------------------------ searching in a facet


def test_a_facet_with_many_terms_is_searched(new_context: NewContext, many_url: str) -> None:
    page = new_context().new_page()
    open_browse(page, many_url)
    find = page.get_by_role("searchbox", name="Find in Venue")
    page.locator("[data-field=venue] > summary").click()
    if find.count() == 0:
        assert page.locator("[data-field=venue] .term").count() <= 12
        return
    find.fill("neur")
    visible = page.locator("[data-field=venue] .term:visible .term__label")
    assert all("neur" in label.lower() for label in visible.all_text_contents())
    assert visible.count() >= 1
    page.keyboard.press("/")
    expect(find).to_have_value("neur/")
    find.fill("")
    assert page.locator("[data-field=venue] .term").count() == visible.count()


# ------------------------------------------------------------------------------- the language


@pytest.mark.parametrize(
    "typed",
    [
        "training:free",
        "author:wang code:yes",
        "-mechanism:pruning year:2022..",
        'author:"ada chen"',
        "tok domain:vision,language -criterion:unknown",
        "listed_in:none keywords:none published:2023-05..",
    ],
)
def test_filters_are_typed_as_on_the_command_line(
    page: Page, many: Catalogue, many_url: str, typed: str
) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", typed)
    meant = list(select(many, parse(typed, many.vocabulary)))
    expect_total(page, len(meant), len(many))
    expect_listed(page, ordered(meant, "newest", many.vocabulary)[:FIRST_RESULTS])
    expect(page.locator("#browse-notes")).to_be_hidden()


def test_a_typed_filter_is_short_and_readable_in_the_url(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", "author:wang year:2022..,unknown")
    expect(page).to_have_url(f"{many_url}browse/?q=author:wang+year:2022..,unknown")
    page.reload()
    page.locator("#browse[data-ready]").wait_for()
    meant = select(many, parse("author:wang year:2022..,unknown", many.vocabulary))
    expect_total(page, len(list(meant)), len(many))


def expect_understood(
    page: Page, catalogue: Catalogue, understood: str, filters: Terms | None = None
) -> list[str]:
    """The papers are those that the rest of the query finds, and the page says so."""
    meant = found(catalogue, "", filters)
    rest = parse(understood, catalogue.vocabulary)
    papers = ordered([paper for paper in meant if rest.matches(paper)], "newest", catalogue.vocabulary)
    of = f" of {len(catalogue)}" if len(papers) < len(catalogue) else ""
    said = f"{len(papers)}{of} papers match the rest"
    expect(page.locator("#browse-count")).to_have_text(said)
    expect_listed(page, papers[:FIRST_RESULTS])
    return papers


def test_a_mistake_is_shown_with_its_place_and_the_rest_still_holds(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", "domian:vision training:free")
    notes = page.locator("#browse-notes")
    expect(notes).to_contain_text("Character 1: there is no field 'domian'; did you mean 'domain'?")
    expect(notes.locator("mark")).to_have_text("domian:vision")
    expect(page.locator("#browse-text")).to_have_attribute("aria-invalid", "true")
    expect_understood(page, many, "training:free")
    grey = "grayscale(1)"
    expect(page.locator("#browse-list")).to_have_css("filter", grey)
    tick(page, "code", "yes")
    said = len(expect_understood(page, many, "training:free", {"code": ["yes"]}))
    page.locator("#browse-export > summary").click()
    expect(page.locator("#browse-export [data-what]")).to_have_text(f"{said} papers as")
    page.fill("#browse-text", "domain:vision training:free")
    expect(notes).to_be_hidden()
    expect(page.locator("#browse-text")).to_have_attribute("aria-invalid", "false")
    expect(page.locator("#browse-list")).not_to_have_css("filter", grey)
    meant = found(many, "", {"domain": ["vision"], "training": ["free"], "code": ["yes"]})
    expect_total(page, len(meant), len(many))


@pytest.mark.parametrize("delay", [0, 40])
def test_a_typed_mistake_finds_what_its_address_finds(
    page: Page, many: Catalogue, many_url: str, delay: int
) -> None:
    open_browse(page, many_url)
    text = "training:free mechanism:prunning"
    page.locator("#browse-text").press_sequentially(text, delay=delay)
    expect_understood(page, many, "training:free")
    expect(page.locator("#browse-notes")).to_contain_text("did you mean mechanism:pruning?")
    expect(page).to_have_url(f"{many_url}browse/?q=training:free+mechanism:prunning")
    page.reload()
    page.locator("#browse[data-ready]").wait_for()
    expect_understood(page, many, "training:free")
    tick(page, "code", "yes")
    expect_understood(page, many, "training:free", {"code": ["yes"]})
    page.fill("#browse-text", "training:free")
    expect_view(page, many, filters={"training": ["free"], "code": ["yes"]})
    page.go_back()
    expect_understood(page, many, "training:free", {"code": ["yes"]})
    page.go_back()
    expect_understood(page, many, "training:free")
    page.go_back()
    expect_view(page, many)
    page.go_forward()
    expect_understood(page, many, "training:free")


def test_what_is_taken_along_during_a_mistake_is_what_is_shown(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", "training:free authr:wang")
    papers = expect_understood(page, many, "training:free")
    page.get_by_role("button", name="Show more").click()
    expect_listed(page, papers[: 2 * FIRST_RESULTS])
    page.get_by_role("button", name=f"Select all {len(papers)}").click()
    expect(page.locator("#browse-tray-count")).to_have_text(f"{len(papers)} selected")
    page.locator("#browse-export > summary").click()
    with page.expect_download() as download:
        page.locator("#browse-export").get_by_role("button", name="Download CSV", exact=True).click()
    written = download.value.path().read_bytes().decode("utf-8")
    assert written == exports.get("csv").text([many[one] for one in papers], many)


def test_enter_stays_in_the_box_while_there_is_a_mistake_and_says_it_at_once(
    own_page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(own_page, many_url)
    own_page.clock.install(time=0)
    own_page.clock.pause_at(1000)  # until it is resumed, nothing comes of waiting
    own_page.focus("#browse-text")
    own_page.keyboard.type("domian:vision")
    said = "there is no field 'domian'; did you mean 'domain'?"
    expect(own_page.locator("#browse-notes")).not_to_contain_text(said)
    own_page.keyboard.press("Enter")
    expect(own_page.locator("#browse-notes")).to_contain_text(said)
    own_page.clock.resume()
    expect(own_page.locator("#browse-text")).to_be_focused()
    expect(own_page.locator("#browse-status")).to_contain_text(f"Not understood: {said}")
    own_page.keyboard.press("Enter")
    expect(own_page.locator("#browse-text")).to_be_focused()


def test_an_address_with_a_mistake_says_so_and_shows_what_is_ticked(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?q=domian:vision&training=free")
    expect(page.locator("#browse-notes")).to_contain_text("there is no field 'domian'")
    expect_understood(page, many, "", {"training": ["free"]})
    expect(page).to_have_title(re.compile("^domian:vision · Training-free · "))


def test_who_is_still_typing_is_not_told_off(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.focus("#browse-text")
    seen = page.evaluate_handle(
        """() => {
          const seen = [];
          new MutationObserver(() => seen.push(document.querySelector("#browse-notes").textContent))
            .observe(document.querySelector("#browse-notes"), {childList: true});
          return seen;
        }"""
    )
    page.keyboard.type("training:free", delay=5)
    expect_view(page, many, filters={"training": ["free"]})
    assert [text for text in seen.json_value() if text] == []


def test_a_phrase_that_is_typed_right_behind_an_operator_is_found_letter_by_letter(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    page.focus("#browse-text")
    for typed, means in (('"pruning"OR"merg', '"pruning" OR merg'), ('ing"', '"pruning" OR "merging"')):
        page.keyboard.type(typed)
        meant = list(select(many, parse(means, many.vocabulary)))
        expect_total(page, len(meant), len(many))
        expect(page.locator("#browse-notes")).not_to_contain_text("quotation mark")


# ----------------------------------------------------------------------------- mended words


def test_a_word_that_no_paper_holds_is_mended_and_said(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", "prunning")
    expect(page.locator("#browse-notes")).to_contain_text("No “prunning”; showing “pruning”.")
    meant, named = found(many, "pruning"), named_by(many, "pruning")
    papers = ordered(meant, "best", many.vocabulary, ["pruning"], named)
    expect_listed(page, papers[:FIRST_RESULTS])
    page.get_by_role("button", name="Search for pruning").click()
    expect(page.locator("#browse-text")).to_have_value("pruning")
    expect(page.locator("#browse-text")).to_be_focused()
    expect(page.locator("#browse-notes")).not_to_contain_text("No “")


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("vision", None),
        ("mergng", "merging"),
        ("megring", "merging"),
        ("tranfsormesr", "transformers"),
        ("fernandes", "fernandez"),
        ("zzzzzz", None),
        ("toke n", None),
        ("xyz", None),
    ],
)
def test_only_near_words_are_mended(
    page: Page, many: Catalogue, many_url: str, typed: str, mended: str | None
) -> None:
    query = {"text": typed, "filters": {}, "excluded": {}, "ids": None, "sort": "newest"}
    (answer,) = run(page, many_url, [query])["answers"]
    assert [one["shown"] for one in answer["mended"]] == ([mended] if mended else [])
    wanted = mended or typed
    assert sorted(answer["ids"]) == sorted(paper.id for paper in found(many, wanted))


def test_words_are_mended_beside_those_that_are_found(page: Page, many: Catalogue, many_url: str) -> None:
    query = {
        "text": "mergng -prunning training:free",
        "filters": {},
        "excluded": {},
        "ids": None,
        "sort": "newest",
    }
    (answer,) = run(page, many_url, [query])["answers"]
    assert answer["mended"] == [{"typed": "mergng", "shown": "merging"}]
    expected = found(many, "merging", {"training": ["free"]})
    assert sorted(answer["ids"]) == sorted(paper.id for paper in expected)
