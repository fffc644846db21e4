"""What programs read from pages: the facts of the record, and nothing that a catalogue may not claim."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from catalog.catalogue import Catalogue
from catalog.forge import FORM, Forge
from catalog.record import Paper
from catalog.site.extras import digest, service_worker
from catalog.site.frame import load_frames
from catalog.site.pages import Maker
from catalog.site.structured import dataset, open_url, scholarly_article
from catalog.wording import Wording
from tests.site.conftest import TEMPLATES, Build


def _page(site: Path, path: str) -> str:
    return (site / path / "index.html").read_text(encoding="utf-8")


def _json_ld(page: str) -> dict[str, object]:
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    found: dict[str, object] = json.loads(text)
    return found


def test_no_page_has_tags_that_claim_to_host_papers(mini_site: Path) -> None:
    for page in mini_site.rglob("*.html"):
        assert "citation_" not in page.read_text(encoding="utf-8"), page


def test_a_paper_is_described_at_its_own_address_and_not_at_the_page_s(mini_site: Path) -> None:
    data = _json_ld(_page(mini_site, "papers/tome"))
    assert data["@type"] == "ScholarlyArticle"
    assert data["headline"] == "Token Merging: Your ViT But Faster"
    assert data["url"] == "https://arxiv.org/abs/2210.09461"
    assert data["datePublished"] == "2022-10-17"


def test_unknown_facts_are_left_out_of_descriptions(mini_catalogue: Catalogue) -> None:
    data = scholarly_article(mini_catalogue["unknown-facts"], mini_catalogue.vocabulary)
    assert None not in data.values()
    assert not {"author", "publication", "description"} & set(data)


@pytest.mark.parametrize(
    ("facts", "described"),
    [
        ({}, "Fewer Tokens. By Ada Bo, Jo Da, ICLR 2024."),
        ({"summary": "It merges tokens."}, "It merges tokens. By Ada Bo, Jo Da, ICLR 2024."),
        ({"summary": "It merges tokens"}, "It merges tokens. By Ada Bo, Jo Da, ICLR 2024."),
        ({"title": 'Are Tokens "Needed?"'}, 'Are Tokens "Needed?" By Ada Bo, Jo Da, ICLR 2024.'),
        ({"authors": None}, "Fewer Tokens. ICLR 2024."),
        ({"venue": None, "year": None}, "Fewer Tokens. By Ada Bo, Jo Da."),
        ({"authors": ("A", "B", "C", "D"), "venue": None, "year": None}, "Fewer Tokens. By A, B, C et al."),
        ({"authors": None, "venue": None, "year": None}, "Fewer Tokens."),
    ],
)
def test_a_paper_is_described_in_whole_sentences(
    mini_catalogue: Catalogue, build: Build, facts: dict[str, object], described: str
) -> None:
    known = {"title": "Fewer Tokens", "authors": ("Ada Bo", "Jo Da"), "venue": "ICLR", "year": 2024}
    paper = Paper.model_validate({"id": "x", **known, **facts})
    page = _page(build(mini_catalogue.with_papers([paper])), "papers/x")
    (found,) = re.findall(r'<meta name="description" content="(.*?)">', page)
    assert unescape(found) == described


def test_hostile_text_does_not_leave_the_description(mini_catalogue: Catalogue, mini_site: Path) -> None:
    assert "</script>" not in json.dumps(_json_ld(_page(mini_site, "")))


def test_the_front_page_describes_the_data_set_with_its_files(mini_site: Path) -> None:
    data = _json_ld(_page(mini_site, ""))
    assert data["@type"] == "Dataset"
    links = [part["contentUrl"] for part in data["distribution"]]  # type: ignore[attr-defined]
    assert "https://example.org/mini/exports/papers.bib" in links
    assert "https://example.org/mini/api/v1/papers.parquet" in links


def test_a_data_set_of_nobody_names_nobody(mini_catalogue: Catalogue) -> None:
    config = mini_catalogue.config.model_copy(update={"maintainers": ()})
    assert "creator" not in dataset(config, "./", {}, None)


def test_a_data_set_names_its_licence_by_an_address(mini_catalogue: Catalogue) -> None:
    config = mini_catalogue.config.model_copy(update={"license": "CC-BY-4.0"})
    assert dataset(config, "./", {}, None)["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert "license" not in dataset(mini_catalogue.config, "./", {}, None)


def test_citation_managers_read_title_authors_and_doi(mini_catalogue: Catalogue) -> None:
    paper = Paper(
        id="x",
        title="A & B",
        authors=("Laurens van der Maaten", "Bo"),
        identifiers={"doi": "10.1000/x&y"},  # type: ignore[arg-type]
    )
    fields = parse_qs(open_url(paper, mini_catalogue.vocabulary))
    assert fields["rft.atitle"] == ["A & B"]
    assert fields["rft.au"] == ["van der Maaten, Laurens", "Bo"]
    assert fields["rft_id"][0] == "info:doi/10.1000/x&y"


def test_programs_read_the_venue_of_the_record_s_own_entry_where_the_record_has_none(
    mini_catalogue: Catalogue,
) -> None:
    entry = "@article{mine, title = {A}, journal = {Journal of Nothing}, volume = {3}, year = {2021}}"
    paper = Paper(id="x", title="A", year=2021, bibtex=entry)
    fields = parse_qs(open_url(paper, mini_catalogue.vocabulary))
    assert (fields["rft.genre"], fields["rft.title"]) == (["article"], ["Journal of Nothing"])
    article = scholarly_article(paper, mini_catalogue.vocabulary)
    assert article["publication"] == {"@type": "Periodical", "name": "Journal of Nothing"}


def test_citation_managers_read_suffixes_and_groups_apart_from_names(mini_catalogue: Catalogue) -> None:
    paper = Paper(id="x", title="A", authors=("Sammy Davis Jr.", "Qwen Team", "Henry Ford III"))
    fields = parse_qs(open_url(paper, mini_catalogue.vocabulary))
    assert fields["rft.au"] == ["Davis Jr., Sammy", "Ford III, Henry"]
    assert fields["rft.aucorp"] == ["Qwen Team"]


@pytest.mark.parametrize(
    ("venue", "year", "date"),
    [("ICLR", 2023, "2023"), ("arXiv", 2022, "2022-10-17"), ("arXiv", None, "2022-10-17")],
)
def test_citation_managers_read_the_date_of_the_version_that_is_cited(
    mini_catalogue: Catalogue, venue: str, year: int | None, date: str
) -> None:
    paper = mini_catalogue["tome"].model_copy(update={"venue": venue, "year": year})
    assert parse_qs(open_url(paper, mini_catalogue.vocabulary))["rft.date"] == [date]


def test_a_group_is_described_as_an_organization(mini_catalogue: Catalogue) -> None:
    paper = Paper(id="x", title="A", authors=("Sammy Davis Jr.", "Qwen Team", "OpenAI"))
    assert scholarly_article(paper, mini_catalogue.vocabulary)["author"] == [
        {"@type": "Person", "name": "Sammy Davis Jr."},
        {"@type": "Organization", "name": "Qwen Team"},
        {"name": "OpenAI"},
    ]


def test_search_can_be_added_to_a_browser(mini_site: Path) -> None:
    root = ElementTree.fromstring((mini_site / "opensearch.xml").read_bytes())
    url = root.find("{http://a9.com/-/spec/opensearch/1.1/}Url")
    assert url is not None
    assert url.get("template") == "https://example.org/mini/browse/?q={searchTerms}"
    assert 'href="../opensearch.xml"' in _page(mini_site, "terms")


def test_robots_are_told_of_the_sitemap(mini_site: Path) -> None:
    robots = (mini_site / "robots.txt").read_text(encoding="utf-8")
    assert "Sitemap: https://example.org/mini/sitemap.xml" in robots
    assert "Disallow" not in robots


def test_the_service_worker_changes_with_any_file_and_only_then(
    mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    frames = load_frames(mini_catalogue, TEMPLATES, frame_cache).frames
    maker = Maker(TEMPLATES, frames, mini_catalogue.config, mini_catalogue.vocabulary)
    files = {"a/index.html": (1, digest(b"x")), "browse/index.json": (5, digest(b"y"))}
    same = dict(reversed(files.items()))
    assert service_worker(maker, files) == service_worker(maker, same)
    for changed in (
        {**files, "a/index.html": (1, digest(b"z"))},
        {**files, "new": (1, digest(b"z"))},
        {"b/index.html": files["a/index.html"], "browse/index.json": files["browse/index.json"]},
    ):
        assert service_worker(maker, changed) != service_worker(maker, files)


def test_large_search_data_is_not_forced_on_visitors(mini_catalogue: Catalogue, frame_cache: Path) -> None:
    frames = load_frames(mini_catalogue, TEMPLATES, frame_cache).frames
    maker = Maker(TEMPLATES, frames, mini_catalogue.config, mini_catalogue.vocabulary)
    small = service_worker(maker, {"browse/index.json": (1_000, b"")})[1]
    large = service_worker(maker, {"browse/index.json": (100_000_000, b"")})[1]
    assert b"browse/index.json" in small
    assert b"browse/index.json" not in large


def test_summaries_are_kept_unasked_only_where_they_fit_beside_what_search_needs(
    mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    frames = load_frames(mini_catalogue, TEMPLATES, frame_cache).frames
    maker = Maker(TEMPLATES, frames, mini_catalogue.config, mini_catalogue.vocabulary)
    search = {"browse/index.json": (1_000_000, b""), "browse/details.json": (1_500_000, b"")}
    small = service_worker(maker, {**search, "browse/summaries.json": (500_000, b"")})[1]
    large = service_worker(maker, {**search, "browse/summaries.json": (500_001, b"")})[1]
    assert b"browse/summaries.json" in small
    assert b"browse/summaries.json" not in large
    assert b"browse/index.json" in large
    assert b"browse/details.json" in large


def test_all_that_the_service_worker_keeps_exists(mini_site: Path) -> None:
    text = (mini_site / "sw.js").read_text(encoding="utf-8")
    shell = json.loads(re.search(r"const SHELL = (\[.*?\]);", text)[1])  # type: ignore[index]
    assert len(shell) > 20
    for path in shell:
        assert (mini_site / path / ("index.html" if path in ("", "browse/", "offline/") else "")).is_file()


def test_a_paper_s_page_leads_to_the_form(mini: Path, build: Build) -> None:
    (mini / FORM).parent.mkdir(parents=True)
    (mini / FORM).write_text("name: Correct a record\n", encoding="utf-8")
    html = (build(Catalogue.load(mini)) / "papers" / "fastv" / "index.html").read_text(encoding="utf-8")
    correction = Forge("https://github.com/example/mini", "main", has_form=True).correction("fastv") or ""
    assert escape(correction) in html


# ------------------------------------------------------------------------------- numbers as CSV


def _rows(site: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((site / "charts" / name).read_text(encoding="utf-8"))))


def test_every_picture_has_its_numbers(mini_site: Path) -> None:
    page = _page(mini_site, "charts")
    for file in re.findall(r'href="([\w-]+\.csv)"', page):
        assert _rows(mini_site, file), file
    shown = 2 * page.count("Numbers as CSV") + 1  # each in two forms, of which one has two parts
    assert page.count("<svg") == shown + 1 + 2, "pictures, mark and theme switch"


def test_the_years_of_the_page_of_years_are_those_of_its_file(mini_site: Path) -> None:
    page = (mini_site / "years" / "index.html").read_text(encoding="utf-8")
    listed = re.findall(r'<a href="(\d{4})/">.*?<span class="numeral">(\d+)</span>', page)
    rows = _rows(mini_site, "papers-by-year.csv")
    assert sorted(listed) == [(row["year"], row["papers"]) for row in rows if row["year"]]
    assert 'href="../charts/papers-by-year.csv"' in page


def test_numbers_of_terms_add_up_to_their_pages(mini_site: Path) -> None:
    rows = _rows(mini_site, "terms-by-year.csv")
    pruning = [int(row["papers"]) for row in rows if (row["field"], row["term"]) == ("mechanism", "pruning")]
    assert sum(pruning) == 2


def test_a_paper_without_a_domain_is_told_from_one_whose_domain_is_unknown(
    mini_catalogue: Catalogue, build: Build
) -> None:
    papers = (Paper(id="a", title="A", year=2024, domain=()), Paper(id="b", title="B", year=2024))
    site = build(replace(mini_catalogue, papers=papers))
    rows = _rows(site, "papers-by-year-and-domain.csv")
    assert [(row["domain"], row["papers"]) for row in rows] == [("none", "1"), ("unknown", "1")]
    assert "No domain known" in _page(site, "charts")


def test_the_matrix_s_numbers_name_every_pair(mini_site: Path) -> None:
    rows = {
        (row["criterion"], row["mechanism"]): row["papers"]
        for row in _rows(mini_site, "criterion-by-mechanism.csv")
    }
    assert rows["attention", "pruning"] == "1"


def test_milestones_are_in_order_of_time(mini_site: Path) -> None:
    assert [row["id"] for row in _rows(mini_site, "milestones.csv")] == ["dynamicvit", "tome", "fastv"]


def test_without_a_dated_milestone_the_numbers_show_none(mini_catalogue: Catalogue, build: Build) -> None:
    config = mini_catalogue.config.model_copy(update={"milestones": ()})
    page = _page(build(replace(mini_catalogue, config=config)), "charts")
    assert "Milestones" not in page
    assert "in three pictures" in page


def test_a_topic_that_begins_a_sentence_keeps_its_capitals(mini_catalogue: Catalogue, build: Build) -> None:
    config = mini_catalogue.config.model_copy(update={"topic": "compression of the KV cache"})
    site = build(replace(mini_catalogue, config=config))
    assert "Compression of the KV cache in four pictures" in _page(site, "charts")
    assert "<h2>Compression of the KV cache over time</h2>" in _page(site, ".")


def test_the_matrix_is_headed_in_the_words_of_the_topic(mini_catalogue: Catalogue, build: Build) -> None:
    wording = Wording(criterion="what decides", mechanism="what is done")
    config = mini_catalogue.config.model_copy(update={"wording": wording})
    page = _page(build(replace(mini_catalogue, config=config)), "charts")
    assert '<h2 id="matrix">What decides, and what is done</h2>' in page
