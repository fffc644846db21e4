"""From links to identifiers: what an address says about the paper that it leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from catalog.links import (
    ARCHIVES,
    LIKE_DOI,
    REPOSITORY_HOSTS,
    RESOLVERS,
    SHORTENERS,
    host_of,
    identifiers_in,
    is_paper_page,
    parts_of,
    place_in_proceedings,
)
from catalog.values import LIKE_ARXIV_ID

_DOI = re.compile(LIKE_DOI)
_CODE_HOSTS = REPOSITORY_HOSTS | {"huggingface.co"}
"""Hosts on which lists have their papers' code."""
_PUBLISHERS = (
    *("ecva.net", "hal.science", "ieeexplore.ieee.org", "ijcai.org", "isca-archive.org", "jmlr.org"),
    *("link.springer.com", "mdpi.com", "nature.com", "ojs.aaai.org", "onlinelibrary.wiley.com"),
    *("papers.ssrn.com", "pubmed.ncbi.nlm.nih.gov", "sciencedirect.com", "semanticscholar.org", "usenix.org"),
)
"""Hosts whose pages are papers, beside those whose addresses name an identifier or proceedings."""


@dataclass(frozen=True, slots=True)
class PaperLink:
    """A paper link: the identifiers that it names, and the address itself where it names none."""

    identifiers: dict[str, str] = field(default_factory=dict)
    url: str | None = None


def read_paper_link(url: str) -> PaperLink:
    """What a paper link says.

    >>> read_paper_link("https://www.arxiv.org/pdf/2406.12335v2#page=3").identifiers
    {'arxiv': '2406.12335'}
    >>> read_paper_link("openreview.net/forum?id=LO3Mw8Jrk0").identifiers
    {'openreview': 'LO3Mw8Jrk0'}
    """
    address = with_scheme(url)
    identifiers = identifiers_in(address)
    if identifiers:
        return PaperLink(identifiers)
    doi = read_doi(address)
    if doi:
        return PaperLink(doi)
    return PaperLink(url=plain_page(address))


def leads_to_paper(url: str) -> bool:
    """Whether the address itself says that a paper is there: at an archive or publisher, or in a PDF.

    >>> leads_to_paper("dl.acm.org/doi/10.1145/3620666"), leads_to_paper("https://docs.vllm.ai/en/latest/")
    (True, False)
    """
    address = with_scheme(url)
    return (
        host_of(address) in _PUBLISHERS
        or is_paper_page(address)
        or parts_of(address).path.lower().endswith(".pdf")
        or bool(read_doi(address) or place_in_proceedings(address) or venue_of_proceedings(address))
    )


def plain_page(url: str) -> str:
    """The page that presents a paper, where *url* is another way to it or its PDF.

    >>> plain_page("https://ieeexplore.ieee.org/stamp/stamp.jsp?tp=&arnumber=10183862")
    'https://ieeexplore.ieee.org/document/10183862'
    """
    for pattern, page in _PAGES:
        plain, times = re.subn(pattern, page, url)
        if times:
            return plain
    return url


_HASHED = r"/(?:paper_files/)?paper/(\d{4})/(?:file|hash)/(\w+)-(?:Paper|Abstract)([\w-]*)\.(?:pdf|html)$"
_ABSTRACT = r"/paper_files/paper/\1/hash/\2-Abstract\3.html"
_IEEE = r"^https?://ieeexplore\.ieee\.org/(?:stamp/stamp\.jsp\?.*arnumber=|(?:abstract/)?document/)(\d+).*$"
_PAGES = (
    (_IEEE, r"https://ieeexplore.ieee.org/document/\1"),
    (
        rf"^https?://(?:proceedings|papers)\.n(?:eur)?ips\.cc{_HASHED}",
        f"https://proceedings.neurips.cc{_ABSTRACT}",
    ),
    (rf"^https?://proceedings\.mlsys\.org{_HASHED}", f"https://proceedings.mlsys.org{_ABSTRACT}"),
    (r"^(https?://openaccess\.thecvf\.com/.+)/papers/(.+)\.pdf$", r"\1/html/\2.html"),
    (r"^https?://proceedings\.mlr\.press/(v\d+)/(\w+)/\2\.pdf$", r"https://proceedings.mlr.press/\1/\2.html"),
    (r"^(https?://ojs\.aaai\.org/.+/article/view/\d+)(?:/\d+)?$", r"\1"),
)
"""(another way to a paper's page, the page)"""


def read_doi(text: str) -> dict[str, str]:
    """The DOI in a resolver's or publisher's address; arXiv's own DOIs are arXiv ids.

    >>> read_doi("https://doi.org/10.48550/arXiv.2408.16532"), read_doi("doi:10.1145/3633781.")
    ({'arxiv': '2408.16532'}, {'doi': '10.1145/3633781'})
    >>> read_doi("https://www.frontiersin.org/articles/10.3389/fmars.2019.00222/full")
    {'doi': '10.3389/fmars.2019.00222'}
    """
    plain = unquote(text)
    match = _DOI.search(plain)
    if not match or in_angle_brackets(text):
        return {}
    doi = _without_punctuation(match[0]).removesuffix(".pdf")
    if (address := _ADDRESS.search(plain, 0, match.start())) and address[1] not in RESOLVERS:
        doi = _BEHIND_DOI.sub("", doi.partition("&")[0])
        if address[1] in ("biorxiv.org", "medrxiv.org"):
            doi = re.sub(r"v\d+(?:\.[a-z-]+)?$", "", doi)
    arxiv = re.fullmatch(rf"10\.48550/arxiv\.({LIKE_ARXIV_ID})(?:v\d+)?", doi, re.IGNORECASE)
    if arxiv:
        return {"arxiv": arxiv[1]}
    if "direct.mit.edu" in text:  # the publisher puts the article's number and file behind the DOI
        doi = "/".join(doi.split("/")[:2])
    return {"doi": doi} if doi.isprintable() and _DOI.fullmatch(doi) else {}


_ADDRESS = re.compile(r"(?:^|[\s(<]|//)(?:www\.)?((?:[\w-]+\.)+[a-z]{2,})/", re.IGNORECASE)
_BEHIND_DOI = re.compile(r"/(?:abstract|epdf|epub|full|fulltext|html|meta|pdf|xml|suppl_file/.*)$")
"""What publishers have behind a DOI in their addresses."""
_IN_BRACKETS = re.compile(r"<[^<>\s]+>\d\.\d\.[^\s<>]+")
"""How such a DOI goes on behind its journal and issue."""


def in_angle_brackets(text: str) -> str | None:
    """The DOI in *text* that has angle brackets, as of journals until 2006, which no record can hold.

    >>> in_angle_brackets("doi:10.1175/1520-0442(1999)012<2679:TSOTEA>2.0.CO;2")
    '10.1175/1520-0442(1999)012<2679:TSOTEA>2.0.CO;2'
    """
    plain = unquote(text)
    begins = _DOI.search(plain)
    goes_on = _IN_BRACKETS.match(plain, begins.end()) if begins else None
    return begins[0] + goes_on[0] if begins and goes_on else None


def _without_punctuation(doi: str) -> str:
    """*doi* without what the sentence around it added; it may end in a parenthesis of its own.

    >>> _without_punctuation("10.1016/0364(90)."), _without_punctuation("10.1145/3633781).")
    ('10.1016/0364(90)', '10.1145/3633781')
    """
    while doi.endswith((".", ",", ";", "/")) or (doi.endswith(")") and doi.count(")") > doi.count("(")):
        doi = doi[:-1]
    return doi


def with_scheme(url: str) -> str:
    """*url*, with the scheme that a list left out."""
    return url if re.match(r"[a-z]+://", url, re.IGNORECASE) else f"https://{url.lstrip('/')}"


def read_code_link(url: str) -> tuple[str, str]:
    """Which kind of link a code link really is, ``code``, ``project`` or ``none``; and its plain address.

    >>> read_code_link("https://github.com/a/b?tab=readme-ov-file"), read_code_link("https://a.github.io/b/")
    (('code', 'https://github.com/a/b'), ('project', 'https://a.github.io/b/'))
    >>> read_code_link("https://huggingface.co/a/b")[0], read_code_link("https://huggingface.co/papers/2403.06764")[0]
    ('code', 'none')
    """
    address = with_scheme(url)
    parts, host = parts_of(address), host_of(address)
    if host in _CODE_HOSTS and not identifiers_in(address):
        path = parts.path.rstrip("/").removesuffix(".git")
        path = re.sub(r"/tree/(?:main|master)$", "", path)
        return ("code" if path.count("/") >= 2 else "none"), f"https://{host}{path}"
    if host in SHORTENERS:
        return "code", address
    if parts.path.lower().endswith(ARCHIVES):
        return "code", address
    return ("none" if is_paper_page(address) or not host else "project"), address


def venue_of_anthology(anthology: str) -> tuple[str, int] | None:
    """The venue and year that an ACL Anthology id names.

    >>> venue_of_anthology("2023.findings-emnlp.909"), venue_of_anthology("P18-1166")
    (('Findings of EMNLP', 2023), ('ACL', 2018))
    """
    new = re.fullmatch(r"(\d{4})\.([a-z0-9_]+)-([a-z0-9]+)\.\d+", anthology)
    if new:
        year, series, volume = int(new[1]), new[2], new[3]
        if series == "findings":
            return f"Findings of {volume.upper()}", year
        if volume in ("long", "short", "main", "1", "industry") and series.isalpha():
            track = " Industry" if volume == "industry" else ""
            return _SERIES.get(series, series.upper()) + track, year
        return None
    old = re.fullmatch(r"([A-Z])(\d{2})-[12]\d{3}", anthology)
    venue = {"P": "ACL", "N": "NAACL", "D": "EMNLP", "Q": "TACL", "E": "EACL", "C": "COLING"}.get(
        old[1] if old else ""
    )
    return (venue, 2000 + int(old[2]) if int(old[2]) < 60 else 1900 + int(old[2])) if old and venue else None


_SERIES = {"sustainlp": "SustaiNLP", "coling": "COLING"}


def venue_of_proceedings(url: str) -> tuple[str, int] | None:
    """The conference and year that an address of open proceedings names; workshops and Findings are apart.

    >>> venue_of_proceedings("https://openaccess.thecvf.com/content/CVPR2024W/ELVM/papers/x.pdf")
    ('CVPRW', 2024)
    >>> venue_of_proceedings("https://openaccess.thecvf.com/content/CVPR2026F/html/x_paper.html")
    ('CVPR Findings', 2026)
    """
    found = re.search(
        r"thecvf\.com/content_?/?(CVPR|ICCV|WACV|cvpr|iccv|wacv)_?(\d{4})(W|_workshops|F)?", url
    )
    if found and (found[3] != "F" or found[1] == "CVPR"):  # the only one with Findings so far
        return found[1].upper() + {None: "", "F": " Findings"}.get(found[3], "W"), int(found[2])
    for pattern, venue in _PROCEEDINGS:
        found = re.search(pattern, url)
        if found:
            year = int(found[1])
            return venue, year if year > 100 else 2000 + year
    return None


_PROCEEDINGS = (
    (r"ecva\.net/papers/eccv_(\d{4})/", "ECCV"),
    (r"thecvf\.com/content_ECCV_(\d{4})/", "ECCV"),
    (r"ijcai\.org/proceedings/(\d{4})/\d", "IJCAI"),
    (r"n(?:eur)?ips\.cc/(?:paper_files/)?paper/(\d{4})/", "NeurIPS"),
    (r"proceedings\.mlsys\.org/(?:paper_files/)?paper/(\d{4})/", "MLSys"),
    (r"usenix\.org/.*\bosdi(\d\d)\b", "OSDI"),
)
