"""Today's copies of published lists: fetched without trust, and said so where they cannot be had."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from catalog.upkeep.list_copies import fetch_copies
from catalog.vocabulary import PublishedList, Vocabulary

Repository = Callable[[Mapping[str, str]], str]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A list's repository on this machine, with these files; gives its address."""

    def make(files: Mapping[str, str]) -> str:
        root = tmp_path / "theirs"
        root.mkdir()
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        (root / "README.link").symlink_to("/etc/passwd")
        git = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@example.org"]
        for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "List"]):
            subprocess.run([*git, *command], check=True)
        return root.as_uri()

    return make


def vocabulary(url: str, dialect: str) -> Vocabulary:
    published = PublishedList(key="a-list", label="A list", definition="A list.", url=url, dialect=dialect)
    return Vocabulary({"listed_in": {"a-list": published}})


def test_a_list_of_one_page_is_its_readme(tmp_path: Path, repository: Repository) -> None:
    words = vocabulary(repository({"ReadMe.md": "# A list"}), "venue-bold")
    [(dialect, page)], problems = fetch_copies(words, tmp_path / "copies", protocols="file")
    assert (dialect, page.read_text(encoding="utf-8"), problems) == ("venue-bold", "# A list", [])


def test_a_list_of_many_pages_is_the_folder_without_links_out_of_it(
    tmp_path: Path, repository: Repository
) -> None:
    words = vocabulary(repository({"a/One.md": "", "Two.md": ""}), "badges")
    [(_, folder)], _ = fetch_copies(words, tmp_path / "copies", protocols="file")
    assert [p.name for p in sorted(folder.rglob("*.md"))] == ["Two.md", "One.md"]
    assert not any(path.is_symlink() for path in folder.rglob("*"))


def test_only_https_is_followed(tmp_path: Path, repository: Repository) -> None:
    url = repository({"README.md": ""})
    copies, [problem] = fetch_copies(vocabulary(url, "badges"), tmp_path / "copies")
    assert not copies
    assert problem.startswith(f"{url} could not be read: ")
    assert "not allowed" in problem


def test_a_list_without_its_page_is_a_problem(tmp_path: Path, repository: Repository) -> None:
    words = vocabulary(repository({"index.html": ""}), "venue-bold")
    copies, [problem] = fetch_copies(words, tmp_path / "copies", protocols="file")
    assert (copies, problem.endswith("it holds no README.md")) == ([], True)


def test_a_list_in_no_known_dialect_is_a_problem_and_not_passed_over(
    tmp_path: Path, repository: Repository
) -> None:
    words = vocabulary(repository({"README.md": "# A list"}), "venue_bold")
    copies, [problem] = fetch_copies(words, tmp_path / "copies", protocols="file")
    assert not copies
    assert problem.startswith("the list a-list was not read: 'venue_bold' in papers/vocabulary/lists.yaml")
    assert "known are badges, venue-bold" in problem
