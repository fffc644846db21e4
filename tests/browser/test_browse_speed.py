"""What a letter or a tick need not wait for, and that nothing is lost by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

TITLES = """async url => {
  const { Titles } = await import(`${url}assets/catalogue/browse/titles.js`);
  const title = ["Token Merging: Your ViT But Faster", "An Image is Worth Half", "Which Tokens to Use"];
  const titles = new Titles({ title, former_titles: { 1: ["An Older Title of It"] } });
  const steps = [titles.fold(1), titles.folded.length];
  const called = [title[2], "An Older Title of It"].map(text => titles.called(text));
  return [...steps, called, titles.fold(1), titles.folded.length];
}"""


def test_titles_are_made_ready_some_at_a_time_and_asked_for_at_any_time(page: Page, many_url: str) -> None:
    page.goto(f"{many_url}about/")
    assert page.evaluate(TITLES, many_url) == [True, 1, [[2], [1]], False, 4]
