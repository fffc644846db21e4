"""Where each page of the site is, as paths below the site's root that end in a slash.

Addresses are promises: a paper's is its id, a term's its field and key.  How a
page links from its own depth is :func:`to_root`'s business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from catalog.query.words import without_marks
from catalog.vocabulary import Vocabulary

BROWSE = "browse/"
TERMS = "terms/"
COVERAGE = "coverage/"
AUTHORS = "authors/"
AUTHOR_NAMES = f"{AUTHORS}names.json"
YEARS = "years/"
CHARTS = "charts/"
METHODS = "methods/"
MODELS = f"{METHODS}models.json"
NEW = "new/"
CHANGES = "new/changes/"
OFFLINE = "offline/"
OPENSEARCH = "opensearch.xml"
EXPORTS = "exports/"
BIBTEX_OF_ALL = f"{EXPORTS}papers.bib"
JSONL_OF_ALL = f"{EXPORTS}papers.jsonl"
ASSETS = "assets/catalogue/"


def paper_page(paper_id: str) -> str:
    """Address of a paper, or of an earlier id that leads to it."""
    return f"papers/{paper_id}/"


def paper_bibtex(paper_id: str) -> str:
    """The file with the paper's BibTeX entry."""
    return f"papers/{paper_id}/{paper_id}.bib"


def method_page(module: str) -> str:
    """A reference implementation that no paper of the catalogue is about."""
    return f"{METHODS}{module}/"


def method_picture(module: str) -> str:
    """What a reference implementation did, drawn."""
    return f"{METHODS}{module}.png"


def model_place(model: str) -> str:
    """The place on the page of methods that names those which run in a family of models.

    >>> model_place("Stable Diffusion's U-Net")
    'model-stable-diffusion-s-u-net'
    """
    return f"model-{slug(model)}"


def author_page(author_slug: str) -> str:
    """The papers of everyone of one name."""
    return f"{AUTHORS}{author_slug}/"


def year_page(year: int) -> str:
    """The papers of one year."""
    return f"{YEARS}{year}/"


def field_page(field: str) -> str:
    """All terms of one field."""
    return f"{TERMS}{field}/"


def term_page(vocabulary: Vocabulary, field: str, key: str) -> str | None:
    """Address of a term; ``None`` where the vocabulary does not hold it, so that it has no page."""
    if key not in vocabulary[field]:
        return None
    return f"{TERMS}{field}/{_slugs(tuple(vocabulary[field]))[key]}/"


def to_root(path: str) -> str:
    """The way from a page's folder to the site's root, so that links hold below any base path.

    >>> to_root(""), to_root("papers/fastv/")
    ('./', '../../')
    """
    return "../" * path.count("/") or "./"


def slug(text: str) -> str:
    """*text* as a folder's name that every file system and URL can hold.

    >>> slug("Findings of ACL"), slug("NeurIPS D&B"), slug("Études"), slug("Łukasz Kaiser")
    ('findings-of-acl', 'neurips-d-b', 'etudes', 'lukasz-kaiser')
    """
    plain = without_marks(text).encode("ascii", "ignore").decode()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    folder = "-".join(words) or "term"
    if len(folder) <= _LONGEST:
        return folder
    return f"{folder[:_LONGEST].strip('-')}-{hashlib.blake2b(folder.encode(), digest_size=4).hexdigest()}"


_LONGEST = 100
"""Characters of a folder's name before it is cut; no file system takes one of 300."""


@lru_cache
def _slugs(keys: tuple[str, ...]) -> Mapping[str, str]:
    """Key -> slug; keys that differ only in case or signs get a number, in the vocabulary's order."""
    taken: set[str] = set()
    slugs: dict[str, str] = {}
    for key in keys:
        base = candidate = slug(key)
        number = 1
        while candidate in taken:
            number += 1
            candidate = f"{base}-{number}"
        taken.add(candidate)
        slugs[key] = candidate
    return slugs
