"""Build the whole site: every page, asset, data file and export, then publish it in one step.

What a page holds is the other modules' business; here is only which files there
are and in which order they are written.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from catalog.catalogue import Catalogue
from catalog.findings import ProgressCallback
from catalog.forge import has_form
from catalog.parallel import chunks_behind, cores
from catalog.replacing import with_room
from catalog.root import own_place
from catalog.site import api, browse, pages
from catalog.site.addresses import ASSETS, OFFLINE, paper_bibtex, paper_page
from catalog.site.caching import made_with
from catalog.site.cards import card_files
from catalog.site.chart_pages import chart_files
from catalog.site.export_files import export_files
from catalog.site.extras import digest, offline_page, own_domain, search_description, service_worker
from catalog.site.feeds import Feeds
from catalog.site.frame import Frames, load_frames
from catalog.site.history import History
from catalog.site.home import front_page
from catalog.site.index_pages import author_file, author_index, last_year, term_pages, year_pages
from catalog.site.method_pages import method_files
from catalog.site.news import news_files
from catalog.site.paper_pages import Facts, gather, paper_file
from catalog.site.people import Author, Authors
from catalog.site.publish import SiteFolder, publishing
from catalog.site.views import TermIndex

WORTH_PROCESSES = 800
"""Pages of papers and authors for which starting processes pays: about half a second of work."""
TOGETHER = 5_000
"""Below so many of them, this process makes the other files meanwhile; above, both take much memory."""


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes
    ----------
    out : the site's folder
    pages : HTML pages
    files : all files, pages among them
    unchanged : files that were the same in the site before
    cache : the folder in which nothing could be kept for the next build, for want of permission
    """

    out: Path
    pages: int
    files: int
    unchanged: int
    cache: Path | None = None


@dataclass(frozen=True)
class _Job:
    """The pages of one paper or author, to be made in any process; *last* is the catalogue's last year."""

    maker: pages.Maker
    site: SiteFolder
    subject: Facts | Author
    last: int | None


class _Written(NamedTuple):
    """A file that was written: whether the old site had the same, its size and digest."""

    unchanged: bool
    size: int
    digest: bytes


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
    progress : called with the number of pages of papers and authors made and of all
    cache : where built frames, cards and past edits are kept; by default ``.cache/`` beside ``papers/``.
        Where it may not be written, nothing is kept

    Raises
    ------
    CatalogError : *out* holds something else or cannot be written, a template is wrong, two pages want one
        address, a link leads away from the cache, or there is no space left
    """
    cache = cache or own_place(catalogue.root, ".cache")
    with with_room(cache):
        kept, is_kept = made_with(cache, partial(_kept, catalogue, templates))
    frames, cards, pictures, history = kept
    form = has_form(catalogue.root)
    maker = pages.Maker(templates, frames.frames, catalogue.config, catalogue.vocabulary, cards, form)
    authors = Authors.of(catalogue)
    with with_room(out), publishing(out) as site:
        subjects: list[Facts | Author] = [*gather(catalogue, history), *authors.by_slug.values()]
        together = len(subjects) < TOGETHER
        written: dict[str, _Written] = {}
        with _many_files(subjects, maker, site, last_year(catalogue)) as many:
            if not together:
                written |= many(progress)
            del subjects
            single = _single_files(catalogue, templates, frames, maker, history, authors)
            for file in chain(pictures.items(), single):
                written[file[0]] = _write(site, file)
            if together:
                written |= many(progress)
        for file in _last_files(catalogue, maker, written):
            written[file[0]] = _write(site, file)
    kinds = Counter(path.endswith(".html") for path in written)
    unchanged = sum(of.unchanged for of in written.values())
    return BuildReport(out, kinds[True], len(written), unchanged, None if is_kept else cache)


class _Kept(NamedTuple):
    """What is kept between builds: see :func:`load_frames`, :func:`card_files` and :class:`History`."""

    frames: Frames
    cards: Mapping[str, str]
    pictures: Mapping[str, bytes]
    history: History


def _kept(catalogue: Catalogue, templates: Path, cache: Path) -> _Kept:
    frames = load_frames(catalogue, templates, cache)
    cards, pictures = card_files(catalogue, templates, own_place(cache, "cards"))
    return _Kept(frames, cards, pictures, History.read(catalogue.root, cache))


def _write(site: SiteFolder, file: pages.File) -> _Written:
    path, content = file
    return _Written(site.write(path, content), len(content), digest(content))


def _single_files(
    catalogue: Catalogue,
    templates: Path,
    frames: Frames,
    maker: pages.Maker,
    history: History,
    authors: Authors,
) -> Iterator[pages.File]:
    """Everything but the pages of papers and authors."""
    index = TermIndex(catalogue)
    yield from frames.files.items()
    yield from _assets(templates / "assets")
    yield front_page(catalogue, maker, index, history)
    yield pages.browse_page(catalogue, maker)
    yield from browse.data_files(catalogue).items()
    yield from term_pages(catalogue, maker, index)
    yield from author_index(maker, authors)
    yield from year_pages(catalogue, maker)
    yield from method_files(catalogue, maker)
    yield from chart_files(catalogue, maker, index, authors)
    yield from news_files(catalogue, maker, history)
    yield from pages.moved_pages(catalogue, maker)
    yield from pages.removed_pages(catalogue, maker)
    yield pages.coverage_page(catalogue, maker)
    yield pages.not_found_page(maker)
    yield offline_page(maker)
    yield from search_description(maker)
    yield from own_domain(catalogue.config.base_url)
    yield from export_files(catalogue, maker)
    feeds = Feeds(catalogue)
    yield from feeds.files()
    yield from api.files(catalogue, templates, index, feeds.all)


def _last_files(
    catalogue: Catalogue, maker: pages.Maker, written: Mapping[str, _Written]
) -> Iterator[pages.File]:
    """What tells of files that are *written* when it is asked for."""
    yield api.changes(catalogue, {paper.id: written[api.paper_file(paper.id)].digest for paper in catalogue})
    if catalogue.config.base_url:
        yield pages.sitemap(catalogue.config.base_url, _addresses(catalogue, written))
    yield service_worker(maker, {path: (of.size, of.digest) for path, of in written.items()})


def _assets(folder: Path) -> Iterator[pages.File]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    for path in sorted(files):
        yield ASSETS + path.relative_to(folder).as_posix(), path.read_bytes()


@contextmanager
def _many_files(
    subjects: Sequence[Facts | Author], maker: pages.Maker, site: SiteFolder, last: int | None
) -> Iterator[Callable[[ProgressCallback | None], dict[str, _Written]]]:
    """The pages of papers and authors, made by other processes where that pays, until they are asked for."""
    jobs = [_Job(maker, site, subject, last) for subject in subjects]
    evenly = max(50, min(500, len(jobs) // (4 * cores())))
    # Processes share this one's memory until somebody writes to it, and the garbage collector writes to
    # whatever it looks at: frozen, it does not look.
    gc.freeze()
    try:
        with chunks_behind(_make, jobs, worth_a_pool=WORTH_PROCESSES, chunk=evenly) as made:
            yield lambda progress: {path: of for files in made(progress) for path, of in files}
    finally:
        gc.unfreeze()


def _make(jobs: Sequence[_Job]) -> list[list[tuple[str, _Written]]]:
    return [[(file[0], _write(job.site, file)) for file in _files_of(job)] for job in jobs]


def _files_of(job: _Job) -> Iterator[pages.File]:
    if isinstance(job.subject, Author):
        yield author_file(job.maker, job.subject, job.last)
        return
    yield paper_file(job.maker, job.subject)
    yield paper_bibtex(job.subject.paper.id), f"{job.subject.entry}\n".encode()
    yield api.paper_json(job.subject.paper, job.maker.config, job.maker.vocabulary, job.subject.citation_key)


def _addresses(catalogue: Catalogue, written: Iterable[str]) -> list[str]:
    """Of every page that search engines should know, sorted."""
    unlisted = {f"{moved.address}index.html" for moved in pages.moved(catalogue)}
    unlisted |= {f"{paper_page(gone)}index.html" for gone in catalogue.refused.by_id}
    unlisted |= {"404.html", f"{OFFLINE}index.html"}
    listed = (path for path in written if path.endswith(".html") and path not in unlisted)
    return sorted(path.removesuffix("index.html") for path in listed)
