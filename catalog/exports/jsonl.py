"""JSON Lines: one object per paper, with the same keys in the same order for every paper.

The keys are a promise to other programs: more may be added behind the last one,
none is renamed or removed.  A catalogue's own fields are lists of terms, and stand
last.  An absent value is ``null``, or ``[]`` for a list; ``unknown`` tells an empty
list that nobody has filled from one that is known to be empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.facts import unknown_facts
from catalog.record import Paper, value_of
from catalog.vocabulary import Vocabulary

NAME = "jsonl"
SUFFIX = ".jsonl"
MEDIA_TYPE = "application/jsonl"


KEYS = (
    "id kind title former_titles name authors venue venue_type year published arxiv doi openreview anthology "
    "paper code domain setting task criterion mechanism training parametric keywords listed_in "
    "reference_impl bibtex summary added aliases project video citation_key unknown provenance"
).split()
"""The keys of every catalogue's objects, in their order."""


def keys_of(catalogue: Catalogue) -> list[str]:
    """:data:`KEYS`, and behind them the fields of terms that only this catalogue has."""
    return [*KEYS, *catalogue.vocabulary.own]


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write one line per paper."""
    for row in as_dicts(papers, catalogue):
        stream.write(json.dumps(row, ensure_ascii=False))
        stream.write("\n")


def as_dicts(papers: Iterable[Paper], catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """The stable shape of each paper, which is one of *catalogue*."""
    keys = unique_keys(catalogue)
    for paper in papers:
        yield as_dict(paper, catalogue.vocabulary, keys[paper.id])


def as_dict(paper: Paper, vocabulary: Vocabulary, citation_key: str) -> dict[str, Any]:
    """The stable shape of one paper, which every export cites under *citation_key*."""
    venue = vocabulary.venue(paper.venue)
    identifiers = paper.identifiers
    return {
        "id": paper.id,
        "kind": paper.kind,
        "title": paper.title,
        "former_titles": list(paper.former_titles),
        "name": paper.name,
        "authors": list(paper.authors or ()),
        "venue": paper.venue,
        "venue_type": venue.type if venue else None,
        "year": paper.year,
        "published": paper.published,
        "arxiv": identifiers.arxiv,
        "doi": identifiers.doi,
        "openreview": identifiers.openreview,
        "anthology": identifiers.anthology,
        "paper": paper.paper_link,
        "code": list(paper.links.code),
        "domain": list(paper.domain or ()),
        "setting": list(paper.setting or ()),
        "task": list(paper.task or ()),
        "criterion": list(paper.criterion or ()),
        "mechanism": list(paper.mechanism or ()),
        "training": paper.training,
        "parametric": paper.parametric,
        "keywords": list(paper.keywords),
        "listed_in": list(paper.listed_in),
        "reference_impl": paper.reference_impl,
        "bibtex": paper.bibtex,
        "summary": paper.summary,
        "added": paper.added,
        "aliases": list(paper.aliases),
        "project": paper.links.project,
        "video": paper.links.video,
        "citation_key": citation_key,
        "unknown": unknown_facts(paper, vocabulary),
        "provenance": dict(paper.provenance),
        **{name: list(value_of(paper, name) or ()) for name in vocabulary.own},
    }
