"""The records' history: all of it from the repository, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.site.edits import Edit, Edits
from catalog.site.history import History
from tests.site.committing import RECORD, change, commit, git


def test_a_record_s_history_is_newest_first_with_the_author_s_own_date(repository: Path) -> None:
    entries = History.read(repository).of_record["fastv"]
    assert [(entry.what, entry.commit.date, entry.commit.subject) for entry in entries] == [
        ("changed", "2024-06-01", "Read FastV again"),
        ("added", "2024-05-06", "Add <b>all</b> records"),
    ]


def test_a_step_names_what_was_added_changed_and_removed(repository: Path) -> None:
    latest, first = History.read(repository).steps
    assert (latest.added, latest.changed, latest.removed) == ((), (RECORD,), ("papers/2024/toca.yaml",))
    assert len(first.added) == 6
    assert "papers/catalogue.yaml" not in first.added, "only records have a history"


def test_a_record_that_moves_from_a_wrong_place_into_its_folder_is_the_same_record(repository: Path) -> None:
    git(repository, "mv", RECORD, "papers/fastv.yaml")
    commit(repository)
    git(repository, "mv", "papers/fastv.yaml", RECORD)
    commit(repository)
    latest, before, *_ = History.read(repository).steps
    assert (latest.added, latest.changed, latest.removed) == ((), (RECORD,), ())
    assert (before.added, before.changed, before.removed) == ((), ("papers/fastv.yaml",), ())


def test_paths_are_those_of_the_catalogue_also_inside_a_larger_repository(mini: Path) -> None:
    git(mini.parent, "init", "--initial-branch=main")
    git(mini.parent, "add", "-A")
    git(mini.parent, "commit", "-m", "All")
    assert RECORD in History.read(mini).steps[0].added


def test_a_merge_inside_a_larger_repository_has_the_catalogue_s_paths_too(mini: Path) -> None:
    git(mini.parent, "init", "--initial-branch=main")
    commit(mini)
    _conflict(mini)
    latest = History.read(mini).steps[0]
    assert latest.changed == (RECORD,)


def test_a_record_with_other_line_ends_has_changed_but_none_of_its_facts(repository: Path) -> None:
    change(repository, "\n", "\r\n")
    commit(repository)
    entry = History.read(repository).of_record["fastv"][0]
    assert (entry.what, entry.edits) == ("changed", Edits())


def test_a_list_in_lines_below_a_key_is_read_whole(repository: Path) -> None:
    link = "  code:\n    - https://github.com/pkunlp-icler/FastV\n"
    change(repository, "  code: [https://github.com/pkunlp-icler/FastV]\n", link)
    commit(repository)
    assert History.read(repository).of_record["fastv"][0].edits == Edits()
    change(repository, link, f"{link}    - https://example.org/b\n")
    commit(repository)
    edits = History.read(repository).of_record["fastv"][0].edits
    assert edits.facts == (Edit("code", (), ("https://example.org/b",)),)


def _branch(root: Path, old: str, new: str) -> None:
    """Another venue on a branch, and *new* for *old* on main, where this leaves the repository."""
    git(root, "checkout", "-b", "branch")
    change(root, "venue: ECCV", "venue: CVPR")
    commit(root, "On the branch")
    git(root, "checkout", "main")
    change(root, old, new)
    commit(root, "On main")


def _conflict(root: Path) -> None:
    """Two branches that say another venue each, merged with a third one and a record more."""
    _branch(root, "venue: ECCV", "venue: ICLR")
    git(root, "merge", "--no-commit", "-s", "ours", "branch")
    change(root, "venue: ICLR", "venue: NeurIPS")
    (root / "papers" / "2024" / "more.yaml").write_text("title: More\n", encoding="utf-8")
    commit(root, "Merge")


def test_a_merge_tells_what_it_changed_itself(repository: Path) -> None:
    _conflict(repository)
    merge, *others = History.read(repository).steps
    assert {step.commit.subject for step in others[:2]} == {"On the branch", "On main"}
    assert (merge.added, merge.changed) == (("papers/2024/more.yaml",), (RECORD,))
    assert merge.edits[RECORD] == Edits((Edit("venue", ("ICLR",), ("NeurIPS",)),))


def test_a_merge_of_two_facts_of_one_record_is_no_change_of_it(repository: Path) -> None:
    _branch(repository, "training: both", "training: based")
    git(repository, "merge", "branch")
    subjects = {entry.commit.subject for entry in History.read(repository).of_record["fastv"][:2]}
    assert subjects == {"On the branch", "On main"}


def test_a_folder_without_version_control_has_no_history(mini: Path) -> None:
    assert History.read(mini) == History()


def test_a_repository_without_commits_has_no_history(mini: Path) -> None:
    git(mini, "init", "--initial-branch=main")
    assert History.read(mini) == History()


def test_a_shallow_clone_has_no_history_rather_than_a_part_of_one(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--depth=1", f"file://{repository}", str(clone))
    assert History.read(clone) == History()


def test_without_git_there_is_no_history(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert History.read(repository) == History()
