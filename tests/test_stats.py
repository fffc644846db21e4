"""Counting what is known and where it comes from."""

from __future__ import annotations

import pytest

from catalog import query
from catalog.catalogue import Catalogue
from catalog.facts import unknown_facts
from catalog.provenance import ASSUMED
from catalog.stats import COUNTED, count_fields, source_kind
from catalog.vocabulary import TERM_FILES
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


@pytest.mark.parametrize("field", sorted(set(COUNTED) & set(TERM_FILES)))
def test_unknown_counts_the_papers_that_a_query_for_unknown_finds(
    make_catalogue: MakeCatalogue, field: str
) -> None:
    said = "title: A\ncriterion: []\ntask: [captioning]\nvenue: ICLR\ntraining: free\nsummary: Drops some.\n"
    imported = f'title: B\nprovenance:\n  kind: "{ASSUMED}"\n'
    root = make_catalogue({"2024/a.yaml": said, "2024/b.yaml": imported})
    catalogue = Catalogue.load(root)
    counts = {count.field: count for count in count_fields(catalogue)}
    assert counts[field].unknown > 0
    asked = query.parse(f"{field}:unknown", catalogue.vocabulary)
    assert counts[field].unknown == len(list(query.select(catalogue, asked)))


def test_whether_a_survey_needs_training_is_not_unknown(make_catalogue: MakeCatalogue) -> None:
    records = {f"2024/{kind}.yaml": f"title: A\nkind: {kind}\n" for kind in ("method", "survey", "theory")}
    catalogue = Catalogue.load(make_catalogue(records))
    counts = {count.field: count for count in count_fields(catalogue)}
    for field in ("training", "parametric"):
        assert (counts[field].known, counts[field].unknown) == (2, 1)
        assert counts[field].sources == {"kind": 2}


@pytest.mark.parametrize(
    ("said", "sources"),
    [
        ("summary: Drops some.\n", {"none": 1}),
        ("provenance:\n  keywords: read through\n", {"metadata": 1}),
        ("", {}),
    ],
)
def test_no_keywords_are_known_to_be_none_once_somebody_has_looked(
    make_catalogue: MakeCatalogue, said: str, sources: dict[str, int]
) -> None:
    catalogue = Catalogue.load(make_catalogue({"2024/a.yaml": f"title: A\n{said}"}))
    counts = {count.field: count for count in count_fields(catalogue)}
    assert (counts["keywords"].known, counts["keywords"].unknown) == (len(sources), 1 - len(sources))
    assert counts["keywords"].sources == sources


def test_what_is_assumed_of_a_kind_is_not_known(make_catalogue: MakeCatalogue) -> None:
    kinds = {"assumed": ("method", ASSUMED), "read": ("method", "title"), "changed": ("survey", ASSUMED)}
    records = {
        f"2024/{name}.yaml": f'title: A\nkind: {kind}\nprovenance:\n  kind: "{source}"\n'
        for name, (kind, source) in kinds.items()
    }
    catalogue = Catalogue.load(make_catalogue(records))
    (count,) = [count for count in count_fields(catalogue) if count.field == "kind"]
    assert (count.known, count.unknown) == (2, 1)
    assert count.sources == {"no source given": 1, "title": 1}
    assert "kind" in unknown_facts(catalogue["assumed"], catalogue.vocabulary)
    assert "kind" not in unknown_facts(catalogue["read"], catalogue.vocabulary)


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
        ("paper: Sec. 3.2, as noted by a public digest of it (attention decides)", "account"),
        ("paper: Sec. 3.2, Eq. 4; as noted by a blog", "paper"),
        ("liner.com on arXiv:2510.18234 (date)", "account"),
        ("a reimplementation of arXiv:2510.18234 that cites its Sec. 3.4", "account"),
        ("README of owner/repository (the score)", "code"),
        ("project page method.github.io", "code"),
        ("first-list (retrain); arXiv:2403.06764 abstract", "list"),
        ("title (training-free)", "title"),
        (None, "no source given"),
    ],
)
def test_provenance_is_counted_by_kind(source: str | None, kind: str) -> None:
    assert source_kind(source, frozenset({"first-list", "second-list"})) == kind
