"""The dialect of a talk or text that cites papers in full, in running text.

A citation is authors, the title in double quotes, and where it appeared::

    Chang Zou^{*}, Xuyang Liu^{*}, "Accelerating Diffusion Transformers". arXiv preprint arXiv:2410.05317.

Every citation is an entry, so a paper that is cited twice is there twice.  Names
in tables are not citations: they do not say which paper is meant.
"""

from __future__ import annotations

import re

from catalog.importers.entry import Dialect, Entry, ListLink
from catalog.record import link_of
from catalog.values import ARXIV_NUMBER

_CITATION = re.compile(
    r"(?<!\w)(?P<authors>(?:[A-Z][\w.'*^{}-]++(?: ++[A-Z][\w.'*^{}-]++){1,8}+,?+\s++){1,40}+(?:et al\.\s+)?)"
    r'["“](?P<title>[^"”“]{15,300})["”]\.?\s*'
    r"(?P<venue>[^\n\"“]{4,160}?\d{4}\b[^\n\"“]{0,20}?)(?=\)?\.(?:\s|$)|\s*$)",
    re.DOTALL | re.MULTILINE,
)
"""Names are read without going back over them: any list may be tried as a talk, and some go on for long."""
_ARXIV = re.compile(rf"arXiv:({ARXIV_NUMBER})")


def read(text: str, file: str) -> list[Entry]:
    """The citations of one text."""
    return [_entry(match, file, text.count("\n", 0, match.start()) + 1) for match in _CITATION.finditer(text)]


def _entry(match: re.Match[str], file: str, number: int) -> Entry:
    arxiv = _ARXIV.search(match["venue"])
    authors = re.sub(r"\^\{\*\}|\*", "", " ".join(match["authors"].split())).rstrip(", ")
    title = " ".join(match["title"].split()).rstrip(".")
    return Entry(
        file=file,
        line=number,
        raw=match[0],
        title=title,
        authors=authors,
        venue=re.sub(r"[*_]", "", match["venue"]).strip(),
        links=(ListLink("paper", link_of("arxiv", arxiv[1])),) if arxiv else (),
    )


DIALECT = Dialect(
    "talk",
    "papers cited in full in running text",
    'Ada Lovelace, Alan Turing, "Title". In CVPR, 2025.',
    read,
)
