"""Previews: the changed records, and only these, as readers will see them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.github.preview import Changes, changes_since, preview
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


def previewed(root: Path, out: Path, base: str = "HEAD^1") -> str:
    """The entries of the preview that is written to *out*."""
    preview(changes_since(Catalogue.load(root), base), TEMPLATES, out)
    return (out / "entries.md").read_text(encoding="utf-8")


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Another change")


def test_changed_records_are_those_that_differ_from_the_base(changed: Path) -> None:
    papers = changes_since(Catalogue.load(changed), "HEAD^1").papers
    assert [paper.id for paper in papers] == ["fastv", "new"]


def test_a_base_that_git_does_not_know_is_said(changed: Path) -> None:
    with pytest.raises(CatalogError, match="git knows no commit '--output=pwned'"):
        changes_since(Catalogue.load(changed), "--output=pwned")
    assert not (changed / "pwned").exists()


def test_in_the_first_commit_every_record_is_new(root: Path, origin: Path) -> None:
    catalogue = Catalogue.load(root)
    assert changes_since(catalogue, "HEAD^1").papers == catalogue.papers


def test_entries_and_pages_are_there_with_what_they_need(changed: Path, tmp_path: Path) -> None:
    out = tmp_path / "preview"
    assert "2 changed records" in previewed(changed, out)
    assert 'href="papers/fastv/index.html"' in (out / "index.html").read_text(encoding="utf-8")
    assert (out / "assets" / "catalogue" / "catalogue.css").is_file()
    assert sorted(path.name for path in (out / "papers").iterdir()) == ["fastv", "new"]
    for page in ("entries.md", "index.html", "papers/new/index.html"):
        assert "<script> Worth" not in (out / page).read_text(encoding="utf-8")


def test_records_that_are_gone_are_told_with_what_became_of_them(changed: Path, tmp_path: Path) -> None:
    tome = changed / "papers" / "2022" / "tome.yaml"
    text = tome.read_text(encoding="utf-8") + "aliases: [tome]\n"
    tome.with_stem("token-merging").write_text(text, encoding="utf-8")
    tome.unlink()
    (changed / "papers" / "2021" / "dynamicvit.yaml").unlink()
    refused = 'refused:\n  - title: "DynamicViT"\n    arxiv: "2106.02034"\n    reason: a *demo*\n'
    (changed / "papers" / "refused.yaml").write_text(refused, encoding="utf-8")
    commit(changed)
    said = previewed(changed, tmp_path / "preview", "HEAD~2")
    assert said.startswith("## 3 changed records, 1 renamed, 2 gone\n\n")
    assert "- Renamed: 'tome' is now 'token-merging'\n" in said
    assert re.search(r"- Gone: 'toca' \(.+\); links to its page break\n", said)
    assert re.search(r"- Gone: 'dynamicvit' \(.+\); papers/refused.yaml says why: a \\\*demo", said)


def test_a_record_with_errors_is_named_and_the_others_are_shown(changed: Path, tmp_path: Path) -> None:
    folder = changed / "papers" / "2024"
    for name, line in (("new", "training: perhaps"), ("fastv", "venue: CVRP")):
        text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
        key = line.partition(":")[0]
        record = "\n".join(line if row.startswith(f"{key}:") else row for row in text.split("\n"))
        (folder / f"{name}.yaml").write_text(record, encoding="utf-8")
    tome = changed / "papers" / "2022" / "tome.yaml"
    tome.write_text(tome.read_text(encoding="utf-8").replace("venue: ICLR", "venue: null"), encoding="utf-8")
    commit(changed)
    said = previewed(changed, tmp_path / "preview")
    assert said.startswith("## 1 changed record, 2 with errors\n")
    for name in ("fastv", "new"):
        assert f"- Not shown, because the check found errors in it: papers/2024/{name}.yaml\n" in said
    assert [path.name for path in (tmp_path / "preview" / "papers").iterdir()] == ["tome"]


LINK = re.compile(r'(?:href|src)="([^"]*)"')


@pytest.mark.parametrize("base_url", ["https://example.org/mini/", None])
def test_no_link_of_a_preview_is_dead(changed: Path, tmp_path: Path, base_url: str | None) -> None:
    config = changed / "papers" / "catalogue.yaml"
    lines = [line for line in config.read_text(encoding="utf-8").split("\n") if "base_url" not in line]
    config.write_text("\n".join([*lines, f"base_url: {base_url or 'null'}"]), encoding="utf-8")
    out = tmp_path / "preview"
    previewed(changed, out)
    found = set()
    for page in out.rglob("*.html"):
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            if not link.startswith(("https://", "#")):
                assert (page.parent / link).is_file(), f"{page}: {link}"
            found.add(link)
    assert "../../papers/new/index.html" in found  # from one changed paper to the other
    assert ("https://example.org/mini/browse/" in found) == bool(base_url)


def test_an_entry_leads_to_its_record_as_it_is_in_the_change(changed: Path, tmp_path: Path) -> None:
    commit_hash = git(changed, "rev-parse", "HEAD").strip()
    said = previewed(changed, tmp_path / "preview")
    assert f"[[Record](https://github.com/example/mini/tree/{commit_hash}/papers/2024/new.yaml)]" in said


def test_without_a_repository_an_entry_leads_to_the_file(changed: Path, tmp_path: Path) -> None:
    config = changed / "papers" / "catalogue.yaml"
    lines = [line for line in config.read_text(encoding="utf-8").split("\n") if "repository" not in line]
    config.write_text("\n".join(lines), encoding="utf-8")
    said = previewed(changed, tmp_path / "preview")
    (link,) = re.findall(r"\[\[Record\]\((.*/new\.yaml)\)\]", said)
    assert (tmp_path / "preview" / link).is_file()


def test_without_changed_records_there_is_a_preview_that_says_so(
    mini_catalogue: Catalogue, tmp_path: Path
) -> None:
    preview(Changes(mini_catalogue, ()), TEMPLATES, tmp_path / "preview")
    assert "0 changed records" in (tmp_path / "preview" / "entries.md").read_text(encoding="utf-8")
