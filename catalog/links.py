"""Links in one spelling, and the identifiers that they name.

Nothing here asks the network; whether a page answers is another matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from catalog.findings import Path
from catalog.record import Paper, link_of
from catalog.values import ANTHOLOGY_ID, ARXIV_ID, OPENREVIEW_ID, REGISTRANT

_ARXIV = re.compile(rf"/(?:abs|pdf|html)/({ARXIV_ID})(?:v\d+)?(?:\.pdf)?/?")
_ANTHOLOGY = re.compile(rf"/(?:anthology/)?({ANTHOLOGY_ID})(?:v\d+)?(?:\.pdf)?/?")
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.({ARXIV_ID})(?:v[0-9]+)?", re.IGNORECASE)
_NO_PART = r"\s<>\"{}|\\^`?#"
LIKE_DOI = rf"(?!10\.5555/){REGISTRANT}/[^{_NO_PART}]+"
"""A DOI; 10.5555 is what ACM numbers papers with that have none."""
_DOI = re.compile(f"/({LIKE_DOI})")
_SHORT_DOI = rf"((?!10\.5555/){REGISTRANT}/[^/{_NO_PART}]+?)(?:\.pdf)?(?:/.*)?"
"""A DOI of two parts, as those publishers give that put more behind it in their addresses."""

RESOLVERS = frozenset(["doi.org", "dx.doi.org"])
"""Hosts that lead from a DOI to its paper."""

_COPIES = {
    "alphaxiv.org": r"(?:/[a-z-]+)+/",
    "ar5iv.org": r"/(?:abs|html|pdf)/",
    "huggingface.co": "/papers/",
    "semanticscholar.org": "/arxiv/",
    "api.semanticscholar.org": "/ar[Xx]iv:",
}
"""Host that shows arXiv's papers under their ids -> what stands before the id."""
_PLATFORM = r"/doi/(?:(?:abs|e?pdf|full|fullHtml)/)?"
_PUBLISHERS = {
    "link.springer.com": r"/(?:article|chapter|content/pdf)/",
    "direct.mit.edu": r"(?:/[\w-]+)+/doi/",
    **dict.fromkeys(
        """
        dl.acm.org journals.sagepub.com onlinelibrary.wiley.com pnas.org pubs.acs.org pubs.aip.org science.org
        tandfonline.com
        """.split(),
        _PLATFORM,
    ),
}
"""Host of a publisher with DOIs in its addresses -> what stands before that of a paper, not of a volume."""

_PROCEEDINGS = {
    "openaccess.thecvf.com": re.compile(r"/(?:html|papers)/([^/]+)\.(?:html|pdf)"),
    "proceedings.mlr.press": re.compile(r"/(v\d+/[\w-]+)"),
    "proceedings.neurips.cc": re.compile(r"/([0-9a-f]{32})\b"),
}
"""Host of proceedings -> what all addresses of one paper there have in common."""
_HOSTS_OF_NEURIPS = frozenset(["papers.nips.cc", "papers.neurips.cc", "proceedings.nips.cc"])

REPOSITORY_HOSTS = frozenset(["bitbucket.org", "codeberg.org", "gitee.com", "github.com", "gitlab.com"])
"""Hosts whose addresses begin with an account and its repository."""

SHORTENERS = frozenset(["aka.ms", "bit.ly", "tinyurl.com"])
"""Hosts whose addresses forward somewhere, and do not say where."""

ARCHIVES = (".zip", ".tar.gz", ".tgz")
"""What addresses of packed files end with."""

_SECURE = REPOSITORY_HOSTS.union(
    """
    aclanthology.org arxiv.org dl.acm.org doi.org huggingface.co ieeexplore.ieee.org link.springer.com
    ojs.aaai.org openaccess.thecvf.com openreview.net papers.nips.cc proceedings.mlr.press
    proceedings.neurips.cc youtu.be youtube.com
    """.split()
)
"""Hosts that serve the same pages over https."""

_WHOLE_REPOSITORY = re.compile(r"(/[^/]+/[^/]+?)(?:\.git)?(?:(?:/-)?/tree/(?:main|master))?/?")
"""The path of a repository's front page, also on its main branch; a folder or another branch is itself."""


def parts_of(link: str) -> SplitResult:
    """The parts of *link*; all are empty where it cannot be parsed, so that it names and leads to nothing.

    >>> parts_of("https://arxiv.org/abs/2403.06764").path, parts_of("http://[foo").hostname
    ('/abs/2403.06764', None)
    """
    try:
        parts = urlsplit(link)
        _ = parts.port  # which is read only now, and refused where it is no number
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def host_of(link: str) -> str:
    """The host of *link* without ``www.``; empty where there is none."""
    return (parts_of(link).hostname or "").removeprefix("www.")


def identifiers_in(link: str) -> dict[str, str]:
    """The identifier that *link* names, by the record's name for it; empty where it names none.

    >>> identifiers_in("https://www.arxiv.org/pdf/2406.12335v2#page=3")
    {'arxiv': '2406.12335'}
    >>> identifiers_in("https://openreview.net/pdf?id=LO3Mw8Jrk0"), identifiers_in("https://example.org/x.pdf")
    ({'openreview': 'LO3Mw8Jrk0'}, {})
    >>> identifiers_in("https://dl.acm.org/doi/abs/10.1145/3633781"), identifiers_in("https://ar5iv.org/abs/2406.12335")
    ({'doi': '10.1145/3633781'}, {'arxiv': '2406.12335'})
    """
    parts = parts_of(link)
    host = host_of(link)
    if number := _arxiv_in(host, parts.path):
        return {"arxiv": number}
    if host == "openreview.net" and parts.path in ("/forum", "/pdf"):
        forum = parse_qs(parts.query).get("id", [""])[0]
        return {"openreview": forum} if re.fullmatch(OPENREVIEW_ID, forum) else {}
    if host in ("aclanthology.org", "aclweb.org") and (found := _ANTHOLOGY.fullmatch(parts.path)):
        return {"anthology": found[1]}
    if host in RESOLVERS and (found := _DOI.fullmatch(unquote(parts.path))):
        arxiv = arxiv_in_doi(found[1])
        return {"arxiv": arxiv} if arxiv else _doi_alone(found[1])
    if found := _behind(host, _PUBLISHERS, _SHORT_DOI, unquote(parts.path)):
        return _doi_alone(found[1])
    return {}


def arxiv_in_doi(doi: str) -> str | None:
    """The arXiv id in arXiv's own DOI of a preprint.

    >>> arxiv_in_doi("10.48550/arXiv.2403.06764v2"), arxiv_in_doi("10.1145/3633781")
    ('2403.06764', None)
    """
    found = _ARXIV_DOI.fullmatch(doi)
    return found[1] if found else None


def _doi_alone(doi: str) -> dict[str, str]:
    """The DOI that was written in an address, where what stood for %00 and the like is not part of it."""
    return {"doi": doi} if doi.isprintable() else {}


def _arxiv_in(host: str, path: str) -> str | None:
    """The arXiv id in an address of arXiv, or of a host that shows its papers."""
    at_arxiv = _ARXIV.fullmatch(path) if f".{host}".endswith(".arxiv.org") else None
    found = at_arxiv or _behind(host, _COPIES, rf"({ARXIV_ID})(?:v\d+)?(?:\.pdf)?/?", path)
    return found[1] if found else None


def _behind(host: str, prefixes: Mapping[str, str], pattern: str, path: str) -> re.Match[str] | None:
    """What *pattern* finds behind the prefix of that *host*; ``None`` where it has none."""
    return re.fullmatch(f"{prefixes[host]}{pattern}", path) if host in prefixes else None


_WRAPPED = re.compile(r"\[[^\[\]]*\]\(<?([^\s()<>]+)>?\)|<(https?://[^\s<>]+)>")


def unwrapped(text: str) -> str:
    """*text* with the bare address in place of a Markdown link, or of one in angle brackets.

    >>> unwrapped("[FastV](https://arxiv.org/abs/2403.06764), <https://github.com/a/b>")
    'https://arxiv.org/abs/2403.06764, https://github.com/a/b'
    """
    return _WRAPPED.sub(lambda found: found[1] or found[2], text)


def place_in_proceedings(link: str) -> tuple[str, str] | None:
    """(host, the paper's name there) of a page or file in proceedings whose addresses name their papers.

    >>> place_in_proceedings("https://proceedings.mlr.press/v202/shi23e/shi23e.pdf")
    ('proceedings.mlr.press', 'v202/shi23e')
    """
    host = host_of(link)
    host = "proceedings.neurips.cc" if host in _HOSTS_OF_NEURIPS else host
    found = _PROCEEDINGS[host].search(parts_of(link).path) if host in _PROCEEDINGS else None
    return (host, found[1]) if found else None


def doi_in(link: str) -> str | None:
    """The DOI in a resolver's or publisher's address, with whatever stands behind it in the path.

    >>> doi_in("https://dl.acm.org/doi/pdf/10.1145/3633781")
    '10.1145/3633781'
    """
    found = _DOI.search(unquote(parts_of(link).path))
    return found[1] if found else None


def is_account(link: str) -> bool:
    """Whether *link* leads to an account of a forge, and not to one of its repositories.

    >>> is_account("https://github.com/somebody/"), is_account("https://github.com/somebody/code")
    (True, False)
    """
    return host_of(link) in REPOSITORY_HOSTS and parts_of(link).path.strip("/").count("/") == 0


def links_with_places(paper: Paper) -> Iterator[tuple[Path, str]]:
    """Every link of *paper* with its place in the record."""
    for name, value in paper.links:
        if isinstance(value, str):
            yield ("links", name), value
        else:
            yield from ((("links", name, position), link) for position, link in enumerate(value or ()))


@lru_cache(maxsize=4096)
def tidy(link: str) -> str:
    """*link* in the one spelling that records use.

    >>> tidy("http://arxiv.org/pdf/2403.06764v3.pdf"), tidy("https://GitHub.com/A/b.git/#readme")
    ('https://arxiv.org/abs/2403.06764', 'https://github.com/A/b')
    >>> tidy("https://www.github.com/A/b/tree/main?tab=readme"), tidy("https://github.com/A/b/tree/main/c")
    ('https://github.com/A/b', 'https://github.com/A/b/tree/main/c')
    """
    for name, identifier in identifiers_in(link).items():
        return link_of(name, identifier)
    parts = parts_of(link)
    host = host_of(link)
    if not host or parts.port is not None:
        return link
    if host in _SECURE or host.endswith(".github.io"):
        parts = parts._replace(scheme="https", netloc=parts.netloc.lower())
    if host in REPOSITORY_HOSTS:
        parts = parts._replace(netloc=host)
        if found := _WHOLE_REPOSITORY.fullmatch(parts.path):
            parts = parts._replace(path=found[1], query="", fragment="")
    return parts.geturl()


def same_address(link: str) -> str:
    """What all spellings of one address have in common.

    >>> same_address("https://GitHub.com/A/B/") == same_address("http://github.com/a/b.git")
    True
    """
    return re.sub(r"^https?://(www\.)?|/$", "", tidy(link).lower())


def is_paper_page(link: str) -> bool:
    """Whether *link* leads to a paper's page or file, and so never to code, as an archive beside it does.

    >>> is_paper_page("https://aclanthology.org/attachments/2024.emnlp-main.1027.software.zip")
    False
    """
    if parts_of(link).path.lower().endswith(ARCHIVES):
        return False
    return bool(identifiers_in(link)) or host_of(link) in ("arxiv.org", "openreview.net", "aclanthology.org")
