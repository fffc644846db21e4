"""A paper whose venue is no term of the vocabulary: readers see the venue that its own entry names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from catalog.catalogue import Catalogue
from catalog.record import Paper

MINI = Path(__file__).parents[1] / "mini"

ENTRY = """@inproceedings{das2022afs,
  title = {Fast Decoding <b>of</b> Codes},
  author = {Das, Poulami},
  booktitle = {2022 IEEE International Symposium on <i>Architecture</i> (HPCA)},
  year = {2022},
}
"""
FULL = "2022 IEEE International Symposium on <i>Architecture</i> (HPCA)"


@pytest.fixture(scope="module")
def url(serve: Callable[[Catalogue], str]) -> str:
    """The small catalogue's site with one paper of a venue that nobody knows."""
    own = {"title": "Fast Decoding of Codes", "authors": ("Poulami Das",), "year": 2022, "bibtex": ENTRY}
    paper = Paper.model_validate({"id": "afs", "name": "AFS", **own})
    catalogue = Catalogue.load(MINI)
    return serve(catalogue.with_papers([paper], {"afs": "papers/2022/afs.yaml"}))


def test_its_page_names_and_cites_it(page: Page, url: str) -> None:
    page.goto(f"{url}papers/afs/")
    expect(page.locator(".paper__where")).to_have_text(f"{FULL}, 2022")
    expect(page.locator(".paper__where a")).to_have_count(0)
    expect(page.locator("#plain-citation")).to_contain_text(f"{FULL}, 2022.")
    expect(page.locator("#markdown-citation")).to_contain_text("(HPCA)*, 2022.")


def test_lists_name_it_in_short_before_and_after_they_are_searched(page: Page, url: str) -> None:
    results = page.locator("#browse-results")
    page.goto(f"{url}browse/")
    expect(results).to_contain_text("HPCA 2022")
    page.goto(f"{url}browse/?q=decoding")
    expect(page.locator("#browse-count")).to_contain_text("1 of 7")
    expect(results).to_contain_text("HPCA 2022")
    page.goto(f"{url}browse/?q=decoding&view=table")
    expect(page.get_by_role("cell", name="HPCA", exact=True)).to_be_visible()
