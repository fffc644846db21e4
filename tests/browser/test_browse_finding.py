"""One box finds papers by words or by what a reader pastes, and the site's own pages beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from accessibility import assert_accessible
from playwright.sync_api import Page, expect
from reader import expect_listed, expect_total, open_browse
from test_browse_engine import run

from catalog.catalogue import Catalogue
from catalog.query.words import without_marks
from catalog.record import Paper
from catalog.site.people import author_slug

pytestmark = pytest.mark.browser


PASTED = """async ([script, texts]) => {
  const { pasted } = await import(script);
  return texts.map(pasted);
}"""
LINKS = json.loads((Path(__file__).parents[1] / "link_cases.json").read_text(encoding="utf-8"))["links"]
CLAUSES = {
    **{link: f'{named[0]}:"{named[1]}"' for link, named in LINKS.items() if named},
    "2403.06764": 'arxiv:"2403.06764"',
    " arXiv:2403.06764v2 ": 'arxiv:"2403.06764"',
    "arxiv.org/abs/2403.06764": 'arxiv:"2403.06764"',
    "https://huggingface.co/papers/2403.06764": 'arxiv:"2403.06764"',
    "doi: 10.1145/3580305.3599284": 'doi:"10.1145/3580305.3599284"',
    "@article{a, title={B}, eprint={2403.06764}, archivePrefix={arXiv}}": 'arxiv:"2403.06764"',
    '@inproceedings{a, doi = "10.1145/3580305.3599284", title = "B"}': 'doi:"10.1145/3580305.3599284"',
    "@misc{a, booktitle={No}, title = {An {Image} is {W}orth {1/2} Tokens}, year={2024}}": (
        'title:"An Image is Worth 1/2 Tokens"'
    ),
    "title={FastV: An {Image}},": 'title:"FastV: An Image"',
    '[12] L. Chen et al., "An image is worth 1/2 tokens after layer 2," in ECCV, 2024.': (
        'title:"An image is worth 1/2 tokens after layer 2,"'
    ),
    "2403.06764.": 'arxiv:"2403.06764"',
    "https://doi.org/10.1145/3580305.3599284.": 'doi:"10.1145/3580305.3599284"',
    "arXiv:2403.06764v2 [cs.CV] 2 Sep 2024": 'arxiv:"2403.06764"',
    "[3] L. Chen. An image. arXiv preprint arXiv:2403.06764, 2024.": 'arxiv:"2403.06764"',
    "L. Chen. An image. CoRR, abs/2403.06764, 2024.": 'arxiv:"2403.06764"',
    "(Chen et al., 2024a)": 'author:"Chen" year:2024',
    "Van Gool et al. [2024];": 'author:"Van Gool" year:2024',
    "Élie et al. 2024": 'author:"Élie" year:2024',
}
REFERENCE = (
    "[12] L. Chen, and B. Chang. An image is worth 1/2 tokens after layer 2: Plug-and-play inference "
    "acceleration for large vision-language models. In ECCV, pages 19-35. Springer, 2024."
)
LEFT_ALONE = (
    *(link for link, named in LINKS.items() if not named),
    "",
    "token merging",
    "arxiv:2403.06764 code:yes",
    "2024",
    "10.5",
    "1/2 tokens",
    'doi:"10.1/x"',
    "@misc",
    "@misc{a, title={---}}",
    "[1] Chen et al.",
    '"token merging" chen',
    "2403.06764 tokens",
    "arxiv:2403.06764 [1]",
    "tokens of Chen et al., 2024",
    "2403.06764, arXiv:2410.05317v2",
)


def test_an_identifier_or_a_paper_s_address_asks_for_that_paper(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}browse/")
    script = f"{site_url}assets/catalogue/browse/pasted.js"
    assert page.evaluate(PASTED, [script, list(CLAUSES)]) == list(CLAUSES.values())
    assert page.evaluate(PASTED, [script, list(LEFT_ALONE)]) == list(LEFT_ALONE)


@pytest.mark.parametrize(
    "text",
    [
        "2403.06764",
        "https://arxiv.org/pdf/2403.06764v2",
        REFERENCE,
    ],
)
def test_a_pasted_address_finds_its_paper_and_stays_as_it_was_pasted(
    page: Page, mini_catalogue: Catalogue, site_url: str, text: str
) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", text)
    expect_total(page, 1, len(mini_catalogue))
    expect_listed(page, ["fastv"])
    expect(page.locator("#browse-text")).to_have_value(text)
    page.reload()
    expect_listed(page, ["fastv"])
    expect(page.locator("#browse-notes")).to_be_hidden()


@pytest.mark.parametrize("word", ["token", "tokens", "attention", "cvpr", "2024", "merg", "zzz", "arXiv2024"])
def test_a_word_with_a_minus_keeps_out_what_the_word_finds(
    page: Page, many: Catalogue, many_url: str, word: str
) -> None:
    query = {"filters": {}, "excluded": {}, "ids": None, "sort": "newest"}
    queries = [{**query, "text": text} for text in (word, f"-{word}")]
    found, others = (set(answer["ids"]) for answer in run(page, many_url, queries)["answers"])
    if found:  # a word that nothing has is mended, and there is nothing to keep out
        assert not found & others
        assert len(found) + len(others) == len(many)


@pytest.mark.parametrize(
    "text", ["FastV, ToMe or ToCa", "compare FastV with ToMe and ToCa", "FastV vs ToMe/ToCa"]
)
def test_of_several_names_any_are_offered(
    page: Page, site_url: str, mini_catalogue: Catalogue, text: str
) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", text)
    notes = page.locator("#browse-notes")
    page.wait_for_timeout(400)
    expect(notes).to_have_text("No paper has all of these names; any of them (3 papers)?")
    page.get_by_role("button", name="Search for any of them: 3 papers").click()
    expect_total(page, 3, len(mini_catalogue))
    expect(page.locator("#browse-text")).to_have_value("name:fastv,tome,toca")


def test_the_tab_says_what_is_looked_for(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    name = page.title()
    page.fill("#browse-text", "token")
    page.locator("[name=domain][value=vision].term__box").check()
    expect(page).to_have_title(re.compile(rf"^token · Vision \(\d+\) · {re.escape(name)}$"))
    page.get_by_role("button", name="Clear all").click()
    expect(page).to_have_title(name)


def test_terms_and_guides_are_found_beside_the_papers(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    places = page.locator("#browse-places")
    for typed, said in (
        ("atten", "Pages: Attention (criterion)"),
        ("predictor", "Pages: Learned predictor (criterion)"),
        ("curation", "Pages: Curation guide"),
    ):
        page.fill("#browse-text", typed)
        expect(places).to_have_text(said)
    page.fill("#browse-text", "curation")
    places.get_by_role("link", name="Curation guide").click()
    page.wait_for_url("**/curation/")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Liang Chen", "Pages: Liang Chen (author)"),
        ("chen liang", "Pages: Liang Chen (author)"),
        ("liang ch", "Pages: Liang Chen (author)"),
        ("Liagn Chen", "Pages: Liang Chen (author)"),
        ("papers by Liang Chen", "Pages: Liang Chen (author)"),
        ('author:"liang chen"', "Pages: Liang Chen (author)"),
        ("chen", ""),
        ("liang chen eccv", ""),
        ("-liang chen", ""),
        ('"liang chen"', ""),
        ('author:"liang chen" token', ""),
    ],
)
def test_the_page_of_an_author_is_found_by_the_name(page: Page, site_url: str, typed: str, said: str) -> None:
    open_browse(page, site_url, "?q=attention")
    page.fill("#browse-text", typed)
    places = page.locator("#browse-places")
    expect(places).to_have_text(said)
    if said:
        places.get_by_role("link", name="Liang Chen").click()
        page.wait_for_url("**/authors/liang-chen/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Liang Chen")


def test_an_author_s_page_is_where_the_site_puts_it(page: Page, many: Catalogue, many_url: str) -> None:
    names = {name for paper in many for name in paper.authors or ()}
    names |= {
        "J. Zico Kolter",
        "D’Angelo Ré",
        "Æon ½ Łukasz",
        "IJsbrand İnce",
        "R2-D2",
        "_a_",
        "李明",
        "...",
        "李 Ming",
    }
    page.goto(f"{many_url}about/")
    folders = page.evaluate(
        """async ([module, names]) => {
          const { authorFolder } = await import(module);
          return names.map(authorFolder);
        }""",
        [f"{many_url}assets/catalogue/browse/names.js", sorted(names)],
    )
    for name, folder in zip(sorted(names), folders, strict=True):
        latin = any(c.isascii() and c.isalnum() for c in without_marks(name))
        assert folder == (author_slug(name) if latin else None), name


@pytest.mark.parametrize("typed", ["at", "zzzz", "criterion:attention", "-attention", '"attention"', ""])
def test_pages_are_not_offered_for_less_than_a_name(page: Page, site_url: str, typed: str) -> None:
    open_browse(page, site_url, "?q=attention")
    places = page.locator("#browse-places")
    expect(places).to_be_visible()
    page.fill("#browse-text", typed)
    expect(places).to_have_text("")


@pytest.mark.parametrize(
    ("typed", "paper"),
    [
        ("fast v", "fastv"),
        ("fast-v", "fastv"),
        ("dynamic vi", "dynamicvit"),
        ("iclr tome", "tome"),
        ("to-me 2023", "tome"),
        ('"image is wor', "fastv"),
        ("https://github.com/pkunlp-icler/FastV", "fastv"),
        ("github.com/PKUnlp-icler/fastv/tree/main#readme", "fastv"),
        ("DynamicViT: Efficient Vision Transformers with Dynamic", "dynamicvit"),
        ("Token Merging:", "tome"),
        ("training-free attention diffusion", "toca"),
        ("image generation", "toca"),
        ("learned predictors 2021", "dynamicvit"),
        ("ECCV'24", "fastv"),
        ("nips2021 token", "dynamicvit"),
    ],
)
def test_what_is_said_in_other_ways_is_found(page: Page, site_url: str, typed: str, paper: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", typed)
    expect(page.locator("#browse-list > li").first).to_have_attribute("data-id", paper)
    expect(page.locator("#browse-notes")).not_to_contain_text(re.compile("No|Did you mean"))


@pytest.mark.parametrize(
    ("typed", "papers"),
    [
        ("the Lean paper", ["old", "new", "latest", "later"]),
        ("papers about Lean", ["old", "new", "latest", "later"]),
        ("papers by Ann Bly", ["own", "others"]),
    ],
)
def test_words_that_only_join_others_do_not_keep_back_who_is_called_so(
    page: Page, serve: Callable[..., str], mini_catalogue: Catalogue, typed: str, papers: list[str]
) -> None:
    said = {
        "latest": ("2026", "Lean Is the Better", "Leaner", ["Cy Doe"]),
        "others": ("2025", "One", None, ["Ann Doe", "Cy Bly"]),
        "new": ("2024", "The Lean, the Better", "Lean", ["Cy Doe"]),
        "later": ("2023", "Two", "Leanest", ["Lean Doe"]),
        "old": ("2022", "Three", "Lean", ["Cy Doe"]),
        "own": ("2021", "Four", None, ["Ann Bly"]),
    }
    made = tuple(
        Paper(id=one, published=day, title=title, name=name, authors=authors)
        for one, (day, title, name, authors) in said.items()
    )
    open_browse(page, serve(replace(mini_catalogue, papers=made, files={}), "joined"))
    page.fill("#browse-text", typed)
    expect_listed(page, papers)


def test_every_title_finds_its_paper(page: Page, site_url: str, mini_catalogue: Catalogue) -> None:
    open_browse(page, site_url)
    for paper in mini_catalogue:
        for title in (paper.title, *paper.former_titles):
            page.fill("#browse-text", title)
            expect_listed(page, [paper.id])
            expect(page.locator("#browse-notes")).to_be_hidden()


def test_a_search_in_the_header_finds_terms_too(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}about/")
    page.keyboard.press("/")
    page.keyboard.type("attention")
    page.keyboard.press("Enter")
    page.locator("#browse-places").get_by_role("link", name="Attention").click()
    page.wait_for_url("**/terms/criterion/attention/")


def test_everyone_can_read_the_pages_found(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?q=attention")
    expect(page.locator("#browse-places")).to_be_visible()
    assert_accessible(page)


def test_on_paper_a_list_says_what_was_searched(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?q=token")
    page.emulate_media(media="print")
    expect(page.locator("#browse-text")).to_be_visible()
    expect(page.locator("#browse-help")).to_be_hidden()
    page.emulate_media(media="screen")
    page.fill("#browse-text", "")
    page.emulate_media(media="print")
    expect(page.locator("#browse-text")).to_be_hidden()


def test_the_view_that_is_shown_is_told_apart_without_the_site_s_colours(page: Page, site_url: str) -> None:
    page.emulate_media(forced_colors="active")
    open_browse(page, site_url)
    colours = "button => getComputedStyle(button).backgroundColor"
    shown = page.locator('#browse-views [aria-pressed="true"]').evaluate(colours)
    assert shown != page.locator('#browse-views [aria-pressed="false"]').first.evaluate(colours)


def test_the_page_without_a_network_is_in_no_section(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}offline/")
    expect(page.locator(".site-nav [aria-current]")).to_have_count(0)
