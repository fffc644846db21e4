"""Warnings that are accepted, with the reason, and what becomes of the acceptance."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from tests.checks.checking import ELSEWHERE, findings, record
from tests.conftest import MakeCatalogue

CODE = {"code": ["https://github.com/lab/all"]}
BOTH = {
    "2024/one.yaml": record("one", links=CODE),
    "2024/two.yaml": record("two", title="Merging Late", identifiers=ELSEWHERE, links=CODE),
}
ENTRY = "accepted:\n  - rule: shared-code\n    records: [two, one]\n    why: one repository of the lab\n"


@pytest.fixture
def shared(make_catalogue: MakeCatalogue) -> Path:
    """A catalogue in which one warning, on the code of two papers, is accepted: its root."""
    return make_catalogue({**BOTH, "accepted.yaml": ENTRY})


def rewrite(root: Path, before: str, after: str, file: str = "accepted.yaml") -> None:
    path = root / "papers" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_an_accepted_warning_stands_apart_from_the_findings(
    shared: Path, make_catalogue: MakeCatalogue
) -> None:
    settled = checks.look(Catalogue.load(shared))
    assert settled.findings == []
    assert [one.rule for one in settled.accepted] == ["shared-code"]
    assert [one.rule for one in findings(make_catalogue(BOTH))] == ["shared-code"]


def test_another_warning_of_the_rule_is_not_accepted_with_it(shared: Path) -> None:
    text = record("three", title="Caching Both", identifiers=ELSEWHERE, links=CODE)
    (shared / "papers/2024/three.yaml").write_text(text, encoding="utf-8")
    found = findings(shared, "shared-code", "acceptance")
    assert [(one.file, one.rule) for one in found] == [("papers/2024/three.yaml", "shared-code")]


SECOND = {"code": [*CODE["code"], "https://github.com/lab/second"]}


def share_a_second(root: Path) -> None:
    for paper_id, fields in (("one", {}), ("two", {"title": "Merging Late", "identifiers": ELSEWHERE})):
        text = record(paper_id, links=SECOND, **fields)
        (root / f"papers/2024/{paper_id}.yaml").write_text(text, encoding="utf-8")


def test_an_entry_accepts_one_warning_and_a_later_one_on_the_same_records_is_told(shared: Path) -> None:
    share_a_second(shared)
    settled = checks.look(Catalogue.load(shared))
    (told,) = settled.findings
    (accepted,) = settled.accepted
    assert "lab/all" in accepted.message
    said = "; another one is accepted in papers/accepted.yaml, this one is not"
    assert "lab/second" in told.message
    assert told.message.endswith(said)
    assert [end.message.endswith(said) for end in told.related] == [True]


def test_two_entries_accept_two_warnings_on_the_same_records(shared: Path) -> None:
    entry = ENTRY.removeprefix("accepted:\n")
    (shared / "papers/accepted.yaml").write_text(ENTRY + entry, encoding="utf-8")
    share_a_second(shared)
    settled = checks.look(Catalogue.load(shared))
    assert (settled.findings, len(settled.accepted)) == ([], 2)
    (shared / "papers/accepted.yaml").write_text(ENTRY + entry + entry, encoding="utf-8")
    (found,) = findings(shared)
    assert (found.line, found.severity) == (8, "error")
    assert "accepted above already" in found.message


@pytest.mark.parametrize("rules", [(), ("acceptance",), ("acceptance", "shared-code")])
def test_an_acceptance_of_what_no_longer_occurs_is_stale(shared: Path, rules: tuple[str, ...]) -> None:
    rewrite(shared, "lab/all", "lab/two", "2024/two.yaml")
    (finding,) = findings(shared, *rules)
    assert (finding.file, finding.line, finding.severity) == ("papers/accepted.yaml", 2, "warning")
    assert finding.message == "shared-code does not warn about 'two' and 'one'; delete this entry"
    assert findings(shared, "shared-code") == []


def test_nothing_is_stale_while_the_record_cannot_be_read(shared: Path) -> None:
    (shared / "papers/2024/two.yaml").write_text("titel: x\n", encoding="utf-8")
    assert findings(shared, "acceptance") == []
    (shared / "papers/accepted.yaml").write_text(ENTRY + ENTRY.removeprefix("accepted:\n"), encoding="utf-8")
    assert findings(shared, "acceptance") == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "rule: shared-code",
            "rule: shared-cod",
            "there is no rule 'shared-cod'; did you mean 'shared-code'?",
        ),
        ("[two, one]", "[two, onee]", "no record 'onee'; did you mean 'one'?"),
        ("[two, one]", "[two, zzzz]", "no record 'zzzz'; correct the id, or delete this entry"),
    ],
)
def test_an_unknown_rule_or_record_is_an_error_with_the_nearest(
    shared: Path, before: str, after: str, expected: str
) -> None:
    rewrite(shared, before, after)
    (found,) = findings(shared, "acceptance")
    assert (found.severity, found.message) == ("error", expected)
    assert found.line == (2 if "rule" in before else 3)
    assert [one.rule for one in findings(shared, "shared-code")] == ["shared-code"]


def test_a_record_by_its_former_id_is_told_the_present_one(shared: Path) -> None:
    rewrite(shared, "[two, one]", "[two, first]")
    path = shared / "papers/2024/one.yaml"
    path.write_text(record("one", links=CODE, aliases=["first"]), encoding="utf-8")
    (found,) = findings(shared, "acceptance")
    assert found.message == "no record 'first'; it is a former id of 'one'; write one"


def test_an_error_is_not_accepted(shared: Path) -> None:
    text = record("two", title="Merging Late")  # with the identifier of the other
    (shared / "papers/2024/two.yaml").write_text(text, encoding="utf-8")
    rewrite(shared, "rule: shared-code", "rule: duplicate-arxiv")
    found = findings(shared, "duplicate-arxiv", "acceptance")
    assert {one.rule for one in found} == {"duplicate-arxiv", "acceptance"}
    told = next(one for one in found if one.rule == "acceptance")
    assert told.severity == "error"
    assert "errors cannot be accepted; mend it" in told.message


def test_one_warning_accepted_twice_is_refused(shared: Path) -> None:
    (shared / "papers/accepted.yaml").write_text(ENTRY + ENTRY.removeprefix("accepted:\n"), encoding="utf-8")
    (found,) = findings(shared)
    assert (found.line, found.severity) == (5, "error")
    assert "accepted above already" in found.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n", r"accepted\.yaml:1:1: "),
        ("accepted:\n  - {rule: shared-code, records: [one]}\n", r":2:5: accepted\.0\.why: is missing"),
        (
            "accepted:\n  - {rule: a, record: one, why: b}\n",
            r"accepted\.0\.record: .* did you mean 'records'",
        ),
        ("accepted:\n  - {rule: a, records: one, why: b}\n", r"expected a list; write \[one\]"),
        ("accepted:\n  - {rule: a, records: [], why: b}\n", r"names no record; write the ids"),
        ("accepted: [\n", r"accepted\.yaml:1:"),
        (
            "accepted: false\n",
            r":1:1: accepted: found true or false; expected 'accepted:' and below it entries",
        ),
        ("# none\naccepted: 0\n", r":2:1: accepted: found a number; expected 'accepted:' and below"),
        ("accepted: {}\n", r"accepted: found fields; expected 'accepted:' and below"),
        ("accepted: ''\n", r"accepted: found text; expected 'accepted:' and below"),
        ("false\n", r"accepted\.yaml:1:1: found true or false; expected 'accepted:' and below it"),
        ("- rule: a\n  why: b\n", r"accepted\.yaml:1:1: found a list; expected 'accepted:' and below it"),
        ("{}\n", r"accepted\.yaml:1:1: accepted: is missing"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(make_catalogue: MakeCatalogue, text: str, expected: str) -> None:
    with pytest.raises(CatalogError, match=expected):
        Catalogue.load(make_catalogue({"accepted.yaml": text}))


@pytest.mark.parametrize(
    "text", ["", "# none yet\n", "accepted:\n", "accepted: # none yet\n", "accepted: []\n"]
)
def test_an_empty_file_accepts_nothing(make_catalogue: MakeCatalogue, text: str) -> None:
    assert findings(make_catalogue({"accepted.yaml": text})) == []


def test_a_file_that_is_not_utf_8_is_named(shared: Path) -> None:
    (shared / "papers/accepted.yaml").write_bytes(ENTRY.replace("the lab", "Zürich").encode("latin-1"))
    with pytest.raises(CatalogError, match=r"accepted\.yaml:4:\d+: byte 0xfc is not UTF-8; save the file as"):
        Catalogue.load(shared)


def test_a_complaint_on_a_file_larger_than_a_record_names_its_line(shared: Path) -> None:
    (shared / "papers/accepted.yaml").write_text("# looked at\n" * 6000 + ENTRY, encoding="utf-8")
    rewrite(shared, "[two, one]", "[two, zzzz]")
    (found,) = findings(shared, "acceptance")
    assert (found.line, found.severity) == (6003, "error")


def test_a_file_that_is_far_too_large_is_named(shared: Path) -> None:
    (shared / "papers/accepted.yaml").write_text("# looked at\n" * 100_000 + ENTRY, encoding="utf-8")
    with pytest.raises(
        CatalogError, match=r"accepted\.yaml:1:1: the file is larger than 1024 KiB.*shorten it"
    ):
        Catalogue.load(shared)
