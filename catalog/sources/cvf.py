"""CVF's open proceedings: the ``citation_`` names in a paper's page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from catalog.sources.asking import Answer, Claims, Desk, Known, Source, text_of, venue_of, year_in
from catalog.sources.errors import SourceError
from catalog.sources.politeness import Rate


class _Citation(HTMLParser):
    """Collects ``<meta name="citation_…" content="…">``."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name, content = values.get("name") or "", text_of(values.get("content"))
        if tag == "meta" and name.startswith("citation_") and content:
            self.found.setdefault(name, []).append(content)


def ask(key: str, known: Known, desk: Desk) -> Answer:
    """What the page *key* of open proceedings says of its paper.

    Raises
    ------
    SourceError : no answer, or a page without a citation
    """
    page = _Citation()
    page.feed(desk.text(urlsplit(key).path, ("text/html",)))
    titles = page.found.get("citation_title", [])
    if not titles:
        raise SourceError("its page names no title; open it and look whether it is a paper's page")
    claims = Claims("CVF", key)
    claims.add("title", titles[0])
    claims.add("authors", tuple(map(_given_first, page.found.get("citation_author", []))))
    claims.add("paper", key)
    place = next(iter(page.found.get("citation_conference_title", [])), "")
    if volume := re.search(r"(\d{4}W|_workshops|\d{4}F)/", urlsplit(key).path):
        place += " Findings" if volume[1].endswith("F") else " Workshops"
    date = next(iter(page.found.get("citation_publication_date", [])), "")
    venue = venue_of(place, desk.vocabulary)
    claims.add("appearance", (venue, year_in(date)) if venue else None)
    return Answer(claims.draft())


def _given_first(name: str) -> str:
    """ "Family, Given" as "Given Family"."""
    family, _, given = name.partition(",")
    return f"{given.strip()} {family.strip()}".strip()


def _keys(known: Known) -> list[str]:
    return [page for page in known.pages if re.match(r"https?://openaccess\.thecvf\.com/.+\.html$", page)]


SOURCE = Source("CVF", "https://openaccess.thecvf.com", Rate(1.0, 2), _keys, ask)
