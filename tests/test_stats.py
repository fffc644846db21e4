"""Counting what is known and where it comes from."""

from __future__ import annotations

import pytest

from catalog.catalogue import Catalogue
from catalog.stats import count_fields, source_kind
from tests.conftest import MakeCatalogue


def test_known_and_unknown_add_up_for_every_field(mini_catalogue: Catalogue) -> None:
    for count in count_fields(mini_catalogue):
        assert count.known + count.unknown == len(mini_catalogue)
        assert sum(count.sources.values()) == count.known


def test_an_empty_list_of_terms_is_known_to_be_empty(mini_catalogue: Catalogue) -> None:
    counts = {count.field: count for count in count_fields(mini_catalogue)}
    assert counts["criterion"].unknown == 1
    assert counts["venue"].unknown == 1
    assert counts["code"].unknown == 2
    assert counts["kind"].unknown == 0


def test_no_keywords_are_known_where_a_source_says_that_there_are_none(
    make_catalogue: MakeCatalogue,
) -> None:
    sourced = 'provenance: {keywords: "arXiv:2403.06764 abstract"}\n'
    root = make_catalogue({"2024/a.yaml": "title: A\n", "2024/b.yaml": f"title: B\n{sourced}"})
    counts = {count.field: count for count in count_fields(Catalogue.load(root))}
    assert (counts["keywords"].known, counts["keywords"].unknown) == (1, 1)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("first-list", "list"),
        ("first-list, second-list", "list"),
        ("arXiv:2403.06764 Sec. 4.1", "paper"),
        ("title", "title"),
        ("curator: read the paper", "curator"),
        ("code: src/model.py", "code"),
        ("verified: papercopilot", "metadata"),
        ("papernotes CVPR 2026 note", "account"),
        ("public review of arXiv:2510.18234 (blog)", "account"),
        ("reading notes of the paper; code: README.md", "account"),
        ("OpenReview 80faIPZ67S", "metadata"),
        ("OpenReview 80faIPZ67S abstract; note on the paper", "metadata"),
        ("AAAI 2025 proceedings, article 33008 abstract (in a public reading note)", "metadata"),
        (None, "no source given"),
    ],
)
def test_provenance_is_counted_by_kind(source: str | None, kind: str) -> None:
    assert source_kind(source, frozenset({"first-list", "second-list"})) == kind
