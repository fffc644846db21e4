"""The CSL-JSON export, read by a citation processor."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.exports import citations
from catalog.exports.bibtex import unique_keys
from catalog.record import Paper


def items(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    written = json.loads(exports.get("csl-json").text(catalogue, catalogue))
    return {paper.id: item for paper, item in zip(catalogue, written, strict=True)}


def test_an_items_id_is_the_papers_bibtex_key(rich_catalogue: Catalogue) -> None:
    assert {paper_id: item["id"] for paper_id, item in items(rich_catalogue).items()} == unique_keys(
        rich_catalogue
    )


def test_every_item_agrees_with_its_record(rich_catalogue: Catalogue) -> None:
    for paper_id, item in items(rich_catalogue).items():
        paper = rich_catalogue[paper_id]
        assert item["title"] == paper.title
        assert len(item.get("author", ())) == len(paper.authors or ())
        assert item.get("issued", {"date-parts": [[None]]})["date-parts"][0][0] == paper.year
        assert item.get("DOI") == paper.identifiers.doi


def test_a_published_paper_names_its_venue_and_a_preprint_its_server(rich_catalogue: Catalogue) -> None:
    known = items(rich_catalogue)
    assert known["fastv"]["type"] == "paper-conference"
    assert known["fastv"]["container-title"] == "European Conference on Computer Vision"
    journal = known["journal"]
    assert (journal["type"], journal["volume"], journal["issue"], journal["page"]) == (
        "article-journal",
        "46",
        "3",
        "12-34",
    )
    preprint = known["long-list"]
    assert (preprint["type"], preprint["publisher"], preprint["number"]) == (
        "article",
        "arXiv",
        "arXiv:2201.01234",
    )
    assert preprint["issued"] == {"date-parts": [[2022, 1, 5]]}
    assert known["unknown-facts"] == {
        "id": unique_keys(rich_catalogue)["unknown-facts"],
        "type": "document",
        "title": "A Paper of Which Little Is Known: Müller's Théorie",
    }


def test_names_come_in_their_parts(rich_catalogue: Catalogue) -> None:
    assert items(rich_catalogue)["journal"]["author"] == [
        {"family": "Maaten", "given": "Laurens", "non-dropping-particle": "van der"},
        {"family": "Davis", "given": "Sammy", "suffix": "Jr."},
        {"literal": "Qwen Team"},
        {"family": "Šimek", "given": "Émile"},
    ]


def test_a_processor_cites_every_item_without_a_warning(rich_catalogue: Catalogue) -> None:
    data = list(items(rich_catalogue).values())
    style = CitationStylesStyle(str(citations.STYLES / "apa.csl"), validate=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bibliography = CitationStylesBibliography(style, CiteProcJSON(data), formatter.plain)
        bibliography.register(Citation([CitationItem(item["id"]) for item in data]))
        cited = [str(entry) for entry in bibliography.bibliography()]
    assert len(cited) == len(rich_catalogue)
    assert any("van der Maaten" in entry for entry in cited)


def test_an_entry_that_cannot_be_read_costs_its_pages_and_not_the_item(rich_catalogue: Catalogue) -> None:
    paper = rich_catalogue["journal"].model_copy(update={"bibtex": "@article{broken"})
    (item,) = json.loads(exports.get("csl-json").text([paper], rich_catalogue))
    assert item["container-title"].startswith("IEEE Transactions")
    assert "volume" not in item


def of_entry(catalogue: Catalogue, entry: str, **fields: Any) -> tuple[Catalogue, dict[str, Any]]:
    """A catalogue with a paper without venue and with this *entry* of its own, and the paper's item."""
    known = {"id": "own", "title": "A Title", "authors": ("Ana Paz Sol", "Google DeepMind"), "year": 2021}
    paper = Paper.model_validate({**known, "bibtex": entry, **fields})
    catalogue = catalogue.with_papers([paper], {"own": "papers/2021/own.yaml"})
    return catalogue, items(catalogue)["own"]


@pytest.mark.parametrize(
    ("entry_type", "place", "kind", "expected"),
    [
        ("article", "journal = {Journal of Nothing}", "article-journal", "container-title"),
        ("inproceedings", "booktitle = {Journal of Nothing}", "paper-conference", "container-title"),
        ("incollection", "booktitle = {Journal of Nothing}", "chapter", "container-title"),
        ("phdthesis", "school = {Journal of Nothing}", "thesis", "publisher"),
        ("techreport", "institution = {Journal of Nothing}", "report", "publisher"),
    ],
)
def test_a_paper_without_venue_is_cited_as_its_own_entry_says(
    mini_catalogue: Catalogue, entry_type: str, place: str, kind: str, expected: str
) -> None:
    entry = f"@{entry_type}{{k, title = {{A Title}}, author = {{X}}, {place}, year = {{2021}}}}"
    catalogue, item = of_entry(mini_catalogue, entry)
    assert (item["id"], item["type"], item[expected]) == ("k", kind, "Journal of Nothing")
    for style in ("apa", "ieee", "markdown", "ris"):
        assert "Journal of Nothing" in exports.get(style).text([catalogue["own"]], catalogue)


def test_a_book_is_cited_by_its_editors_once(mini_catalogue: Catalogue) -> None:
    entry = (
        "@book{k, title = {A Title}, editor = {Lidar, Daniel A and Brun, Todd A}, publisher = {MIT Press}, "
        "edition = {2}, year = {2021}}"
    )
    catalogue, item = of_entry(mini_catalogue, entry, authors=None)
    assert (item["type"], item["publisher"]) == ("book", "MIT Press")
    (cited,) = exports.get("apa").text([catalogue["own"]], catalogue).splitlines()
    assert cited.startswith("Lidar, D. A., & Brun, T. A. (Eds.). (2021). A Title")
    assert cited.count("Lidar") == 1
    assert "TY  - BOOK\n" in exports.get("ris").text([catalogue["own"]], catalogue)


def test_names_are_divided_as_the_record_s_own_entry_divides_them(mini_catalogue: Catalogue) -> None:
    entry = "@misc{k, title = {A Title}, author = {Paz Sol, Ana and {Google DeepMind}}, year = {2021}}"
    _, item = of_entry(mini_catalogue, entry)
    assert item["author"] == [{"family": "Paz Sol", "given": "Ana"}, {"literal": "Google DeepMind"}]
