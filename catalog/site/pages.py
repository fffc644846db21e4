"""The pages of the site: each is a frame with a body from a template.

A template sets ``title`` and ``description`` beside its body, so that all wording
is in ``site_templates/``.  Pages are made one after the other and written by the
caller; nothing here touches the disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, TemplateError
from markupsafe import Markup, escape

from catalog.catalogue import Catalogue, Config
from catalog.record import Paper
from catalog.site import browse
from catalog.site.addresses import BROWSE, COVERAGE, TERMS, field_page, paper_page, to_root
from catalog.site.frame import NOT_FOUND, Frame
from catalog.site.views import (
    TermIndex,
    TermView,
    date_in_words,
    entry_view,
    first_authors,
    identifier_links,
    paper_terms,
    short_link,
    where,
    year_of,
)
from catalog.stats import count_fields
from catalog.templating import html_environment
from catalog.vocabulary import TERM_FILES, PublishedList, Venue, Vocabulary

NEWEST = 8
"""Papers on the front page."""
FREQUENT = 8
"""Criteria, and mechanisms, on the front page: those with most papers."""
PAPERS_OF_A_TERM = 1_000
"""Papers on a term's page; more than a reader scrolls through, and browse has them all."""
_PAGES = "site/pages/"

File = tuple[str, bytes]
"""Path below the site, and content."""


@dataclass(frozen=True)
class Maker:
    """What every page needs; small enough to be sent to other processes.

    Attributes
    ----------
    templates : ``site_templates/``
    frames : by name
    """

    templates: Path
    frames: Mapping[str, Frame]
    config: Config
    vocabulary: Vocabulary

    @property
    def environment(self) -> Environment:
        return _environment(self.templates)

    def page(self, address: str, frame: str, template: str, head: str | None = None, **values: Any) -> File:
        """The page at *address*, from *template* and, for its ``<head>``, the template *head*."""
        values = {"config": self.config, "root": to_root(address), **values}
        module = self.module(template, values)
        body = values.get("body") or Markup(str(module))
        extra = self.environment.get_template(_PAGES + head).render(values) if head else ""
        content = self.frames[frame].fill(
            title=module.title,
            description=_one_line(module.description),
            body=body,
            head=self._canonical(address) + Markup(extra),
        )
        return f"{address}index.html", content

    def module(self, template: str, values: dict[str, Any]) -> Any:
        """The rendered *template* as an object: what it sets as attributes, its text as ``str``."""
        try:
            return self.environment.get_template(_PAGES + template).make_module(values)
        except TemplateError:
            self.environment.handle_exception()  # raises it again, with the template's own line

    def _canonical(self, address: str) -> Markup:
        if not self.config.base_url:
            return Markup("")
        return Markup('<link rel="canonical" href="{}">\n').format(absolute(self.config.base_url, address))

    def repository_link(self, view: str, path: str) -> str | None:
        """Where the forge shows *path*, in its *view* ``tree`` or ``edit``; ``None`` without a repository."""
        if not self.config.repository:
            return None
        return f"{self.config.repository.rstrip('/')}/{view}/{self.config.branch}/{path}"

    def paper(self, paper: Paper, entry: str, file: str | None) -> File:
        """The page of *paper*, with its BibTeX *entry* and a link to edit its *file*, if it has one."""
        venue = self.vocabulary.venue(paper.venue)
        terms = paper_terms(paper, self.vocabulary)
        fields = ("domain", "setting", *(() if paper.kind == "method" else ("kind",)))
        return self.page(
            paper_page(paper.id),
            "paper",
            "paper.html.j2",
            head="paper_head.html.j2",
            paper=paper,
            entry=entry,
            terms=terms,
            chips=[term for field in fields for term in terms[field] or ()],
            venue=(terms["venue"] or (None,))[0],
            venue_type=venue.type if venue else None,
            where=where(paper, self.vocabulary),
            authors_short=first_authors(paper.authors),
            published=date_in_words(paper.published),
            added=date_in_words(paper.added),
            identifiers=identifier_links(paper),
            edit_link=self.repository_link("edit", file) if file else None,
        )


@cache
def _environment(templates: Path) -> Environment:
    environment = html_environment(templates)
    environment.filters["short_link"] = short_link
    return environment


def _one_line(text: str) -> str:
    """*text* on one line, markup or plain as it was."""
    joined = " ".join(text.split())
    return Markup(joined) if isinstance(text, Markup) else joined


def absolute(base_url: str, address: str) -> str:
    """*address* on the published site."""
    return f"{base_url.rstrip('/')}/{address}"


def front_page(catalogue: Catalogue, maker: Maker, index: TermIndex, timeline: str) -> File:
    """The home page: what this is, where to begin, what is new."""
    papers = catalogue.papers
    newest = sorted(papers, key=lambda paper: paper.id)
    newest.sort(key=lambda paper: (paper.added or "", paper.published or ""), reverse=True)
    return maker.page(
        "",
        "home",
        "home.html.j2",
        total=len(papers),
        with_code=sum(bool(paper.links.code) for paper in papers),
        training_free=sum(paper.training in ("free", "both") for paper in papers),
        training_known=sum(paper.training is not None for paper in papers),
        domains=[view for view in index.views("domain") if view.count],
        criteria=_frequent(index.views("criterion")),
        mechanisms=_frequent(index.views("mechanism")),
        newest=[entry_view(paper, catalogue.vocabulary) for paper in newest[:NEWEST]],
        timeline=Markup(timeline),
        lists_link=maker.repository_link("tree", "papers/lists"),
    )


def _frequent(views: Sequence[TermView]) -> list[TermView]:
    used = [view for view in views if view.count]
    return sorted(used, key=lambda view: -view.count)[:FREQUENT]


def browse_page(catalogue: Catalogue, maker: Maker) -> File:
    """The browse page; its body and data are :mod:`catalog.site.browse`'s."""
    return maker.page(
        BROWSE,
        "browse",
        "browse_meta.html.j2",
        total=len(catalogue),
        body=Markup(browse.body(catalogue, maker.environment)),
    )


def coverage_page(catalogue: Catalogue, maker: Maker) -> File:
    """How much is known, field by field, and where it comes from."""
    return maker.page(
        COVERAGE, "terms", "coverage.html.j2", total=len(catalogue), counts=count_fields(catalogue)
    )


def term_pages(catalogue: Catalogue, maker: Maker, index: TermIndex) -> Iterator[File]:
    """The index of all terms, each field, and each term with its papers."""
    fields = [(field, index.views(field)) for field in TERM_FILES]
    yield maker.page(TERMS, "terms", "terms.html.j2", fields=fields)
    filtered = {facet.field for facet in browse.FACETS}
    for field, views in fields:
        yield maker.page(field_page(field), "field", "field.html.j2", field=field, terms=views)
        for view in views:
            term = catalogue.vocabulary[field][view.key]
            papers = index.papers.get((field, view.key), ())
            yield maker.page(
                view.address or "",
                "term",
                "term.html.j2",
                field=field,
                term=view,
                aliases=[alias for alias in term.aliases if alias != term.label],
                tags=term.tags,
                venue_type=term.type if isinstance(term, Venue) else None,
                list_link=term.url if isinstance(term, PublishedList) else None,
                in_browse=field in filtered,
                years=_by_year(papers[:PAPERS_OF_A_TERM], catalogue.vocabulary),
                left_out=max(0, len(papers) - PAPERS_OF_A_TERM),
            )


def _by_year(papers: Sequence[Paper], vocabulary: Vocabulary) -> list[tuple[str, list[Any]]]:
    """Latest year first, undated last; within a year as *papers* are ordered."""
    ordered = sorted(papers, key=lambda paper: year_of(paper) or 0, reverse=True)
    return [
        (str(year or "undated"), [entry_view(paper, vocabulary) for paper in group])
        for year, group in groupby(ordered, key=year_of)
    ]


def moved_pages(catalogue: Catalogue, maker: Maker) -> Iterator[File]:
    """A page at each earlier id of a paper, leading to the present one."""
    for paper in catalogue.papers:
        for alias in paper.aliases:
            yield maker.page(
                paper_page(alias),
                "paper",
                "moved.html.j2",
                head="moved_head.html.j2",
                paper=paper,
                new_address=paper_page(paper.id),
            )


def not_found_page(maker: Maker) -> File:
    """``404.html``; shown at any depth, so that its links begin at the host's root."""
    base = urlsplit(maker.config.base_url or "").path.rstrip("/") + "/"
    module = maker.module("not_found.html.j2", {"config": maker.config, "root": base})
    content = maker.frames[NOT_FOUND].fill(
        title=module.title, description=module.description, body=Markup(str(module))
    )
    return "404.html", content


def sitemap(base_url: str, addresses: Sequence[str]) -> bytes:
    """The list of pages for search engines, without dates."""
    links = (escape(absolute(base_url, address)) for address in addresses)
    urls = "".join(f"  <url><loc>{link}</loc></url>\n" for link in links)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    ).encode()
