"""The ids of papers that were removed on purpose stay theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.checking import findings

FILE = "papers/refused.yaml"
ENTRY = """\
refused:
  - title: "A Model of Everything"
    reason: "off topic: a general model"
    ids: [{ids}]
"""


def refuse(root: Path, text: str) -> None:
    (root / FILE).write_text(text, encoding="utf-8")


def test_an_id_that_no_record_has_is_fine(mini: Path) -> None:
    refuse(mini, ENTRY.format(ids="everything, all-of-it"))
    assert findings(mini, "removed-id") == []


@pytest.mark.parametrize(
    ("gone", "line", "said"),
    [
        ("fastv", 1, "the id of 'fastv' (papers/2024/fastv.yaml) is in papers/refused.yaml that of"),
        (
            "fast-v",
            24,
            "the former id 'fast-v' of 'fastv' (papers/2024/fastv.yaml) is in papers/refused.yaml",
        ),
    ],
)
def test_an_id_that_a_record_has_or_had_is_an_error_that_names_both_places(
    mini: Path, gone: str, line: int, said: str
) -> None:
    record = mini / "papers/2024/fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8") + "aliases: [fast-v]\n", encoding="utf-8")
    refuse(mini, ENTRY.format(ids=gone))
    (finding,) = findings(mini, "removed-id")
    assert (finding.file, finding.line, finding.severity) == ("papers/2024/fastv.yaml", line, "error")
    assert said in finding.message
    assert "'A Model of Everything', which was removed" in finding.message
    (end,) = finding.related
    assert (end.file, end.line) == (FILE, 4)
    assert f"the id '{gone}' is" in end.message


OTHER = '  - {title: "Another", reason: off topic, ids: [everything]}\n'


@pytest.mark.parametrize(
    "text", [ENTRY.format(ids="everything, everything"), ENTRY.format(ids="everything") + OTHER]
)
def test_an_id_that_stands_there_twice_is_an_error(mini: Path, text: str) -> None:
    refuse(mini, text)
    (finding,) = findings(mini, "removed-id")
    assert (finding.file, finding.severity) == (FILE, "error")
    assert "the id 'everything' stands here twice" in finding.message
