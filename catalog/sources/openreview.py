"""OpenReview's API, new and old: submissions, and what became of them.

Conferences before 2023 live in the old API, where values are bare; in the new one
each value is an object ``{"value": …}``.  Submission forms since 2026 list each author
as an object with a ``fullname``; the earlier ones as a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from catalog.record import link_of
from catalog.sources.asking import (
    PREPRINT,
    PUBLISHED,
    Answer,
    Claims,
    Desk,
    Known,
    Source,
    expect,
    mapping_of,
    objects_in,
    text_of,
    venue_of,
    year_in,
)
from catalog.sources.errors import NotFoundError, SourceError
from catalog.sources.politeness import Rate
from catalog.sources.question import ApiKey

# Since late 2025 it turns away some who do not say who they are; the token is that of a login to its API.
KEY = ApiKey("OPENREVIEW_TOKEN", "Authorization", "Bearer ")

_OPEN = re.compile(r"submitted|submission|withdrawn|reject|under review", re.IGNORECASE)


def ask(key: str, known: Known, desk: Desk) -> Answer:
    """What OpenReview says of the forum *key*.

    Raises
    ------
    SourceError : no answer, or not one about a paper
    """
    try:
        return _ask_at(desk, key)
    except NotFoundError:
        if desk.former is None:
            raise
        return _ask_at(desk.former, key)


def _ask_at(desk: Desk, key: str) -> Answer:
    answer = expect(desk.json("/notes", params={"id": key}, key=KEY), dict, "an object")
    notes = objects_in(answer.get("notes") or [])
    if not notes:
        raise NotFoundError(f"it has no forum {key}")
    return _read(notes[0], key, desk)


def _read(note: Mapping[str, Any], key: str, desk: Desk) -> Answer:
    content = expect(note.get("content"), dict, "the submission's content, an object,")
    forum = text_of(note.get("forum")) or key
    if not text_of(_value(content, "title")):
        raise SourceError("its answer has no title; the note may be a review and not a paper")
    place, group = text_of(_value(content, "venue")), text_of(_value(content, "venueid"))
    venue = None if _OPEN.search(place) or _OPEN.search(group) else venue_of(place, desk.vocabulary)
    authority = PUBLISHED if venue else PREPRINT
    claims = Claims("OpenReview", link_of("openreview", forum))
    claims.add_identifiers({"openreview": forum})
    claims.add("title", text_of(_value(content, "title")), authority)
    claims.add("authors", _authors(content), authority)
    claims.add("abstract", text_of(_value(content, "abstract")))
    for name in ("odate", "pdate"):
        claims.add("published", _day(note.get(name)), PREPRINT)
    if venue:
        claims.add("appearance", (venue, year_in(place) or year_in(group.replace("/", " "))), authority)
    elif preprint := desk.vocabulary.resolve("venue", "OpenReview"):
        year = _day(note.get("odate") or note.get("cdate"))
        claims.add("appearance", (preprint, int(year[:4]) if year else None), PREPRINT)
    for name in ("code", "supplementary_material", "abstract"):
        claims.add_code(text_of(_value(content, name)))
    gone = re.search(r"withdrawn|reject", f"{place} {group}", re.IGNORECASE)
    return Answer(claims.draft(), (f"OpenReview says: {place or group}",) if gone else ())


def _value(content: Mapping[str, Any], name: str) -> Any:
    """A value of either API."""
    found = content.get(name)
    return mapping_of(found).get("value") if isinstance(found, dict) else found


def _authors(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The authors in order; none where one of them has no name.

    >>> _authors({"authors": {"value": [{"fullname": "Ada Byron", "username": "~Ada_Byron1"}, "Kurt Gödel"]}})
    ('Ada Byron', 'Kurt Gödel')
    """
    listed = _value(content, "authors")
    people = listed if isinstance(listed, list) else [listed]
    names = [text_of(mapping_of(person).get("fullname") or person) for person in people]
    return tuple(names) if all(names) else ()


def _day(milliseconds: Any) -> str | None:
    """The day, in UTC, of a time in milliseconds since the epoch.

    >>> _day(1710167732000), _day("soon")
    ('2024-03-11', None)
    """
    if not isinstance(milliseconds, int) or not 0 < milliseconds < 4_102_444_800_000:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def _keys(known: Known) -> list[str]:
    return [known.identifiers["openreview"]] if "openreview" in known.identifiers else []


SOURCE = Source(
    "OpenReview",
    "https://api2.openreview.net",
    Rate(1.0, 2),
    _keys,
    ask,
    former="https://api.openreview.net",
)
