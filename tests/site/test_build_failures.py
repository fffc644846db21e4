"""A build that fails says where and why, and leaves the last good site as it was."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from catalog import parallel
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.site import build_site, frame, pages
from catalog.site.publish import SiteFolder
from tests.site.conftest import TEMPLATES, Build, files_of


def test_an_earlier_id_that_is_another_paper_s_is_refused(mini: Path, build: Build) -> None:
    record = mini / "papers" / "2024" / "fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8") + "aliases: [tome]\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"papers/tome/index\.html"):
        build(Catalogue.load(mini))


def test_cards_are_not_written_through_a_link(
    mini_catalogue: Catalogue, tmp_path: Path, mini_site: Path, frame_cache: Path
) -> None:
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    shutil.copytree(frame_cache / "site-frame", cache / "site-frame")
    elsewhere.mkdir()
    (cache / "cards").symlink_to(elsewhere)
    with pytest.raises(CatalogError, match="cards: a symbolic link"):
        build_site(mini_catalogue, TEMPLATES, tmp_path / "site", cache=cache)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("place", ["cache", "site"])
def test_a_full_disk_is_said_and_the_last_good_site_stays(
    place: str, mini_catalogue: Catalogue, tmp_path: Path, frame_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    cache, out = tmp_path / "cache", tmp_path / "site"
    build_site(mini_catalogue, TEMPLATES, out, cache=frame_cache)
    before = files_of(out)
    if place == "cache":
        mkdocs_said = f"Traceback …\nOSError: [Errno 28] {os.strerror(errno.ENOSPC)}: 'a' -> 'b'\n"
        failed = subprocess.CompletedProcess([], 1, stdout="", stderr=mkdocs_said)
        monkeypatch.setattr(frame.subprocess, "run", lambda *_, **__: failed)
    else:
        shutil.copytree(frame_cache, cache)
        monkeypatch.setattr(SiteFolder, "write", fail)
    with pytest.raises(CatalogError, match=f"^no space left in {tmp_path / place}; make room there"):
        build_site(mini_catalogue, TEMPLATES, out, cache=cache)
    assert files_of(out) == before


@pytest.mark.parametrize(
    ("template", "text", "said"),
    [
        ("pages/paper.html.j2", "\n\n{{ paper.titel }}", r"paper\.html\.j2:3: .*titel"),
        (
            "pages/home.html.j2",
            "\n{{ config.title + 1 }}",
            r"home\.html\.j2:2: TypeError: .*; mend the template$",
        ),
        ("guides/about.md", "\n{{ config.title + 1 }}", r"about\.md:2: TypeError: .*; mend the template$"),
        (
            "pages/coverage.html.j2",
            "{% set title = 'A' %}",
            r"coverage\.html\.j2: the page's description is missing",
        ),
    ],
)
def test_a_broken_template_is_named_with_its_line(
    template: str, text: str, said: str, mini_catalogue: Catalogue, tmp_path: Path, frame_cache: Path
) -> None:
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "site" / template).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=said):
        build_site(mini_catalogue, templates, tmp_path / "site", cache=frame_cache)
    assert not (tmp_path / "site").exists()


def test_a_macro_that_breaks_is_named_with_its_line(mini_catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "macros.html.j2").write_text(
        "{% macro entry(paper, root, level) %}\n{{ paper.titel }}{% endmacro %}", encoding="utf-8"
    )
    maker = pages.Maker(tmp_path, {}, mini_catalogue.config, mini_catalogue.vocabulary)
    with pytest.raises(CatalogError, match=r"macros\.html\.j2:2: .*titel.*; mend the template$"):
        maker.entry(mini_catalogue["fastv"], "")


@pytest.mark.parametrize("template", ["paper.html.j2", "author.html.j2"])
def test_a_template_that_breaks_in_another_process_is_named_with_its_line_too(
    template: str,
    mini_catalogue: Catalogue,
    tmp_path: Path,
    frame_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("catalog.site.build.WORTH_PROCESSES", 0)
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    broken = templates / "site" / "pages" / template
    broken.write_text("\n\n{{ 'a' + 1 }}", encoding="utf-8")
    with pytest.raises(CatalogError, match=rf"{template}:3: TypeError: .*; mend the template$"):
        build_site(mini_catalogue, templates, tmp_path / "site", cache=frame_cache)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("site")] == ["site_templates"]
