"""What a reader does on the browse page, and what must be seen then."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from expected import found, held, is_relaxed, named_by, ordered, whole_names
from named_by_words import plain_words, telling_words
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from catalog.catalogue import Catalogue
from catalog.counting import counted, numeral
from catalog.site.browse import FIRST_RESULTS

IN_A_MOMENT_MS = 20_000
"""How long a page may take on a busy machine: how fast it is, other tests say."""
IN_TABLE = "[...document.querySelectorAll('#browse-rows > tr')].map(row => row.dataset.id)"


def open_browse(page: Page, url: str, query: str = "") -> None:
    """Open the browse page and wait until its scripts have taken over."""
    page.goto(f"{url}browse/{query}")
    page.locator("#browse[data-ready]").wait_for()


def shown(page: Page) -> list[str]:
    """Ids of the papers in the list, in order."""
    ids: list[str] = page.locator("#browse-list > li").evaluate_all("items => items.map(i => i.dataset.id)")
    return ids


def in_table(page: Page) -> list[str]:
    """Ids of the papers in the table, in order."""
    ids: list[str] = page.evaluate(IN_TABLE)
    return ids


def expect_listed(page: Page, ids: Sequence[str]) -> None:
    """The list holds these papers, in this order, now or in a moment."""
    listed = (
        "ids => [...document.querySelectorAll('#browse-list > li')].map(i => i.dataset.id).join() === ids"
    )
    with contextlib.suppress(PlaywrightTimeout):
        page.wait_for_function(listed, arg=",".join(ids), timeout=IN_A_MOMENT_MS)
    assert shown(page) == list(ids)


def box(field: str, key: str) -> str:
    return f"input[name={field}][value='{key}']"


def tick(page: Page, field: str, key: str) -> None:
    """Tick a term, unfolding the facet's rare terms where it is one of them."""
    if not page.locator(box(field, key)).is_visible():
        page.locator(f"[data-field={field}] .facet__rest > summary").click()
    page.locator(box(field, key)).click()


def expect_total(page: Page, total: int, all_papers: int) -> None:
    whole = counted(all_papers, "paper")
    expect(page.locator("#browse-count")).to_have_text(
        whole if total == all_papers else f"{numeral(total)} of {whole}"
    )


def expect_view(
    page: Page,
    catalogue: Catalogue,
    text: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: str = "best",
    every: Sequence[str] = (),
) -> list[str]:
    """The page shows what was asked for; the ids of all papers found."""
    meant = found(catalogue, text, filters, every)
    telling = telling_words(catalogue, text)
    beside = held(catalogue, text, relaxed=is_relaxed(catalogue, text, filters, every))
    typed, named = plain_words(catalogue, text), named_by(catalogue, text)
    whole = whole_names(catalogue, text)
    papers = ordered(meant, sort, catalogue.vocabulary, typed, named, telling, beside, whole)
    expect_total(page, len(papers), len(catalogue))
    expect_listed(page, papers[:FIRST_RESULTS])
    return papers
