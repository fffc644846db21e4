"""The browse page: its HTML body, and the data that its scripts search.

The body holds the facets with counts and the newest papers, so that the page
reads without JavaScript.  ``browse/index.json`` and ``details.json`` are columnar,
with facets as codes, and rows in the order that readers see first.  Folding, matching
and counting are the business of ``assets/browse/engine.js``; the frame around
the body and the writing of files are that of the rest of the site.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment

from catalog.catalogue import Catalogue
from catalog.exports import bibtex
from catalog.record import Paper
from catalog.site import addresses
from catalog.site.views import AUTHORS_SHOWN, by_date, where, year_of
from catalog.vocabulary import Vocabulary

TEMPLATE = "site/browse.html.j2"
FIRST_RESULTS = 50
"""Papers in the HTML, and how many more each "show more" brings."""
TERMS_SHOWN = 6
"""Terms of a facet that are seen before a reader unfolds the rest."""
BIBTEX_CHUNK = 250
"""Entries in one file, so that citing one paper does not fetch all of them."""

UNKNOWN = "unknown"
NONE = "none"
YES, NO = "yes", "no"


@dataclass(frozen=True)
class FacetField:
    """One way to narrow the papers down.

    Attributes
    ----------
    field : the record's field; also the name in the URL
    label : what a reader sees
    keys : the values of a paper; none at all means that they are not known
    labels : words for values that are no terms of the vocabulary
    fixed : values that are always offered, in this order, even where no paper has them
    chip : shown with each result
    folded : closed until a reader opens it
    """

    field: str
    label: str
    keys: Callable[[Paper], Sequence[str]]
    labels: Mapping[str, str]
    fixed: tuple[str, ...] = ()
    chip: bool = False
    folded: bool = False


@dataclass(frozen=True)
class FacetTerm:
    """A value of a facet; *address* is the term's own page below the site, where it has one."""

    key: str
    label: str
    count: int
    definition: str | None
    address: str | None


@dataclass(frozen=True)
class Facet:
    """A facet of one catalogue: its terms, and for each paper the positions of its terms among them."""

    field: FacetField
    terms: tuple[FacetTerm, ...]
    codes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Chip:
    """A term shown with a result."""

    field: FacetField
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
    chips: tuple[Chip, ...]
    paper: str | None
    code: str | None


def _terms_of(field: str) -> Callable[[Paper], Sequence[str]]:
    """The paper's terms; an empty list in the record says that there are none, and is a value of its own."""

    def keys(paper: Paper) -> Sequence[str]:
        value = getattr(paper, field)
        if value is None:
            return ()
        return (value,) if isinstance(value, str) else value or (NONE,)

    return keys


def _year(paper: Paper) -> Sequence[str]:
    year = year_of(paper)
    return (str(year),) if year else ()


def _yes_or_no(holds: Callable[[Paper], bool]) -> Callable[[Paper], Sequence[str]]:
    return lambda paper: (YES,) if holds(paper) else (NO,)


_SPECIAL = {UNKNOWN: "Not known", NONE: "None"}

FACETS: tuple[FacetField, ...] = (
    FacetField("domain", "Domain", _terms_of("domain"), _SPECIAL),
    FacetField("setting", "Setting", _terms_of("setting"), _SPECIAL),
    FacetField("training", "Training", _terms_of("training"), _SPECIAL, chip=True),
    FacetField(
        "code",
        "Code",
        _yes_or_no(lambda paper: bool(paper.links.code)),
        {YES: "With code", NO: "No code known"},
        fixed=(YES, NO),
    ),
    FacetField("criterion", "Criterion", _terms_of("criterion"), _SPECIAL, chip=True),
    FacetField("mechanism", "Mechanism", _terms_of("mechanism"), _SPECIAL, chip=True),
    FacetField("year", "Year", _year, _SPECIAL),
    FacetField("task", "Task", _terms_of("task"), _SPECIAL, chip=True),
    FacetField("venue", "Venue", _terms_of("venue"), _SPECIAL, folded=True),
    FacetField("kind", "Kind of paper", _terms_of("kind"), _SPECIAL, folded=True),
    FacetField(
        "reference_impl",
        "Reference implementation",
        _yes_or_no(lambda paper: paper.reference_impl is not None),
        {YES: "Runs here", NO: "None here"},
        fixed=(YES, NO),
        folded=True,
    ),
)


def body(catalogue: Catalogue, environment: Environment) -> str:
    """The page's HTML between the frame's header and footer; *environment* loads from ``site_templates``."""
    papers = by_date(catalogue.papers)
    facets = facets_of(papers, catalogue.vocabulary)
    return environment.get_template(TEMPLATE).render(
        total=len(papers),
        facets=facets,
        results=[
            _result(row, paper, facets, catalogue.vocabulary)
            for row, paper in enumerate(papers[:FIRST_RESULTS])
        ],
        page_size=FIRST_RESULTS,
        terms_shown=TERMS_SHOWN,
    )


def data_files(catalogue: Catalogue) -> dict[str, bytes]:
    """Path below the site -> content.

    The index is loaded first, the details behind it, and BibTeX entries when they are asked for.
    """
    papers = by_date(catalogue.papers)
    files = {
        f"{addresses.BROWSE}index.json": _json(_index(papers, catalogue.vocabulary)),
        f"{addresses.BROWSE}details.json": _json(_details(papers)),
    }
    by_id = sorted(papers, key=lambda paper: paper.id)
    entries = {paper.id: entry for paper, entry in zip(by_id, bibtex.entries(papers, catalogue), strict=True)}
    for number, start in enumerate(range(0, len(papers), BIBTEX_CHUNK)):
        chunk = {paper.id: entries[paper.id] for paper in papers[start : start + BIBTEX_CHUNK]}
        files[f"{addresses.BROWSE}bibtex-{number}.json"] = _json(chunk)
    return files


def facets_of(papers: Sequence[Paper], vocabulary: Vocabulary) -> dict[str, Facet]:
    """Every facet by its field, with the terms that *papers* have; its codes are in their order."""
    return {field.field: _facet(field, papers, vocabulary) for field in FACETS}


def _facet(field: FacetField, papers: Sequence[Paper], vocabulary: Vocabulary) -> Facet:
    keys = [field.keys(paper) or (UNKNOWN,) for paper in papers]
    counts = Counter(key for some in keys for key in some)
    order = _term_order(field, counts, vocabulary)
    position = {key: number for number, key in enumerate(order)}
    terms = tuple(_facet_term(field, key, counts[key], vocabulary) for key in order)
    return Facet(field, terms, tuple(tuple(position[key] for key in some) for some in keys))


def _term_order(field: FacetField, counts: Mapping[str, int], vocabulary: Vocabulary) -> list[str]:
    """Years newest first, other terms most frequent first; what is no term of the vocabulary last."""
    if field.fixed:
        return list(field.fixed)
    known = [key for key in counts if key not in _SPECIAL]
    if field.field == "year":
        known.sort(reverse=True)
    else:
        rank = {key: number for number, key in enumerate(vocabulary[field.field])}
        known.sort(key=lambda key: (-counts[key], rank.get(key, len(rank)), key))
    return known + [key for key in (NONE, UNKNOWN) if key in counts]


def _facet_term(field: FacetField, key: str, count: int, vocabulary: Vocabulary) -> FacetTerm:
    term = vocabulary.terms.get(field.field, {}).get(key)
    if term is None:
        return FacetTerm(key, field.labels.get(key, key), count, None, None)
    address = addresses.term_page(vocabulary, field.field, key)
    return FacetTerm(key, term.label, count, term.definition, address)


def _result(row: int, paper: Paper, facets: Mapping[str, Facet], vocabulary: Vocabulary) -> Result:
    authors = paper.authors or ()
    return Result(
        id=paper.id,
        title=paper.title,
        name=paper.name,
        where=where(paper, vocabulary),
        first_authors=authors[:AUTHORS_SHOWN],
        other_authors=authors[AUTHORS_SHOWN:],
        chips=tuple(
            Chip(facet.field, term.key, term.label, term.address)
            for facet in facets.values()
            if facet.field.chip
            for term in (facet.terms[code] for code in facet.codes[row])
            if term.key not in _SPECIAL
        ),
        paper=paper.paper_link,
        code=paper.links.code[0] if paper.links.code else None,
    )


def _index(papers: Sequence[Paper], vocabulary: Vocabulary) -> dict[str, Any]:
    """What the engine loads; ``engine.js`` says what each part is for."""
    facets = facets_of(papers, vocabulary)
    return {
        "rows": _rows(papers),
        "bibtex_chunk": BIBTEX_CHUNK,
        "facets": [
            {
                "field": facet.field.field,
                "chip": facet.field.chip,
                "terms": [[term.key, term.label] for term in facet.terms],
                "codes": [codes[0] if len(codes) == 1 else codes for codes in facet.codes],
            }
            for facet in facets.values()
        ],
        "id": [paper.id for paper in papers],
        "title": [paper.title for paper in papers],
        "former_titles": {str(row): p.former_titles for row, p in enumerate(papers) if p.former_titles},
        "name": [paper.name for paper in papers],
        "added": [paper.added for paper in papers],
    }


def _details(papers: Sequence[Paper]) -> dict[str, Any]:
    """What the first answers can do without: half of all bytes."""
    return {
        "rows": _rows(papers),
        "authors": [paper.authors or () for paper in papers],
        "paper": [paper.paper_link for paper in papers],
        "code": [paper.links.code[0] if paper.links.code else None for paper in papers],
    }


def _rows(papers: Sequence[Paper]) -> str:
    """Tells whether two files have the same papers in the same order."""
    return hashlib.blake2b("\n".join(paper.id for paper in papers).encode(), digest_size=8).hexdigest()


def _json(data: object) -> bytes:
    """Compact and in the order given; no ``<`` stands in it, so that nothing reads it as markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode()
