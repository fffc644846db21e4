"""Whether a paper is in the catalogue is asked of many papers, one after the other."""

from __future__ import annotations

import pytest

from catalog.adding import known
from catalog.adding.known import KnownPapers
from catalog.catalogue import Catalogue
from catalog.draft import Authority, Claim, Draft, draft_of_paper
from catalog.record import Paper


def test_a_record_is_made_ready_for_comparison_once(
    mini_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(paper: Paper, *, dated: bool) -> Draft:
        made.append(paper.id)
        return draft_of_paper(paper, dated=dated)

    monkeypatch.setattr(known, "draft_of_paper", counted)
    papers = KnownPapers(mini_catalogue)
    for number in range(3):
        assert papers.find(_draft(f"Something Else Altogether, Part {number}")) is None
    assert sorted(made) == sorted(mini_catalogue.by_id)


def test_a_paper_is_compared_with_those_that_were_added_or_changed_just_now(
    mini_catalogue: Catalogue,
) -> None:
    papers = KnownPapers(mini_catalogue)
    first, file = mini_catalogue.papers[0], "papers/2024/else.yaml"
    for paper in (
        first.model_copy(update={"id": "else", "title": "Something Else Altogether"}),
        first.model_copy(update={"title": "Something Without Precedent"}),
    ):
        papers.remember(paper, file)
        found = papers.find(_draft(paper.title))
        assert found is not None
        assert found.paper == paper
        assert file in found.reason


def _draft(title: str) -> Draft:
    return Draft({"title": (Claim(title, "a list", Authority.LIST),)})
