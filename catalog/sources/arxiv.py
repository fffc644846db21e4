"""arXiv's Atom API: title, authors, first day, abstract, and what the authors say of publication and code."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from catalog.record import link_of
from catalog.sources.asking import (
    PREPRINT,
    Answer,
    Claims,
    Desk,
    Known,
    Source,
    doi_of,
    text_of,
    venue_of,
    year_in,
)
from catalog.sources.errors import NotFoundError, SourceError
from catalog.sources.politeness import Rate
from catalog.values import arxiv_month

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"

_ACCEPTED = re.compile(
    r"\b(?:accepted|to appear|published|appears?|camera[- ]ready|presented)\b"
    r"|^[A-Z][\w/-]+ ?(?:'\d\d|20\d\d)\b",
    re.IGNORECASE,
)
_NOT_ACCEPTED = re.compile(r"\b(?:submitted|under review|in review|rejected|preprint)\b", re.IGNORECASE)


def ask(key: str, known: Known, desk: Desk) -> Answer:
    """What arXiv says of the paper with the id *key*.

    Raises
    ------
    SourceError : no answer, or none about this id
    """
    text = desk.text(
        "/query", ("application/atom+xml", "application/xml", "text/xml"), params={"id_list": key}
    )
    entry = _entry(text, key)
    claims = Claims(f"arXiv:{key}")
    claims.add("arxiv", key)
    claims.add("title", _text(entry, f"{_ATOM}title"), PREPRINT)
    names = [_text(author, f"{_ATOM}name") for author in entry.findall(f"{_ATOM}author")]
    claims.add("authors", tuple(name for name in names if name), PREPRINT)
    day = re.match(r"\d{4}-\d\d-\d\d", _text(entry, f"{_ATOM}published"))
    claims.add("published", day[0] if day else arxiv_month(key))
    abstract = _text(entry, f"{_ATOM}summary")
    claims.add("abstract", abstract)
    comment = _text(entry, f"{_ARXIV}comment")
    claims.add_code(f"{abstract} {comment}")
    claims.add_identifiers(doi_of(_text(entry, f"{_ARXIV}doi")))
    year = int((day[0] if day else arxiv_month(key) or "0")[:4])
    if preprint := desk.vocabulary.resolve("venue", "arXiv"):
        claims.add("appearance", (preprint, year or None), PREPRINT)
    for statement in (_text(entry, f"{_ARXIV}journal_ref"), _acceptance(comment)):
        venue = venue_of(statement, desk.vocabulary)
        if venue and venue != preprint:
            claims.add("appearance", (venue, year_in(statement)), PREPRINT)
    withdrawn = "withdrawn" in comment.lower() or "has been withdrawn" in abstract.lower()
    return Answer(claims.draft(), (f"arXiv says: {comment or 'withdrawn'}",) if withdrawn else ())


def _entry(text: str, key: str) -> ElementTree.Element:
    if "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
        raise SourceError("its answer declares entities, which an Atom feed does not need; it is not read")
    try:
        feed = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        raise SourceError("its answer is not the Atom feed that it says it is; it may be cut off") from None
    if feed.tag != f"{_ATOM}feed":
        raise SourceError("its answer is XML, but no Atom feed")
    for entry in feed.findall(f"{_ATOM}entry"):
        name = _text(entry, f"{_ATOM}id")
        if "/api/errors" in name:
            raise SourceError(f"it answers: {_text(entry, f'{_ATOM}summary') or 'error'}")
        if re.search(rf"/abs/{re.escape(key)}(?:v\d+)?$", name) and _text(entry, f"{_ATOM}title"):
            return entry
    raise NotFoundError(f"it has no paper {key}; look whether the number is right: {link_of('arxiv', key)}")


def _acceptance(comment: str) -> str:
    """The part of a comment in which the authors say where the paper was accepted.

    >>> _acceptance("24 pages; Accepted to ECCV 2024 (Oral)"), _acceptance("Submitted to ICLR 2025")
    ('Accepted to ECCV 2024 (Oral)', '')
    """
    parts = [part.strip() for part in re.split(r"[;.,](?:\s|$)", comment)]
    return next((p for p in parts if _ACCEPTED.search(p) and not _NOT_ACCEPTED.search(p)), "")


def _text(element: ElementTree.Element, path: str) -> str:
    return text_of(element.findtext(path))


SOURCE = Source(
    "arXiv",
    "https://export.arxiv.org/api",
    Rate(3.0),  # what arXiv's terms of use ask for
    lambda known: [known.identifiers["arxiv"]] if "arxiv" in known.identifiers else [],
    ask,
)
