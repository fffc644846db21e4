"""Browsing as a reader does: search, tick, sort, share, go back, cite."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from expected import counts, found, ordered
from playwright.sync_api import Page, expect
from reader import box, expect_total, expect_view, open_browse, shown, tick
from watching import NewContext

from catalog.catalogue import Catalogue
from catalog.exports import bibtex
from catalog.site.browse import FIRST_RESULTS

pytestmark = pytest.mark.browser


def entries_by_id(catalogue: Catalogue) -> dict[str, str]:
    """The BibTeX entries as the catalogue's own export has them."""
    by_id = sorted(catalogue, key=lambda paper: paper.id)
    entries = bibtex.entries(catalogue, catalogue)
    return {paper.id: entry for paper, entry in zip(by_id, entries, strict=True)}


# ------------------------------------------------------------------------------------ finding


def test_typing_narrows_the_list_letter_by_letter(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    for typed in ("m", "mu", "mull", "muller tok"):
        page.fill("#browse-text", typed)
        expect_view(page, many, typed)
    page.fill("#browse-text", "")
    expect_view(page, many)


def test_counts_beside_the_terms_add_up_with_several_filters(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    filters: dict[str, list[str]] = {}
    for field, key in (("domain", "vision"), ("training", "free"), ("domain", "unknown"), ("code", "yes")):
        tick(page, field, key)
        filters.setdefault(field, []).append(key)
        expect_view(page, many, filters=filters)
        for name in ("domain", "criterion", "training", "year", "code"):
            expected = counts(many, "", filters, name)
            rows = page.locator(f"[data-field={name}] li[data-key]")
            said = rows.evaluate_all(
                "rows => rows.map(r => [r.dataset.key, Number(r.querySelector('.term__count').textContent)])"
            )
            assert {key: number for key, number in said if number} == dict(expected)


def test_of_several_ticked_terms_any_or_all_are_wanted(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    both = {"mechanism": ["pruning", "merging"]}
    choice = page.get_by_role("group", name="Mechanism: papers with any or all of the ticked")
    tick(page, "mechanism", "pruning")
    expect(choice).to_be_hidden()
    tick(page, "mechanism", "merging")
    expect_view(page, many, filters=both)
    expect(choice.get_by_role("button", name="any")).to_have_attribute("aria-pressed", "true")

    choice.get_by_role("button", name="all").click()
    papers = expect_view(page, many, filters=both, every=["mechanism"])
    assert 0 < len(papers) < len(found(many, "", both))
    expect(choice.get_by_role("button", name="all")).to_have_attribute("aria-pressed", "true")
    assert page.url == f"{many_url}browse/?mechanism=pruning&mechanism=merging&all=mechanism"
    page.reload()
    expect_view(page, many, filters=both, every=["mechanism"])

    page.get_by_role("button", name="Mechanism: all of these; show papers with any of them").click()
    expect_view(page, many, filters=both)
    page.go_back()
    expect_view(page, many, filters=both, every=["mechanism"])
    tick(page, "mechanism", "merging")
    expect_view(page, many, filters={"mechanism": ["pruning"]})
    expect(choice).to_be_hidden()
    tick(page, "mechanism", "merging")
    expect_view(page, many, filters=both)


def test_all_of_one_term_or_of_none_is_nothing_to_ask_for(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url, "?mechanism=pruning&all=mechanism,domain,cooking")
    expect_view(page, many, filters={"mechanism": ["pruning"]})
    expect(page.locator("#browse-active button")).to_have_count(2)  # the term, and Clear all


def test_an_address_may_ask_for_all_in_several_ways_and_not_where_papers_have_one(
    page: Page, many: Catalogue, many_url: str
) -> None:
    filters = {"mechanism": ["pruning", "merging"], "year": ["2024", "2023"]}
    asked = "&".join(f"{field}={key}" for field, keys in filters.items() for key in keys)
    open_browse(page, many_url, f"?{asked}&all=mechanism,Mechanism&all=year,mechanism")
    expect_view(page, many, filters=filters, every=["mechanism"])
    chips = page.locator("#browse-active button")
    mechanisms = ["Mechanism: Pruning", "Mechanism: Merging", "Mechanism: all of these"]
    expect(chips).to_have_text([*mechanisms, "Year: 2024", "Year: 2023", "Clear all"])


def test_where_no_paper_has_all_any_is_offered(page: Page, many: Catalogue, many_url: str) -> None:
    filters = {"setting": ["understanding", "unknown"]}
    open_browse(page, many_url, "?setting=understanding&setting=unknown&all=setting")
    expect_view(page, many, filters=filters, every=["setting"])
    page.get_by_role("button", name="Show papers with any of them", exact=True).click()
    expect_view(page, many, filters=filters)
    expect(page.locator("#browse-notes")).to_be_hidden()
    expect(page.locator("#browse-text")).to_be_focused()


def test_no_choice_is_offered_where_a_paper_has_one_term(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?year=2024&year=2023&training=free&training=based")
    expect(page.locator(".facet__wanted").filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize("sort", ["newest", "added", "venue", "title", "name"])
def test_the_list_is_sorted_as_chosen(page: Page, many: Catalogue, many_url: str, sort: str) -> None:
    open_browse(page, many_url, "?training=free")
    page.select_option("#browse-sort", sort)
    expect(page.locator("#browse-sort")).to_have_value(sort)
    expect_view(page, many, filters={"training": ["free"]}, sort=sort)


def named_newest(catalogue: Catalogue, text: str) -> str | None:
    """The name of the newest paper that *text* finds."""
    return catalogue[ordered(found(catalogue, text), "newest", catalogue.vocabulary)[0]].name


def test_what_is_called_as_typed_comes_first_until_another_order_is_chosen(
    page: Page, many: Catalogue, many_url: str
) -> None:
    names = [paper.name for paper in many if paper.name]
    name = next(one for one in names if named_newest(many, one) != one)
    order, backwards = page.locator("#browse-sort"), page.locator("#browse-backwards")
    open_browse(page, many_url)
    expect(order).to_have_value("newest")
    expect(order.locator("[value=best]")).to_be_disabled()

    page.fill("#browse-text", name)
    first = expect_view(page, many, name)[0]
    assert many[first].name == name != named_newest(many, name)
    expect(order).to_have_value("best")
    expect(backwards).to_be_disabled()
    order.select_option("newest")
    assert expect_view(page, many, name, sort="newest")[0] != first
    expect(page).to_have_url(re.compile("&sort=newest$"))
    expect(backwards).to_be_enabled()
    order.select_option("best")
    expect_view(page, many, name)
    expect(page).to_have_url(re.compile("[^&]*$"))

    page.fill("#browse-text", "")
    expect_view(page, many)
    expect(order).to_have_value("newest")


def test_show_more_brings_the_next_papers_and_goes_to_the_first_of_them(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    everything = ordered(many, "newest", many.vocabulary)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#browse-list > li")).to_have_count(2 * FIRST_RESULTS)
    assert shown(page) == everything[: 2 * FIRST_RESULTS]
    expect(page.locator(f"[data-id={everything[FIRST_RESULTS]}] h3 a")).to_be_focused()

    while page.locator("#browse-more").is_visible():
        before = len(shown(page))
        page.get_by_role("button", name="Show more").click()
        expect(page.locator("#browse-list > li")).to_have_count(min(before + FIRST_RESULTS, len(everything)))
    assert shown(page) == everything


def test_a_chip_shows_the_papers_that_share_it(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.locator("#browse-list a.chip[data-field=criterion][data-key=attention]").first.click()
    expect_view(page, many, filters={"criterion": ["attention"]})
    expect(page.locator(box("criterion", "attention"))).to_be_checked()


def test_active_filters_are_taken_away_one_by_one_or_all_at_once(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?q=token&domain=vision&domain=language&training=free")
    page.get_by_role("button", name="Remove the filter Domain: Vision").click()
    expect_view(page, many, "token", {"domain": ["language"], "training": ["free"]})
    page.get_by_role("button", name="Clear all").click()
    expect_view(page, many)
    expect(page.locator("#browse-text")).to_have_value("")
    expect(page.locator("#browse-active")).to_be_hidden()
    expect(page.locator("#browse-text")).to_be_focused()


def test_what_nothing_matches_says_so(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", "zzzz")
    expect(page.get_by_text("No paper matches all of this")).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("No paper matches")
    export = page.locator("#browse-export > summary")
    expect(export).to_have_attribute("aria-disabled", "true")
    expect(export).to_have_accessible_description("No paper to export")
    export.click()
    expect(page.locator("#browse-toast")).to_have_text("No paper to export")
    expect(page.locator("#browse-export")).not_to_have_attribute("open", "")
    page.fill("#browse-text", "")
    expect(export).not_to_have_attribute("aria-disabled", "true")
    export.click()
    expect(page.get_by_role("button", name="Download BibTeX")).to_be_enabled()


# ----------------------------------------------------------------------------------- the URL


def test_a_shared_url_opens_the_same_view(new_context: NewContext, many: Catalogue, many_url: str) -> None:
    page = new_context().new_page()
    open_browse(page, many_url)
    page.fill("#browse-text", "tok")
    tick(page, "domain", "vision")
    tick(page, "year", "unknown")
    tick(page, "year", "2024")
    page.select_option("#browse-sort", "title")
    view = ("tok", {"domain": ["vision"], "year": ["2024", "unknown"]}, "title")
    expect(page.locator("#browse-sort")).to_have_value("title")
    expect_total(page, len(found(many, *view[:2])), len(many))
    assert page.url == f"{many_url}browse/?q=tok&domain=vision&year=2024&year=unknown&sort=title"

    other = new_context().new_page()
    open_browse(other, many_url, page.url.partition("browse/")[2])
    expect_view(other, many, *view)
    expect(other.locator("#browse-text")).to_have_value("tok")
    for field, key in (("domain", "vision"), ("year", "2024"), ("year", "unknown")):
        expect(other.locator(box(field, key))).to_be_checked()
        expect(other.locator(box(field, key))).to_be_visible()


def test_back_and_forward_step_through_the_views(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.locator("#browse-text").press_sequentially("mull")
    expect_view(page, many, "mull")
    tick(page, "training", "free")
    expect_view(page, many, "mull", {"training": ["free"]})

    page.go_back()
    expect_view(page, many, "mull")
    expect(page.locator(box("training", "free"))).not_to_be_checked()
    page.go_back()  # the whole word is one step
    expect_view(page, many)
    expect(page.locator("#browse-text")).to_have_value("")
    page.go_forward()
    page.go_forward()
    expect_view(page, many, "mull", {"training": ["free"]})
    expect(page.locator(box("training", "free"))).to_be_checked()


def test_coming_back_from_a_paper_shows_as_much_as_before(page: Page, many: Catalogue, many_url: str) -> None:
    open_browse(page, many_url)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#browse-list > li")).to_have_count(2 * FIRST_RESULTS)
    link = page.locator("#browse-list > li h3 a").nth(2 * FIRST_RESULTS - 10)
    link.scroll_into_view_if_needed()
    link.evaluate("link => link.click()")  # a click of the mouse may scroll first
    page.wait_for_url("**/papers/*/")
    page.go_back()
    page.locator("#browse[data-ready]").wait_for()
    expect(page.locator("#browse-list > li")).to_have_count(2 * FIRST_RESULTS)
    expect(link).to_be_in_viewport()


def test_coming_back_from_a_paper_shows_it_where_it_was(page: Page, many: Catalogue, many_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})  # rows are high here
    open_browse(page, many_url)
    page.get_by_role("button", name="Show more").press(
        "Enter"
    )  # a click far below may miss while the page still settles
    expect(page.locator("#browse-list > li")).to_have_count(2 * FIRST_RESULTS)
    row = page.locator("#browse-list > li").nth(2 * FIRST_RESULTS - 10)
    row.evaluate("row => row.scrollIntoView({ block: 'start' })")
    row.evaluate("row => new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    # In one go: rows above it may still be laid out, which moves it.
    before = row.evaluate("row => (row.querySelector('h3 a').click(), row.getBoundingClientRect().top)")
    page.wait_for_url("**/papers/*/")
    page.go_back()
    page.locator("#browse[data-ready]").wait_for()
    assert row.evaluate("row => row.getBoundingClientRect().top") == pytest.approx(before, abs=2)


def test_a_choice_far_down_the_list_shows_the_beginning_of_the_new_one(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url)
    chip = page.locator("#browse-list a.chip[data-field=criterion]").nth(40)
    chip.scroll_into_view_if_needed()
    chip.click()
    expect(page.locator("#browse-count")).to_be_in_viewport()


def test_unknown_values_in_the_url_are_ignored_and_case_does_not_matter(
    page: Page, many: Catalogue, many_url: str
) -> None:
    open_browse(page, many_url, "?venue=ARXIV&domain=cooking&nothing=here&sort=price&year=%00&__proto__=x")
    expect_view(page, many, filters={"venue": ["arXiv"]})
    expect(page.locator("#browse-sort")).to_have_value("newest")


# ------------------------------------------------------------------------------------ citing


def test_the_bibtex_of_one_paper_is_copied(new_context: NewContext, many: Catalogue, many_url: str) -> None:
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    open_browse(page, many_url)
    paper = many[shown(page)[10]]
    button = page.locator(f"[data-id={paper.id}] .result__cite")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").strip() == entries_by_id(many)[paper.id]


def test_the_bibtex_of_the_view_is_that_of_every_paper_found_and_of_no_other(
    new_context: NewContext, many: Catalogue, many_url: str, tmp_path: Path
) -> None:
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    open_browse(page, many_url, "?code=yes")
    papers = expect_view(page, many, filters={"code": ["yes"]})
    assert len(papers) > FIRST_RESULTS
    entries = entries_by_id(many)
    expected = [entries[paper_id] for paper_id in papers]

    page.locator("#browse-export > summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download BibTeX").click()
    assert download.value.suggested_filename == "papers.bib"
    download.value.save_as(tmp_path / "papers.bib")
    text = (tmp_path / "papers.bib").read_text(encoding="utf-8")
    assert [entry.strip() for entry in re.split(r"\n\n(?=@)", text)] == expected

    page.get_by_role("button", name="Copy BibTeX", exact=True).click()
    expect(page.locator("#browse-toast")).to_have_text("BibTeX copied")
    assert page.evaluate("navigator.clipboard.readText()") == text


@pytest.mark.parametrize("asked", ["?keywords=video", "?q=keywords%3Avideo", "?q=video"])
def test_a_card_tells_the_keyword_that_was_asked_for(
    page: Page, many: Catalogue, many_url: str, asked: str
) -> None:
    open_browse(page, many_url)
    cards = page.locator("#browse-list > li")
    expect(cards.locator(".chip--keywords")).to_have_count(0)
    open_browse(page, many_url, asked)
    told = {one.id for one in many if "video" in (one.keywords or ())} & set(shown(page))
    assert told
    chips = cards.locator(".chip--keywords")
    expect(chips).to_have_text([many.vocabulary.label("keywords", "video")] * len(told))


def test_a_card_does_not_tell_the_term_that_it_must_not_have(page: Page, many_url: str) -> None:
    open_browse(page, many_url, "?q=-keywords%3Avideo+-domain%3Avision")
    expect(page.locator("#browse-list > li :is(.chip--keywords, .chip--domain)")).to_have_count(0)
