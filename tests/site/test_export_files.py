"""The page of exports: every format, what it is for, and the file where there is one."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.site import build_site
from catalog.site.export_files import FILES

TEMPLATES = Path(__file__).parents[2] / "site_templates"


def _page(site: Path) -> str:
    return (site / "exports" / "index.html").read_text(encoding="utf-8")


def _words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


@pytest.mark.parametrize(("name", "address"), FILES.items())
def test_a_file_holds_what_the_export_writes(
    mini_site: Path, mini_catalogue: Catalogue, name: str, address: str
) -> None:
    written = exports.get(name).bytes(mini_catalogue.papers, mini_catalogue)
    assert (mini_site / address).read_bytes() == written


@pytest.mark.parametrize(("name", "address"), FILES.items())
def test_a_file_is_offered_with_its_papers_and_size(
    mini_site: Path, mini_catalogue: Catalogue, name: str, address: str
) -> None:
    file = Path(address).name
    entry = next(part for part in _page(mini_site).split("<dt>") if f'href="{file}" download' in part)
    bytes_said = re.search(r"(\d+) papers · ([\d.]+) (Bytes|kB)", _words(entry))
    assert bytes_said, entry
    assert int(bytes_said[1]) == len(mini_catalogue)
    size = float(bytes_said[2]) * (1000 if bytes_said[3] == "kB" else 1)
    assert size == pytest.approx((mini_site / address).stat().st_size, abs=51)


def test_every_format_is_a_file_or_a_command(mini_site: Path) -> None:
    page = _page(mini_site)
    for name, export in exports.formats().items():
        command = f"catalog export {name} ".replace("export list-", "export list --dialect ")
        assert f'{export.suffix}" download' in page or command in page, name


def test_the_page_is_found_from_every_page_and_by_search_engines(mini_site: Path) -> None:
    assert '<a href="../../exports/">Exports</a>' in (mini_site / "papers/fastv/index.html").read_text(
        "utf-8"
    )
    assert "<loc>https://example.org/mini/exports/</loc>" in (mini_site / "sitemap.xml").read_text("utf-8")
    assert '<link rel="canonical" href="https://example.org/mini/exports/">' in _page(mini_site)


def test_a_catalogue_without_papers_has_the_page_and_no_example(
    mini_catalogue: Catalogue, tmp_path: Path, frame_cache: Path
) -> None:
    build_site(replace(mini_catalogue, papers=(), files={}), TEMPLATES, tmp_path / "site", cache=frame_cache)
    said = _words(_page(tmp_path / "site"))
    assert "0 papers · " in said
    assert "One paper" not in said
