"""Of more than a thousand papers, every number that a page or a list shows has its comma."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from catalog import lists
from catalog.catalogue import Catalogue
from tests.built import built_once
from tests.conftest import MINI, REPOSITORY
from tests.thousands import OTHERS, PAPERS, bare_numbers, thousands

TEMPLATES = REPOSITORY / "site_templates"
ALL, MOST = f"{PAPERS:,}", f"{PAPERS - OTHERS:,}"


class Told(HTMLParser):
    """What people read or hear of a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.within_code = 0
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within_code += tag in ("pre", "script", "style")
        given = dict(attrs)
        heard = ["aria-label", "title", "alt", "placeholder"]
        if str(given.get("name") or given.get("property")).endswith(("description", "title")):
            heard.append("content")
        self.texts += [value for name in heard if (value := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        self.within_code -= tag in ("pre", "script", "style")

    def handle_data(self, data: str) -> None:
        if not self.within_code:
            self.texts.append(" ".join(data.split()))


@pytest.fixture(scope="module")
def large() -> Catalogue:
    return thousands(Catalogue.load(MINI))


@pytest.fixture(scope="module")
def site(large: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_once("thousands", large, tmp_path_factory)


def test_no_page_has_a_number_without_its_comma(site: Path) -> None:
    alike = {page for page in site.glob("papers/*/index.html") if page.parent.name[-1] != "a"}
    pages = [page for page in site.rglob("*.html") if page not in alike]
    told = {page.relative_to(site).as_posix(): Told(page).texts for page in pages}
    assert {page: bare for page, texts in told.items() if (bare := bare_numbers(texts))} == {}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("", f"Browse all {ALL} papers"),
        ("browse/", f"Search and filter all {ALL} papers of Mini."),
        ("browse/", f"{ALL} papers"),
        ("browse/", f"Select all {ALL}"),
        ("browse/", MOST),
        ("coverage/", MOST),
        ("charts/", MOST),
        ("exports/", f"{ALL} papers · "),
        ("years/", MOST),
        ("years/2024/", f"{MOST} papers on token compression of 2024."),
        ("terms/training/", MOST),
        ("terms/training/free/", MOST),
        ("authors/ada-chen/", f"The {MOST} papers by Ada Chen in Mini."),
    ],
)
def test_a_page_says_how_many_with_a_comma(site: Path, page: str, said: str) -> None:
    assert any(text.startswith(said) for text in Told(site / page / "index.html").texts)


def test_what_programs_read_has_no_comma(site: Path) -> None:
    assert f'data-papers="{PAPERS}"' in (site / "browse" / "index.html").read_text(encoding="utf-8")
    assert f"2024,{PAPERS - OTHERS}" in (site / "charts" / "papers-by-year.csv").read_text(encoding="utf-8")
    assert f'"count":{PAPERS - OTHERS},' in (site / "api" / "v1" / "terms.json").read_text(encoding="utf-8")


def test_the_lists_and_the_readme_have_commas(large: Catalogue) -> None:
    texts = lists.render_all(large, TEMPLATES)
    assert f"**{ALL} papers, {MOST} with code.**" in texts["README.md"]
    pages = {name: text for name, text in texts.items() if name.endswith(".md")}
    assert {name: bare for name, text in pages.items() if (bare := bare_numbers(text.splitlines()))} == {}
    for name in ("timeline-light.svg", "timeline-dark.svg"):
        assert f"the {ALL} papers of the catalogue" in texts[f"papers/lists/{name}"]
