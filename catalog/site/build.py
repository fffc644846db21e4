"""Build the whole site: every page, asset, data file and export, then publish it in one step.

What a page holds is the other modules' business; here is only which files there
are and in which order they are written.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError

from catalog import charts, exports
from catalog.catalogue import Catalogue
from catalog.exports import bibtex
from catalog.findings import CatalogError, ProgressCallback
from catalog.parallel import map_chunks
from catalog.record import Paper
from catalog.site import browse, pages
from catalog.site.addresses import ASSETS, BIBTEX_OF_ALL, JSONL_OF_ALL, paper_bibtex
from catalog.site.frame import Frames, load_frames
from catalog.site.publish import SiteFolder, publishing
from catalog.site.views import TermIndex


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes
    ----------
    out : the site's folder
    pages : HTML pages
    files : all files, pages among them
    unchanged : files that were the same in the site before
    """

    out: Path
    pages: int
    files: int
    unchanged: int


@dataclass(frozen=True)
class _PaperJob:
    """One paper's page and BibTeX file, to be made in any process."""

    maker: pages.Maker
    site: SiteFolder
    paper: Paper
    entry: str
    file: str | None


def build_site(
    catalogue: Catalogue,
    templates: Path,
    out: Path,
    *,
    progress: ProgressCallback | None = None,
    cache: Path | None = None,
) -> BuildReport:
    """Build the site of *catalogue* at *out*, replacing a site that stands there.

    Parameters
    ----------
    templates : ``site_templates/``
    progress : called with the number of paper pages made and of all
    cache : where built frames are kept; by default ``.cache/`` beside ``papers/``

    Raises
    ------
    CatalogError : *out* holds something else, a template is wrong, or two pages want one address
    """
    try:
        return _build(catalogue, templates, out, progress, cache or catalogue.root / ".cache")
    except TemplateError as error:
        raise CatalogError(f"{_place(error, templates)}: {error}; mend the template") from error


def _build(
    catalogue: Catalogue, templates: Path, out: Path, progress: ProgressCallback | None, cache: Path
) -> BuildReport:
    frames = load_frames(catalogue, templates, cache)
    maker = pages.Maker(templates, frames.frames, catalogue.config, catalogue.vocabulary)
    with publishing(out) as site:
        written: dict[str, bool] = {}
        for path, content in _single_files(catalogue, templates, frames, maker):
            written[path] = site.write(path, content)
        written.update(_write_papers(catalogue, maker, site, progress))
        if catalogue.config.base_url:
            content = pages.sitemap(catalogue.config.base_url, _addresses(catalogue, written))
            written["sitemap.xml"] = site.write("sitemap.xml", content)
    kinds = Counter(path.endswith(".html") for path in written)
    return BuildReport(out, kinds[True], len(written), sum(written.values()))


def _place(error: TemplateError, templates: Path) -> str:
    """File and line of the template that *error* is about: the innermost one that was being rendered."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name}:{error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(str(templates)):
            return f"{frame.filename}:{frame.lineno}"
    return str(templates)


def _single_files(
    catalogue: Catalogue, templates: Path, frames: Frames, maker: pages.Maker
) -> Iterator[pages.File]:
    """Everything but the papers' own pages."""
    index = TermIndex(catalogue)
    yield from frames.files.items()
    yield from _assets(templates / "assets")
    yield pages.front_page(catalogue, maker, index, charts.timeline_svg(catalogue))
    yield pages.browse_page(catalogue, maker)
    yield from browse.data_files(catalogue).items()
    yield from pages.term_pages(catalogue, maker, index)
    yield from pages.moved_pages(catalogue, maker)
    yield pages.coverage_page(catalogue, maker)
    yield pages.not_found_page(maker)
    for path, name in ((BIBTEX_OF_ALL, "bibtex"), (JSONL_OF_ALL, "jsonl")):
        yield path, exports.get(name).text(catalogue.papers, catalogue).encode()


def _assets(folder: Path) -> Iterator[pages.File]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    for path in sorted(files):
        yield ASSETS + path.relative_to(folder).as_posix(), path.read_bytes()


def _write_papers(
    catalogue: Catalogue, maker: pages.Maker, site: SiteFolder, progress: ProgressCallback | None
) -> dict[str, bool]:
    entries = bibtex.entries(catalogue.papers, catalogue)
    jobs = [
        _PaperJob(maker, site, paper, entry, catalogue.files.get(paper.id))
        for paper, entry in zip(catalogue.papers, entries, strict=True)
    ]
    made = map_chunks(_make_papers, jobs, progress=progress)
    return {path: unchanged for files in made for path, unchanged in files}


def _make_papers(jobs: Sequence[_PaperJob]) -> list[list[tuple[str, bool]]]:
    return [[(path, job.site.write(path, content)) for path, content in _files_of(job)] for job in jobs]


def _files_of(job: _PaperJob) -> Iterator[pages.File]:
    yield job.maker.paper(job.paper, job.entry, job.file)
    yield paper_bibtex(job.paper.id), f"{job.entry}\n".encode()


def _addresses(catalogue: Catalogue, written: dict[str, bool]) -> list[str]:
    """Of every page that search engines should know, sorted."""
    unlisted = {f"papers/{alias}/index.html" for paper in catalogue.papers for alias in paper.aliases}
    unlisted.add("404.html")
    listed = (path for path in written if path.endswith(".html") and path not in unlisted)
    return sorted(path.removesuffix("index.html") for path in listed)
