"""Lists that are pasted in place of a query: one table, which the site's search box passes, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.catalogue import Catalogue
from catalog.cli.pasted import list_in

CASES = json.loads((Path(__file__).parents[1] / "pasted_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["lists"], ids=lambda case: case["text"][:40])
def test_each_item_of_a_list_is_read_as_what_it_is(mini_catalogue: Catalogue, case: dict[str, Any]) -> None:
    listed = list_in(case["text"], mini_catalogue)
    assert listed is not None
    assert [paper.id for paper in listed.papers] == case["ids"]
    assert listed.items == case["items"]
    assert list(listed.missing) == case["missing"]
    assert [list(one) for one in listed.read] == case["read"]


@pytest.mark.parametrize("text", CASES["searches"])
def test_a_search_is_no_list(mini_catalogue: Catalogue, text: str) -> None:
    assert list_in(text, mini_catalogue) is None


def test_find_lists_papers_in_the_order_given_and_names_the_others(catalog) -> None:
    outcome = catalog("find", "bolya2022token\n2403.06764\n1706.03762\nAttention is all you need\n")
    assert outcome.code == 0
    assert [row.split("\t")[0] for row in outcome.out.splitlines()] == ["tome", "fastv"]
    assert outcome.err.splitlines() == [
        "2 of 4 found; not found: 1706.03762; Attention is all you need",
        "read: 'bolya2022token' as bolya2023token",
    ]
    assert catalog("find", "2403.06764", "bolya2023token").err == ""


def test_find_says_that_no_paper_of_a_list_is_known(catalog) -> None:
    outcome = catalog("find", "1706.03762, 1512.03385")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "0 of 2 found; not found: 1706.03762, 1512.03385\n"


@pytest.mark.parametrize(
    "text",
    [
        "DynamicViT: Efficient vision trans- formers with dynamic token sparsi- fication",
        "efficient vision trans- formers",
        "[3] Y. Rao et al. DynamicViT.",
        "@misc{a, title={{DynamicViT}: Efficient Vision Transformers with Dynamic Token Sparsification}}",
    ],
)
def test_find_knows_a_paper_by_a_broken_line_or_by_who_wrote_it(catalog, text: str) -> None:
    assert [row.split("\t")[0] for row in catalog("find", text).out.splitlines()] == ["dynamicvit"]
