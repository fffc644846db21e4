"""The browse page's HTML body: facets with counts and the newest papers, which read without scripts.

The data that its scripts search is :mod:`catalog.site.browse_data`'s, the facets are
:mod:`catalog.site.browse_facets`'s; matching and counting are the business of ``assets/browse/engine.js``.
The frame around the body and the writing of files are those of the rest of the site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog import exports
from catalog.bibtex import appeared
from catalog.catalogue import Catalogue, by_date
from catalog.query.fields import shown_name
from catalog.record import ORDINARY_KIND, Paper
from catalog.site.browse_data import EXPORT_FORMATS, data_files
from catalog.site.browse_facets import FACETS, QUERY_ONLY, SPECIAL, Facet, FacetField, FacetTerm, facets_of
from catalog.site.browse_help import queries
from catalog.site.implementations import models_of
from catalog.site.modules import needed_at_once
from catalog.site.views import AUTHORS_SHOWN
from catalog.templating import Templates
from catalog.vocabulary import Vocabulary
from catalog.wording import Labels

__all__ = ["FACETS", "Facet", "FacetField", "FacetTerm", "body", "data_files", "facets_of"]

TEMPLATE = "site/browse.html.j2"
FIRST_RESULTS = 50
"""Papers in the HTML, and how many more each "show more" brings."""
TERMS_SHOWN = 6
"""Terms of a facet that are seen before a reader unfolds the rest."""
TERMS_SEARCHED = 12
"""A facet with more terms has a search box of its own."""

SORTS = (
    *("best", "newest", "added", "year", "venue", "title", "name"),
    *("task", "criterion", "mechanism", "training", "code"),
)
"""Orders of the list; ``sorts.js`` sorts."""

COLUMNS = (
    "title",
    "name",
    "year",
    "venue",
    "summary",
    "task",
    "criterion",
    "mechanism",
    "training",
    "parametric",
    "keywords",
    "code",
)
"""Columns of the table; the heading of each gives an order that ``SORTS`` has."""
_HEADINGS = {
    "best": "Best match",
    "newest": "Date published",
    "added": "Date added",
    "year": "Year",
    "title": "Title",
    "name": "Name",
    "code": "Code",
    "summary": "Summary",
}
"""What a reader calls orders and columns that are of no field with terms."""
TAGS = ("task", "criterion", "mechanism", "training")
"""Fields of tags that the help names."""


@dataclass(frozen=True)
class Matrix:
    """The two facets whose pairs of terms the matrix counts."""

    across: str
    down: str


MATRIX = Matrix(across="mechanism", down="criterion")


@dataclass(frozen=True)
class Chip:
    """A term shown with a result."""

    facet: Facet
    key: str
    label: str
    address: str | None


@dataclass(frozen=True)
class Result:
    """One paper in the list."""

    id: str
    title: str
    name: str | None
    where: str | None
    first_authors: tuple[str, ...]
    other_authors: tuple[str, ...]
    kind: tuple[Chip, ...]
    chips: tuple[Chip, ...]
    paper: str | None
    code: str | None


def body(catalogue: Catalogue, environment: Templates) -> str:
    """The page's HTML between the frame's header and footer; *environment* loads from ``site_templates``."""
    papers = by_date(catalogue.papers)
    labels = catalogue.config.labels
    facets = facets_of(papers, catalogue.vocabulary, labels)
    return environment.get_template(TEMPLATE).render(
        modules=needed_at_once(environment.folder),
        total=len(papers),
        examples=queries(catalogue),
        facets=facets,
        more_terms=facets_of(papers, catalogue.vocabulary, labels, QUERY_ONLY),
        models=models_of(catalogue),
        results=[
            _result(row, paper, facets, catalogue.vocabulary)
            for row, paper in enumerate(papers[:FIRST_RESULTS])
        ],
        page_size=FIRST_RESULTS,
        authors_shown=AUTHORS_SHOWN,
        terms_shown=TERMS_SHOWN,
        terms_searched=TERMS_SEARCHED,
        sorts={name: heading_of(name, labels) for name in catalogue.vocabulary.with_own(SORTS)},
        columns={name: heading_of(name, labels) for name in catalogue.vocabulary.with_own(COLUMNS)},
        tags=[shown_name(name, catalogue.vocabulary) for name in catalogue.vocabulary.with_own(TAGS)],
        venue=shown_name("venue", catalogue.vocabulary),
        matrix=MATRIX,
        export_formats=[(exports.get(name), said) for name, said in EXPORT_FORMATS.items()],
    )


def heading_of(name: str, labels: Labels) -> str:
    """What a reader calls an order or a column."""
    return _HEADINGS.get(name) or labels.of(name)


def _result(row: int, paper: Paper, facets: Mapping[str, Facet], vocabulary: Vocabulary) -> Result:
    authors = paper.authors or ()

    def chips(facet: Facet) -> list[Chip]:
        terms = [facet.terms[code] for code in facet.codes[row] if facet.terms[code].key not in SPECIAL]
        return [Chip(facet, term.key, term.label, term.address) for term in terms]

    return Result(
        id=paper.id,
        title=paper.title,
        name=paper.name,
        where=appeared(paper, vocabulary),
        first_authors=authors[:AUTHORS_SHOWN],
        other_authors=authors[AUTHORS_SHOWN:],
        kind=tuple(chip for chip in chips(facets["kind"]) if chip.key != ORDINARY_KIND),
        chips=tuple(chip for facet in facets.values() if facet.field.chip for chip in chips(facet)),
        paper=paper.paper_link,
        code=paper.links.code[0] if paper.links.code else None,
    )
