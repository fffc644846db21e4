"""A record that moves or gets another id keeps its history."""

from __future__ import annotations

from pathlib import Path

from catalog.site.edits import Edit, Edits
from catalog.site.history import History
from tests.site.committing import RECORD, change, commit, git, rename


def test_a_record_that_moves_to_another_year_keeps_its_history(repository: Path) -> None:
    (repository / "papers" / "2025").mkdir(exist_ok=True)
    (repository / RECORD).rename(repository / "papers" / "2025" / "fastv.yaml")
    change(repository, "year: 2024", "year: 2025", "papers/2025/fastv.yaml")
    commit(repository, "FastV appeared in 2025")
    history = History.read(repository)
    latest = history.steps[0]
    assert (latest.added, latest.changed, latest.removed) == ((), ("papers/2025/fastv.yaml",), ())
    entries = history.of_record["fastv"]
    assert [entry.what for entry in entries] == ["changed", "changed", "added"]
    assert entries[0].edits == Edits((Edit("year", ("2024",), ("2025",)),))


def test_a_record_that_leaves_is_not_taken_for_another_that_arrives(repository: Path) -> None:
    (repository / RECORD).unlink()
    (repository / "papers" / "2025").mkdir(exist_ok=True)
    (repository / "papers" / "2025" / "other.yaml").write_text("title: Other\n", encoding="utf-8")
    commit(repository)
    latest = History.read(repository).steps[0]
    assert (latest.added, latest.changed, latest.removed) == (("papers/2025/other.yaml",), (), (RECORD,))


def _told(root: Path, record: str) -> list[tuple[str, str]]:
    return [(entry.what, entry.commit.subject) for entry in History.read(root).of_record[record]]


def test_a_renamed_record_keeps_its_history_and_says_so(repository: Path, tmp_path: Path) -> None:
    before = _told(repository, "fastv")
    kept = tmp_path / "cache"
    History.read(repository, kept)
    rename(repository, "fast-v", alias="fastv")
    history = History.read(repository, kept)
    assert _told(repository, "fast-v") == [("changed", "Rename"), *before]
    assert "fastv" not in history.of_record
    latest = history.steps[0]
    assert (latest.added, latest.changed, latest.removed) == ((), ("papers/2024/fast-v.yaml",), ())
    assert history.of_record["fast-v"][0].edits.facts == (
        Edit("id", ("fastv",), ("fast-v",)),
        Edit("aliases", (), ("fastv",)),
    )
    assert History.read(repository, kept) == history == History.read(repository)


def test_the_alias_may_come_after_the_new_name(repository: Path) -> None:
    before = _told(repository, "fastv")
    rename(repository, "fast-v", alias=None)
    assert _told(repository, "fast-v") == [("added", "Rename")]
    change(repository, "title:", "aliases: [fastv]\ntitle:", "papers/2024/fast-v.yaml")
    commit(repository, "Name the former id")
    assert _told(repository, "fast-v") == [("changed", "Name the former id"), ("changed", "Rename"), *before]
    renaming = History.read(repository).of_record["fast-v"][1].edits
    assert renaming == Edits((Edit("id", ("fastv",), ("fast-v",)),))


def test_a_record_may_be_renamed_twice_and_back(repository: Path) -> None:
    before = _told(repository, "fastv")
    rename(repository, "fast-v", alias="fastv", subject="One")
    git(repository, "mv", "papers/2024/fast-v.yaml", "papers/2024/fast.yaml")
    change(repository, "[fastv]", "[fastv, fast-v]", "papers/2024/fast.yaml")
    commit(repository, "Two")
    assert _told(repository, "fast") == [("changed", "Two"), ("changed", "One"), *before]
    git(repository, "mv", "papers/2024/fast.yaml", RECORD)
    change(repository, "[fastv, fast-v]", "[fast, fast-v]")
    commit(repository, "Three")
    assert _told(repository, "fastv") == [
        ("changed", "Three"),
        ("changed", "Two"),
        ("changed", "One"),
        *before,
    ]


def test_a_duplicate_that_was_given_up_for_another_record_has_a_history_of_its_own(repository: Path) -> None:
    before = _told(repository, "tome")
    (repository / RECORD).unlink()
    (repository / "papers" / "2024" / "more.yaml").write_text("title: More\n", encoding="utf-8")
    change(repository, "title:", "aliases: [fastv]\ntitle:", "papers/2022/tome.yaml")
    commit(repository, "Merge")
    assert _told(repository, "tome") == [("changed", "Merge"), *before]
    assert History.read(repository).steps[0].removed == (RECORD,)
