"""Text from strangers reaches every list, page, feed and export as text, and as nothing else."""

from __future__ import annotations

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import bibtexparser
import pytest
from markdown_it import MarkdownIt

from catalog import bibtex, checks, exports, lists
from catalog.catalogue import Catalogue
from catalog.record import Paper, to_data
from catalog.record_files import render_record
from catalog.site import build_site
from catalog.vocabulary import Vocabulary
from tests.conftest import REPOSITORY, MakeCatalogue

HOSTILE = {
    "script": "<script>window.pwned=1</script>",
    "attribute": '"><img src=x onerror="window.pwned=1">',
    "single-quote": "' onmouseover='window.pwned=1",
    "jinja": "{{ 7*7 }} {% raw %} {# no #}",
    "link": "[x](javascript:window.pwned=1) ![y](https://evil.example/z.png)",
    "table": "a | b | c",
    "close": "</details></pre></div></script><h1>",
    "comment": "<!-- open --!> --> <![CDATA[",
    "mention": "@octocat #1 :smile: $x^2$ https://evil.example www.evil.example a@evil.example",
    "fence": "``` `x` ~~~ * _ ** __ \\ ~~a~~",
    "entity": "&lt;b&gt; &amp;amp; &#x3C;",
    "list": "1. one - two + three # four > five",
}
"""Every kind of text that some renderer might take for more than text."""

TEMPLATES = REPOSITORY / "site_templates"


def hostile_record(name: str, text: str, vocabulary: Vocabulary) -> str:
    """A valid record with *text* in every field that takes free text."""
    paper = Paper.model_validate(
        {
            "id": name,
            "title": f"{text} {name} title",
            "former_titles": [f"{text} {name} former"],
            "name": text,
            "authors": [f"Given {text} Family".replace(";", ""), "Second Author"],
            "venue": "ECCV",
            "year": 2024,
            "published": "2024-03",
            "identifiers": {"arxiv": f"2403.{10000 + list(HOSTILE).index(name)}"},
            "links": {"code": [f"https://example.org/{name}?q=');alert(1)//&a=b"]},
            "domain": ["vision"],
            "setting": ["understanding"],
            "criterion": ["attention"],
            "mechanism": ["pruning"],
            "summary": f"{text} summary",
            "provenance": {"criterion": f"paper: {text}"},
            "listed_in": ["first-list"],
        }
    )
    entry = bibtex.render(paper, vocabulary, key=f"{name}2024")
    return render_record(to_data(paper.model_copy(update={"bibtex": entry})))


@pytest.fixture
def hostile(make_catalogue: MakeCatalogue, mini_catalogue: Catalogue) -> Catalogue:
    """A catalogue in which every record attacks."""
    vocabulary = mini_catalogue.vocabulary
    files = {f"2024/{name}.yaml": hostile_record(name, text, vocabulary) for name, text in HOSTILE.items()}
    return Catalogue.load(make_catalogue(files))


class Elements(HTMLParser):
    """Counts elements, and keeps every attribute and all text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @classmethod
    def of(cls, html: str) -> Elements:
        parser = cls()
        parser.feed(html)
        parser.close()
        return parser

    def assert_inert(self, place: str) -> None:
        """No handler, no script address, no foreign picture."""
        for name, value in self.attributes:
            assert not name.startswith("on"), f"{place}: an event handler {name}={value}"
            assert not value.strip().lower().startswith("javascript:"), f"{place}: {name}={value}"
            if name in ("src", "href"):
                assert "evil" not in (urlsplit(value).hostname or ""), f"{place}: {name}={value}"


def test_the_hostile_records_are_valid(hostile: Catalogue) -> None:
    assert [f for f in checks.run(hostile) if f.severity == "error"] == []
    assert len(hostile) == len(HOSTILE)


def test_lists_show_the_titles_and_nothing_else(hostile: Catalogue) -> None:
    outputs = lists.render_all(hostile, TEMPLATES)
    text = outputs["papers/lists/vision-understanding.md"]
    rendered = (
        MarkdownIt("commonmark", {"html": True, "linkify": False})
        .enable(["table", "strikethrough"])
        .render(text)
    )
    page = Elements.of(rendered)
    page.assert_inert("list")
    assert page.tags["script"] == page.tags["iframe"] == page.tags["table"] == page.tags["s"] == 0
    assert page.tags["details"] == len(HOSTILE)
    shown = " ".join("".join(page.text).split())
    for name, attack in HOSTILE.items():
        assert f"{attack} {name} title" in shown.replace(" @", "@").replace("@ ", "@"), name


def test_pages_show_the_text_and_grow_no_element(hostile: Catalogue, tmp_path: Path) -> None:
    build_site(hostile, TEMPLATES, tmp_path / "site", cache=tmp_path / "cache")
    harmless = tmp_path / "site" / "papers" / "table" / "index.html"
    expected = Elements.of(_without_papers_alike(harmless.read_text(encoding="utf-8"))[0]).tags
    for path in sorted((tmp_path / "site").rglob("*.html")):
        page = Elements.of(path.read_text(encoding="utf-8"))
        page.assert_inert(path.name)
        if path.parent.name in HOSTILE and path.parent.parent.name == "papers":
            rest, alike = _without_papers_alike(path.read_text(encoding="utf-8"))
            assert Elements.of(rest).tags == expected, f"{path.parent.name} grew elements"
            assert set(Elements.of(alike).tags) <= {"section", "h2", "h3", "ul", "li", "a", "p"}
            shown = " ".join("".join(page.text).split())
            assert f"{HOSTILE[path.parent.name]} {path.parent.name} title" in shown


def _without_papers_alike(html: str) -> tuple[str, str]:
    """The page without the section whose length depends on the other records, and that section."""
    start = html.find('<section class="alike"')
    if start < 0:
        return html, ""
    end = html.index("</section>", start) + len("</section>")
    return html[:start] + html[end:], html[start:end]


def test_data_files_are_json_that_html_may_hold(hostile: Catalogue, tmp_path: Path) -> None:
    build_site(hostile, TEMPLATES, tmp_path / "site", cache=tmp_path / "cache")
    files = sorted((tmp_path / "site").rglob("*.json"))
    assert files
    for path in files:
        json.loads(path.read_text(encoding="utf-8"))


def test_exports_give_the_same_text_back(hostile: Catalogue) -> None:
    rows = [json.loads(line) for line in exports.get("jsonl").text(hostile.papers, hostile).splitlines()]
    assert {row["title"] for row in rows} == {f"{text} {name} title" for name, text in HOSTILE.items()}
    library = bibtexparser.parse_string(exports.get("bibtex").text(hostile.papers, hostile))
    assert not library.failed_blocks
    assert len(library.entries) == len(HOSTILE)
    for paper in hostile:
        assert paper.bibtex
        entry = bibtex.parse_entry(paper.bibtex)
        assert bibtex.disagreements(entry, paper, hostile.vocabulary) == []
