"""What a person typed or pasted: which paper it names, and how.

Nothing is asked of anybody here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from catalog import yaml_files
from catalog.adding.unknown_venues import UnknownVenue
from catalog.draft import Authority, Claim, Draft, merge
from catalog.findings import CatalogError
from catalog.importers import links
from catalog.links import LIKE_DOI, host_of, identifiers_in, unwrapped
from catalog.provenance import CURATOR
from catalog.record import IDENTIFIERS
from catalog.sources.asking import is_identifier, repositories_in
from catalog.values import ANTHOLOGY_ID, ARXIV_NUMBER, LIKE_ARXIV_ID, OPENREVIEW_ID, check_link

GIVEN = "given with the paper"
"""The source of what the person said, for provenance."""

_NO_FILE = "there is no such file; name a .bib file that exists, or - to paste BibTeX"
_ACCEPTED = """expected one of these:
  an arXiv id             1706.03762
  a DOI                   10.1007/978-3-031-73004-7_2
  an OpenReview id        LO3Mw8Jrk0
  an ACL Anthology id     2024.acl-long.12
  an address              of arXiv, doi.org, OpenReview, the ACL Anthology or openaccess.thecvf.com,
                          or of a publisher, if it holds the DOI
  a BibTeX entry          '@inproceedings{…}', a .bib file, or - to paste it
See: catalog add --help"""

_ARXIV = re.compile(rf"(?:arxiv\s*[:\s]\s*)?({LIKE_ARXIV_ID})(?:v\d+)?", re.IGNORECASE)
_ANTHOLOGY = re.compile(rf"(?:acl\s*:\s*)?({ANTHOLOGY_ID})(?:v\d+)?", re.IGNORECASE)
_OPENREVIEW = re.compile(rf"(?:openreview\s*:\s*)({OPENREVIEW_ID})|([A-Za-z0-9_-]{{8,12}})", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://.+|(?:[\w-]+\.)+[a-z]{2,}/.+", re.IGNORECASE)


class AddingError(CatalogError):
    """Why a paper cannot be added.

    Attributes
    ----------
    said : what stands in the way
    advice : what helps at the command line, at which not everybody sits
    """

    def __init__(self, said: str, advice: str) -> None:
        super().__init__(f"{said}; {advice}")
        self.said, self.advice = said, advice


@dataclass(frozen=True)
class Query:
    """One paper to add.

    Attributes
    ----------
    text : what was given, in short
    draft : what it says by itself
    notes : what in it could not be used
    venue : the one that it names, where that is none of the vocabulary's
    """

    text: str
    draft: Draft = field(default_factory=Draft)
    notes: tuple[str, ...] = ()
    venue: UnknownVenue | None = None

    def with_code(self, address: str | None) -> Query:
        """The same, with the repository that the person named."""
        if not address:
            return self
        code = Claim(address, CURATOR, Authority.CURATOR)
        return replace(self, draft=merge([self.draft, Draft({"code": (code,)})]))

    def with_entry(self, entry: Query) -> Query:
        """The same, with what a BibTeX entry of the paper says."""
        return Query(self.text, merge([self.draft, entry.draft]), (*self.notes, *entry.notes), entry.venue)


def recognise(text: str) -> Query:
    """The paper that an identifier or an address names.

    Raises
    ------
    CatalogError : it names none; says what was nearly right, and what is accepted

    Examples
    --------
    >>> list(recognise("https://arxiv.org/pdf/2403.06764v3.pdf").draft.values("arxiv"))
    ['2403.06764']
    >>> list(recognise("[FastV](arxiv.org/abs/2403.06764)").draft.values("arxiv"))
    ['2403.06764']
    """
    bare = unwrapped(text).strip(f" \t\r\n<>[]`\"'.,;{yaml_files.CURLY_QUOTES}")
    found = _from_address(bare) if _ADDRESS.fullmatch(bare) and not _DOI.fullmatch(bare) else _from_id(bare)
    if not found:
        said = f"'{_short(text)}' is not understood"
        if nearly := _nearly(bare):
            raise CatalogError(f"{said}; {nearly}")
        raise AddingError(said, _NO_FILE if bare.endswith(".bib") else _ACCEPTED)
    claims = {name: (Claim(value, GIVEN),) for name, value in found.items()}
    return Query(bare, Draft(claims))


_DOI = re.compile(rf"(?:doi\s*[:\s]\s*)?({LIKE_DOI})", re.IGNORECASE)


def _from_id(text: str) -> dict[str, str]:
    if found := _DOI.fullmatch(text):
        return links.read_doi(found[1])
    if found := _ARXIV.fullmatch(text):
        number = found[1] if "/" in found[1] else found[1].lower()
        return {"arxiv": number} if is_identifier("arxiv", number) else {}
    if found := _ANTHOLOGY.fullmatch(text):
        written = found[1].upper() if "." not in found[1] else found[1].lower()
        return {"anthology": written} if is_identifier("anthology", written) else {}
    found = _OPENREVIEW.fullmatch(text)
    if found and (found[1] or _looks_random(found[2])):
        return {"openreview": found[1] or found[2]}
    return {}


def _looks_random(word: str) -> bool:
    """Whether a word is no word: OpenReview's ids mix digits and both cases."""
    return bool(
        re.search(r"[a-z]", word)
        and re.search(r"[A-Z]", word[1:])
        and re.search(r"\d|[A-Z].*[a-z].*[A-Z]", word)
    )


def _from_address(text: str) -> dict[str, str]:
    address = links.with_scheme(text)
    try:
        check_link(address)
    except ValueError as error:
        raise CatalogError(f"{error}; give the plain address of the paper's page") from None
    found = identifiers_in(address)
    if found:
        return {name: value for name, value in found.items() if is_identifier(name, value)}
    host_and_path = re.sub(r"^https?://(?:www\.)?", "", address)
    if repositories_in(address):
        raise AddingError(
            f"'{_short(text)}' is a repository, not a paper",
            f"give the paper, and the repository with --code {_short(address)}",
        )
    if links.venue_of_proceedings(address) and "thecvf.com" in host_and_path:
        return {"paper": links.plain_page(re.sub(r"^http:", "https:", address))}
    return {name: value for name, value in links.read_doi(address).items() if name in IDENTIFIERS}


_WITHOUT_DOI = frozenset(
    """
    academic.oup.com ieeexplore.ieee.org int-res.com jstor.org mdpi.com nature.com peerj.com
    pmc.ncbi.nlm.nih.gov pubmed.ncbi.nlm.nih.gov sciencedirect.com semanticscholar.org
    """.split()
)
"""Hosts of papers that number them in their own way."""


_OTHER_FILE = re.compile(r"\.(?:csv|enw|json|nbib|ris|txt|xlsx?|xml)$", re.IGNORECASE)
"""What the files of reference managers and spreadsheets end with."""


def _nearly(text: str) -> str:
    """What may have been meant, where that is clear."""
    number = re.sub(r"v\d+$", "", text.lower().removeprefix("arxiv:").strip())
    if re.fullmatch(ARXIV_NUMBER, number) and not 1 <= int(number[2:4]) <= 12:
        return f"an arXiv id begins with year and month, and {number[2:4]} is no month"
    if re.fullmatch(r"\d{3,4}\.\d{1,7}|\d{8,9}", number):
        return "an arXiv id has four digits, a dot and five digits (four until 2014), such as 1706.03762"
    if re.fullmatch(r"10\.\d*/?", text):
        return "a DOI goes on behind the slash, such as 10.1007/978-3-031-73004-7_2"
    if "arxiv.org" in text:
        return "an address of arXiv holds an id, such as https://arxiv.org/abs/1706.03762"
    if links.in_angle_brackets(text):
        return "no record takes a DOI with angle brackets; give the paper's BibTeX entry, in a .bib file"
    if re.search(r"\b10\.5555/", text):
        return "a number with 10.5555 is ACM's own, and no DOI; give the paper's arXiv id or another address"
    if (host := host_of(links.with_scheme(text))) in _WITHOUT_DOI:
        return f"an address of {host} does not hold the paper's DOI; give the DOI, which the page shows"
    if "openreview.net" in text:
        return "an address of OpenReview holds an id, such as https://openreview.net/forum?id=LO3Mw8Jrk0"
    if ending := _OTHER_FILE.search(text):
        return f"a {ending[0]} file is not read; export the papers as BibTeX, and name that .bib file"
    if len(text.split()) > 2:
        return (
            "titles are not looked up, because several papers may share one; give the paper's arXiv id or DOI"
        )
    return ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
