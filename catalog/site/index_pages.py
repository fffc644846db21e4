"""Pages that list papers by something they share: a term, an author, a year.

Each says what it stands for, how it grew, and which papers there are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from catalog.catalogue import Catalogue, by_date
from catalog.charts import growth_svg
from catalog.query.words import words
from catalog.record import Paper, first_year, year_of
from catalog.site.addresses import (
    AUTHOR_NAMES,
    AUTHORS,
    TERMS,
    YEARS,
    author_page,
    field_page,
    term_page,
    to_root,
    year_page,
)
from catalog.site.browse_facets import QUERY_ONLY
from catalog.site.pages import File, Maker
from catalog.site.people import Author, Authors, author_slug
from catalog.site.views import TermIndex, papers_by_year
from catalog.vocabulary import PublishedList, Venue, Vocabulary, fold

SHOWN = 500
"""Papers on a page; more than a reader scrolls through, and browse has them all."""
AUTHORS_SHOWN = 500
"""Authors on the page of all authors: those with most papers."""
TOGETHER = 12
"""Names that an author's page gives as often on the same papers."""
WORTH_A_CHART = 3
"""Papers from which a chart says more than the list."""


def term_pages(catalogue: Catalogue, maker: Maker, index: TermIndex) -> Iterator[File]:
    """The index of all terms, each field that the catalogue has, and each term with its papers."""
    fields = [(field, index.views(field)) for field in catalogue.vocabulary.fields]
    yield maker.page(TERMS, "terms", "terms.html.j2", fields=fields)
    last = last_year(catalogue)
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
                aliases=[alias for alias in term.aliases if fold(alias) != fold(term.label)],
                tags=term.tags,
                examples=term.examples,
                venue_type=term.type if isinstance(term, Venue) else None,
                list_link=term.url if isinstance(term, PublishedList) else None,
                feed=f"{term.label} · {maker.config.title}",
                view=_term_view(field, view.key),
                chart=_growth(f"Papers on {view.label} by year", papers, last),
                **_listed(maker, view.address or "", papers),
            )


def _term_view(field: str, key: str) -> str:
    """The query string with which the browse page shows a term's papers and no others."""
    has_box = all(other.field != field for other in QUERY_ONLY)
    return urlencode({field: key} if has_box else {"q": f"{field}:{key}"}, safe=":")


def author_index(maker: Maker, authors: Authors) -> Iterator[File]:
    """The authors with most papers: those with two or more, unless nobody has; and all for its search box."""
    ordered = authors.by_number()
    several = [author for author in ordered if len(author.papers) > 1]
    listed = several or ordered
    yield maker.page(
        AUTHORS,
        "terms",
        "authors.html.j2",
        total=len(authors.by_slug),
        authors=listed[:AUTHORS_SHOWN],
        several=bool(several),
        most=AUTHORS_SHOWN,
        cut=len(listed) > AUTHORS_SHOWN,
    )
    names = json.dumps([_named(author) for author in ordered], ensure_ascii=False, separators=(",", ":"))
    yield AUTHOR_NAMES, names.encode()


def _named(author: Author) -> list[str | int]:
    """Name and number of papers; then the folder, unless it is the name's words, and other spellings."""
    folder = "" if author.slug == "-".join(words(author.name)) else author.slug
    more = [folder, *author.spellings] if folder or author.spellings else []
    return [author.name, len(author.papers), *more]


def author_file(maker: Maker, author: Author, last: int | None) -> File:
    """The papers of everyone of one name."""
    return maker.page(
        author.address,
        "field",
        "author.html.j2",
        author=author,
        total=len(author.papers),
        others=_together(author),
        view=_author_view(author),
        chart=_growth(f"Papers by {author.name} by year", author.papers, last),
        **_listed(maker, author.address, author.papers),
    )


def _author_view(author: Author) -> str:
    """The query string with which the browse page shows the author's papers and no others."""
    if author.found_by_name:
        name = author.name.replace('"', " ")
        return urlencode({"q": f'author:"{name}"'}, safe=":")
    return urlencode({"ids": ",".join(paper.id for paper in author.papers)}, safe=",")


def _together(author: Author) -> list[tuple[str, str, int]]:
    """Names on two or more of the author's papers, those on most of them first."""
    own = {author.name, *author.spellings}
    names = Counter(name for paper in author.papers for name in paper.authors or () if name not in own)
    often = sorted((name for name in names if names[name] > 1), key=lambda name: (-names[name], name))
    return [(name, author_page(author_slug(name)), names[name]) for name in often[:TOGETHER]]


def year_pages(catalogue: Catalogue, maker: Maker) -> Iterator[File]:
    """Every year with papers, and their index."""
    years = _by(year_of, catalogue.papers)
    first_published = _by(first_year, catalogue.papers)
    ordered = sorted(years, reverse=True)
    yield maker.page(
        YEARS,
        "terms",
        "years.html.j2",
        years=[(year, len(years[year])) for year in ordered],
        undated=len(catalogue) - sum(map(len, years.values())),
        chart=_growth("Papers by year", catalogue.papers, last_year(catalogue)),
    )
    for year in ordered:
        papers = years[year]
        months = _months(first_published.get(year, ()))
        yield maker.page(
            year_page(year),
            "field",
            "year.html.j2",
            year=year,
            total=len(papers),
            before=next((other for other in ordered if other < year), None),
            after=next((other for other in reversed(ordered) if other > year), None),
            chart=_months_chart(year, months),
            first_published=len(first_published.get(year, ())),
            month_known=sum(months.values()),
            venues=_venues(year, papers, catalogue.vocabulary),
            entries=[maker.entry(paper, to_root(year_page(year)), "h2") for paper in papers[:SHOWN]],
            left_out=max(0, len(papers) - SHOWN),
        )


def _by(year: Callable[[Paper], int | None], papers: Iterable[Paper]) -> Mapping[int, list[Paper]]:
    """The papers of each year, newest first."""
    years: dict[int, list[Paper]] = {}
    for paper in by_date(papers):
        if (of := year(paper)) is not None:
            years.setdefault(of, []).append(paper)
    return years


def last_year(catalogue: Catalogue) -> int | None:
    """The year of the latest paper."""
    return max((year for paper in catalogue.papers if (year := year_of(paper))), default=None)


def _growth(title: str, papers: Sequence[Paper], last: int | None) -> Markup | None:
    if len(papers) < WORTH_A_CHART:
        return None
    return Markup(growth_svg("growth", title, papers_by_year(papers, last)))


def _months(papers: Iterable[Paper]) -> Mapping[str, int]:
    """How many papers were first published in each month, where it is known."""
    months = Counter(paper.published[5:7] for paper in papers if paper.published)
    return {f"{month:02d}": months[f"{month:02d}"] for month in range(1, 13)}


def _months_chart(year: int, months: Mapping[str, int]) -> Markup | None:
    if sum(months.values()) < WORTH_A_CHART:
        return None
    return Markup(growth_svg("growth", f"Papers first published in {year} by month", months))


def _venues(
    year: int, papers: Sequence[Paper], vocabulary: Vocabulary
) -> list[tuple[str, str | None, int, str]]:
    """Label, address, number of papers and their query string of each venue, most papers first."""
    counts = Counter(paper.venue for paper in papers if paper.venue)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        (
            vocabulary.label("venue", key),
            term_page(vocabulary, "venue", key),
            number,
            urlencode({"venue": key, "year": year}),
        )
        for key, number in ordered
    ]


def _listed(maker: Maker, address: str, papers: Sequence[Paper]) -> dict[str, Any]:
    """The papers by year with their number, latest first and undated last, and how many are left out."""
    root = to_root(address)
    numbers = Counter(map(year_of, papers))
    ordered = sorted(papers[:SHOWN], key=lambda paper: year_of(paper) or 0, reverse=True)
    years = [
        (year, numbers[year], [maker.entry(paper, root) for paper in group])
        for year, group in groupby(ordered, key=year_of)
    ]
    return {"years": years, "left_out": max(0, len(papers) - SHOWN)}
