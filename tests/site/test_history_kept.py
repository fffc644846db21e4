"""Past edits are read once, and kept for the next build."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.findings import CatalogError
from catalog.site.edits import UNREADABLE
from catalog.site.history import History
from tests.site.committing import change, commit


def test_past_edits_are_kept_and_read_again_only_where_commits_came(repository: Path, tmp_path: Path) -> None:
    expected = History.read(repository)
    assert History.read(repository, tmp_path) == expected
    kept = (tmp_path / "history.json").read_bytes()
    assert History.read(repository, tmp_path) == expected
    change(repository, "venue: ECCV", "venue: CVPR")
    commit(repository)
    assert History.read(repository, tmp_path) == History.read(repository) != expected
    assert (tmp_path / "history.json").read_bytes() != kept


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"code": "", "edits": {}}', "[" * 100_000])
def test_a_cache_that_cannot_be_used_is_made_anew(repository: Path, tmp_path: Path, kept: str) -> None:
    expected = History.read(repository, tmp_path)
    whole = (tmp_path / "history.json").read_bytes()
    (tmp_path / "history.json").write_text(kept, encoding="utf-8")
    assert History.read(repository, tmp_path) == expected
    assert (tmp_path / "history.json").read_bytes() == whole


def test_nothing_is_kept_through_a_link(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    (tmp_path / "history.json").symlink_to("mine")
    with pytest.raises(CatalogError, match=r"history\.json: a symbolic link"):
        History.read(repository, tmp_path)
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"


def test_what_git_does_not_hand_out_is_told_as_written_anew_and_not_kept(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("catalog.site.history.contents", lambda root, hashes: iter(()))
        assert History.read(repository, tmp_path).of_record["fastv"][0].edits == UNREADABLE
    assert History.read(repository, tmp_path) == History.read(repository)
