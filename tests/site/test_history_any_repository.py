"""The records' history is the same whatever git is told to do, and whatever records and messages hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from catalog.site.edits import UNREADABLE, Edit, Edits
from catalog.site.history import History
from tests.site.committing import RECORD, change, commit

SETTINGS = [
    *("color.ui=always", "color.diff=always", "log.showSignature=true", "log.showRoot=false"),
    *(
        "log.follow=true",
        "log.diffMerges=off",
        "log.decorate=full",
        "log.date=relative",
        "format.pretty=oneline",
    ),
    *("log.abbrevCommit=true", "format.notes=true", "diff.orderFile=/nonexistent", "diff.relative=true"),
    *("diff.noprefix=true", "diff.interHunkContext=30", "diff.context=5", "diff.external=false"),
    *("diff.renames=copies", "diff.suppressBlankEmpty=true", "diff.colorMoved=zebra", "core.quotePath=true"),
    *("core.abbrev=4", "i18n.logOutputEncoding=latin1", "diff.algorithm=patience", "diff.submodule=log"),
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_setting_of_the_user_s_git_changes_the_history(
    repository: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    change(repository, "venue: ECCV", "venue: CVPR")
    (repository / "papers" / "2022" / "é.yaml").write_text("title: É\n", encoding="utf-8")
    commit(repository, "É")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    expected = History.read(repository)
    assert [len(step.added) for step in expected.steps] == [1, 0, 6]
    key, value = setting.split("=")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", key)
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", value)
    assert History.read(repository) == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GIT_DIFF_OPTS", "--unified=3"),
        ("GIT_EXTERNAL_DIFF", "false"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_PAGER", "less"),
        ("GIT_TRACE", "1"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Pacific/Kiritimati"),
    ],
)
def test_no_variable_of_git_changes_the_history(
    repository: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    expected = History.read(repository)
    monkeypatch.setenv(variable, value)
    assert History.read(repository) == expected


CONTROL = [
    pytest.param(character, id=f"{ord(character):02x}") for character in "\x01\x0c\x1b\x1e\x1f\x7f\x85\u2028"
]


@pytest.mark.parametrize("character", CONTROL)
def test_a_subject_may_hold_any_character(repository: Path, character: str) -> None:
    change(repository, "venue: ECCV", "venue: CVPR")
    commit(repository, f"Read{character}{character}again :100644{character}")
    entry = History.read(repository).of_record["fastv"][0]
    assert entry.commit.subject == "Read again :100644"
    assert entry.edits == Edits((Edit("venue", ("ECCV",), ("CVPR",)),))


def test_a_commit_without_a_message_is_a_step_like_others(repository: Path) -> None:
    for subject, old, new in (("", "ECCV", "CVPR"), (":100644 100644 a b M", "CVPR", "ICML")):
        change(repository, f"venue: {old}", f"venue: {new}")
        commit(repository, subject)
    subjects = [entry.commit.subject for entry in History.read(repository).of_record["fastv"]]
    assert subjects[:2] == [":100644 100644 a b M", ""]


@pytest.mark.parametrize("character", CONTROL)
def test_a_record_that_once_held_any_character_does_not_spoil_the_history(
    repository: Path, character: str
) -> None:
    before = len(History.read(repository).steps)
    (repository / "papers" / "NOTES.md").write_text(f"a{character}b{character}\n", encoding="utf-8")
    change(repository, "name: FastV", f"name: Fast{character}{character}V")
    commit(repository)
    change(repository, f"name: Fast{character}{character}V", "name: FastV")
    change(repository, "venue: ECCV", "venue: CVPR")
    commit(repository)
    history = History.read(repository)
    assert len(history.steps) == before + 2
    edits = history.of_record["fastv"][0].edits
    assert edits == UNREADABLE or [edit.field for edit in edits.facts] == ["name", "venue"]


def test_text_like_a_patch_cannot_tell_edits_of_another_record(repository: Path) -> None:
    forged = "summary: >\n  diff --git papers/2024/fastv.yaml\n  +++ b/papers/2024/fastv.yaml\nold: 1\nrest:"
    change(repository, "summary:", forged, "papers/2022/tome.yaml")
    change(repository, "venue: ECCV", "venue: CVPR")
    commit(repository)
    edits = History.read(repository).steps[0].edits
    assert edits[RECORD] == Edits((Edit("venue", ("ECCV",), ("CVPR",)),))
    assert {edit.field for edit in edits["papers/2022/tome.yaml"].facts} >= {"summary", "old"}
