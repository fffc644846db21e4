"""arXiv's search: papers that hold one of some phrases and appeared since a day.

One paper by its id is the business of :mod:`catalog.sources.arxiv`; a search is
no source of facts, but names papers that may be worth a look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

from catalog.adding import Offices
from catalog.findings import CatalogError
from catalog.sources import SourceError
from catalog.sources.arxiv import SOURCE
from catalog.sources.asking import Desk, text_of
from catalog.values import LIKE_ARXIV_ID, arxiv_month
from catalog.vocabulary import Vocabulary

PAGE = 100
"""Papers that one question asks for."""
MOST = 2_000
"""Papers after which the search is given up as too broad."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_TYPES = ("application/atom+xml", "application/xml", "text/xml")


@dataclass(frozen=True)
class Hit:
    """A paper that the search found."""

    arxiv: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    published: str


def search(
    phrases: Sequence[str],
    since: date,
    vocabulary: Vocabulary,
    offices: Offices,
    progress: Callable[[int, int], None] | None = None,
) -> list[Hit]:
    """Papers that hold one of *phrases* and appeared on *since* or later, the newest first.

    Raises
    ------
    SourceError : arXiv could not answer
    CatalogError : the phrases fit too many papers
    """
    desk = SOURCE.desk(offices.http, vocabulary, offices.mirror)
    hits: dict[str, Hit] = {}
    start, total = 0, 1
    while start < total:
        found, total = _page(desk, query(phrases, since), start)
        if total > MOST:
            raise CatalogError(
                f"papers/catalogue.yaml: the phrases in 'discover' fit {total:,} papers since {since}; "
                "write narrower ones, or give a later --since"
            )
        hits.update((hit.arxiv, hit) for hit in found)
        start += PAGE
        if progress:
            progress(min(start, total), total)
    return list(hits.values())


def query(phrases: Sequence[str], since: date) -> str:
    """arXiv's query for the phrases.

    >>> query(["token pruning", 'KV "cache"'], date(2024, 3, 1))
    '(all:"token pruning" OR all:"KV cache") AND submittedDate:[202403010000 TO 999912312359]'
    """
    plain = (" ".join(re.findall(r"[^\W_]+", phrase)) for phrase in phrases)
    words = " OR ".join(f'all:"{phrase}"' for phrase in plain if phrase)
    return f"({words}) AND submittedDate:[{since:%Y%m%d}0000 TO 999912312359]"


def _page(desk: Desk, question: str, start: int) -> tuple[list[Hit], int]:
    parameters = {
        "search_query": question,
        "start": str(start),
        "max_results": str(PAGE),
        "sortBy": "submittedDate",
        "sortOrder": "descending",
    }
    text = desk.text("/query", _TYPES, params=parameters)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SourceError(
            "arXiv's answer declares entities, which an Atom feed does not need; it is not read"
        )
    try:
        feed = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        raise SourceError("arXiv's answer is not the Atom feed that it says it is") from None
    total = (feed.findtext(_TOTAL) or "").strip()
    if feed.tag != f"{_ATOM}feed" or not re.fullmatch(r"\d{1,9}", total):
        raise SourceError("arXiv's answer is no feed with a number of results; its format may have changed")
    hits = [hit for entry in feed.findall(f"{_ATOM}entry") if (hit := _hit(entry))]
    return hits, int(total)


def _hit(entry: ElementTree.Element) -> Hit | None:
    """The paper of one entry; ``None`` where it names none, as in messages of errors."""

    def text(name: str, element: ElementTree.Element = entry) -> str:
        return text_of(element.findtext(f"{_ATOM}{name}"))

    found = re.search(rf"/abs/({LIKE_ARXIV_ID})(?:v\d+)?$", text("id"))
    if not found or not text("title"):
        return None
    authors = tuple(name for author in entry.findall(f"{_ATOM}author") if (name := text("name", author)))
    day = re.match(r"\d{4}-\d\d-\d\d", text("published"))
    published = day[0] if day else arxiv_month(found[1]) or ""
    return Hit(found[1], text("title"), text("summary"), authors, published)
