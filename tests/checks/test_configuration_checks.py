"""What papers/catalogue.yaml names has to be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog.findings import CatalogError
from tests.checks.checking import findings

CONFIG = "papers/catalogue.yaml"


def with_milestone(root: Path, name: str) -> Path:
    path = root / CONFIG
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[dynamicvit, tome, fastv]", f"[dynamicvit, {name}]"), encoding="utf-8")
    return root


def test_a_milestone_without_a_record_is_refused_at_its_place_with_the_nearest(mini: Path) -> None:
    (finding,) = findings(with_milestone(mini, "fastvv"), "unknown-milestone")
    assert (finding.file, finding.severity) == (CONFIG, "error")
    row = (mini / CONFIG).read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert row[finding.column - 1 :].startswith("fastvv")
    assert finding.message == "no record 'fastvv'; did you mean 'fastv'?"


def test_requirements_in_another_encoding_are_refused_by_name(mini: Path) -> None:
    config = mini / CONFIG
    text = re.sub(r"(?m)^repository:.*\n", "", config.read_text(encoding="utf-8"))
    config.write_text(f"{text}repository: https://github.com/o/r\n", encoding="utf-8")
    (mini / "requirements.txt").write_text("fewer-tokens\n", encoding="utf-16")
    with pytest.raises(CatalogError, match=r"requirements\.txt:1: is not UTF-8; save the file as UTF-8"):
        findings(mini, "private-engine")


def test_a_milestone_like_no_record_is_to_be_corrected_or_deleted(mini: Path) -> None:
    (finding,) = findings(with_milestone(mini, "zzzz"), "unknown-milestone")
    assert "correct or delete it" in finding.message


def test_a_milestone_by_a_former_id_is_refused_with_the_present_one(mini: Path) -> None:
    record = mini / "papers/2024/fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8") + "aliases: [old-name]\n", encoding="utf-8")
    (finding,) = findings(with_milestone(mini, "old-name"), "unknown-milestone")
    assert "it is a former id of 'fastv'; write fastv" in finding.message


def test_a_milestone_whose_record_cannot_be_read_is_not_reported_as_well(mini: Path) -> None:
    record = mini / "papers/2024/fastv.yaml"
    record.write_text("titel: x\n", encoding="utf-8")
    assert findings(mini, "unknown-milestone") == []


@pytest.mark.parametrize(
    ("citation", "row"),
    [
        ('"@misc{x"', "citation:"),
        ("none", "citation:"),
        ("'@misc{x, title = {\\input{x}}}'", "citation:"),
        ("|\n  @misc{a, title = {A}}\n  @misc{b, title = {B}}", "  @misc{b"),
        ("|\n  @misc{a,\n    title = {A}\n    year = {2024}\n  }", "    title"),
    ],
)
def test_a_citation_that_is_not_one_entry_is_refused_at_its_line(mini: Path, citation: str, row: str) -> None:
    path = mini / CONFIG
    path.write_text(f"{path.read_text(encoding='utf-8')}citation: {citation}\n", encoding="utf-8")
    (finding,) = findings(mini, "catalogue-citation")
    assert (finding.file, finding.severity) == (CONFIG, "error")
    assert path.read_text(encoding="utf-8").splitlines()[finding.line - 1].startswith(row), finding
    assert finding.message.startswith("the BibTeX entry of the catalogue: ")


def test_a_citation_of_one_entry_is_sound(mini: Path) -> None:
    path = mini / CONFIG
    entry = "citation: |\n  @misc{mini,\n    title = {Mini}\n  }\n"
    path.write_text(f"{path.read_text(encoding='utf-8')}{entry}", encoding="utf-8")
    assert findings(mini, "catalogue-citation") == []


@pytest.mark.parametrize(
    ("requirement", "warned"),
    [
        ("fewer-tokens[site] @ file:///home/me/engine", True),
        ("fewer-tokens[site] @ git+file://localhost/home/me/engine@0123", True),
        ("fewer-tokens[site] @ git+https://example.org/engine@0123", False),
        ("fewer-tokens[site]==1.0", False),
    ],
)
@pytest.mark.parametrize("repository", ["https://example.org/a/b", None])
def test_an_engine_that_only_this_machine_has_is_no_engine_for_others(
    mini: Path, requirement: str, warned: bool, repository: str | None
) -> None:
    config = mini / "papers" / "catalogue.yaml"
    text = re.sub("(?m)^repository:.*", f"repository: {repository or 'null'}", config.read_text())
    config.write_text(text)
    (mini / "requirements.txt").write_text(f"# The engine.\n{requirement}\n")
    found = findings(mini, "private-engine")
    expected = [("requirements.txt", 2, "warning")] if warned and repository else []
    assert [(one.file, one.line, one.severity) for one in found] == expected
