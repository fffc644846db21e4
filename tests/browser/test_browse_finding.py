"""One box finds papers by words or by what a reader pastes, and the site's own pages beside them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from accessibility import assert_accessible
from playwright.sync_api import Page, expect
from reader import expect_listed, expect_total, open_browse
from test_browse_engine import run
from watching import NewContext

from catalog.catalogue import Catalogue
from catalog.query.words import without_marks
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


def test_of_several_names_any_are_offered(page: Page, site_url: str, mini_catalogue: Catalogue) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", "FastV, ToMe or ToCa")
    page.get_by_role("button", name="Search for any of them: 3 papers").click()
    expect_total(page, 3, len(mini_catalogue))
    expect(page.locator("#browse-text")).to_have_value("name:fastv,tome,toca")


def test_a_part_of_a_name_is_not_mended_and_signs_alone_are_nothing(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", "LLaVA-Tokns")
    expect(page.get_by_text("No paper matches all of this")).to_be_visible()
    expect(page.locator("#browse-notes")).to_be_hidden()
    page.fill("#browse-text", "(((")
    expect(page.locator("#browse-notes")).to_have_text("Nothing to search for in: “(((”.")


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


def test_every_title_finds_its_paper(page: Page, site_url: str, mini_catalogue: Catalogue) -> None:
    open_browse(page, site_url)
    for paper in mini_catalogue:
        for title in (paper.title, *paper.former_titles):
            page.fill("#browse-text", title)
            expect_listed(page, [paper.id])
            expect(page.locator("#browse-notes")).to_be_hidden()


def test_a_field_before_a_colon_and_words_is_a_word_of_a_title(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", "Image Tasks: Tokens")
    notes = page.locator("#browse-notes")
    expect(notes).to_contain_text("Not all of these words together; without tasks (4 papers)")
    expect(page.locator("#browse-text")).to_have_attribute("aria-invalid", "false")
    page.fill("#browse-text", "Image Tasks:")
    expect(notes).to_contain_text("needs a value")


def test_a_mistake_behind_an_open_quotation_mark_is_shown_at_its_place(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", '"tokens foo:1')
    mistake = page.locator("#browse-notes mark")
    expect(mistake).to_have_text("foo:1")
    expect(page.locator("#browse-notes")).to_contain_text("Character 9: there is no field 'foo'")


def test_where_nothing_is_found_it_is_said_which_word_is_too_much(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    page.fill("#browse-text", "plug-and-play tome")
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text(
        "Not all of these words together; without plug-and-play (1 paper), without tome (1 paper)."
    )
    notes.get_by_role("button", name="Search without tome: 1 paper").click()
    expect(page.locator("#browse-text")).to_have_value("plug-and-play")
    expect_listed(page, ["fastv"])


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"w{number}x" for number in range(1000)),
        " ".join(f"pruni{number:03}g" for number in range(700)),
        "paper method zebra " * 300,
        "zebra" * 1500,
    ],
)
def test_a_text_that_is_no_search_is_answered_and_nothing_is_advised(
    page: Page, many_url: str, text: str
) -> None:
    open_browse(page, many_url)
    page.fill("#browse-text", text)
    expect_total(page, 0, 300)
    expect(page.locator("#browse-notes")).to_be_hidden()


def test_of_many_mistakes_some_are_shown_and_the_rest_are_counted(page: Page, site_url: str) -> None:
    open_browse(page, site_url, f"?q={'x:y+' * 100}")
    expect(page.locator("#browse-notes p")).to_have_count(6)
    expect(page.locator("#browse-notes")).to_contain_text("And 95 more mistakes.")


def test_a_word_that_is_mistyped_again_and_again_is_mended_once(page: Page, site_url: str) -> None:
    open_browse(page, site_url, f"?q={'+'.join(['mergimg'] * 800)}")
    expect(page.locator("#browse-notes")).to_have_text("No “mergimg”; showing “merging”.")
    expect_listed(page, ["tome"])


def test_what_is_pasted_by_mistake_is_cut_and_the_page_says_so(page: Page, site_url: str) -> None:
    open_browse(page, site_url)
    notes = page.locator("#browse-notes")
    page.fill("#browse-text", "plug-and-play " * 100_000)
    expect(notes).to_have_text(
        "Only the beginning is searched for: "
        "a query has at most 7,500 characters, and this one has 1,400,000."
    )
    expect_listed(page, ["fastv"])
    assert len(page.locator("#browse-text").input_value()) <= 7500
    page.wait_for_url(re.compile(r"\?q="))
    assert len(page.url) < 8000
    page.fill("#browse-text", "fastv")
    expect(notes).to_be_hidden()


def test_of_a_list_that_is_too_long_the_whole_identifiers_count(page: Page, site_url: str) -> None:
    others = ",".join(f"2199.{number:05}" for number in range(1000))
    open_browse(page, site_url, f"?q=2403.06764,{others}")
    expect_listed(page, ["fastv"])
    expect(page.locator("#browse-notes")).to_contain_text("Only the beginning is searched for")


def test_picked_papers_that_are_not_there_are_named(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?ids=fastv,gone")
    expect_listed(page, ["fastv"])
    expect(page.locator("#browse-notes")).to_have_text("Not in this catalogue: gone.")


def test_terms_of_an_address_that_are_not_there_are_named_until_the_reader_goes_on(
    page: Page, site_url: str
) -> None:
    open_browse(page, site_url, "?training=foo&-venue=bar&utm_source=mail")
    expect_total(page, 6, 6)
    notes = page.locator("#browse-notes")
    expect(notes).to_have_text("Left out, because there is no such term: training=foo, -venue=bar.")
    page.fill("#browse-text", "fastv")
    expect_listed(page, ["fastv"])
    expect(notes).to_be_hidden()


@pytest.mark.parametrize(
    ("asked", "no"),
    [
        ("search=snapkv&foo=bar&search=snapkv&foo", "parameter: search=snapkv, foo=bar, foo="),
        ("-q=tome", "parameter: -q=tome"),
        ("criterion=attention,foo,bar&-venue=ICLR,baz", "term: criterion=foo, criterion=bar, -venue=baz"),
        ("year=2024..,foo&year=..", "term: year=foo, year=.."),
        ("sort=stars&view=cards&all=criterion,foo", "value: sort=stars, view=cards, all=criterion,foo"),
        ("&".join(f"p{row}=1" for row in range(8)), "parameter: p0=1, p1=1, p2=1, p3=1, p4=1, and 3 more"),
        (f"foo={'x' * 900}", f"parameter: foo={'x' * 76}…"),
    ],
)
def test_what_an_address_asks_for_in_vain_is_named(page: Page, site_url: str, asked: str, no: str) -> None:
    open_browse(page, site_url, f"?{asked}")
    expect(page.locator("#browse-notes")).to_have_text(f"Left out, because there is no such {no}.")


@pytest.mark.parametrize(
    "asked",
    [
        "utm_source=a&utm_campaign=b&fbclid=c&gclid=d&msclkid=e&ref=f&mc_cid=g&_ga=h&gad_source=i&si=j",
        "q=&sort=&view=&all=&ids=",
        "sort=-best&all=criterion&view=list",
        "id=&author=",
    ],
)
def test_nothing_is_said_of_what_other_sites_append_or_a_form_leaves_empty(
    page: Page, site_url: str, asked: str
) -> None:
    open_browse(page, site_url, f"?{asked}")
    expect(page.locator("#browse-notes")).not_to_contain_text("Left out")


def test_fields_without_boxes_are_searched_for_by_an_address_too(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?listed_in=first-list&q=dynamic")
    expect(page.locator("#browse-text")).to_have_value("dynamic listed_in:first-list")
    expect_listed(page, ["dynamicvit"])


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("parametric=yes", "parametric=true"),
        ("-parametric=No", "-parametric=false"),
        ("Mechanisms=merging&settings=understanding", "mechanism=merging&setting=understanding"),
        ("-kinds=survey&-criteria=attention", "-kind=survey&-criterion=attention"),
        ("domains=vision&domain=language&all=Domains", "domain=vision&domain=language&all=domain"),
        ("lists=first-list&q=dynamic", "q=dynamic+listed_in:first-list"),
        ("-listed-in=first-list&authors=liang+chen", 'q=-listed_in:first-list+author:"liang+chen"'),
        ("reference_impl=no&year=2024&names=fastv", "q=name:fastv+reference:no&year=2024"),
        ("keyword=kv-cache", "q=keywords:kv-cache"),
        ("ids=", ""),
        ("criterion=attention,similarity", "criterion=attention&criterion=similarity"),
        (
            "criteria=Attention,+similarity,&all=criteria",
            "criterion=attention&criterion=similarity&all=criterion",
        ),
        ("-venue=ICLR,eccv", "-venue=ICLR&-venue=ECCV"),
        ("parametric=yes,no", "parametric=true&parametric=false"),
        ("year=2023,2024", "year=2023&year=2024"),
        ("year=2024..", "q=year:2024.."),
        ("years=2022-2023&q=tome", "q=tome+year:2022-2023"),
        ("-year=..2022", "q=-year:..2022"),
        ("year=>2023&domain=vision", "q=year:>2023&domain=vision"),
        ("year=2021&year=2024..", "q=year:2021,2024.."),
        ("year=2021,2024..2025&-year=2025", "q=year:2021,2024..2025&-year=2025"),
    ],
)
def test_an_address_takes_every_name_that_the_query_language_takes(
    page: Page, site_url: str, asked: str, meant: str
) -> None:
    def seen(query: str) -> list[str]:
        open_browse(page, site_url, f"?{query}")
        parts = ("#browse-count", "#browse-list", "#browse-active", "#browse-notes")
        words = sorted(page.locator("#browse-text").input_value().split())
        return [*words, *(page.locator(part).inner_text() for part in parts)]

    assert seen(asked) == seen(meant)
    assert (seen(asked) == seen("")) is (meant == "")


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


def test_where_nothing_is_found_one_link_begins_again_and_one_leads_to_adding(
    page: Page, mini_catalogue: Catalogue, site_url: str
) -> None:
    open_browse(page, site_url, "?q=zzzz&domain=vision")
    empty = page.locator("#browse-empty")
    expect(empty.get_by_role("link", name="Add it")).to_have_attribute("href", "../contribute/")
    empty.get_by_role("link", name="start over with all papers").click()
    expect_total(page, len(mini_catalogue), len(mini_catalogue))


def test_on_paper_a_list_says_what_was_searched(page: Page, site_url: str) -> None:
    open_browse(page, site_url, "?q=token")
    page.emulate_media(media="print")
    expect(page.locator("#browse-text")).to_be_visible()
    expect(page.locator("#browse-help")).to_be_hidden()
    page.emulate_media(media="screen")
    page.fill("#browse-text", "")
    page.emulate_media(media="print")
    expect(page.locator("#browse-text")).to_be_hidden()


def test_the_view_that_is_shown_is_told_apart_without_the_site_s_colours(
    new_context: NewContext, site_url: str
) -> None:
    page = new_context(forced_colors="active").new_page()
    open_browse(page, site_url)
    colours = "button => getComputedStyle(button).backgroundColor"
    shown = page.locator('#browse-views [aria-pressed="true"]').evaluate(colours)
    assert shown != page.locator('#browse-views [aria-pressed="false"]').first.evaluate(colours)


def test_the_page_without_a_network_is_in_no_section(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}offline/")
    expect(page.locator(".site-nav [aria-current]")).to_have_count(0)
