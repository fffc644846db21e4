"""A source that stood beside another value is pointed out."""

from __future__ import annotations

import pytest

from tests.checks.checking import findings, record
from tests.checks.test_lost_name_checks import PAPER, begin, committed_with, rewrite
from tests.conftest import MakeCatalogue

TITLE = 'title: "Pruning Tokens Early"'
RETITLED = 'title: "DropIt: Fewer Tokens for Everybody"'


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (TITLE, RETITLED, "title"),
        ("venue: ECCV", "venue: NeurIPS", "venue"),
        ("year: 2024", "year: 2025", "year"),
        ("[Ada Bo, Chen Da]", "[Ada Bo, Ei Fu, Chen Da]", "authors"),
        ("published: 2024-03\n", "published: 2024-01\n", "published"),
    ],
)
def test_a_source_that_stood_beside_another_value_is_pointed_out(
    make_catalogue: MakeCatalogue, old: str, new: str, field: str
) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    rewrite(root, PAPER, old, new)
    (finding,) = findings(root, "provenance-stale")
    row = (root / PAPER).read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert row.strip() == f"{field}: paper"
    assert (
        f"'{field}' is another one than in the last commit, and its source is still 'paper'"
        in finding.message
    )
    rewrite(root, PAPER, f"  {field}: paper", f"  {field}: the published version")
    assert findings(root, "provenance-stale") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("published: 2024-03\n", "published: 2024-03-11\n"),
        ("Chen Da]", "C. Da]"),
        ("domain: [vision]", "domain: [language]"),
    ],
)
def test_what_is_said_more_exactly_or_read_again_keeps_its_source(
    make_catalogue: MakeCatalogue, old: str, new: str
) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    rewrite(root, PAPER, old, new)
    assert findings(root, "provenance-stale") == []


@pytest.mark.parametrize(
    ("source", "stale"),
    [
        ("arXiv:2403.06764", False),
        ("arXiv:cs/0612001", False),
        ("DBLP", False),
        ("arXiv:2403.06764v1", True),
        ("arXiv:cs/0612001v1", True),
        ("BibTeX", True),
    ],
)
def test_a_source_that_says_what_holds_today_is_not_stale(
    make_catalogue: MakeCatalogue, source: str, stale: bool
) -> None:
    provenance = dict.fromkeys(["title", "authors", "venue", "year", "published", "domain", "arxiv"], source)
    root = committed_with(make_catalogue, a_paper=record(provenance=provenance))
    rewrite(root, PAPER, TITLE, RETITLED)
    assert bool(findings(root, "provenance-stale")) is stale


def test_a_new_record_has_no_source_that_is_stale(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/other.yaml": record("other", title="Other", identifiers={})})
    begin(root)
    (root / PAPER).write_text(record(), encoding="utf-8")
    assert findings(root, "provenance-stale", "lost-title") == []
