"""The plainest dialect of awesome lists: one line a paper, its title linked, venue and code behind it.

No list of this catalogue is written so; many are that others keep::

    ## Vision
    - [Token Cropr: Faster ViTs](https://arxiv.org/abs/2412.00965), CVPR 2025. [[Code](https://…)]
    - **[[CLS] Attention is All You Need](https://arxiv.org/abs/2412.01818)** (ICCV 2025) [code](https://…)
"""

from __future__ import annotations

import re
from itertools import pairwise

from catalog.importers import rows
from catalog.importers.entry import Dialect, Entry, ListLink
from catalog.importers.unread import is_balanced, looks_like_entry

_START = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+(?:\*\*|__)?(?=\[(?!\[[^\[\]]*\]\())")
_TITLE = re.compile(r"\[(?P<title>.+?)\]\(\s*(?P<url>https?://[^()\s]+)\s*\)(?:\*\*|__)?")


def read(text: str, file: str) -> list[Entry]:
    """The entries of one file."""
    entries: list[Entry] = []
    for number, line, headings in rows.with_headings(text):
        start = _START.match(line)
        title = _TITLE.match(line, start.end()) if start else None
        if title and is_balanced(title["title"]) and looks_like_entry(line):
            entries.append(_entry(line, title, file, number, headings))
    return entries


def _entry(line: str, title: re.Match[str], file: str, number: int, headings: tuple[str, ...]) -> Entry:
    rest = rows.without_images(line[title.end() :])
    links, unknown = rows.labelled(rows.LINK.findall(rest))
    return Entry(
        file=file,
        line=number,
        raw=line.strip(),
        title=title["title"].strip(),
        venue=_venue(rows.LINK.sub(" ", rest)),
        links=(ListLink("title", title["url"]), *links),
        tags=rows.badges_in(line),
        headings=headings,
        unknown_links=unknown,
    )


def _venue(text: str) -> str | None:
    """The part of what stands behind a title that names a year; between authors and remarks it is the one.

    >>> _venue(" Ada Bo, 2024. *CVPR'25*"), _venue(" (CVPR, 2025)"), _venue(" Ada Bo, 2025")
    ("CVPR'25", 'CVPR 2025', '2025')
    """
    parts = [part.strip(" .:;()[]*_-–—") for part in re.split(r"[,;|]|\.\s|\)\s|\s[-–—]\s", text)]
    dated = [(before, part) for before, part in pairwise(["", *parts]) if rows.YEAR.search(part)]
    if not dated:
        return None
    named = next((part for _, part in dated if re.search(r"[^\W\d_]", part)), None)
    before, year = dated[0]
    return named or (f"{before} {year}" if rows.ACRONYM.fullmatch(before) else year)


DIALECT = Dialect(
    "linked-title",
    "one line a paper, the title linked, venue and code behind it",
    "- [Title](https://…), CVPR 2025. [[Code](https://…)]",
    read,
)
