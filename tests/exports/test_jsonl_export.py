"""The JSON Lines export: a shape that other programs may rely on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from catalog import exports
from catalog.bibtex import key_in
from catalog.catalogue import Catalogue
from catalog.exports.jsonl import as_dicts
from catalog.record import FIELDS, IDENTIFIERS, TO_FILL_IN, Links
from catalog.vocabulary import Vocabulary

KEYS = (
    "id kind title former_titles name authors venue venue_type year published arxiv doi openreview anthology "
    "paper code domain setting task criterion mechanism training parametric keywords listed_in "
    "reference_impl bibtex summary added aliases project video citation_key unknown provenance"
).split()
LISTS = {"former_titles", "authors", "code", "domain", "setting", "task", "criterion", "mechanism"} | {
    "keywords",
    "listed_in",
    "aliases",
}


def lines(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exports.get("jsonl").text(catalogue, catalogue).splitlines()]


def one(catalogue: Catalogue, paper_id: str) -> dict[str, Any]:
    return next(line for line in lines(catalogue) if line["id"] == paper_id)


def test_every_line_has_the_same_keys_in_the_promised_order(mini_catalogue: Catalogue) -> None:
    written = lines(mini_catalogue)
    assert [line["id"] for line in written] == [paper.id for paper in mini_catalogue]
    assert all(list(line) == KEYS for line in written)


def test_what_is_known_is_there_in_the_promised_form(mini_catalogue: Catalogue) -> None:
    fastv = one(mini_catalogue, "fastv")
    assert fastv["authors"][:2] == ["Liang Chen", "Haozhe Zhao"]
    assert fastv["former_titles"] == [
        "An Image is Worth 1/2 Tokens After Layer 2: Plug-and-PLay Acceleration for VLLM Inference"
    ]
    assert (fastv["venue"], fastv["venue_type"], fastv["year"]) == ("ECCV", "conference", 2024)
    assert (fastv["arxiv"], fastv["paper"]) == ("2403.06764", "https://arxiv.org/abs/2403.06764")
    assert fastv["code"] == ["https://github.com/pkunlp-icler/FastV"]
    assert (fastv["training"], fastv["parametric"]) == ("free", False)


def test_what_is_not_known_is_null_or_an_empty_list(mini_catalogue: Catalogue) -> None:
    unknown = one(mini_catalogue, "unknown-facts")
    for key in set(KEYS[3:]) - {"citation_key", "unknown", "provenance"}:
        assert unknown[key] == ([] if key in LISTS else None), key
    assert unknown["unknown"] == [*TO_FILL_IN]
    assert unknown["provenance"] == {}


def test_an_empty_list_is_unknown_only_where_nobody_has_established_it(mini_catalogue: Catalogue) -> None:
    survey = one(mini_catalogue, "data-centric-compression")
    assert survey["setting"] == survey["criterion"] == []
    assert survey["unknown"] == ["setting", "summary"]


@pytest.mark.parametrize(("kind", "unknown"), [("system", ["training", "parametric"]), ("analysis", [])])
def test_what_papers_of_a_kind_do_not_have_is_not_unknown(
    mini_catalogue: Catalogue, kind: str, unknown: list[str]
) -> None:
    changed = {"kind": kind, "training": None, "parametric": None, "summary": "It is read."}
    (row,) = as_dicts([mini_catalogue["fastv"].model_copy(update=changed)], mini_catalogue)
    assert row["unknown"] == unknown


def test_what_a_catalogue_does_without_is_not_unknown(mini_catalogue: Catalogue) -> None:
    terms = {**mini_catalogue.vocabulary.terms, "setting": {}}
    without = replace(mini_catalogue, vocabulary=Vocabulary(terms))
    assert one(without, "data-centric-compression")["unknown"] == ["summary"]


def test_every_export_cites_a_paper_under_its_citation_key(mini_catalogue: Catalogue) -> None:
    """Two records hold entries of one key, so that the second is cited under another."""
    papers = [
        paper.model_copy(update={"bibtex": f"@misc{{same, title = {{{paper.id}}}}}"})
        if paper.id in ("fastv", "tome")
        else paper
        for paper in mini_catalogue
    ]
    catalogue = replace(mini_catalogue, papers=tuple(papers))
    entries = exports.get("bibtex").text(papers, catalogue).split("\n@")[1:]
    keys = [row["citation_key"] for row in as_dicts(papers, catalogue)]
    assert keys == [key_in(f"@{entry}") for entry in entries]
    assert len(set(keys)) == len(papers)


def test_all_that_a_record_says_is_there(rich_catalogue: Catalogue) -> None:
    flattened = [*IDENTIFIERS, *Links.model_fields]
    assert {*FIELDS, *flattened} - {"identifiers", "links"} <= {*KEYS}
    links = {"project": "https://example.org/project", "video": "https://example.org/talk"}
    said = {
        "links": Links(**links),  # type: ignore[arg-type]
        "aliases": ("fast-v",),
        "provenance": {"venue": "curator"},
    }
    (row,) = as_dicts([rich_catalogue["fastv"].model_copy(update=said)], rich_catalogue)
    assert {key: row[key] for key in links} == links
    assert (row["added"], row["aliases"], row["provenance"]) == (
        "2026-11-21",
        ["fast-v"],
        {"venue": "curator"},
    )


def test_letters_of_all_languages_are_written_as_themselves(mini_catalogue: Catalogue) -> None:
    assert "Müller's Théorie" in exports.get("jsonl").text(mini_catalogue, mini_catalogue)
