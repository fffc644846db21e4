"""How much is known, and from where: counted per field, for curators and for readers who want to trust it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.catalogue import Catalogue
from catalog.facts import has_answer, terms_of
from catalog.provenance import ASSUMED
from catalog.record import Paper, value_of

COUNTED = (
    "title name authors venue year published arxiv doi openreview anthology paper code project kind domain "
    "setting task criterion mechanism training parametric keywords summary bibtex"
).split()

_PLACES = {
    "arxiv": "identifiers",
    "doi": "identifiers",
    "openreview": "identifiers",
    "anthology": "identifiers",
    "paper": "links",
    "code": "links",
    "project": "links",
}

_DERIVED = frozenset({"published", "paper", "bibtex"})
"""Without provenance these come from the identifiers, or are rendered from the other fields."""


@dataclass(frozen=True)
class FieldCount:
    """One field over all papers.

    Attributes
    ----------
    known, unknown : papers with and without a value; an empty list of terms is known to be empty, as
        ``none`` is in a query, and a kind that was only assumed is not known
    sources : kind of source -> papers; ``no source given`` counts values without provenance, ``kind``
        papers of a kind that has no such fact, such as the training of a survey, which is known as well,
        and ``none`` papers without keywords that somebody has described, which state nothing that could
        have a source
    """

    field: str
    known: int
    unknown: int
    sources: dict[str, int]


def count_fields(catalogue: Catalogue) -> list[FieldCount]:
    """Every counted field that the catalogue has, in the record's order."""
    lists = frozenset(catalogue.vocabulary["listed_in"])
    counted = catalogue.vocabulary.with_own(COUNTED)
    return [_count(name, catalogue.papers, lists) for name in counted]


def _count(name: str, papers: Iterable[Paper], lists: frozenset[str]) -> FieldCount:
    known = unknown = 0
    sources: Counter[str] = Counter()
    for paper in papers:
        if _is_unknown(paper, name):
            if has_answer(paper, name):
                unknown += 1
            else:
                known += 1
                sources["kind"] += 1
            continue
        known += 1
        source = paper.provenance.get(name) or paper.provenance.get(_PLACES.get(name, name))
        if source is None and name in _DERIVED:
            sources["derived from other fields"] += 1
        elif source is None and name == "keywords" and not paper.keywords:
            sources["none"] += 1
        else:
            sources[source_kind(source, lists)] += 1
    ordered = dict(sorted(sources.items(), key=lambda item: (-item[1], item[0])))
    return FieldCount(name, known, unknown, ordered)


def _is_unknown(paper: Paper, name: str) -> bool:
    if name in ("kind", "keywords"):  # of which no record says null
        return terms_of(paper, name) is None
    return _value(paper, name) is None


def _value(paper: Paper, name: str) -> object:
    place = _PLACES.get(name)
    if name == "paper":
        return paper.paper_link
    if name == "code":
        return paper.links.code or None
    value: object = getattr(getattr(paper, place), name) if place else value_of(paper, name)
    return value


_AS_TOLD = r"\bas (?:noted|quoted|reported|shown|told) (?:by|in|on)\b"
_ACCOUNT = re.compile(
    r"\b(?:accounts?|analysis|articles?|digests?|\w*notes?|overviews?|reports?|reviews?|slides)\b"
    r"|\b(?:summar(?:y|ies)|reproduc(?:tion|ibility)|(?:re)?implementation|third party)\b"
    r"|\blist of (?:the )?(?:benchmarks|results)\b|\bon (?:arXiv:|the paper\b)|" + _AS_TOLD,
    re.IGNORECASE,
)
_PUBLISHED = re.compile(r"\babstract\b|\bproceedings\b|^verified\b", re.IGNORECASE)
_RELAYED = re.compile(r"^paper:.*" + _AS_TOLD, re.IGNORECASE)
_AUTHORS_PAGES = re.compile(r"^(?:(?:official )?project page|README of|official repository)\b", re.IGNORECASE)


def source_kind(source: str | None, lists: frozenset[str]) -> str:
    """The kind of a provenance text, e.g. ``list``, ``paper``, ``title``, ``metadata`` or ``curator``.

    ``account`` is what somebody else says about the paper: a summary, notes, a review, a digest; also where
    they name the place in the paper.  ``code`` is the authors' repository or project page.  Of several
    sources, between semicolons, the first decides.
    """
    if not source or source == ASSUMED:
        return "no source given"
    first = source.split(";", 1)[0].strip()
    if all(part.split("(")[0].strip() in lists for part in first.split(",")):
        return "list"
    head = re.split(r"[:(;]", source, maxsplit=1)[0].strip()
    if _RELAYED.search(first):
        return "account"
    if head in ("title", "curator", "code", "paper", "identifier"):
        return head
    if head in ("arXiv", "doi"):
        return "paper"
    if _AUTHORS_PAGES.search(first):
        return "code"
    return "account" if _ACCOUNT.search(first) and not _PUBLISHED.search(first) else "metadata"
