"""Previews: the changed records, and only these, as readers will see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.github.preview import changed_papers, preview
from tests.conftest import REPOSITORY
from tests.github.conftest import git

TEMPLATES = REPOSITORY / "site_templates"


@pytest.fixture
def changed(root: Path, origin: Path) -> Path:
    """The repository after one record was changed, one added and one deleted."""
    record = root / "papers" / "2024" / "fastv.yaml"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace("training: free", "training: both"), encoding="utf-8")
    new = (
        text.replace("An Image is", "@everyone <script>")
        .replace("2403.06764", "2403.00001")
        .replace("FastV", "New")
    )
    (root / "papers" / "2024" / "new.yaml").write_text(new, encoding="utf-8")
    (root / "papers" / "2024" / "toca.yaml").unlink()
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Change")
    return root


def test_changed_records_are_those_that_differ_from_the_base(changed: Path) -> None:
    papers = changed_papers(Catalogue.load(changed), "HEAD^1")
    assert [paper.id for paper in papers] == ["fastv", "new"]


def test_a_base_that_git_does_not_know_is_said(changed: Path) -> None:
    with pytest.raises(CatalogError, match="git diff"):
        changed_papers(Catalogue.load(changed), "--output=pwned")
    assert not (changed / "pwned").exists()


def test_entries_and_pages_are_there_with_what_they_need(changed: Path, tmp_path: Path) -> None:
    catalogue = Catalogue.load(changed)
    out = tmp_path / "preview"
    preview(catalogue, changed_papers(catalogue, "HEAD^1"), TEMPLATES, out)
    assert "2 changed records" in (out / "entries.md").read_text(encoding="utf-8")
    assert 'href="papers/fastv/index.html"' in (out / "index.html").read_text(encoding="utf-8")
    assert (out / "assets" / "catalogue" / "catalogue.css").is_file()
    assert sorted(path.name for path in (out / "papers").iterdir()) == ["fastv", "new"]
    for page in ("entries.md", "index.html", "papers/new/index.html"):
        assert "<script> Worth" not in (out / page).read_text(encoding="utf-8")


def test_without_changed_records_there_is_a_preview_that_says_so(
    mini_catalogue: Catalogue, tmp_path: Path
) -> None:
    preview(mini_catalogue, [], TEMPLATES, tmp_path / "preview")
    assert "0 changed records" in (tmp_path / "preview" / "entries.md").read_text(encoding="utf-8")
