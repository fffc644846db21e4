"""Links to the page of a term still lead somewhere, or it is told that they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.checking import findings, mend
from tests.checks.test_lost_name_checks import begin

FILE = "papers/vocabulary/mechanisms.yaml"
OLD = 'merging: {label: Merging, definition: "Several tokens become one.", tags: [Token_Merging]}'


@pytest.fixture
def committed(mini: Path) -> Path:
    """The small catalogue, all of it in one commit."""
    begin(mini)
    return mini


def rename(root: Path, now: str) -> None:
    """Write the term *now* in the place of the one called merging."""
    text = (root / FILE).read_text(encoding="utf-8")
    assert OLD in text
    (root / FILE).write_text(text.replace(OLD, now), encoding="utf-8")


def test_a_new_label_that_covers_the_old_key_does_not_hide_that_its_page_is_gone(committed: Path) -> None:
    rename(committed, 'token-merging: {label: Merging, definition: "Several tokens become one."}')
    (finding,) = findings(committed, "lost-term")
    assert (finding.file, finding.line, finding.severity) == (FILE, 2, "warning")
    assert "the last commit has the term 'merging' of 'mechanism', which is gone" in finding.message
    assert "it is 'token-merging' now: add merging to the aliases there" in finding.message
    mend(committed)
    assert findings(committed, "unknown-term") == []
    assert len(findings(committed, "lost-term")) == 1, "the records are mended, and the page is still gone"


def test_an_alias_that_is_the_old_key_leads_on(committed: Path) -> None:
    rename(
        committed,
        'token-merging: {label: Merging, definition: "Several tokens become one.", aliases: [merging]}',
    )
    assert findings(committed, "lost-term") == []


def test_a_term_that_nothing_is_called_now_is_named_with_both_ways_out(committed: Path) -> None:
    rename(committed, 'joining: {label: Joining, definition: "Several tokens become one."}')
    (finding,) = findings(committed, "lost-term")
    assert (finding.file, finding.line) == (FILE, 1)
    assert "if a term is called otherwise now, add merging to its aliases" in finding.message
    assert "if the term is gone on purpose, leave it so" in finding.message


def test_a_term_that_no_record_had_may_go(committed: Path) -> None:
    tasks = committed / "papers/vocabulary/tasks.yaml"
    kept = [
        line for line in tasks.read_text(encoding="utf-8").splitlines() if "language-modeling" not in line
    ]
    tasks.write_text("\n".join(kept), encoding="utf-8")
    assert findings(committed, "lost-term") == []


def test_a_field_that_a_topic_gives_up_is_told_of_by_no_term(committed: Path) -> None:
    (committed / FILE).write_text("", encoding="utf-8")
    assert findings(committed, "lost-term") == []


def test_without_a_commit_nothing_is_known(mini: Path) -> None:
    rename(mini, 'joining: {label: Joining, definition: "Several tokens become one."}')
    assert findings(mini, "lost-term") == []
