"""The plainest dialect of awesome lists: one line a paper, its title linked, venue and code behind it.

No list of this catalogue is written so; many are that others keep::

    ## Vision
    - [Token Cropr: Faster ViTs](https://arxiv.org/abs/2412.00965), CVPR 2025. [[Code](https://…)]
    - **[[CLS] Attention is All You Need](https://arxiv.org/abs/2412.01818)** (ICCV 2025) [code](https://…)
"""

from __future__ import annotations

import re
from itertools import pairwise

from catalog.importers import literal
from catalog.importers.entry import Dialect, Entry, LinkKind, ListLink
from catalog.importers.unread import is_balanced, looks_like_entry

_START = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+(?:\*\*|__)?(?=\[(?!\[[^\[\]]*\]\())")
_TITLE = re.compile(r"\[(?P<title>.+?)\]\(\s*(?P<url>https?://[^()\s]+)\s*\)(?:\*\*|__)?")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
_LINK = re.compile(r"\[?\[(?P<kind>[^\[\]]+)\]{1,2}\s*\(\s*(?P<url>[^()\s]+)\s*\)\s*\]?")
_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)|['’]\d\d(?!\d)")
_IMAGE = re.compile(r"\[?!\[[^\[\]]*\]\([^()]*\)(?:\]\([^()]*\))?")
_ACRONYM = re.compile(r"[A-Z][A-Za-z]*[A-Z][A-Za-z]*|arXiv")
_KINDS: dict[str, LinkKind] = {
    **dict.fromkeys(("paper", "arxiv", "pdf"), "paper"),
    **dict.fromkeys(("code", "github"), "code"),
    **dict.fromkeys(("project", "project page", "page", "website", "homepage"), "project"),
    "video": "video",
}


def read(text: str, file: str) -> list[Entry]:
    """The entries of one file."""
    entries: list[Entry] = []
    stack: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if heading := _HEADING.match(line):
            level = len(heading[1])
            stack = [each for each in stack if each[0] < level]
            if level > 1:
                stack.append((level, re.sub(r"[^\w\s&-]", "", literal.plain(heading[2])).strip()))
            continue
        start = _START.match(line)
        title = _TITLE.match(line, start.end()) if start else None
        if title and is_balanced(title["title"]) and looks_like_entry(line):
            entries.append(_entry(line, title, file, number, tuple(text for _, text in stack)))
    return entries


def _entry(line: str, title: re.Match[str], file: str, number: int, headings: tuple[str, ...]) -> Entry:
    rest = _IMAGE.sub(" ", line[title.end() :])
    others = [
        (called.strip(), _KINDS.get(called.strip().lower()), url) for called, url in _LINK.findall(rest)
    ]
    links = [ListLink("paper", title["url"]), *(ListLink(kind, url) for _, kind, url in others if kind)]
    return Entry(
        file=file,
        line=number,
        raw=line.strip(),
        title=title["title"].strip(" *_"),
        venue=_venue(_LINK.sub(" ", rest)),
        links=tuple(links),
        headings=headings,
        unknown_links=tuple(f"{called}: {url}" for called, kind, url in others if kind is None),
    )


def _venue(text: str) -> str | None:
    """The part of what stands behind a title that names a year; between authors and remarks it is the one.

    >>> _venue(" Ada Bo, 2024. *CVPR'25*"), _venue(" (CVPR, 2025)"), _venue(" Ada Bo, 2025")
    ("CVPR'25", 'CVPR 2025', '2025')
    """
    parts = [part.strip(" .:;()[]*_-–—") for part in re.split(r"[,;|]|\.\s|\)\s|\s[-–—]\s", text)]
    dated = [(before, part) for before, part in pairwise(["", *parts]) if _YEAR.search(part)]
    if not dated:
        return None
    named = next((part for _, part in dated if re.search(r"[^\W\d_]", part)), None)
    before, year = dated[0]
    return named or (f"{before} {year}" if _ACRONYM.fullmatch(before) else year)


DIALECT = Dialect(
    "linked-title",
    "one line a paper, the title linked, venue and code behind it",
    "- [Title](https://…), CVPR 2025. [[Code](https://…)]",
    read,
)
