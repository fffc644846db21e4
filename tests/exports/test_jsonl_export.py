"""The JSON Lines export: a shape that other programs may rely on."""

from __future__ import annotations

import json

from catalog import exports
from catalog.catalogue import Catalogue

KEYS = (
    "id kind title former_titles name authors venue venue_type year published arxiv doi openreview anthology "
    "paper code domain setting task criterion mechanism training parametric keywords listed_in "
    "reference_impl bibtex summary"
).split()
LISTS = {"former_titles", "authors", "code", "domain", "setting", "task", "criterion", "mechanism"} | {
    "keywords",
    "listed_in",
}


def lines(catalogue: Catalogue) -> list[dict[str, object]]:
    return [json.loads(line) for line in exports.get("jsonl").text(catalogue, catalogue).splitlines()]


def test_every_line_has_the_same_keys_in_the_promised_order(mini_catalogue: Catalogue) -> None:
    written = lines(mini_catalogue)
    assert [line["id"] for line in written] == [paper.id for paper in mini_catalogue]
    assert all(list(line) == KEYS for line in written)


def test_what_is_known_is_there_in_the_promised_form(mini_catalogue: Catalogue) -> None:
    fastv = next(line for line in lines(mini_catalogue) if line["id"] == "fastv")
    assert fastv["authors"][:2] == ["Liang Chen", "Haozhe Zhao"]
    assert fastv["former_titles"] == [
        "An Image is Worth 1/2 Tokens After Layer 2: Plug-and-PLay Acceleration for VLLM Inference"
    ]
    assert (fastv["venue"], fastv["venue_type"], fastv["year"]) == ("ECCV", "conference", 2024)
    assert (fastv["arxiv"], fastv["paper"]) == ("2403.06764", "https://arxiv.org/abs/2403.06764")
    assert fastv["code"] == ["https://github.com/pkunlp-icler/FastV"]
    assert (fastv["training"], fastv["parametric"]) == ("free", False)


def test_what_is_not_known_is_null_or_an_empty_list(mini_catalogue: Catalogue) -> None:
    unknown = next(line for line in lines(mini_catalogue) if line["id"] == "unknown-facts")
    for key in KEYS[3:]:
        assert unknown[key] == ([] if key in LISTS else None), key


def test_letters_of_all_languages_are_written_as_themselves(mini_catalogue: Catalogue) -> None:
    assert "Müller's Théorie" in exports.get("jsonl").text(mini_catalogue, mini_catalogue)
