"""What programs read from a page: schema.org descriptions and OpenURL, from the same facts that it shows.

Search engines read JSON-LD; citation managers read the OpenURL in a COinS element.  There are no
``citation_*`` tags: Google Scholar's inclusion guidelines for webmasters want them only on a page that
shows the full text or the authors' complete abstract, and say that sites of bare bibliographic data are
not included and may be removed.  A catalogue has neither, and does not claim to be the paper's host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from catalog.bibtex import place_in_entry
from catalog.config import Config
from catalog.exports.csl_json import issued, type_of
from catalog.names import family_parts, is_group, is_undivided
from catalog.record import Paper, link_of, value_of
from catalog.vocabulary import Vocabulary

JsonLd = Mapping[str, Any]

_CONTEXT = "https://schema.org"


def scholarly_article(paper: Paper, vocabulary: Vocabulary) -> JsonLd:
    """The paper as schema.org's ``ScholarlyArticle``, at its own address and not at the page's."""
    venue = vocabulary.venue(paper.venue)
    identifiers = [
        {"@type": "PropertyValue", "propertyID": name, "value": value}
        for name, value in paper.identifiers.model_dump().items()
        if value
    ]
    own_type = type_of(paper, vocabulary)
    is_journal = venue.type == "journal" if venue else own_type == "article-journal"
    kind = "Periodical" if is_journal else "PublicationEvent"
    place = venue.definition if venue else place_in_entry(paper) if own_type in _GENRES else None
    data = {
        "@context": _CONTEXT,
        "@type": "ScholarlyArticle",
        "headline": paper.title,
        "alternateName": [*((paper.name,) if paper.name else ()), *paper.former_titles],
        "author": list(map(_author, paper.authors or ())),
        "datePublished": paper.published or (str(paper.year) if paper.year else None),
        "publication": {"@type": kind, "name": place} if place else None,
        "description": paper.summary,
        "keywords": [
            vocabulary.label(field, key)
            for field in vocabulary.with_own(("domain", "task", "criterion", "mechanism", "keywords"))
            for key in value_of(paper, field) or ()
        ],
        "identifier": identifiers,
        "url": paper.paper_link,
        "sameAs": [link_of("doi", paper.identifiers.doi)] if paper.identifiers.doi else [],
    }
    return {name: value for name, value in data.items() if value}


def _author(name: str) -> JsonLd:
    """An author as schema.org's ``Person`` or ``Organization``; of one word nobody can say which it is.

    >>> _author("Ada Lovelace")["@type"], _author("Qwen Team")["@type"], _author("OpenAI")
    ('Person', 'Organization', {'name': 'OpenAI'})
    """
    if is_group(name):
        return {"@type": "Organization", "name": name}
    return {"name": name} if is_undivided(name) else {"@type": "Person", "name": name}


def dataset(config: Config, address: str, downloads: Mapping[str, str], modified: str | None) -> JsonLd:
    """The catalogue as schema.org's ``Dataset``.

    Parameters
    ----------
    address : the site's own
    downloads : address of a file -> its media type
    modified : the day of the last change to a record, where one is known
    """
    data = {
        "@context": _CONTEXT,
        "@type": "Dataset",
        "name": config.title,
        "alternateName": config.tagline,
        "description": config.description,
        "keywords": [config.topic],
        "url": address,
        "isAccessibleForFree": True,
        "license": f"https://spdx.org/licenses/{config.license}.html" if config.license else None,
        "dateModified": modified,
        "creator": [{"@type": "Organization", "name": name} for name in config.maintainers],
        "distribution": [
            {"@type": "DataDownload", "contentUrl": link, "encodingFormat": media_type}
            for link, media_type in downloads.items()
        ],
    }
    return {name: value for name, value in data.items() if value}


_GENRES = {"article-journal": "article", "paper-conference": "proceeding"}
"""OpenURL's words for what CSL calls a paper that the record's own entry places."""


def open_url(paper: Paper, vocabulary: Vocabulary) -> str:
    """The paper as an OpenURL context object, for the ``title`` of a COinS element."""
    venue = vocabulary.venue(paper.venue)
    own_type = type_of(paper, vocabulary)
    place = place_in_entry(paper) if own_type in _GENRES else None
    genre = {"journal": "article", "preprint": "preprint"}.get(venue.type if venue else "", "proceeding")
    if place:
        genre = _GENRES[own_type]
    fields = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:journal"),
        ("rft.genre", genre),
        ("rft.atitle", paper.title),
        ("rft.title", venue.definition if venue else place),
        ("rft.date", "-".join(f"{part:02d}" for part in issued(paper, vocabulary))),
        *map(_creator, paper.authors or ()),
        ("rft_id", f"info:doi/{paper.identifiers.doi}" if paper.identifiers.doi else None),
        ("rft_id", paper.paper_link),
    ]
    return urlencode([(name, str(value)) for name, value in fields if value], quote_via=quote)


def _creator(name: str) -> tuple[str, str]:
    """A name as "Family, Given"; one that is undivided as it is, and a group's under its own key.

    Readers take two parts of a name and drop a third, so a suffix stays with the family name.

    >>> _creator("Liang Chen"), _creator("Plato")
    (('rft.au', 'Chen, Liang'), ('rft.au', 'Plato'))
    >>> _creator("Sammy Davis Jr."), _creator("Qwen Team")
    (('rft.au', 'Davis Jr., Sammy'), ('rft.aucorp', 'Qwen Team'))
    """
    given, family, suffix = family_parts(name)
    if is_group(name):
        return "rft.aucorp", family
    return "rft.au", ", ".join(filter(None, (f"{family} {suffix}".strip(), given)))
