"""Publishing: rendered files are committed once, the served branch holds exactly the site."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.findings import CatalogError
from catalog.github.publishing import commit_rendered, push_site
from tests.github.conftest import git


def test_rendered_files_are_committed_when_they_changed_and_nothing_else_is(root: Path, origin: Path) -> None:
    (root / "papers" / "lists").mkdir()
    (root / "papers" / "lists" / "vision.md").write_text("a list\n", encoding="utf-8")
    (root / "README.md").write_text("front page\n", encoding="utf-8")
    (root / "papers" / "paper.schema.json").write_text("{}\n", encoding="utf-8")
    (root / "stray.txt").write_text("not ours\n", encoding="utf-8")
    assert commit_rendered(root, "main") == "the rendered files are committed"
    changed = git(origin, "show", "--format=", "--name-only", "main").split()
    assert changed == ["README.md", "papers/lists/vision.md", "papers/paper.schema.json"]
    assert commit_rendered(root, "main") == "the rendered files are up to date"
    form = root / ".github" / "ISSUE_TEMPLATE" / "add-paper.yml"
    form.parent.mkdir(parents=True, exist_ok=True)
    form.write_text("body: []\n", encoding="utf-8")
    commit_rendered(root, "main")
    assert git(origin, "show", "--format=", "--name-only", "main").split() == [
        ".github/ISSUE_TEMPLATE/add-paper.yml"
    ]


def rendered(root: Path, text: str) -> None:
    (root / "papers" / "lists").mkdir(exist_ok=True)
    for file in ("README.md", "papers/lists/README.md", "papers/paper.schema.json"):
        (root / file).write_text(text, encoding="utf-8")


def test_a_run_that_was_overtaken_leaves_the_branch_to_the_next(
    root: Path, origin: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", str(origin), str(other))
    git(other, "commit", "--quiet", "--allow-empty", "--message", "Meanwhile")
    git(other, "push", "--quiet", "origin", "main")
    rendered(root, "front page\n")
    assert "has moved on" in commit_rendered(root, "main")
    assert git(origin, "log", "-1", "--format=%s", "main").strip() == "Meanwhile"


def test_a_push_that_is_forbidden_is_an_error(root: Path, origin: Path) -> None:
    hook = origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    rendered(root, "front page\n")
    with pytest.raises(CatalogError, match="git push"):
        commit_rendered(root, "main")


def test_the_served_branch_holds_exactly_the_site_in_one_commit(
    root: Path, origin: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    (site / "papers").mkdir(parents=True)
    (site / "index.html").write_text("1", encoding="utf-8")
    (site / "papers" / "old.html").write_text("old", encoding="utf-8")
    push_site(root, site, "gh-pages")
    (site / "papers" / "old.html").unlink()
    (site / "index.html").write_text("2", encoding="utf-8")
    push_site(root, site, "gh-pages")
    assert git(origin, "ls-tree", "-r", "--name-only", "gh-pages").split() == [".nojekyll", "index.html"]
    assert git(origin, "show", "gh-pages:index.html") == "2"
    assert git(origin, "rev-list", "--count", "gh-pages").strip() == "1"
    assert git(root, "status", "--porcelain") == ""


def test_a_folder_without_site_is_refused(root: Path, origin: Path, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="expected a built site"):
        push_site(root, tmp_path, "gh-pages")
