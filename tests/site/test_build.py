"""The whole site: every link holds, nothing is foreign, text from records is only text."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from catalog import yaml_files
from catalog.catalogue import Catalogue
from tests.site.conftest import Build

BASE_PATH = "/mini/"
"""Of the small catalogue's base URL; links of 404.html begin with it."""


class _Page(HTMLParser):
    """What a page links to, what it loads, and which ids it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "link" and given["rel"] in ("canonical", "cite-as"):
            return
        if tag in ("a", "form"):
            self.links.append(given.get("href", given.get("action", "")))
        elif "href" in given or "src" in given:
            self.loads.append(given.get("href", given.get("src", "")))
        if tag == "script" and given.get("type") not in ("application/json", "application/ld+json"):
            self.scripts += 1
        assert not [name for name in given if name.startswith("on")], "no script stands in an attribute"


def _pages(site: Path) -> Iterator[tuple[str, _Page]]:
    for path in sorted(site.rglob("*.html")):
        yield path.relative_to(site).as_posix(), _Page(path.read_text(encoding="utf-8"))


def _target(page: str, link: str) -> str:
    """The file that *link* on *page* leads to, below the site."""
    path = unquote(urlsplit(link).path)
    path = (
        path.removeprefix(BASE_PATH)
        if path.startswith("/")
        else posixpath.join(posixpath.dirname(page), path)
    )
    whole = posixpath.normpath(path or page) if path not in ("", ".") else "."
    return posixpath.join(whole, "index.html") if path.endswith("/") or whole == "." else whole


def test_every_link_within_the_site_leads_somewhere(mini_site: Path) -> None:
    checked = 0
    for name, page in _pages(mini_site):
        for link in page.links + page.loads:
            if urlsplit(link).scheme or urlsplit(link).netloc:
                continue
            fragment = urlsplit(link).fragment
            target = mini_site / (name if link.startswith("#") else _target(name, link))
            assert target.is_file(), f"{name} links to {link}"
            if fragment and target.suffix == ".html":
                assert fragment in _Page(target.read_text(encoding="utf-8")).ids, f"{name} links to {link}"
            checked += 1
    assert checked > 1_000


def test_no_page_loads_anything_from_another_host(mini_site: Path) -> None:
    for name, page in _pages(mini_site):
        assert page.loads, name
        for link in page.loads:
            assert not urlsplit(link).scheme, f"{name} loads {link}"
            assert not urlsplit(link).netloc, f"{name} loads {link}"


def test_no_style_sheet_loads_anything_from_another_host(mini_site: Path) -> None:
    sheets = list(mini_site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        for link in re.findall(
            r"url\(\s*[\"']?([^\"')]*)|@import\s+[\"']([^\"']*)", sheet.read_text("utf-8")
        ):
            assert not re.match(r"https?:|//", "".join(link)), f"{sheet.name} loads {link}"


def test_ids_are_used_once_on_a_page(mini_site: Path) -> None:
    for name, page in _pages(mini_site):
        assert len(page.ids) == len(set(page.ids)), name


def test_every_page_has_a_policy_that_allows_no_script_of_others(mini_site: Path) -> None:
    for path in mini_site.rglob("*.html"):
        assert "script-src 'self';" in path.read_text(encoding="utf-8"), path


def test_a_paper_s_page_tells_all_that_is_known(mini_site: Path) -> None:
    page = (mini_site / "papers" / "dynamicvit" / "index.html").read_text(encoding="utf-8")
    for words in (
        "DynamicViT: Efficient Vision Transformers with Dynamic Token Sparsification",
        '<a href="../../authors/yongming-rao/">Yongming Rao</a>, <a href="../../authors/wenliang-zhao/">',
        "Advances in Neural Information Processing Systems",
        "June 2021",
        "github.com/raoyongming/DynamicViT",
        "A trained module judges the tokens.",
        "Tokens are dropped.",
        "First list",
        "arXiv:2106.02034 Sec. 3.2",
        "https://github.com/example/mini/edit/main/papers/2021/dynamicvit.yaml",
        '<link rel="canonical" href="https://example.org/mini/papers/dynamicvit/">',
        '"@type": "ScholarlyArticle"',
        "rft.au=Rao%2C%20Yongming",
    ):
        assert words in page, words


def test_a_paper_s_page_says_what_is_not_known(mini_site: Path) -> None:
    page = (mini_site / "papers" / "unknown-facts" / "index.html").read_text(encoding="utf-8")
    assert page.count("not known yet") + page.count("Not known yet") >= 8


def test_a_bibtex_entry_is_a_file_of_its_own(mini_site: Path) -> None:
    entry = (mini_site / "papers" / "fastv" / "fastv.bib").read_text(encoding="utf-8")
    assert entry.startswith("@inproceedings{")
    assert entry in (mini_site / "exports" / "papers.bib").read_text(encoding="utf-8")


def test_a_term_s_page_lists_its_papers_by_year(mini_site: Path) -> None:
    page = (mini_site / "terms" / "mechanism" / "pruning" / "index.html").read_text(encoding="utf-8")
    assert (
        page.index(">2024 ")
        < page.index("An Image is Worth")
        < page.index(">2021 ")
        < page.index("DynamicViT:")
    )
    assert "Token Merging: Your ViT" not in page


def test_an_earlier_id_leads_to_the_present_page(mini: Path, build: Build) -> None:
    record = mini / "papers" / "2024" / "fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8") + "aliases: [fast-v]\n", encoding="utf-8")
    site = build(Catalogue.load(mini))
    page = (site / "papers" / "fast-v" / "index.html").read_text(encoding="utf-8")
    assert '<meta http-equiv="refresh" content="0; url=../../papers/fastv/">' in page
    assert "papers/fast-v/" not in (site / "sitemap.xml").read_text(encoding="utf-8")


def test_the_page_of_a_paper_that_was_removed_says_so_and_why(mini: Path, build: Build) -> None:
    (mini / "papers" / "2024" / "fastv.yaml").unlink()
    entry = (
        'refused:\n  - title: "An <b>Image</b>"\n    arxiv: "2403.06764"\n    reason: "off topic: a & b"\n'
        '    ids: [fastv, fast-v]\n  - {title: "Other", reason: "not confirmed", ids: [other]}\n'
    )
    (mini / "papers" / "refused.yaml").write_text(entry, encoding="utf-8")
    site = build(Catalogue.load(mini))
    for gone in ("fastv", "fast-v"):
        page = (site / "papers" / gone / "index.html").read_text(encoding="utf-8")
        assert "<h1>This paper is no longer in the catalogue</h1>" in page
        assert "An &lt;b&gt;Image&lt;/b&gt;" in page
        assert "Off topic: a &amp; b." in page
        assert '<meta name="robots" content="noindex">' in page
        assert 'href="https://arxiv.org/abs/2403.06764"' in page
        assert f"papers/{gone}/" not in (site / "sitemap.xml").read_text(encoding="utf-8")
    other = (site / "papers" / "other" / "index.html").read_text(encoding="utf-8")
    assert "arxiv.org" not in other
    listed = json.loads((site / "api" / "v1" / "changes.json").read_text(encoding="utf-8"))["changes"]
    assert "fastv" not in {paper["id"] for paper in listed}


def test_the_earlier_key_of_a_term_leads_to_its_present_page(mini: Path, build: Build) -> None:
    criteria = mini / "papers" / "vocabulary" / "criteria.yaml"
    terms = yaml_files.read(criteria)
    terms["attention"]["aliases"] = ["attention-score", "similarity-free", "Attention maps", "self_attention"]
    criteria.write_text(json.dumps(terms), encoding="utf-8")
    site = build(Catalogue.load(mini))
    page = (site / "terms" / "criterion" / "attention-score" / "index.html").read_text(encoding="utf-8")
    assert '<meta http-equiv="refresh" content="0; url=../../../terms/criterion/attention/">' in page
    assert "This term has a new address" in page
    assert "attention-score" not in (site / "sitemap.xml").read_text(encoding="utf-8")
    made = {path.name for path in (site / "terms" / "criterion").iterdir() if path.is_dir()}
    assert made == {*terms, "attention-score", "similarity-free"}, "words that are no keys get no page"


def test_an_earlier_key_that_the_label_spells_leads_on_and_is_no_other_name(mini: Path, build: Build) -> None:
    criteria = mini / "papers" / "vocabulary" / "criteria.yaml"
    terms = yaml_files.read(criteria)
    terms["attention"] |= {"label": "Attention score", "aliases": ["attention-score", "Attention maps"]}
    criteria.write_text(json.dumps(terms), encoding="utf-8")
    pages = build(Catalogue.load(mini)) / "terms" / "criterion"
    assert "new address" in (pages / "attention-score" / "index.html").read_text(encoding="utf-8")
    assert "<dd>Attention maps</dd>" in (pages / "attention" / "index.html").read_text(encoding="utf-8")


def test_a_term_s_page_names_examples(mini: Path, build: Build) -> None:
    criteria = mini / "papers" / "vocabulary" / "criteria.yaml"
    terms = yaml_files.read(criteria)
    terms["attention"]["examples"] = ["CLS & others", "Roll-out"]
    criteria.write_text(json.dumps(terms), encoding="utf-8")
    site = build(Catalogue.load(mini))
    page = (site / "terms" / "criterion" / "attention" / "index.html").read_text(encoding="utf-8")
    assert "<dt>Such as</dt><dd>CLS &amp; others, Roll-out</dd>" in page
    told = json.loads((site / "api" / "v1" / "terms" / "criterion" / "attention.json").read_text("utf-8"))
    assert told["examples"] == ["CLS & others", "Roll-out"]
    details = json.loads(next(site.glob("browse/details*.json")).read_text(encoding="utf-8"))
    assert details["examples"] == {"criterion": {"attention": ["CLS & others", "Roll-out"]}}


def test_an_alias_takes_no_page_away_from_another_term(mini: Path, build: Build) -> None:
    venues = mini / "papers" / "vocabulary" / "venues.yaml"
    terms = yaml_files.read(venues)
    terms["ECCV"]["aliases"] = ["eccv"]
    venues.write_text(json.dumps(terms), encoding="utf-8")
    page = (build(Catalogue.load(mini)) / "terms" / "venue" / "eccv" / "index.html").read_text(
        encoding="utf-8"
    )
    assert "new address" not in page


def test_the_sitemap_names_every_page_and_no_date(mini_site: Path) -> None:
    sitemap = (mini_site / "sitemap.xml").read_text(encoding="utf-8")
    assert "<loc>https://example.org/mini/</loc>" in sitemap
    assert "/offline/" not in sitemap, "it stands in for others"
    assert sitemap.count("<loc>") == len(list(mini_site.rglob("index.html"))) - 1
    assert "lastmod" not in sitemap


def test_the_sitemap_of_a_site_whose_address_has_other_letters_is_in_ascii(mini: Path, build: Build) -> None:
    catalogue = Catalogue.load(mini)
    config = catalogue.config.model_copy(update={"base_url": "https://пример.рф/сыр/"})
    sitemap = (build(replace(catalogue, config=config)) / "sitemap.xml").read_text(encoding="ascii")
    assert "<loc>https://xn--e1afmkfd.xn--p1ai/%D1%81%D1%8B%D1%80/browse/</loc>" in sitemap


def test_without_base_url_and_repository_nothing_points_at_them(mini: Path, build: Build) -> None:
    config = mini / "papers" / "catalogue.yaml"
    text = re.sub(r"(?m)^(base_url|repository): .*\n", "", config.read_text(encoding="utf-8"))
    config.write_text(text, encoding="utf-8")
    site = build(Catalogue.load(mini))
    page = (site / "papers" / "fastv" / "index.html").read_text(encoding="utf-8")
    assert "canonical" not in page
    assert "Edit this record" not in page
    assert not (site / "sitemap.xml").exists()


# ------------------------------------------------------------------------------ hostile text

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</title></textarea></script><svg onload=alert(1)>",
    "{{ config }} {% raw %} {{catalogue:body}}",
    "{{catalogue:head}}<!-- --!> ]]>",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_record_is_shown_and_never_understood(
    text: str, mini_catalogue: Catalogue, build: Build
) -> None:
    hostile = mini_catalogue["fastv"].model_copy(
        update={
            "title": text,
            "former_titles": (text,),
            "name": text,
            "authors": (text,),
            "venue": text,
            "summary": text,
            "criterion": (text,),
            "keywords": (text,),
            "provenance": {"title": text, text: "x"},
            "bibtex": f"@misc{{x, title = {{{text}}}}}",
        }
    )
    others = tuple(paper for paper in mini_catalogue.papers if paper.id != "fastv")
    catalogue = Catalogue(
        mini_catalogue.root,
        mini_catalogue.config,
        mini_catalogue.vocabulary,
        (*others, hostile),
        mini_catalogue.files,
    )
    harmless = dict(_pages(build(mini_catalogue)))
    for name, page in _pages(build(catalogue)):
        usual = harmless.get(name) or harmless["authors/liang-chen/index.html"]
        assert page.scripts == usual.scripts, name
        assert not [link for link in page.loads if link == "x"], name
    shown = _text_of((build(catalogue) / "papers" / "fastv" / "index.html").read_text(encoding="utf-8"))
    assert shown.count(" ".join(text.split())) >= 8


def _text_of(html: str) -> str:
    class Text(HTMLParser):
        said = ""

        def handle_data(self, data: str) -> None:
            self.said += data + " "

    parser = Text()
    parser.feed(html)
    return " ".join(parser.said.split())
