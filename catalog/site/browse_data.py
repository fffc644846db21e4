"""The data that the browse page's scripts load: columns, one value a paper, newest paper first.

``browse/index.json`` is enough for the first answers; ``details.json`` comes behind it and holds what
only some answers need: authors, links, dates, identifiers and the words of the vocabulary. The sentence that
sums a paper up is in ``summaries.json``, which the table asks for and a search that finds little, and so is
what the terms mean; citation keys are in ``keys.json``, which a search for such a key asks for. What the
paper is in each export format is in files of ``CHUNK`` papers, fetched when it is asked for. What each column
is for is told by ``papers.js``, ``details.js`` and ``citations.js``.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from catalog import exports
from catalog.bibtex import place_in_entry
from catalog.catalogue import Catalogue, by_date
from catalog.exports import bibtex
from catalog.query.fields import names_by_label, shown_name
from catalog.query.term_texts import NOT_TOLD
from catalog.record import IDENTIFIERS, Paper
from catalog.site import addresses
from catalog.site.browse_facets import QUERY_ONLY, Facet, facets_of
from catalog.vocabulary import Term, Vocabulary

CHUNK = 250
"""Papers in one file of an export format, so that citing one paper does not fetch all of them."""
EXPORT_FORMATS = {
    "bibtex": "BibTeX",
    "ris": "RIS",
    "csv": "CSV",
    "csl-json": "CSL-JSON",
    "markdown": "Markdown",
    "markdown-table": "Markdown table",
    "latex-table": "LaTeX table",
    "cite": r"LaTeX \cite",
}
"""Exports that readers copy and download, and what they call them."""


def data_files(catalogue: Catalogue) -> dict[str, bytes]:
    """Path below the site -> content, of all that the page's scripts may load."""
    return search_files(catalogue) | asked_files(catalogue) | _export_files(catalogue)


def search_files(catalogue: Catalogue) -> dict[str, bytes]:
    """The files that are loaded to search."""
    papers = by_date(catalogue.papers)
    return {
        f"{addresses.BROWSE}index.json": _json(_index(papers, catalogue)),
        f"{addresses.BROWSE}details.json": _json(_details(papers, catalogue)),
    }


def asked_files(catalogue: Catalogue) -> dict[str, bytes]:
    """What few searches need, and is too heavy for the others."""
    papers = by_date(catalogue.papers)
    keys = bibtex.unique_keys(catalogue)
    columns: dict[str, dict[str, Any]] = {
        "summaries": {
            "summary": [paper.summary for paper in papers],
            "definitions": _definitions(catalogue.vocabulary),
        },
        "keys": {"key": [keys[paper.id] for paper in papers]},
    }
    return {
        f"{addresses.BROWSE}{name}.json": _json({"rows": _digest_of_order(papers), **column})
        for name, column in columns.items()
    }


def _export_files(catalogue: Catalogue) -> dict[str, bytes]:
    papers = by_date(catalogue.papers)
    files = {}
    for name in EXPORT_FORMATS:
        pieces = _pieces(name, papers, catalogue)
        for number, start in enumerate(range(0, len(papers), CHUNK)):
            files[f"{addresses.BROWSE}{name}-{number}.json"] = _json(pieces.chunk(start, start + CHUNK))
    return files


@dataclass(frozen=True)
class _Pieces:
    """An export in pieces, so that scripts can put any papers together as the export itself would.

    Attributes
    ----------
    papers : id and text of each paper
    before, between, after : what stands around them
    """

    papers: list[tuple[str, str]]
    before: str = ""
    between: str = ""
    after: str = ""

    def chunk(self, start: int, end: int) -> dict[str, Any]:
        papers = dict(self.papers[start:end])
        return {"papers": papers, "before": self.before, "between": self.between, "after": self.after}


def _pieces(name: str, papers: Sequence[Paper], catalogue: Catalogue) -> _Pieces:
    if name == "bibtex":
        # The export sorts by id and begins with a comment; a view has an order of its own.
        by_id = sorted(papers, key=lambda paper: paper.id)
        entries = zip(by_id, bibtex.entries(papers, catalogue), strict=True)
        of = {paper.id: entry for paper, entry in entries}
        return _Pieces([(paper.id, of[paper.id]) for paper in papers], between="\n\n", after="\n")
    before, pieces, after = _written(name, papers, catalogue)
    ids = [paper.id for paper in papers]
    if name == "csl-json":
        items = [piece.strip(",\n") for piece in pieces]
        return _Pieces(list(zip(ids, items, strict=True)), f"{before}\n", ",\n", after)
    if name == "cite":
        keys = [piece.removeprefix("\\cite{").removeprefix(",") for piece in pieces]
        return _Pieces(list(zip(ids, keys, strict=True)), "\\cite{", ",", after)
    return _Pieces(list(zip(ids, pieces, strict=True)), before=before, after=after)


def _written(name: str, papers: Sequence[Paper], catalogue: Catalogue) -> tuple[str, list[str], str]:
    """What the export writes before, for each of, and after *papers*; it takes one when the last is done."""
    stream = io.StringIO(newline="")
    ends = []

    def taken() -> Iterator[Paper]:
        for paper in papers:
            ends.append(stream.tell())
            yield paper
        ends.append(stream.tell())

    exports.get(name).write(taken(), catalogue, stream)
    text = stream.getvalue()
    return text[: ends[0]], [text[start:end] for start, end in pairwise(ends)], text[ends[-1] :]


def _index(papers: Sequence[Paper], catalogue: Catalogue) -> dict[str, Any]:
    """What the engine loads first."""
    places = (place_in_entry(paper, short=True) for paper in papers)
    return {
        "rows": _digest_of_order(papers),
        "chunk": CHUNK,
        "facets": _facets(facets_of(papers, catalogue.vocabulary, catalogue.config.labels).values()),
        "id": [paper.id for paper in papers],
        "title": [paper.title for paper in papers],
        "former_titles": {str(row): p.former_titles for row, p in enumerate(papers) if p.former_titles},
        "name": [paper.name for paper in papers],
        "places": {str(row): place for row, place in enumerate(places) if place},
        "added": [paper.added for paper in papers],
    }


def _details(papers: Sequence[Paper], catalogue: Catalogue) -> dict[str, Any]:
    """What the first answers can do without: half of all bytes."""
    more = facets_of(papers, catalogue.vocabulary, catalogue.config.labels, QUERY_ONLY)
    return {
        "rows": _digest_of_order(papers),
        "facets": _facets(more.values()),
        "authors": [paper.authors for paper in papers],
        "paper": [paper.paper_link for paper in papers],
        "code": [paper.links.code[0] if paper.links.code else None for paper in papers],
        "published": [paper.published for paper in papers],
        "identifiers": {name: [getattr(paper.identifiers, name) for paper in papers] for name in IDENTIFIERS},
        "former_ids": {alias: row for row, paper in enumerate(papers) for alias in paper.aliases},
        "vocabulary": _words(catalogue.vocabulary),
        "tags": _more(catalogue.vocabulary, lambda term: term.tags),
        "examples": _more(catalogue.vocabulary, lambda term: term.examples),
        "asked": _more(catalogue.vocabulary, lambda term: term.asked),
        "names": {
            field: [shown_name(field, catalogue.vocabulary), *names]
            for field, names in names_by_label(catalogue.vocabulary).items()
        },
    }


def _facets(facets: Iterable[Facet]) -> list[dict[str, Any]]:
    return [
        {
            "field": facet.field.field,
            "label": facet.label,
            "chip": facet.field.chip,
            "terms": [[term.key, term.label] for term in facet.terms],
            "codes": [codes[0] if len(codes) == 1 else codes for codes in facet.codes],
        }
        for facet in facets
    ]


def _words(vocabulary: Vocabulary) -> Mapping[str, list[list[str]]]:
    """Field -> for each term its key, its label and its other names; of a venue, what lists call it, too."""
    return {
        field: [
            [key, term.label, *term.aliases, *(term.tags if field == "venue" else ())]
            for key, term in terms.items()
        ]
        for field, terms in vocabulary.terms.items()
    }


def _definitions(vocabulary: Vocabulary) -> Mapping[str, Mapping[str, str]]:
    """Field -> what each of its terms means, which a search that finds nothing asks for."""
    return {
        field: {key: term.definition for key, term in terms.items()}
        for field, terms in vocabulary.terms.items()
        if field not in NOT_TOLD
    }


def _more(
    vocabulary: Vocabulary, words_of: Callable[[Term], Iterable[str]]
) -> Mapping[str, Mapping[str, list[str]]]:
    """Field -> each term of which there are such words -> these."""
    named = {
        field: {key: words for key, term in terms.items() if (words := [*words_of(term)])}
        for field, terms in vocabulary.terms.items()
    }
    return {field: terms for field, terms in named.items() if terms}


def _digest_of_order(papers: Sequence[Paper]) -> str:
    """Tells whether two files have the same papers in the same order."""
    return hashlib.blake2b("\n".join(paper.id for paper in papers).encode(), digest_size=8).hexdigest()


def _json(data: object) -> bytes:
    """Compact and in the order given; no ``<`` stands in it, so that nothing reads it as markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode()
