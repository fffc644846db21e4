"""Authors: an address for every name, and no claim that one name is one person."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from catalog.catalogue import Catalogue
from catalog.site.people import Authors, author_links, author_slug
from tests.site.conftest import Build


def _with_authors(catalogue: Catalogue, **authors: tuple[str, ...]) -> Catalogue:
    papers = tuple(
        paper.model_copy(update={"authors": authors[paper.id]}) if paper.id in authors else paper
        for paper in catalogue.papers
    )
    return replace(catalogue, papers=papers)


def test_every_author_of_every_paper_has_a_page(mini_catalogue: Catalogue, mini_site: Path) -> None:
    addresses = {address for paper in mini_catalogue.papers for _, address in author_links(paper)}
    assert len(addresses) > 20
    assert {address for address in addresses if not (mini_site / address / "index.html").is_file()} == set()


def test_an_author_s_page_lists_the_papers_and_says_that_names_are_not_people(mini_site: Path) -> None:
    page = (mini_site / "authors" / "judy-hoffman" / "index.html").read_text(encoding="utf-8")
    assert "Token Merging: Your ViT But Faster" in page
    assert "people with the same name share this page" in page
    assert "DynamicViT" not in page


def test_spellings_of_one_name_share_a_page_under_the_most_frequent(mini_catalogue: Catalogue) -> None:
    catalogue = _with_authors(
        mini_catalogue, fastv=("Christopher Ré",), tome=("Christopher Re",), toca=("christopher ré", "Bo Li")
    )
    catalogue = _with_authors(catalogue, dynamicvit=("Christopher Ré", "Christopher Ré"))
    author = Authors.of(catalogue).by_slug["christopher-re"]
    assert (author.name, author.spellings) == ("Christopher Ré", ("Christopher Re", "christopher ré"))
    assert [paper.id for paper in author.papers] == ["toca", "fastv", "tome", "dynamicvit"]


def test_names_with_the_same_letters_point_at_each_other_and_are_not_merged(
    mini_catalogue: Catalogue,
) -> None:
    catalogue = _with_authors(
        mini_catalogue,
        fastv=("Shu-Tao Xia", "Heng Tao Shen", "Li Ming", "J. Zhang", "..."),
        tome=("Shutao Xia", "Hengtao Shen", "Ming Li", "J Zhang", "?!"),
        toca=("Shu Tao Xia", "HENGTAO SHÉN"),
    )
    authors = Authors.of(catalogue).by_slug
    also = {key: [other.name for other in author.see_also] for key, author in authors.items()}
    assert {key: names for key, names in also.items() if names} == {
        "shu-tao-xia": ["Shutao Xia"],
        "shutao-xia": ["Shu Tao Xia"],
        "heng-tao-shen": ["HENGTAO SHÉN"],
        "hengtao-shen": ["Heng Tao Shen"],
    }
    assert authors["shutao-xia"].see_also[0].papers == len(authors["shu-tao-xia"].papers) == 2


def test_a_page_points_at_the_other_writing_and_says_that_it_may_be_someone_else(
    mini_catalogue: Catalogue, build: Build
) -> None:
    site = build(_with_authors(mini_catalogue, fastv=("Shu-Tao Xia",), tome=("Shutao Xia", "Ada Re")))
    page = (site / "authors" / "shutao-xia" / "index.html").read_text(encoding="utf-8")
    assert '<a href="../../authors/shu-tao-xia/">Shu-Tao Xia</a>' in page
    assert "whether Shu-Tao Xia is the same person is not known" in page
    assert "See also" not in (site / "authors" / "ada-re" / "index.html").read_text(encoding="utf-8")


def test_the_file_of_names_holds_every_author_with_the_folder_where_no_script_could_tell_it(
    mini_catalogue: Catalogue, build: Build
) -> None:
    catalogue = _with_authors(
        mini_catalogue,
        fastv=("Christopher Ré", "李明"),
        tome=("Christopher Re", "Bo Li"),
        toca=("Christopher Ré",),
    )
    site = build(catalogue)
    rows = json.loads((site / "authors" / "names.json").read_text(encoding="utf-8"))
    assert rows[0] == ["Christopher Ré", 3, "", "Christopher Re"]
    assert ["Bo Li", 1] in rows
    assert ["李明", 1, author_slug("李明")] in rows
    assert {row[0] for row in rows} == {author.name for author in Authors.of(catalogue).by_slug.values()}


def test_names_without_latin_letters_do_not_fall_together() -> None:
    assert author_slug("李明") != author_slug("王芳")
    assert author_slug("李明") == author_slug("李明")


def test_those_with_most_papers_come_first_and_equals_by_name(mini_catalogue: Catalogue) -> None:
    papers = tuple(
        mini_catalogue[paper_id].model_copy(update={"authors": authors})
        for paper_id, authors in (("fastv", ("b", "C", "A")), ("tome", ("C",)))
    )
    authors = Authors.of(replace(mini_catalogue, papers=papers))
    assert [author.name for author in authors.by_number()] == ["C", "A", "b"]


@given(st.text(min_size=1))
def test_any_name_becomes_a_folder_name_that_needs_no_quoting(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", author_slug(name))


def test_a_name_is_searched_for_only_where_that_finds_the_author_s_papers_and_no_others(
    mini_catalogue: Catalogue,
) -> None:
    names = ["Hui Chen", "Hui Chen Li", "Łukasz Kaiser", "Lukasz Kaiser", "Ada Ré", "Ada Re", "王伟", "..."]
    papers = [
        mini_catalogue["tome"].model_copy(update={"id": f"p{at}", "authors": (name,)})
        for at, name in enumerate(names)
    ]
    authors = Authors.of(replace(mini_catalogue, papers=tuple(papers))).by_slug
    assert {author.name for author in authors.values() if author.found_by_name} == {
        "Hui Chen Li",
        "Lukasz Kaiser",
        "Ada Re",
        "王伟",
    }
