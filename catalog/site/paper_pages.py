"""A paper's page, and all that it shows beside the record itself.

What needs the whole catalogue, such as the papers alike, is gathered here once for all papers and
made into plain values, so that pages can be made in other processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from catalog.bibtex import appeared, place_in_entry
from catalog.catalogue import Catalogue
from catalog.counting import listed
from catalog.exports import bibtex, markdown
from catalog.facts import proposes
from catalog.record import ORDINARY_KIND, Paper
from catalog.site.addresses import paper_page
from catalog.site.history import Entry, History
from catalog.site.implementations import Implementation, Implementations
from catalog.site.likeness import Alike, Beyond, papers_alike, papers_beyond
from catalog.site.pages import File, Maker
from catalog.site.people import author_links
from catalog.site.structured import open_url, scholarly_article
from catalog.site.views import (
    date_in_words,
    first_authors,
    identifier_links,
    paper_terms,
    plain_citation,
)
from catalog.vocabulary import Vocabulary
from catalog.wording import Labels, in_sentence


@dataclass(frozen=True)
class AlikeView:
    """A paper alike, and what it shares: terms' labels, and a number of authors."""

    address: str
    title: str
    name: str | None
    where: str | None
    terms: tuple[str, ...]
    authors: int


@dataclass(frozen=True)
class BeyondView:
    """A way to the papers behind those alike: how many, what they share, in words, and a query string."""

    papers: int
    share: str
    query: str


@dataclass(frozen=True)
class Facts:
    """All that a paper's page shows beside the record.

    Attributes
    ----------
    entry : BibTeX
    citation_key : that of every export
    markdown : the citation as Markdown
    file : path of the record's file, if it has one
    alike : the most alike first
    beyond : the way to more of them, if there are more
    history : what happened to the record, newest first
    implementation : the reference implementation, if there is one
    """

    paper: Paper
    entry: str
    citation_key: str
    markdown: str
    file: str | None
    alike: tuple[AlikeView, ...]
    beyond: BeyondView | None
    history: tuple[Entry, ...]
    implementation: Implementation | None


def gather(catalogue: Catalogue, history: History) -> Iterator[Facts]:
    """What the pages of all papers show, in the catalogue's order."""
    alike, beyond = papers_alike(catalogue), papers_beyond(catalogue)
    keys = bibtex.unique_keys(catalogue)
    implementations = Implementations(catalogue.root)
    for paper in catalogue.papers:
        file, key = catalogue.files.get(paper.id), keys[paper.id]
        yield Facts(
            paper=paper,
            entry=bibtex.entry_of(paper, catalogue, key),
            citation_key=key,
            markdown=markdown.item(paper, catalogue),
            file=file,
            alike=tuple(_alike_view(one, catalogue.vocabulary) for one in alike[paper.id]),
            beyond=_beyond_view(beyond[paper.id], catalogue.config.labels) if paper.id in beyond else None,
            history=history.of_record.get(paper.id, ()),
            implementation=implementations.of(paper),
        )


def _alike_view(alike: Alike, vocabulary: Vocabulary) -> AlikeView:
    paper = alike.paper
    terms = [vocabulary.label(field, key) for field, key in alike.shared if field not in ("author", "word")]
    return AlikeView(
        address=paper_page(paper.id),
        title=paper.title,
        name=paper.name,
        where=appeared(paper, vocabulary),
        terms=tuple(dict.fromkeys(terms))[:3],
        authors=sum(field == "author" for field, _ in alike.shared),
    )


def _beyond_view(beyond: Beyond, labels: Labels) -> BeyondView:
    share = listed(in_sentence(labels.of(field)) for field in beyond.terms)
    if any(len(terms) > 1 for terms in beyond.terms.values()):
        share = f"at least one term each of {share}"
    return BeyondView(beyond.papers, share, urlencode(beyond.terms, doseq=True))


def paper_file(maker: Maker, facts: Facts) -> File:
    """The page of one paper."""
    paper, vocabulary = facts.paper, maker.vocabulary
    terms = paper_terms(paper, vocabulary)
    fields = ("domain", "setting", *(() if paper.kind == ORDINARY_KIND else ("kind",)))
    values: dict[str, Any] = {
        "facts": facts,
        "paper": paper,
        "proposes": proposes(paper),
        "terms": terms,
        "chips": [term for field in fields for term in terms.get(field) or ()],
        "own_fields": vocabulary.own,
        "venue": (terms.get("venue") or (None,))[0],
        "place": place_in_entry(paper),
        "where": appeared(paper, vocabulary),
        "authors": author_links(paper),
        "authors_short": first_authors(paper.authors),
        "published": date_in_words(paper.published),
        "added": date_in_words(paper.added),
        "identifiers": identifier_links(paper),
        "plain_citation": plain_citation(paper, vocabulary),
        "open_url": open_url(paper, vocabulary),
        "json_ld": scholarly_article(paper, vocabulary),
        "provenance": _provenance(paper),
    }
    return maker.page(
        paper_page(paper.id),
        "paper",
        "paper.html.j2",
        head="paper_head.html.j2",
        kind="article",
        card=maker.cards.get(paper.id),
        **values,
    )


def _provenance(paper: Paper) -> Sequence[tuple[str, str]]:
    """Where each field's value comes from, in the record's order, others after them."""
    order = {name: number for number, name in enumerate((*type(paper).model_fields, *paper.own))}
    return sorted(paper.provenance.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))
