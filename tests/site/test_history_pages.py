"""What pages tell of the records' history."""

from __future__ import annotations

from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.site import build_site
from tests.site.committing import RECORD, change, rename
from tests.site.conftest import TEMPLATES


def test_a_page_shows_what_happened_under_the_former_id(
    repository: Path, tmp_path: Path, frame_cache: Path
) -> None:
    change(repository, "[dynamicvit, tome, fastv]", "[dynamicvit, tome]", "papers/catalogue.yaml")
    rename(repository, "fast-v", alias="fastv")
    site = tmp_path / "site"
    build_site(Catalogue.load(repository), TEMPLATES, site, cache=frame_cache)
    paper = (site / "papers" / "fast-v" / "index.html").read_text(encoding="utf-8")
    assert "Read FastV again" in paper
    assert "<li>id: fastv → fast-v</li>" in paper
    changes = (site / "new" / "changes" / "index.html").read_text(encoding="utf-8")
    assert 'Changed: <a href="../../papers/fast-v/">FastV</a>' in changes


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
    assert '"dateModified": "2024-06-01"' in (site / "index.html").read_text(encoding="utf-8")


def test_changes_lead_to_the_page_of_a_paper_that_was_removed_on_purpose(
    repository: Path, tmp_path: Path, frame_cache: Path
) -> None:
    removed = 'refused:\n  - {title: "Gone", reason: off topic, ids: [toca]}\n'
    (repository / "papers" / "refused.yaml").write_text(removed, encoding="utf-8")
    site = tmp_path / "site"
    build_site(Catalogue.load(repository), TEMPLATES, site, cache=frame_cache)
    changes = (site / "new" / "changes" / "index.html").read_text(encoding="utf-8")
    assert 'Removed: <a href="../../papers/toca/">toca</a>' in changes
    assert (site / "papers" / "toca" / "index.html").is_file()


def test_without_history_no_page_speaks_of_it(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    site = tmp_path / "site"
    build_site(Catalogue.load(mini), TEMPLATES, site, cache=frame_cache)
    assert not (site / "new" / "changes").exists()
    assert "How this record changed" not in (site / "papers" / "fastv" / "index.html").read_text("utf-8")
    assert "dateModified" not in (site / "index.html").read_text(encoding="utf-8")
