"""DBLP's search: where a paper with a known title was published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from catalog.draft import plain_words
from catalog.links import identifiers_in
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
    same_title,
    text_of,
    texts_of,
    venue_of,
    year_of,
)
from catalog.sources.errors import NotFoundError
from catalog.sources.politeness import Rate


def ask(key: str, known: Known, desk: Desk) -> Answer:
    """What DBLP lists under the title *key*.

    Raises
    ------
    SourceError : no answer, or no paper of that title
    """
    params = {"q": plain_words(key), "format": "json", "h": "10"}
    answer = expect(desk.json("/search/publ/api", params=params), dict, "an object")
    result = expect(answer.get("result"), dict, "the result, an object,")
    hits = objects_in(mapping_of(result.get("hits")).get("hit") or [])
    found = [mapping_of(hit.get("info")) for hit in hits]
    found = [info for info in found if same_title(_title(info), key)]
    if not found:
        raise NotFoundError("it lists no paper of this title")
    claims = Claims("DBLP")
    for info in found:
        _add(info, claims, desk)
    return Answer(claims.draft())


def _add(info: Mapping[str, Any], claims: Claims, desk: Desk) -> None:
    place = re.sub(r"\s*\(\d+\)", "", " ".join(texts_of(info.get("venue"))))
    venue = venue_of(place, desk.vocabulary)
    informal = "informal" in text_of(info.get("type")).lower()
    preprint = venue is None or informal or desk.vocabulary.is_preprint(venue)
    authority = PREPRINT if preprint else PUBLISHED
    claims.add("title", _title(info), authority)
    people = objects_in(mapping_of(info.get("authors")).get("author") or [])
    names = [re.sub(r" \d{4}$", "", text_of(person.get("text"))) for person in people]
    claims.add("authors", tuple(names) if all(names) else (), authority)
    if venue:
        claims.add("appearance", (venue, year_of(info.get("year"))), authority)
    identifiers = doi_of(text_of(info.get("doi")))
    for link in texts_of(info.get("ee")):
        identifiers |= identifiers_in(link)
    if preprint:
        identifiers = {name: value for name, value in identifiers.items() if name == "arxiv"}
    claims.add_identifiers(identifiers)


def _title(info: Mapping[str, Any]) -> str:
    return text_of(info.get("title")).removesuffix(".")


SOURCE = Source(
    "DBLP", "https://dblp.org", Rate(2.0), lambda known: [known.title] if known.title else [], ask
)
