"""What templates show of papers and terms: labels, counts, addresses and words for dates.

Plain values made from the catalogue, so that templates hold wording and markup
and no logic.  Text stays unescaped here; the templates escape it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from catalog.bibtex import MONTH_NAMES, appeared, place_in_entry
from catalog.catalogue import Catalogue, by_date
from catalog.facts import terms_of
from catalog.record import IDENTIFIERS, Paper, link_of, year_of
from catalog.site.addresses import paper_page, term_page
from catalog.texts import as_sentence
from catalog.vocabulary import Vocabulary

CHIPS = ("training", "criterion", "mechanism", "task")
"""Fields whose terms stand with a paper in lists, in the order of the browse page."""
AUTHORS_SHOWN = 3
MOST_YEARS = 11
"""Bars of a chart of growth."""


@dataclass(frozen=True)
class TermView:
    """A term as a link; *address* is ``None`` where the vocabulary does not hold it."""

    field: str
    key: str
    label: str
    definition: str
    address: str | None
    count: int = 0


@dataclass(frozen=True)
class EntryView:
    """One paper in a list."""

    address: str
    title: str
    name: str | None
    authors: str | None
    where: str | None
    code: str | None
    chips: tuple[TermView, ...]
    summary: str | None


def term_view(vocabulary: Vocabulary, field: str, key: str, count: int = 0) -> TermView:
    """The term *key* of *field*, also where the vocabulary does not know it."""
    term = vocabulary[field].get(key)
    label, definition = (term.label, term.definition) if term else (key, "")
    return TermView(field, key, label, definition, term_page(vocabulary, field, key), count)


def paper_terms(paper: Paper, vocabulary: Vocabulary) -> Mapping[str, tuple[TermView, ...] | None]:
    """The paper's terms by each field that the catalogue has; ``None`` where they are not known."""
    views: dict[str, tuple[TermView, ...] | None] = {}
    for field in vocabulary.fields:
        keys = terms_of(paper, field)
        views[field] = None if keys is None else tuple(term_view(vocabulary, field, key) for key in keys)
    return views


def entry_view(paper: Paper, vocabulary: Vocabulary, *, summed: bool = False) -> EntryView:
    """The paper as a line of a list; *summed*, with the sentence that sums it up."""
    fields = vocabulary.with_own(CHIPS)
    chips = [term_view(vocabulary, field, key) for field in fields for key in terms_of(paper, field) or ()]
    return EntryView(
        address=paper_page(paper.id),
        title=paper.title,
        name=paper.name,
        authors=first_authors(paper.authors),
        where=appeared(paper, vocabulary),
        code=paper.links.code[0] if paper.links.code else None,
        chips=tuple(chips),
        summary=paper.summary if summed else None,
    )


def first_authors(authors: Sequence[str] | None) -> str | None:
    """All of a few authors, the first of many.

    >>> first_authors(["A One", "B Two"]), first_authors(["A One", "B Two", "C Three", "D Four"])
    ('A One, B Two', 'A One, B Two, C Three et al.')
    """
    if not authors:
        return None
    more = " et al." if len(authors) > AUTHORS_SHOWN else ""
    return ", ".join(authors[:AUTHORS_SHOWN]) + more


def date_in_words(date: str | None) -> str | None:
    """A date as exact as it is known.

    >>> date_in_words("2024-03-11"), date_in_words("2024-03"), date_in_words("2024")
    ('11 March 2024', 'March 2024', '2024')
    """
    if date is None:
        return None
    year, *rest = date.split("-")
    words = [MONTH_NAMES[int(rest[0]) - 1], year] if rest else [year]
    return " ".join([str(int(rest[1])), *words] if len(rest) == 2 else words)


def short_link(link: str) -> str:
    """A link as short as it can be read.

    >>> short_link("https://www.github.com/facebookresearch/ToMe/")
    'github.com/facebookresearch/ToMe'
    """
    parts = urlsplit(link)
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}"


def plain_citation(paper: Paper, vocabulary: Vocabulary) -> str:
    """Authors, title, venue, year and link as a sentence, with what is known of them."""
    venue = vocabulary.venue(paper.venue)
    where = venue.definition if venue else paper.venue or place_in_entry(paper)
    place = ", ".join(str(part) for part in (where, year_of(paper)) if part)
    said = (", ".join(paper.authors or ()), paper.title, place)
    return " ".join([*(as_sentence(text) for text in said if text), *filter(None, [paper.paper_link])])


def papers_by_year(papers: Sequence[Paper], last: int | None) -> Mapping[str, int]:
    """How many of *papers* each year has, from their first to *last* of the whole catalogue.

    Years longer ago than :data:`MOST_YEARS` are one, and papers without a year are left out.
    """
    years = Counter(year for paper in papers if (year := year_of(paper)))
    if not years:
        return {}
    end = max(last or 0, *years)
    first = max(min(years), end - MOST_YEARS + 1)
    counts = {str(year): years[year] for year in range(first, end + 1)}
    earlier = sum(number for year, number in years.items() if year < first)
    if not earlier:
        return counts
    del counts[str(first)]
    return {f"≤ {first}": earlier + years[first], **counts}


def identifier_links(paper: Paper) -> list[tuple[str, str, str]]:
    """Name, identifier and link of each identifier that the paper has."""
    return [
        (IDENTIFIERS[name].removesuffix(" id"), identifier, link_of(name, identifier))
        for name, identifier in paper.identifiers
        if identifier
    ]


@dataclass(frozen=True)
class TermIndex:
    """Which papers carry which term, newest first."""

    catalogue: Catalogue

    @cached_property
    def papers(self) -> Mapping[tuple[str, str], Sequence[Paper]]:
        found: dict[tuple[str, str], list[Paper]] = {}
        for paper in by_date(self.catalogue.papers):
            for field in self.catalogue.vocabulary.fields:
                for key in terms_of(paper, field) or ():
                    found.setdefault((field, key), []).append(paper)
        return found

    def view(self, field: str, key: str) -> TermView:
        """The term with the number of its papers."""
        return term_view(self.catalogue.vocabulary, field, key, len(self.papers.get((field, key), ())))

    def views(self, field: str) -> list[TermView]:
        """Every term of *field*: venues and keywords by number of papers, others in its own order."""
        views = [self.view(field, key) for key in self.catalogue.vocabulary[field]]
        if field in ("venue", "keywords"):
            views.sort(key=lambda view: (-view.count, view.label.casefold()))
        return views
