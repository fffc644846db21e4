"""Two records of one paper are refused and both are named; look-alikes are pointed out."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.findings import Finding, Fix, Related
from tests.checks.checking import findings, record
from tests.conftest import MakeCatalogue

OLD: dict[str, Any] = {"added": "2026-01-01", "title": "Alpha Beta Gamma", "identifiers": {}, "bibtex": None}
NEW: dict[str, Any] = {
    "added": "2026-02-01",
    "title": "Delta Epsilon Zeta",
    "identifiers": {},
    "bibtex": None,
}


def two(make_catalogue: MakeCatalogue, old: dict[str, Any], new: dict[str, Any], *rules: str) -> list[Any]:
    """Findings on two records; the newer one, ``a-new``, comes first by name."""
    files = {
        "2024/z-old.yaml": record("z-old", **{**OLD, **old}),
        "2024/a-new.yaml": record("a-new", **{**NEW, **new}),
    }
    return findings(make_catalogue(files), *rules)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arxiv", "2403.06764"),
        ("doi", "10.1000/abc"),
        ("openreview", "JroZRaRw7Eu"),
        ("anthology", "2024.acl-long.12"),
    ],
)
def test_a_shared_identifier_is_refused_on_the_newer_record_and_both_are_named(
    make_catalogue: MakeCatalogue, name: str, value: str
) -> None:
    shared = {"identifiers": {name: value}}
    (finding,) = two(make_catalogue, shared, shared, f"duplicate-{name}")
    assert (finding.file, finding.severity) == ("papers/2024/a-new.yaml", "error")
    assert "'a-new'" in finding.message
    assert "'z-old' (papers/2024/z-old.yaml)" in finding.message
    assert value in finding.message


def test_dois_are_the_same_whatever_their_case(make_catalogue: MakeCatalogue) -> None:
    old, new = {"identifiers": {"doi": "10.1000/ABC"}}, {"identifiers": {"doi": "10.1000/abc"}}
    assert len(two(make_catalogue, old, new, "duplicate-doi")) == 1


@pytest.mark.parametrize("title", ["Alpha Beta Gamma", "ALPHA beta-gamma!", "Álpha Beta: Gamma"])
def test_the_same_title_is_refused_whatever_its_case_and_punctuation(
    make_catalogue: MakeCatalogue, title: str
) -> None:
    (finding,) = two(make_catalogue, {}, {"title": title}, "duplicate-title")
    assert "'a-new' and 'z-old' (papers/2024/z-old.yaml) have the same title" in finding.message


def test_a_title_that_is_the_former_one_of_another_record_is_refused(make_catalogue: MakeCatalogue) -> None:
    (finding,) = two(make_catalogue, {"former_titles": ["Delta, Epsilon, Zeta"]}, {}, "duplicate-title")
    assert '"Delta, Epsilon, Zeta"' in finding.message
    (finding,) = two(make_catalogue, {}, {"former_titles": ["Alpha Beta Gamma"]}, "duplicate-title")
    assert finding.line == 3


LONG = "Accelerating Diffusion Transformers with Token-wise Feature Caching"


def test_a_title_that_differs_in_a_few_letters_is_pointed_out_with_both_named(
    make_catalogue: MakeCatalogue,
) -> None:
    found = two(make_catalogue, {"title": LONG}, {"title": LONG.replace("Feature", "Feture")}, "near-title")
    (finding,) = found
    assert finding.severity == "warning"
    assert "'a-new' is nearly that of 'z-old'" in finding.message


@pytest.mark.parametrize(
    "new",
    [
        {"title": LONG.replace("Feature", "Fture"), "authors": ["Someone Else"]},
        {"title": LONG + " 2"},
        {"title": "Accelerating Large Language Models with Token-wise Feature Caching"},
    ],
)
def test_other_authors_numbers_or_words_make_another_paper(
    make_catalogue: MakeCatalogue, new: dict[str, Any]
) -> None:
    assert two(make_catalogue, {"title": LONG}, new, "near-title") == []


@pytest.mark.parametrize("ends", [("Part I", "Part II"), ("Part One", "Part Two"), ("Part A", "Part B")])
def test_the_parts_of_a_series_are_papers_of_their_own(
    make_catalogue: MakeCatalogue, ends: tuple[str, str]
) -> None:
    old, new = ({"title": f"{LONG}, {end}"} for end in ends)
    assert two(make_catalogue, old, new, "near-title") == []


FASTV = "An Image is Worth 1/2 Tokens After Layer 2: Plug-and-{} Inference Acceleration for {}"


@pytest.mark.parametrize(
    ("authors", "arxiv", "count"),
    [
        (["Liang Chen", "Haozhe Zhao"], None, 1),
        (["L. Chen"], None, 1),
        (["Someone Else", "Liang Chen"], None, 0),
        (["Liang Chen"], "2501.00001", 0),
        (None, None, 0),
    ],
)
def test_a_title_that_ends_otherwise_is_pointed_out_where_the_first_author_is_the_same(
    make_catalogue: MakeCatalogue, authors: list[str] | None, arxiv: str | None, count: int
) -> None:
    old = {
        "title": FASTV.format("Play", "Large Vision-Language Models"),
        "authors": ["Liang Chen", "Haozhe Zhao", "Tianyu Liu"],
        "identifiers": {"arxiv": "2403.06764"},
    }
    new = {
        "title": FASTV.format("play", "LVLMs"),
        "authors": authors,
        "identifiers": {"arxiv": arxiv} if arxiv else {},
    }
    assert len(two(make_catalogue, old, new, "near-title")) == count


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("Sammy Davis Jr.", "Sammy Davis", 1),
        ("Laurens van der Maaten", "L. Van Der Maaten", 1),
        ("Sammy Davis Jr.", "Robert Downey Jr.", 0),
        ("Qwen Team", "Gemma Team", 0),
    ],
)
def test_a_suffix_makes_no_other_author_and_is_no_family_name(
    make_catalogue: MakeCatalogue, old: str, new: str, count: int
) -> None:
    ends = ("Play", "Large Vision-Language Models"), ("play", "LVLMs")
    one, other = (
        {"title": FASTV.format(*end), "authors": [name]} for end, name in zip(ends, (old, new), strict=True)
    )
    assert len(two(make_catalogue, one, other, "near-title")) == count


@pytest.mark.parametrize(
    ("new", "authors"), [(LONG.replace(" with", ": with"), ["Ada Bo"]), (LONG, None), (LONG, ["Ada Bo"])]
)
def test_a_title_of_which_the_end_is_missing_is_pointed_out_on_the_newer_record(
    make_catalogue: MakeCatalogue, new: str, authors: list[str] | None
) -> None:
    short = "Accelerating Diffusion Transformers: with Token-wise"
    if authors is None:
        short, new = (
            "Accelerating Diffusion Transformers Fast",
            "Accelerating Diffusion Transformers Fast: Cache",
        )
    cut = {"title": short, "authors": authors}
    (finding,) = two(make_catalogue, {"title": new}, cut, "near-title")
    assert (finding.file, finding.severity) == ("papers/2024/a-new.yaml", "warning")
    assert "the title of 'a-new' is the beginning of that of 'z-old'" in finding.message
    (finding,) = two(make_catalogue, cut, {"title": new}, "near-title")
    assert "the title of 'a-new' begins with that of 'z-old'" in finding.message


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ({"title": LONG, "authors": ["Someone Else"]}, LONG + " for Each and Everyone"),
        ({"title": LONG}, LONG + ", Part II, for Everyone"),
        ({"title": "Accelerating Diffusion Transformers"}, LONG),
        ({"title": LONG, "authors": ["Alan Bo"]}, LONG + " for Each and Everyone"),
        ({"title": LONG, "year": 2018, "published": None}, LONG + " for Each and Everyone"),
        ({"title": LONG, "identifiers": {"arxiv": "2403.00001"}}, LONG + " for Each and Everyone"),
    ],
)
def test_a_longer_title_of_others_or_of_a_series_is_another_paper(
    make_catalogue: MakeCatalogue, cut: dict[str, Any], whole: str
) -> None:
    old = {"title": whole, "identifiers": {"arxiv": "2403.00002"}}
    assert two(make_catalogue, old, {"identifiers": {}, **cut}, "near-title") == []


def test_look_alikes_are_found_among_many_titles_of_the_same_words(make_catalogue: MakeCatalogue) -> None:
    titles = [f"Token Pruning for Vision Transformers with Method {chr(97 + n) * 3}" for n in range(26)]
    titles += [f"{LONG} for Everyone", f"{LONG} for Everyones"]
    files = {
        f"2024/p{n}.yaml": record(f"p{n}", title=title, authors=None, identifiers={}, bibtex=None)
        for n, title in enumerate(titles)
    }
    (finding,) = findings(make_catalogue(files), "near-title")
    assert "'p27' is nearly that of 'p26'" in finding.message


def test_a_former_id_belongs_to_one_paper(make_catalogue: MakeCatalogue) -> None:
    (finding,) = two(make_catalogue, {}, {"aliases": ["z-old"]}, "duplicate-alias")
    assert "the former id 'z-old' of 'a-new' is the id of 'z-old' (papers/2024/z-old.yaml)" in finding.message
    (finding,) = two(make_catalogue, {"aliases": ["x"]}, {"aliases": ["x"]}, "duplicate-alias")
    assert "is a former id of 'z-old' (papers/2024/z-old.yaml) too" in finding.message
    (finding,) = two(make_catalogue, {}, {"aliases": ["a-new"]}, "duplicate-alias")
    assert "is its own id" in finding.message
    assert two(make_catalogue, {"aliases": ["x"]}, {"aliases": ["y"]}, "duplicate-alias") == []


def test_a_citation_key_stands_once_and_a_free_one_is_proposed(make_catalogue: MakeCatalogue) -> None:
    old, new = {"bibtex": "@misc{Bo2024Token, title={A}}"}, {"bibtex": "@misc{bo2024token, title={A}}"}
    (finding,) = two(make_catalogue, old, new, "duplicate-bibtex-key")
    assert finding.file == "papers/2024/a-new.yaml"
    assert "e.g. bo2024tokena" in finding.message
    assert finding.severity == "warning"  # or two pull requests, each of them right, would stop publication


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("duplicate-doi", {"identifiers": {"doi": "10.1000/ab"}}, {"identifiers": {"doi": "10.1000/AB"}}),
        ("duplicate-title", {"former_titles": [NEW["title"]]}, {}),
        ("near-title", {"title": LONG}, {"title": LONG.replace("Feature", "Feture")}),
        ("duplicate-alias", {}, {"aliases": ["z-old"]}),
        ("duplicate-alias", {"aliases": ["x"]}, {"aliases": ["x"]}),
        ("duplicate-bibtex-key", {"bibtex": "@misc{a, title={A}}"}, {"bibtex": "@misc{a, title={A}}"}),
        ("duplicate-link", {"links": {"paper": "https://a.org/b"}}, {"links": {"paper": "https://a.org/b"}}),
        ("shared-code", {"links": {"code": ["https://a.org/b"]}}, {"links": {"code": ["https://a.org/b"]}}),
        ("foreign-code", {"name": "Abc"}, {"links": {"code": ["https://github.com/x/abc"]}}),
    ],
)
def test_a_finding_about_two_records_is_told_in_each_of_their_files_and_counts_once(
    make_catalogue: MakeCatalogue, rule: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    (finding,) = two(make_catalogue, old, new, rule)
    files = ["papers/2024/a-new.yaml", "papers/2024/z-old.yaml"]
    assert sorted([finding.file, *(end.file for end in finding.related)]) == files
    for here, there in (files, reversed(files)):
        seen = finding.seen_from(here.__eq__)
        assert seen is not None
        assert (seen.file, seen.rule, seen.severity) == (here, rule, finding.severity)
        assert there in seen.message
        assert here not in seen.message
    assert finding.seen_from("papers/2024/other.yaml".__eq__) is None


def test_away_from_its_own_file_a_finding_has_no_fix() -> None:
    end = Related("b.yaml", 2, 3, "as seen from b")
    finding = Finding("a.yaml", 1, 1, "duplicate-doi", "error", "as seen from a", Fix({}), (end,))
    seen = finding.seen_from("b.yaml".__eq__)
    assert seen == Finding("b.yaml", 2, 3, "duplicate-doi", "error", "as seen from b")
    assert seen.fix is None


@pytest.mark.parametrize(
    ("name", "one", "other", "count"),
    [
        ("doi", "10.1000/abc", "10.1000/abd", 0),
        ("doi", "10.48550/arXiv.2403.06764", "10.1000/abd", 1),
        ("openreview", "JroZRaRw7Eu", "JroZRaRw7Ev", 0),
        ("anthology", "2024.acl-long.12", "2024.acl-long.13", 0),
    ],
)
def test_another_identifier_of_a_kind_makes_a_title_that_goes_on_another_paper(
    make_catalogue: MakeCatalogue, name: str, one: str, other: str, count: int
) -> None:
    old = {"title": LONG + " for Each and Everyone", "identifiers": {name: one}}
    new = {"title": LONG, "identifiers": {name: other}}
    assert len(two(make_catalogue, old, new, "near-title")) == count
