"""Crossref's REST API: what publishers deposited about a DOI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import takewhile
from typing import Any
from urllib.parse import quote

from catalog.record import link_of
from catalog.sources.asking import (
    PREPRINT,
    PUBLISHED,
    Answer,
    Claims,
    Desk,
    Known,
    Source,
    doi_of,
    expect,
    mapping_of,
    objects_in,
    text_of,
    texts_of,
    venue_of,
    year_in,
    year_of,
)
from catalog.sources.politeness import Rate


def ask(key: str, known: Known, desk: Desk) -> Answer:
    """What the publisher deposited about the DOI *key*.

    Raises
    ------
    SourceError : no answer, or not one about a work
    """
    answer = expect(desk.json(f"/works/{quote(key, safe='/')}"), dict, "an object")
    work = expect(answer.get("message"), dict, "the work, an object,")
    posted = text_of(work.get("type")) == "posted-content"
    authority = PREPRINT if posted else PUBLISHED
    claims = Claims("Crossref", link_of("doi", key))
    claims.add_identifiers(doi_of(text_of(work.get("DOI")) or key))
    claims.add("title", _title(work), authority)
    claims.add("authors", _authors(work), authority)
    claims.add("abstract", text_of(work.get("abstract")))
    claims.add("published", _first_date(work), PREPRINT)
    appearance, facts = _appearance(work, desk), _facts(work)
    claims.add("appearance", appearance, authority)
    if not appearance and (place := _unknown_place(work)):
        claims.add("place", place[1], authority)
        claims.add("year", _year(work), authority)
        facts = (*facts, place)
    claims.add("facts", facts, authority)
    for preprint in objects_in(mapping_of(work.get("relation")).get("has-preprint")):
        claims.add_identifiers(doi_of(text_of(preprint.get("id"))))
    kinds = {text_of(update.get("type")) for update in objects_in(work.get("updated-by"))}
    retracted = kinds & {"retraction", "withdrawal", "removal"}
    return Answer(claims.draft(), ("Crossref says that this paper was retracted",) if retracted else ())


def _facts(work: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What only a BibTeX entry has fields for."""
    pages = "page" if text_of(work.get("page")) else "article-number"
    names = (("volume", "volume"), ("number", "issue"), ("pages", pages), ("publisher", "publisher"))
    facts = tuple((name, text) for name, field in names if (text := text_of(work.get(field))))
    return tuple((name, text.replace("-", "–") if name == "pages" else text) for name, text in facts)


def _title(work: Mapping[str, Any]) -> str:
    """Title and subtitle, which some publishers deposit apart."""
    title = next(texts_of(work.get("title")), "")
    subtitle = next(texts_of(work.get("subtitle")), "")
    joined = title and subtitle and subtitle.lower() not in title.lower()
    return f"{title.rstrip(':')}: {subtitle}" if joined else title


def _authors(work: Mapping[str, Any]) -> tuple[str, ...]:
    """All authors, or none where one of them has no name."""
    names = [
        " ".join(part for field in ("given", "family", "suffix") if (part := text_of(author.get(field))))
        or text_of(author.get("name"))
        for author in objects_in(work.get("author") or [])
    ]
    return tuple(names) if all(names) else ()


def _appearance(work: Mapping[str, Any], desk: Desk) -> tuple[str, int | None] | None:
    """Venue and its year: a volume of proceedings is often printed in the year after the conference."""
    for text in _places(work):
        venue = venue_of(text, desk.vocabulary)
        if venue and not desk.vocabulary.is_preprint(venue):
            return venue, year_in(text) or _year(work)
    return None


def _year(work: Mapping[str, Any]) -> int | None:
    day = _first_date(work, ["published-print"]) or _first_date(work)
    return int(day[:4]) if day else None


_PLACE_OF = {"journal-article": "journal", "proceedings-article": "booktitle"}
"""Type of a work -> the field of a BibTeX entry that says where it appeared."""


def _unknown_place(work: Mapping[str, Any]) -> tuple[str, str] | None:
    """An entry's field for a journal or for proceedings, and their name, before which a series may stand."""
    field = _PLACE_OF.get(text_of(work.get("type")))
    names = list(texts_of(work.get("container-title")))
    return (field, names[-1]) if field and names else None


def _places(work: Mapping[str, Any]) -> Iterator[str]:
    event = mapping_of(work.get("event"))
    yield from texts_of(work.get("container-title"))
    yield from texts_of(work.get("short-container-title"))
    yield from texts_of(event.get("name"))
    yield from texts_of(event.get("acronym"))


_DATES = ("published", "published-online", "published-print", "issued")


def _first_date(work: Mapping[str, Any], names: Sequence[str] = _DATES) -> str | None:
    """The earliest of the dates on which it appeared, as exact as any of them tells it.

    >>> dates = {"published-print": {"date-parts": [[2025]]}, "issued": {"date-parts": [[2024, 10, 31]]}}
    >>> _first_date(dates), _first_date(dates, ["published-print"])
    ('2024-10-31', '2025')
    >>> _first_date({**dates, "published": {"date-parts": [[2024]]}})
    '2024-10-31'
    """
    found = []
    for name in names:
        rows = mapping_of(work.get(name)).get("date-parts")
        row = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
        found.append(_date_of(row))
    dates = [text for text in found if text]
    exact = [text for text in dates if not any(other.startswith(f"{text}-") for other in dates)]
    return min(exact, default=None)


def _date_of(parts: Sequence[Any]) -> str | None:
    """Year, month and day, as far as each is there and the calendar has it.

    >>> _date_of([2024, 3, 11]), _date_of([2024, 2, 31]), _date_of([2024, 0, 15]), _date_of([None])
    ('2024-03-11', '2024-02', '2024', None)
    """
    numbers = list(takewhile(lambda part: isinstance(part, int) and not isinstance(part, bool), parts[:3]))
    if not numbers or not year_of(numbers[0]):
        return None
    try:
        date(*[*numbers, 1, 1][:3])
    except (ValueError, OverflowError):
        return _date_of(numbers[:-1])
    return "-".join(f"{number:02d}" for number in numbers)


SOURCE = Source(
    "Crossref",
    "https://api.crossref.org",
    Rate(0.3, 3),
    lambda known: [known.identifiers["doi"]] if "doi" in known.identifiers else [],
    ask,
)
