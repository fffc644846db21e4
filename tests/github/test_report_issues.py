"""One issue a report: opened, renewed only when something changed, closed when all is well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog.findings import CatalogError
from catalog.github.report_issue import MAX_CHARACTERS, keep_issue
from tests.github.conftest import FakeGh


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.md"
    path.write_text("Two links are dead.\n", encoding="utf-8")
    return path


def with_open_issue(gh: FakeGh, body: str = "One link is dead.", title: str = "Links") -> None:
    gh.answer({"issue list": json.dumps([{"number": 5, "title": title, "body": body}])})


def test_the_first_report_opens_an_issue_under_its_label(gh: FakeGh, report: Path) -> None:
    gh.answer({"issue list": "[]"})
    assert keep_issue("Links", "upkeep-links", report) == "issue opened"
    assert gh.asked[-1] == [
        "issue", "create", "--title", "Links", "--label", "upkeep-links",
        "--body-file", "Two links are dead.",
    ]  # fmt: skip


def test_the_next_report_renews_it(gh: FakeGh, report: Path) -> None:
    with_open_issue(gh)
    assert keep_issue("Links", "upkeep-links", report) == "issue 5 renewed"
    assert gh.asked[-1][:3] == ["issue", "edit", "5"]


def test_the_same_report_changes_nothing(gh: FakeGh, report: Path) -> None:
    with_open_issue(gh, "Two links are dead.\r\n")
    assert keep_issue("Links", "upkeep-links", report) == "issue 5 is up to date"
    assert len(gh.asked) == 1


def test_when_all_is_well_it_is_closed(gh: FakeGh) -> None:
    with_open_issue(gh)
    assert keep_issue("Links", "upkeep-links", None) == "all is well: issue 5 closed"
    assert gh.asked[-1][:3] == ["issue", "close", "5"]


def test_when_all_is_well_and_none_is_open_nothing_is_done(gh: FakeGh) -> None:
    gh.answer({"issue list": "[]"})
    keep_issue("Links", "upkeep-links", None)
    assert len(gh.asked) == 1


def test_a_report_that_is_too_long_is_cut_at_a_line(gh: FakeGh, report: Path) -> None:
    report.write_text("- a line of the report\n" * 5000, encoding="utf-8")
    gh.answer({"issue list": "[]"})
    keep_issue("Links", "upkeep-links", report)
    body = gh.asked[-1][-1]
    assert len(body) < MAX_CHARACTERS + 100
    assert body.splitlines()[-3] == "- a line of the report"


def test_a_long_report_in_any_script_is_taken(gh: FakeGh, report: Path) -> None:
    report.write_text("題" * (MAX_CHARACTERS - 1), encoding="utf-8")  # three bytes each
    gh.answer({"issue list": "[]"})
    assert keep_issue("Links", "upkeep-links", report) == "issue opened"


def test_an_empty_report_is_an_error_and_no_empty_issue(gh: FakeGh, report: Path) -> None:
    report.write_text("\n", encoding="utf-8")
    gh.answer({"issue list": "[]"})
    with pytest.raises(CatalogError, match="the report is empty"):
        keep_issue("Links", "upkeep-links", report)
