"""Whether a paper is in the catalogue is asked of many papers, one after the other."""

from __future__ import annotations

import pytest

from catalog.adding import known
from catalog.adding.known import find_known
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

    known._draft_of.cache_clear()
    monkeypatch.setattr(known, "draft_of_paper", counted)
    for number in range(3):
        title = Claim(f"Something Else Altogether, Part {number}", "a list", Authority.LIST)
        assert find_known(Draft({"title": (title,)}), mini_catalogue) is None
    assert sorted(made) == sorted(mini_catalogue.by_id)
    changed = mini_catalogue.papers[0].model_copy(update={"title": "Something Else Altogether"})
    title = Claim(changed.title, "a list", Authority.LIST)
    found = find_known(Draft({"title": (title,)}), mini_catalogue.with_papers([changed]))
    assert found is not None
    assert found.paper == changed
