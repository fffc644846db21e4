"""A title by which a paper was found still finds it, or it is told that it does not."""

from __future__ import annotations

import pytest

from catalog.catalogue import Catalogue
from tests.checks.checking import findings, mend, record
from tests.checks.test_lost_name_checks import PAPER, committed_with, rewrite
from tests.conftest import MakeCatalogue

TITLE = 'title: "Pruning Tokens Early"'
RETITLED = 'title: "DropIt: Fewer Tokens for Everybody"'


def test_the_title_that_a_record_had_is_kept_with_its_source(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    rewrite(root, PAPER, TITLE, RETITLED)
    (finding,) = findings(root, "lost-title")
    assert (finding.severity, finding.fixable) == ("warning", True)
    assert 'the last commit has the title "Pruning Tokens Early"' in finding.message
    mend(root)
    assert findings(root, "lost-title") == []
    assert Catalogue.load(root)["a-paper"].former_titles == ("Pruning Tokens Early",)
    assert Catalogue.load(root)["a-paper"].provenance["former_titles"] == "paper"


@pytest.mark.parametrize("title", ["Pruning tokens early!", "Pruning Token Early and Late"])
def test_another_spelling_is_no_other_title(make_catalogue: MakeCatalogue, title: str) -> None:
    before = "Pruning Tokens Early and Late" if "Late" in title else "Pruning Tokens Early"
    root = committed_with(make_catalogue, a_paper=record(title=before))
    rewrite(root, PAPER, f'title: "{before}"', f'title: "{title}"')
    assert findings(root, "lost-title", "provenance-stale") == []


def test_a_title_that_is_written_back_has_lost_nothing(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record(former_titles=["Dropping Them"]))
    rewrite(root, PAPER, TITLE, 'title: "Dropping Them"')
    mend(root)
    assert Catalogue.load(root)["a-paper"].former_titles == ("Pruning Tokens Early",)
