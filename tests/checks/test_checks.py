"""Running the checks: every finding at once, in order, by rule; and how findings are printed."""

from __future__ import annotations

import json
import socket
from dataclasses import replace

import pytest

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.checks import report
from catalog.findings import CatalogError, Finding, Fix, Related
from tests.checks.checking import ELSEWHERE, findings, places, record
from tests.conftest import MINI, MakeCatalogue


def test_a_sound_record_gives_no_finding(make_catalogue: MakeCatalogue) -> None:
    assert findings(make_catalogue({"2024/a-paper.yaml": record()})) == []


def test_the_small_catalogue_lacks_bibtex_sources_and_one_link() -> None:
    assert {one.rule for one in findings(MINI)} == {
        "bibtex-missing",
        "no-paper-link",
        "provenance-missing",
    }


def test_what_the_reader_refused_and_what_the_checks_found_come_together_sorted_by_place(
    make_catalogue: MakeCatalogue,
) -> None:
    files = {
        "2024/z.yaml": record("z", domain=["visoin"], title="Z"),
        "2024/a.yaml": "title: [\n",
        "2024/m.yaml": record("m", published="2025-01", identifiers=ELSEWHERE, title="M", year=2025),
    }
    assert places(make_catalogue(files)) == [
        "2024/a.yaml:1: yaml",
        "2024/m.yaml:6: file-folder",
        "2024/z.yaml:10: unknown-term",
    ]


def test_only_the_rules_asked_for_are_reported(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a.yaml": "title: [\n", "2024/z.yaml": record("z", domain=["visoin"])})
    assert places(root, "unknown-term") == ["2024/z.yaml:10: unknown-term"]
    assert places(root, "yaml") == ["2024/a.yaml:1: yaml"]


def test_an_unknown_rule_is_refused_with_the_nearest(make_catalogue: MakeCatalogue) -> None:
    with pytest.raises(CatalogError, match="did you mean 'unknown-term'"):
        findings(make_catalogue({}), "unknown-terms")


def test_every_check_says_what_it_is_for() -> None:
    undocumented = [one.__name__ for one in checks.all_checks() if not one.__doc__]
    assert undocumented == []
    assert len(checks.all_checks()) >= 15


def test_a_check_reports_only_the_rules_that_it_declares(make_catalogue: MakeCatalogue) -> None:
    files = {
        "2023/a.yml": record("a", domain=["visoin"], links={"paper": "http://arxiv.org/pdf/2403.06764v1"})
    }
    catalogue = Catalogue.load(make_catalogue(files))
    for function in checks.all_checks():
        assert {one.rule for one in function(catalogue)} <= checks.rules_of(function)


def test_progress_is_told_until_everything_is_done(make_catalogue: MakeCatalogue) -> None:
    steps: list[tuple[int, int]] = []
    checks.run(Catalogue.load(make_catalogue({})), progress=lambda done, total: steps.append((done, total)))
    assert [done for done, _ in steps] == list(range(1, len(steps) + 1))
    assert steps[-1][0] == steps[-1][1]


def test_what_is_no_file_among_the_records_is_a_finding_and_no_crash(
    make_catalogue: MakeCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": record()})
    monkeypatch.chdir(root / "papers/2024")  # a socket's name is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("b.yaml")
    (finding,) = findings(root)
    assert finding.file == "papers/2024/b.yaml"
    assert "the file cannot be read: " in finding.message


# ------------------------------------------------------------------------------------------- printing

HOSTILE = Finding(
    "papers/2024/a,b:c.yaml", 3, 7, "unknown-term", "error", "100%\n::error::x\x1b[31m", Fix({})
)
PLAIN = Finding("papers/2024/b.yaml", 1, 1, "near-title", "warning", "like 'c'")


def test_text_is_one_line_a_finding_and_cannot_steer_the_terminal() -> None:
    assert report.as_text([HOSTILE, PLAIN]).splitlines() == [
        "papers/2024/a,b:c.yaml:3:7: error unknown-term: 100%\ufffd::error::x\ufffd[31m [fixable]",
        "papers/2024/b.yaml:1:1: warning near-title: like 'c'",
    ]
    assert report.as_text([]) == ""


def test_whoever_did_not_ask_for_findings_gets_the_first_and_how_many_more_there_are() -> None:
    assert report.first_as_text([PLAIN] * 10) == report.as_text([PLAIN] * 10)
    assert report.first_as_text([PLAIN] * 12) == report.as_text([PLAIN] * 10) + "… and 2 more\n"


def test_of_a_file_that_is_wrong_as_a_whole_the_first_findings_are_text_and_all_are_json() -> None:
    first, second = replace(PLAIN, file="papers/2024/a.yaml"), PLAIN
    findings = [first] * 1_060 + [second] * 50
    rows = report.as_text(findings).splitlines()
    assert rows[49:52] == [rows[0], "papers/2024/a.yaml: … and 1,010 more; --format json names all", rows[-1]]
    assert len(rows) == 101
    assert len(json.loads(report.as_json(findings))) == len(findings)


def test_json_has_the_stable_keys() -> None:
    first, second = json.loads(report.as_json([HOSTILE, PLAIN]))
    assert list(first) == ["file", "line", "column", "rule", "severity", "message", "fixable"]
    assert (first["fixable"], second["fixable"]) == (True, False)
    assert first["message"] == HOSTILE.message
    assert json.loads(report.as_json([])) == []


def test_github_annotations_are_escaped_and_neither_start_a_command_nor_steer_a_terminal() -> None:
    where = "file=papers/2024/a%2Cb%3Ac.yaml,line=3,col=7,title=unknown-term"
    assert report.as_github([HOSTILE, PLAIN]).splitlines() == [
        f"::error {where}::100%25%0A::error::x\ufffd[31m",
        "::warning file=papers/2024/b.yaml,line=1,col=1,title=near-title::like 'c'",
    ]


def test_a_catalogue_without_records_is_sound(make_catalogue: MakeCatalogue) -> None:
    assert findings(make_catalogue({})) == []


def test_github_shows_a_finding_about_two_records_in_both_files() -> None:
    end = Related("papers/2024/c.yaml", 4, 2, "like 'b'")
    finding = Finding("papers/2024/b.yaml", 1, 1, "near-title", "warning", "like 'c'", related=(end,))
    assert report.as_github([finding]).splitlines() == [
        "::warning file=papers/2024/b.yaml,line=1,col=1,title=near-title::like 'c'",
        "::warning file=papers/2024/c.yaml,line=4,col=2,title=near-title::like 'b'",
    ]
    assert len(report.as_text([finding]).splitlines()) == len(json.loads(report.as_json([finding]))) == 1
