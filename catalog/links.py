"""Links in one spelling, and the identifiers that they name.

Nothing here asks the network; whether a page answers is another matter.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

from catalog.record import Identifiers, canonical_link

_ARXIV = re.compile(r"/(?:abs|pdf|html)/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?/?")
_ANTHOLOGY = re.compile(r"/(?:anthology/)?([A-Z]\d{2}-\d{4}|\d{4}\.[\w-]+\.\d+)(?:v\d+)?(?:\.pdf)?/?")
_DOI = re.compile(r"/(10\.\d{4,9}/[^\s<>\"{}|\\^`?#]+)")

_SECURE = frozenset(
    """
    aclanthology.org arxiv.org bitbucket.org dl.acm.org doi.org gitee.com github.com gitlab.com huggingface.co
    ieeexplore.ieee.org link.springer.com ojs.aaai.org openaccess.thecvf.com openreview.net papers.nips.cc
    proceedings.mlr.press proceedings.neurips.cc youtu.be youtube.com
    """.split()
)
"""Hosts that serve the same pages over https."""

_REPOSITORIES = frozenset(["github.com", "gitlab.com", "gitee.com", "bitbucket.org"])


def identifiers_in(link: str) -> dict[str, str]:
    """The identifier that *link* names, by the record's name for it; empty where it names none.

    >>> identifiers_in("https://www.arxiv.org/pdf/2406.12335v2#page=3")
    {'arxiv': '2406.12335'}
    >>> identifiers_in("https://openreview.net/pdf?id=LO3Mw8Jrk0"), identifiers_in("https://example.org/x.pdf")
    ({'openreview': 'LO3Mw8Jrk0'}, {})
    """
    parts = urlsplit(link)
    host = _host(link)
    if host.endswith("arxiv.org") and (found := _ARXIV.fullmatch(parts.path)):
        return {"arxiv": found[1]}
    if host == "openreview.net" and parts.path in ("/forum", "/pdf"):
        forum = parse_qs(parts.query).get("id", [""])[0]
        return {"openreview": forum} if re.fullmatch(r"[\w-]{6,20}", forum) else {}
    if host in ("aclanthology.org", "aclweb.org") and (found := _ANTHOLOGY.fullmatch(parts.path)):
        return {"anthology": found[1]}
    if host in ("doi.org", "dx.doi.org") and (found := _DOI.fullmatch(unquote(parts.path))):
        doi = found[1]
        arxiv = re.fullmatch(r"10\.48550/arxiv\.(\d{4}\.\d{4,5})(?:v\d+)?", doi, re.IGNORECASE)
        return {"arxiv": arxiv[1]} if arxiv else {"doi": doi}
    return {}


def is_account(link: str) -> bool:
    """Whether *link* leads to an account of a forge, and not to one of its repositories.

    >>> is_account("https://github.com/somebody/"), is_account("https://github.com/somebody/code")
    (True, False)
    """
    return _host(link) in _REPOSITORIES and urlsplit(link).path.strip("/").count("/") == 0


@lru_cache(maxsize=4096)
def tidy(link: str) -> str:
    """*link* in the one spelling that records use.

    >>> tidy("http://arxiv.org/pdf/2403.06764v3.pdf"), tidy("https://GitHub.com/A/b.git/#readme")
    ('https://arxiv.org/abs/2403.06764', 'https://github.com/A/b')
    """
    identifiers = identifiers_in(link)
    if identifiers:
        return canonical_link(Identifiers.model_validate(identifiers)) or link
    parts = urlsplit(link)
    host = _host(link)
    if parts.port is not None:
        return link
    if host in _SECURE or host.endswith(".github.io"):
        parts = parts._replace(scheme="https", netloc=parts.netloc.lower())
    if host in _REPOSITORIES and re.fullmatch(r"/[^/]+/[^/]+?(\.git)?/?", parts.path):
        path = parts.path.rstrip("/").removesuffix(".git")
        parts = parts._replace(netloc=host, path=path, query="", fragment="")
    return parts.geturl()


def same_address(link: str) -> str:
    """What all spellings of one address have in common.

    >>> same_address("https://GitHub.com/A/B/") == same_address("http://github.com/a/b.git")
    True
    """
    return re.sub(r"^https?://(www\.)?|/$", "", tidy(link).lower())


def is_paper_page(link: str) -> bool:
    """Whether *link* leads to a paper's page or file, and so never to code."""
    return bool(identifiers_in(link)) or _host(link) in ("arxiv.org", "openreview.net", "aclanthology.org")


def _host(link: str) -> str:
    return (urlsplit(link).hostname or "").removeprefix("www.")
