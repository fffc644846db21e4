"""The records' history: all of it from the repository, or none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.site import build_site
from catalog.site.history import History

TEMPLATES = Path(__file__).parents[2] / "site_templates"
RECORD = "papers/2024/fastv.yaml"


def _git(root: Path, *arguments: str, date: str = "2024-05-06T07:08:09+09:00") -> None:
    environment = {
        **os.environ,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@example.org",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": "2030-01-01T00:00:00Z",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    subprocess.run(["git", *arguments], cwd=root, env=environment, check=True, capture_output=True)


@pytest.fixture
def repository(mini: Path) -> Path:
    """The small catalogue with two commits: all records added, one changed and one removed."""
    _git(mini, "init", "--initial-branch=main")
    _git(mini, "add", "-A")
    _git(mini, "commit", "-m", "Add <b>all</b> records")
    record = mini / RECORD
    record.write_text(record.read_text(encoding="utf-8").replace("free", "both"), encoding="utf-8")
    (mini / "papers" / "2024" / "toca.yaml").unlink()
    _git(mini, "add", "-A")
    _git(mini, "commit", "-m", "Read FastV again\n\nA second paragraph.", date="2024-06-01T23:59:00-11:00")
    return mini


def test_a_record_s_history_is_newest_first_with_the_author_s_own_date(repository: Path) -> None:
    entries = History.read(repository).of_file[RECORD]
    assert [(entry.what, entry.commit.date, entry.commit.subject) for entry in entries] == [
        ("changed", "2024-06-01", "Read FastV again"),
        ("added", "2024-05-06", "Add <b>all</b> records"),
    ]


def test_a_step_names_what_was_added_changed_and_removed(repository: Path) -> None:
    latest, first = History.read(repository).steps
    assert (latest.added, latest.changed, latest.removed) == ((), (RECORD,), ("papers/2024/toca.yaml",))
    assert len(first.added) == 6
    assert "papers/catalogue.yaml" not in first.added, "only records have a history"


def test_paths_are_those_of_the_catalogue_also_inside_a_larger_repository(mini: Path) -> None:
    _git(mini.parent, "init", "--initial-branch=main")
    _git(mini.parent, "add", "-A")
    _git(mini.parent, "commit", "-m", "All")
    assert RECORD in History.read(mini).of_file


def test_a_folder_without_version_control_has_no_history(mini: Path) -> None:
    assert History.read(mini) == History()


def test_a_repository_without_commits_has_no_history(mini: Path) -> None:
    _git(mini, "init", "--initial-branch=main")
    assert History.read(mini) == History()


def test_a_shallow_clone_has_no_history_rather_than_a_part_of_one(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    _git(tmp_path, "clone", "--depth=1", f"file://{repository}", str(clone))
    assert History.read(clone) == History()


def test_without_git_there_is_no_history(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert History.read(repository) == History()


def test_pages_show_the_history_as_text_with_links_to_the_commits(
    repository: Path, tmp_path: Path, frame_cache: Path
) -> None:
    site = tmp_path / "site"
    build_site(Catalogue.load(repository), TEMPLATES, site, cache=frame_cache)
    paper = (site / RECORD.removesuffix(".yaml").replace("2024/", "") / "index.html").read_text("utf-8")
    changes = (site / "new" / "changes" / "index.html").read_text(encoding="utf-8")
    for page in (paper, changes):
        assert "Read FastV again" in page
        assert "Add &lt;b&gt;all&lt;/b&gt; records" in page
        assert "https://github.com/example/mini/commit/" in page
    assert "<li>training: free → both</li>" in paper
    assert "Facts, and in how many records: training 1<" in changes
    assert 'href="changes/"' in (site / "new" / "index.html").read_text(encoding="utf-8")


def test_without_history_no_page_speaks_of_it(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    site = tmp_path / "site"
    build_site(Catalogue.load(mini), TEMPLATES, site, cache=frame_cache)
    assert not (site / "new" / "changes").exists()
    assert "How this record changed" not in (site / "papers" / "fastv" / "index.html").read_text("utf-8")
