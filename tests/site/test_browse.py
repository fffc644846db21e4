"""What the browse page holds before any script runs, and the data that its scripts load."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.exports import bibtex
from catalog.findings import CatalogError
from catalog.query import parse, select
from catalog.record import Paper
from catalog.site import browse, browse_data
from catalog.site.browse_help import queries
from catalog.site.modules import needed_at_once
from catalog.templating import html_environment
from catalog.wording import Labels, Wording
from tests.site.conftest import Build

REPOSITORY = Path(__file__).parents[2]


class Page(HTMLParser):
    """The body's elements, in order, as (tag, attributes, text directly in it)."""

    VOID = frozenset({"col", "input", "link", "meta", "br", "img", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in self.VOID:
            self.open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self.open.pop()][0] == tag, f"unbalanced </{tag}>"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.elements[self.open[-1]][2].append(data)

    def all(self, tag: str, **wanted: str) -> list[tuple[dict[str, str | None], str]]:
        """Attributes and text of every *tag* whose attributes begin so; ``_class`` is the class."""
        names = {name.strip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [
            (attributes, "".join(text).strip())
            for found, attributes, text in self.elements
            if found == tag and all((attributes.get(name) or "").startswith(v) for name, v in names.items())
        ]


def body_of(catalogue: Catalogue) -> str:
    return browse.body(catalogue, html_environment(REPOSITORY / "site_templates"))


def index_of(catalogue: Catalogue) -> dict[str, Any]:
    return data_of(catalogue, "index")


def data_of(catalogue: Catalogue, name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(browse.data_files(catalogue)[f"browse/{name}.json"])
    return data


def terms_in_index(index: dict[str, Any], field: str) -> dict[str, list[str]]:
    """Paper's id -> labels of its terms."""
    facet = next(facet for facet in index["facets"] if facet["field"] == field)
    return {
        paper_id: [facet["terms"][code][1] for code in (codes if isinstance(codes, list) else [codes])]
        for paper_id, codes in zip(index["id"], facet["codes"], strict=True)
    }


Change = Callable[..., Catalogue]


@pytest.fixture
def with_changed(mini_catalogue: Catalogue) -> Change:
    """The small catalogue with other values in the record of FastV."""

    def change(**values: object) -> Catalogue:
        papers = [
            Paper.model_validate({**paper.model_dump(), **values}, strict=False)
            if paper.id == "fastv"
            else paper
            for paper in mini_catalogue
        ]
        return replace(mini_catalogue, papers=tuple(papers))

    return change


def test_the_newest_papers_stand_in_the_page_in_order(mini_catalogue: Catalogue) -> None:
    page = Page(body_of(mini_catalogue))

    links = [attributes["href"] for attributes, _ in page.all("a", href="../papers/")]

    assert links == [
        "../papers/data-centric-compression/",
        "../papers/toca/",
        "../papers/fastv/",
        "../papers/tome/",
        "../papers/dynamicvit/",
        "../papers/unknown-facts/",
    ]


def test_no_more_than_the_first_papers_stand_in_the_page(mini_catalogue: Catalogue) -> None:
    papers = tuple(
        mini_catalogue["fastv"].model_copy(update={"id": f"paper-{number}"}) for number in range(200)
    )

    page = Page(body_of(replace(mini_catalogue, papers=papers)))

    assert len(page.all("a", href="../papers/")) == browse.FIRST_RESULTS
    assert page.all("h2", id="browse-count") == [
        ({"class": "browse__count numeral", "id": "browse-count"}, "200 papers")
    ]


def test_a_result_says_where_by_whom_and_what(mini_catalogue: Catalogue) -> None:
    html = body_of(mini_catalogue)

    assert "ECCV 2024" in html
    assert 'title="Liang Chen, Haozhe Zhao, Tianyu Liu, Shuai Bai, Junyang Lin' in html
    assert 'href="https://arxiv.org/abs/2403.06764"' in html
    assert 'href="https://github.com/pkunlp-icler/FastV"' in html
    assert '<span class="chip chip--name">FastV</span>' in html
    assert 'href="../terms/criterion/attention/">Attention</a>' in html


def test_a_paper_that_is_no_method_says_first_what_it_is(mini_catalogue: Catalogue) -> None:
    page = Page(body_of(mini_catalogue))
    kinds = [text for attributes, text in page.all("a", _class="chip") if attributes["data-field"] == "kind"]
    assert kinds == ["Survey"]
    survey = body_of(mini_catalogue).partition('data-id="data-centric-compression"')[2]
    assert 'href="../terms/kind/survey/"' in survey.partition('<ul class="chips">')[2].partition("</li>")[0]


def test_every_term_leads_to_its_page_and_says_how_many_papers_it_has(mini_catalogue: Catalogue) -> None:
    page = Page(body_of(mini_catalogue))

    rows = [attributes["href"] for attributes, _ in page.all("a", _class="term__row")]

    assert "../terms/domain/vision/" in rows
    assert "../terms/venue/neurips/" in rows
    assert "../years/2024/" in rows
    term = browse_facets(mini_catalogue)["domain"]
    assert [(one.label, one.count) for one in term] == [
        ("Vision", 4),
        ("Multimodal", 2),
        ("Language", 1),
        ("Not known", 1),
    ]


def browse_facets(catalogue: Catalogue) -> dict[str, list[browse.FacetTerm]]:
    papers = list(catalogue.papers)
    return {
        field: list(facet.terms)
        for field, facet in browse.facets_of(papers, catalogue.vocabulary, catalogue.config.labels).items()
    }


def test_what_is_not_known_is_a_term_and_so_is_none(mini_catalogue: Catalogue) -> None:
    terms = terms_in_index(index_of(mini_catalogue), "criterion")

    assert terms["unknown-facts"] == ["Not known"]
    assert terms["data-centric-compression"] == ["None"]
    assert terms["toca"] == ["Attention"]


def test_years_are_newest_first_and_fall_back_on_the_first_public_date(with_changed: Change) -> None:
    catalogue = with_changed(year=None, published="2022-05")

    years = [term.label for term in browse_facets(catalogue)["year"]]

    assert years == ["2025", "2023", "2022", "2021", "Not known"]


def test_the_facet_of_years_says_which_year_it_counts(mini_catalogue: Catalogue) -> None:
    notes = [text for _, text in Page(body_of(mini_catalogue)).all("p", _class="facet__note")]
    assert notes == ["Of the venue, or else of first publication"]


def test_code_and_reference_are_offered_even_where_no_paper_has_them(mini_catalogue: Catalogue) -> None:
    facets = browse_facets(mini_catalogue)

    assert [(one.key, one.count) for one in facets["code"]] == [("yes", 4), ("no", 2)]
    assert [(one.key, one.count) for one in facets["reference_impl"]] == [("yes", 0), ("no", 6)]


def test_a_facet_that_says_nothing_of_any_paper_is_left_out(
    mini_catalogue: Catalogue, with_changed: Change
) -> None:
    def offered(catalogue: Catalogue) -> set[str | None]:
        return {
            attributes["data-field"]
            for attributes, _ in Page(body_of(catalogue)).all("details", _class="facet")
        }

    assert offered(mini_catalogue) >= {"domain", "criterion", "code", "year"}
    assert not offered(mini_catalogue) & {"reference_impl", "keywords"}, "no paper has any"
    assert "reference_impl" in offered(with_changed(reference_impl="fastv"))


def test_one_paper_of_which_little_is_known_has_a_page_without_empty_parts(mini_catalogue: Catalogue) -> None:
    page = Page(body_of(replace(mini_catalogue, papers=(mini_catalogue["unknown-facts"],))))
    assert [text for _, text in page.all("h2", id="browse-count")] == ["1 paper"]
    assert [text for _, text in page.all("button", id="browse-select-all")] == ["Select it"]
    assert [text for _, text in page.all("button", _class="switch__one")] == ["List", "Table"]
    assert not [text for _, text in page.all("summary", _class="facet__title") if text == "Criterion"]


FIELD_NAMES = re.compile(r"\b(?:criteri(?:on|a)|mechanisms?|domains?)\b", re.IGNORECASE)


def test_the_catalogue_s_own_labels_stand_on_every_page_and_in_every_menu(
    mini_catalogue: Catalogue, build: Build
) -> None:
    labels = Labels(criterion="Objective", mechanism="GPU layer", domain="Kind of graph")
    wording = Wording(domain="kind", criterion="what decides", mechanism="what is done")
    config = mini_catalogue.config.model_copy(update={"labels": labels, "wording": wording})
    catalogue = replace(mini_catalogue, config=config)
    facets = {one["field"]: one["label"] for one in index_of(catalogue)["facets"]}
    assert (facets["criterion"], facets["mechanism"]) == ("Objective", "GPU layer")
    site = build(catalogue)
    for page in ("coverage", "terms", "terms/criterion", "about"):
        shown = re.sub(r"<[^>]*>", " ", (site / page / "index.html").read_text(encoding="utf-8"))
        assert "objective" in shown.lower(), page
        assert not FIELD_NAMES.search(shown), page
    headings = re.findall(
        r'<(?:summary class="facet|option|button class="sheet)[^>]*>([^<]*)<', body_of(catalogue)
    )
    assert {"Objective", "GPU layer", "Kind of graph"} <= set(headings)
    assert not any(FIELD_NAMES.search(heading) for heading in headings)


def test_the_columns_of_the_data_describe_the_same_papers(mini_catalogue: Catalogue) -> None:
    index, details = index_of(mini_catalogue), data_of(mini_catalogue, "details")
    row = index["id"].index("fastv")

    assert index["title"][row] == mini_catalogue["fastv"].title
    assert index["former_titles"] == {str(row): list(mini_catalogue["fastv"].former_titles)}
    assert index["name"][row] == "FastV"
    assert details["authors"][row] == list(mini_catalogue["fastv"].authors or ())
    assert index["added"][row] == "2026-11-21"
    assert details["paper"][row] == "https://arxiv.org/abs/2403.06764"
    assert details["code"][row] == "https://github.com/pkunlp-icler/FastV"
    assert index["rows"] == details["rows"]
    assert {len(index[column]) for column in ("id", "title", "name", "added")} == {6}
    assert {len(details[column]) for column in ("authors", "paper", "code")} == {6}
    assert {len(facet["codes"]) for facet in index["facets"] + details["facets"]} == {6}
    assert details["published"][row] == "2024-03-11"
    assert details["identifiers"]["arxiv"][row] == "2403.06764"
    assert details["former_ids"] == {}
    assert details["vocabulary"]["training"][0][:2] == ["free", "Training-free"]


def test_summaries_are_a_file_of_their_own_for_the_same_papers(with_changed: Change) -> None:
    catalogue = with_changed(summary="Drops what few look at.")
    index, summaries = index_of(catalogue), data_of(catalogue, "summaries")

    assert summaries["rows"] == index["rows"]
    assert summaries["summary"].count("Drops what few look at.") == 1
    assert len(summaries["summary"]) == 6
    files = browse_data.search_files(catalogue).values()
    assert not any(b"Drops what" in content for content in files)


def in_format(files: dict[str, bytes], index: dict[str, Any], name: str, ids: list[str]) -> str:
    """These papers in a format, put together as ``exports.js`` does it."""
    chunks = [index["id"].index(paper_id) // index["chunk"] for paper_id in ids]
    read = [json.loads(files[f"browse/{name}-{number}.json"]) for number in chunks]
    texts = [chunk["papers"][paper_id] for chunk, paper_id in zip(read, ids, strict=True)]
    return str(read[0]["before"] + read[0]["between"].join(texts) + read[0]["after"])


@pytest.mark.parametrize("name", [name for name in browse_data.EXPORT_FORMATS if name != "bibtex"])
def test_the_formats_files_hold_what_the_exports_write(
    mini_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(browse_data, "CHUNK", 4)
    files = browse.data_files(mini_catalogue)
    index = json.loads(files["browse/index.json"])
    for ids in (["tome"], ["unknown-facts", "fastv"], ["toca", "dynamicvit", "data-centric-compression"]):
        papers = [mini_catalogue[paper_id] for paper_id in ids]
        assert in_format(files, index, name, ids) == exports.get(name).text(papers, mini_catalogue)


def test_the_bibtex_files_hold_every_paper_s_entry(
    mini_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse_data, "CHUNK", 4)
    files = browse.data_files(mini_catalogue)
    index = json.loads(files["browse/index.json"])
    entries = [f"{entry}\n" for entry in bibtex.entries(mini_catalogue, mini_catalogue)]

    assert in_format(files, index, "bibtex", sorted(mini_catalogue.by_id)) == "\n".join(entries)
    assert sorted(files) == sorted(
        ["browse/details.json", "browse/index.json", "browse/keys.json", "browse/summaries.json"]
        + [f"browse/{name}-{number}.json" for name in browse_data.EXPORT_FORMATS for number in (0, 1)]
    )


def test_every_format_on_offer_is_an_export() -> None:
    assert set(browse_data.EXPORT_FORMATS) <= set(exports.formats())


def test_a_format_is_downloaded_under_its_own_suffix_and_type(mini_catalogue: Catalogue) -> None:
    offered = [item for item, _ in Page(body_of(mini_catalogue)).all("li", _class="menu__format")]
    known = {one.name: (one.suffix, one.media_type) for one in exports.formats().values()}
    assert len(offered) == 2 * len(browse_data.EXPORT_FORMATS)
    assert all(known[str(one["data-format"])] == (one["data-suffix"], one["data-type"]) for one in offered)


def test_the_order_of_the_files_changes_nothing(mini_catalogue: Catalogue) -> None:
    backwards = replace(mini_catalogue, papers=mini_catalogue.papers[::-1])

    assert body_of(backwards) == body_of(mini_catalogue)
    assert browse.data_files(backwards) == browse.data_files(mini_catalogue)


def test_a_catalogue_without_papers_has_a_browse_page(mini_catalogue: Catalogue) -> None:
    empty = replace(mini_catalogue, papers=())

    assert "0 papers" in body_of(empty)
    assert index_of(empty)["id"] == []


@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror="alert(1)">',
        "' onfocus='alert(1)",
        "</template></li></ol><iframe src=//example.com>",
        "{{ 7 * 7 }} {% include 'x' %}",
        "--> ]]> &lt;b&gt;",
    ],
)
def test_hostile_values_stay_text(mini_catalogue: Catalogue, with_changed: Change, value: str) -> None:
    catalogue = with_changed(
        title=value,
        name=value,
        authors=[value] * 4,
        venue=value,
        criterion=[value],
        task=[value],
        former_titles=[value],
    )
    page = Page(body_of(catalogue))
    plain = Page(body_of(mini_catalogue))

    assert [text for _, text in page.all("a", href="../papers/fastv/")] == [value]
    for tag in ("script", "img", "iframe", "template", "ol"):
        assert len(page.all(tag)) == len(plain.all(tag)), tag
    assert not [name for _, attributes, _ in page.elements for name in attributes if name.startswith("on")]
    assert not any(b"<" in content for content in browse.data_files(catalogue).values())
    assert index_of(catalogue)["title"][index_of(catalogue)["id"].index("fastv")] == value


def test_every_address_in_the_page_is_relative_but_those_of_papers_and_code(
    mini_catalogue: Catalogue,
) -> None:
    page = Page(body_of(mini_catalogue))

    own = [
        attributes.get(name) or ""
        for tag, attributes, _ in page.elements
        for name in ("href", "src")
        if name in attributes and "aria-label" not in attributes
    ]

    assert own
    assert all(address.startswith(("../", "#")) for address in own)


def test_the_modules_of_the_first_answer_are_asked_for_at_once_and_no_others(
    mini_catalogue: Catalogue,
) -> None:
    links = Page(body_of(mini_catalogue)).all("link", rel="modulepreload")
    needed, scripts = set(), {"main.js", "service.js"}
    while scripts:
        needed.add(script := scripts.pop())
        text = (REPOSITORY / "site_templates" / "assets" / "browse" / script).read_text(encoding="utf-8")
        scripts |= {*re.findall(r'^import [^;]*"\./(\w+\.js)";$', text, re.MULTILINE)} - needed
    assert sorted(str(link["href"]).rpartition("/")[2] for link, _ in links) == sorted(needed)


def test_a_module_that_another_begins_to_import_is_asked_for_at_once_too(
    mini_catalogue: Catalogue, tmp_path: Path
) -> None:
    shutil.copytree(REPOSITORY / "site_templates", tmp_path / "site_templates")
    scripts = tmp_path / "site_templates" / "assets" / "browse"
    (scripts / "tints.js").write_text("export const TINTS = 5;\n", encoding="utf-8")
    matrix = scripts / "matrix.js"
    text = matrix.read_text(encoding="utf-8")
    matrix.write_text(f'import {{ TINTS }} from "./tints.js";\n{text}', encoding="utf-8")
    page = browse.body(mini_catalogue, html_environment(tmp_path / "site_templates"))
    assert '<link rel="modulepreload" href="../assets/catalogue/browse/tints.js">' in page


def test_a_module_that_is_missing_is_named(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "site_templates" / "assets", tmp_path / "assets")
    (tmp_path / "assets" / "browse" / "bits.js").unlink()
    with pytest.raises(CatalogError, match=r"bits\.js: cannot be read .*; restore it"):
        needed_at_once(tmp_path)


def test_the_help_shows_queries_that_find_papers_of_this_catalogue(mini_catalogue: Catalogue) -> None:
    found_by_words = ("words", "author", "venues", "years", "without")
    shown = queries(mini_catalogue)
    texts = [shown[name] or "" for name in found_by_words] + [
        f'"{shown["words"]}"',
        f"arxiv:{shown['number']}",
    ]
    for text in texts:
        assert list(select(mini_catalogue.papers, parse(text, mini_catalogue.vocabulary))), text
        assert text.removeprefix("arxiv:") in html.unescape(body_of(mini_catalogue))
    assert "eccv 2024 pruning" in body_of(mini_catalogue), "words, among them a venue and a year"
    assert "cvpr" not in body_of(mini_catalogue), "no paper of this catalogue is of that venue"


def test_the_help_names_an_example_of_a_term_that_papers_bear(mini: Path) -> None:
    mechanisms = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    text = mechanisms.read_text(encoding="utf-8").replace("merging: {", "merging: {examples: [ToMe, FastV], ")
    mechanisms.write_text(
        text + 'idle: {label: Idle, definition: "Nothing.", examples: [None]}\n', encoding="utf-8"
    )
    catalogue = Catalogue.load(mini)
    assert queries(catalogue)["covered"] == "pruning ToMe"
    assert "<code>pruning ToMe</code>" in body_of(catalogue)


def test_the_help_names_a_family_and_neither_a_suffix_nor_a_group(mini_catalogue: Catalogue) -> None:
    authors = ("Robert Downey III", "Sammy Davis III", "Qwen Team", "Ada Davis")
    papers = tuple(paper.model_copy(update={"authors": authors}) for paper in mini_catalogue.papers)
    assert queries(replace(mini_catalogue, papers=papers))["author"] == "author:davis"


def test_the_help_gives_no_example_that_an_empty_catalogue_has_none_of(mini_catalogue: Catalogue) -> None:
    empty = replace(mini_catalogue, papers=())
    assert set(queries(empty).values()) == {None}
    assert "code:yes" in body_of(empty)
    assert "None" not in body_of(empty).partition("browse-help-dialog")[2]


def test_a_venue_of_several_words_is_quoted_in_the_help(mini_catalogue: Catalogue) -> None:
    venues = ("Findings of ACL", "Findings of ACL", "ICLR")
    papers = tuple(Paper(id=f"p{number}", title="T", venue=venue) for number, venue in enumerate(venues))
    assert queries(replace(mini_catalogue, papers=papers))["venues"] == 'venue:"findings of acl",iclr'
