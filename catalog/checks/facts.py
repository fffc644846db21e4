"""Facts of one record that cannot all be true, or are written in a way that hides them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from catalog import bibtex
from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding
from catalog.findings import Finding, Fix
from catalog.record import Identifiers, Paper
from catalog.texts import is_all_capitals
from catalog.values import arxiv_month
from catalog.vocabulary import fold


@check("year-order")
def impossible_dates(catalogue: Catalogue) -> Iterator[Finding]:
    """A paper is public on arXiv, at the latest, in its id's month, and at its venue not before that year.

    Nor can it have been added before it was public.
    """
    for paper in catalogue:
        for field, message in _date_problems(paper):
            yield finding(catalogue, paper, (field,), "year-order", message, severity="warning")


def _date_problems(paper: Paper) -> Iterator[tuple[str, str]]:
    arxiv, published, year = paper.identifiers.arxiv, paper.published, paper.year
    month = arxiv_month(arxiv) if arxiv else None
    if published and month and published[: len(month)] > month[: len(published)]:
        message = (
            f"first public on {published}, but arXiv {arxiv} is of {month}; 'published' is the earlier one"
        )
        yield "published", message
    elif year and published and int(published[:4]) > year:
        message = f"first public in {published[:4]}, but at its venue in {year}; correct one of them"
        yield "published", message
    elif year and month and _is_arxiv(paper) and year != int(month[:4]):
        advice = f"write {month[:4]}, or the venue that published it"
        yield "year", f"the year of the preprint is {year}, but arXiv {arxiv} is of {month}; {advice}"
    elif year and month and not published and year < int(month[:4]):
        advice = "correct one of them, or give 'published'"
        yield "year", f"at its venue in {year}, but arXiv {arxiv} is of {month}; {advice}"
    if published and paper.added and paper.added[: len(published)] < published[: len(paper.added)]:
        yield "added", f"added on {paper.added}, but first public on {published}; correct one of them"


def _is_arxiv(paper: Paper) -> bool:
    return paper.venue is not None and fold(paper.venue) == "arxiv"


@check("future-date")
def dates_to_come(catalogue: Catalogue) -> Iterator[Finding]:
    """Dates after today's, wherever the record was written, and venues after next year's."""
    for paper in catalogue:
        for field in ("published", "added"):
            found = getattr(paper, field)
            if found and is_to_come(found):
                message = f"{field} is {found}, which is yet to come; correct it"
                yield finding(catalogue, paper, (field,), "future-date", message)
        latest = datetime.now(UTC).year + 1  # proceedings of the next year are known before it begins
        if paper.year and paper.year > latest and not is_to_come(paper.published or ""):
            message = f"the year is {paper.year}, expected {latest} at the latest; correct it"
            yield finding(catalogue, paper, ("year",), "future-date", message)
        arxiv = paper.identifiers.arxiv
        month = arxiv_month(arxiv) if arxiv else None
        if month and is_to_come(month):
            message = f"arXiv {arxiv} is of {month}, which is yet to come; correct the id"
            yield finding(catalogue, paper, ("identifiers", "arxiv"), "future-date", message)


def is_to_come(date: str) -> bool:
    """Whether *date*, as exact as it is, is after tomorrow, which is today's somewhere."""
    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    return date > tomorrow[: len(date)]


@check("venue-year")
def years_without_venue(catalogue: Catalogue) -> Iterator[Finding]:
    """A venue that is held every second year has no papers of the years between."""
    for paper in catalogue:
        venue = catalogue.vocabulary.venue(paper.venue)
        if venue is None or venue.years is None or paper.year is None:
            continue
        if paper.year % 2 != (venue.years == "odd"):
            yield finding(
                catalogue,
                paper,
                ("year",),
                "venue-year",
                f"there was no {venue.label} in {paper.year}, it is held in {venue.years} years; "
                "correct the venue or the year",
                severity="warning",
            )


@check("arxiv-id-missing")
def preprints_without_id(catalogue: Catalogue) -> Iterator[Finding]:
    """An arXiv preprint has an arXiv id."""
    for paper in catalogue:
        if _is_arxiv(paper) and paper.identifiers.arxiv is None:
            yield finding(
                catalogue,
                paper,
                ("venue",),
                "arxiv-id-missing",
                "the venue is arXiv, but identifiers.arxiv is not given; "
                'add it, e.g. arxiv: "1706.03762", or correct the venue',
                severity="warning",
            )


@check("no-paper-link")
def papers_out_of_reach(catalogue: Catalogue) -> Iterator[Finding]:
    """Papers that readers are told of and cannot open; a preprint without its arXiv id is told as that."""
    for paper in catalogue:
        if paper.paper_link is None and not _is_arxiv(paper):
            names = ", ".join(Identifiers.model_fields)
            yield finding(
                catalogue,
                paper,
                (),
                "no-paper-link",
                f"found nothing that leads to the paper; add an identifier ({names}), or its address as "
                f"links.paper: catalog edit {paper.id} paper=https://…",
                severity="warning",
            )


@check("former-title")
def former_titles_that_are_not(catalogue: Catalogue) -> Iterator[Finding]:
    """A former title that is the title, or is there twice."""
    for paper in catalogue:
        if not paper.former_titles:
            continue
        kept: list[str] = []
        repeated: list[int] = []
        for position, title in enumerate(paper.former_titles):
            if title == paper.title or title in kept:
                repeated.append(position)
            else:
                kept.append(title)
        for position in repeated:
            yield finding(
                catalogue,
                paper,
                ("former_titles", position),
                "former-title",
                f"the former title '{paper.former_titles[position]}' is the title itself, or is there twice; "
                "delete it",
                severity="warning",
                fix=Fix({"former_titles": kept}),
            )


_MARKUP = re.compile(r"\$[^$\s][^$]*\$|\\[a-zA-Z]+\s*\{|\{\\")


@check("latex-in-text")
def latex_in_titles(catalogue: Catalogue) -> Iterator[Finding]:
    """Records hold text; LaTeX belongs into the BibTeX entry."""
    for paper in catalogue:
        for name in ("title", "name"):
            text = getattr(paper, name)
            if text and _MARKUP.search(text):
                plain = bibtex.latex_to_text(text)
                yield finding(
                    catalogue,
                    paper,
                    (name,),
                    "latex-in-text",
                    f"found LaTeX in {name}, expected text; write {plain}",
                    severity="warning",
                    fix=Fix({name: plain}) if plain and plain.isprintable() else None,
                )


_BRACKETS_BEHIND = re.compile(r"[\[(]([^\[\]()]*)[\])]$")
_ABBREVIATION = re.compile(r"[A-Z][a-z]*[A-Z]|\AarXiv")
_YEAR = re.compile(r"(?:\b(?:19|20)\d\d|['’]\d\d)\b")


@check("title-venue")
def venues_in_titles(catalogue: Catalogue) -> Iterator[Finding]:
    """A title that ends in brackets with a venue and its year, as rows of lists do."""
    for paper in catalogue:
        found = _BRACKETS_BEHIND.search(paper.title)
        if found and _ABBREVIATION.search(found[1]) and _YEAR.search(found[1]):
            yield finding(
                catalogue,
                paper,
                ("title",),
                "title-venue",
                f"the title ends in '{found[0]}', which says where it appeared; write that under "
                f"'venue' and 'year', and as title: {paper.title[: found.start()].rstrip()}",
                severity="warning",
            )


@check("title-capitals")
def titles_in_capitals(catalogue: Catalogue) -> Iterator[Finding]:
    """A title in capitals throughout, as templates print it, which lists and bibliographies then shout."""
    for paper in catalogue:
        if is_all_capitals(paper.title):
            advice = "write it as published, as arXiv or the venue lists it"
            yield finding(
                catalogue,
                paper,
                ("title",),
                "title-capitals",
                f"the title is all capitals; {advice}",
                severity="warning",
            )
