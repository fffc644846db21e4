"""GitHub's API: whether a repository exists, where it moved to, and whether it is this paper's."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from catalog.links import tidy
from catalog.sources.asking import (
    PREPRINT,
    PUBLISHED,
    Answer,
    Claims,
    Desk,
    Known,
    Source,
    expect,
    text_of,
)
from catalog.sources.errors import NotFoundError, SourceError
from catalog.sources.politeness import Rate
from catalog.sources.question import ApiKey
from catalog.vocabulary import fold

KEY = ApiKey("GITHUB_TOKEN", "Authorization", "Bearer ")
_RAW = "application/vnd.github.raw+json"
_README_TYPES = (_RAW, "application/vnd.github.raw", "application/vnd.github.v3.raw", "text/plain")


def ask(key: str, known: Known, desk: Desk) -> Answer:
    """What GitHub says of the repository at the address *key*.

    Raises
    ------
    SourceError : no answer
    """
    name = urlsplit(key).path.strip("/")
    try:
        repository = expect(desk.json(f"/repos/{name}", key=KEY), dict, "an object")
    except NotFoundError:
        return Answer(notes=(f"GitHub has no repository {key}; it was left out",), gone=(key,))
    full_name = text_of(repository.get("full_name"))
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", full_name):
        raise SourceError("its answer does not name the repository; its format may have changed")
    address = tidy(f"https://github.com/{full_name}")
    readme = _readme(full_name, desk)
    named = _names_paper(f"{text_of(repository.get('description'))}\n{readme}", known)
    claims = Claims("GitHub", address)
    claims.add("code", address, PUBLISHED if named else PREPRINT)
    notes = []
    if not named:
        notes.append(
            f"{address} names neither the paper's title nor its arXiv id: look whether it is its code"
        )
    if repository.get("archived") is True:
        notes.append(f"{address} is archived: it exists, but is no longer kept up")
    moved = address.lower() != key.lower()
    if moved:
        notes.append(f"{key} has moved to {address}")
    return Answer(claims.draft(), tuple(notes), (key,) if moved else ())


def _readme(full_name: str, desk: Desk) -> str:
    try:
        return desk.text(f"/repos/{full_name}/readme", _README_TYPES, key=KEY)
    except NotFoundError:
        return ""


def _names_paper(text: str, known: Known) -> bool:
    arxiv = known.identifiers.get("arxiv")
    return bool((arxiv and arxiv in text) or (known.title and fold(known.title) in fold(text)))


def _keys(known: Known) -> list[str]:
    found = [link for link in known.code if re.fullmatch(r"https://github\.com/[^/?#]+/[^/?#]+", link)]
    return found if known.title else []


SOURCE = Source("GitHub", "https://api.github.com", Rate(0.5, 4), _keys, ask)
