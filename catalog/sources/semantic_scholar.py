"""Semantic Scholar's graph: the other identifiers of a paper, and a hint at its venue.

Its venues and years are often those of another version, so they count as hints;
its links between identifiers are what it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from catalog.sources.asking import (
    PREPRINT,
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
    venue_of,
    year_of,
)
from catalog.sources.errors import NotFoundError
from catalog.sources.politeness import Rate
from catalog.sources.question import ApiKey

KEY = ApiKey("S2_API_KEY", "x-api-key")
_FIELDS = "title,authors,year,venue,publicationVenue,externalIds,publicationDate,abstract"
_PREFIXES = {"arxiv": "ARXIV", "doi": "DOI", "anthology": "ACL"}
_TITLE = "title:"


def ask(key: str, known: Known, desk: Desk) -> Answer:
    """What Semantic Scholar says of *key*: ``ARXIV:…``, ``DOI:…``, ``ACL:…`` or ``title:…``.

    Raises
    ------
    SourceError : no answer, or no such paper
    """
    if key.startswith(_TITLE):
        title = key.removeprefix(_TITLE)
        params = {"query": title, "fields": _FIELDS}
        answer = expect(desk.json("/paper/search/match", params=params, key=KEY), dict, "an object")
        papers = [
            p for p in objects_in(answer.get("data") or []) if same_title(text_of(p.get("title")), title)
        ]
        if not papers:
            raise NotFoundError("it has no paper of this title")
        return _read(papers[0], desk)
    path = f"/paper/{quote(key, safe=':/')}"
    return _read(expect(desk.json(path, params={"fields": _FIELDS}, key=KEY), dict, "an object"), desk)


def _read(paper: Mapping[str, Any], desk: Desk) -> Answer:
    claims = Claims("Semantic Scholar")
    ids = mapping_of(paper.get("externalIds"))
    found = doi_of(text_of(ids.get("DOI")))
    found |= {"arxiv": text_of(ids.get("ArXiv"))} if ids.get("ArXiv") else {}
    found |= {"anthology": text_of(ids.get("ACL"))} if ids.get("ACL") else {}
    claims.add_identifiers(found)
    claims.add("title", text_of(paper.get("title")), PREPRINT)
    names = [text_of(author.get("name")) for author in objects_in(paper.get("authors") or [])]
    claims.add("authors", tuple(names) if all(names) else (), PREPRINT)
    claims.add("abstract", text_of(paper.get("abstract")), PREPRINT)
    day = text_of(paper.get("publicationDate"))
    claims.add("published", day if re.fullmatch(r"\d{4}-\d\d-\d\d", day) else None, PREPRINT)
    names_of_venue = (paper.get("venue"), mapping_of(paper.get("publicationVenue")).get("name"))
    venue = next((key for text in names_of_venue if (key := venue_of(text_of(text), desk.vocabulary))), None)
    claims.add("appearance", (venue, year_of(paper.get("year"))) if venue else None, PREPRINT)
    return Answer(claims.draft())


def _keys(known: Known) -> list[str]:
    for name, prefix in _PREFIXES.items():
        if name in known.identifiers:
            return [f"{prefix}:{known.identifiers[name]}"]
    return [f"{_TITLE}{known.title}"] if known.title else []


SOURCE = Source("Semantic Scholar", "https://api.semanticscholar.org/graph/v1", Rate(1.1), _keys, ask)
