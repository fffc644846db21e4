"""The dialect of awesome-token-compression-reduction: one line a paper, the venue in bold before it.

Entries stand under headings for modality and year::

    ## 🌁 Vision
    #### 2025
    * [**CVPR'25**] Token Cropr: Faster ViTs [[Paper](https://arxiv.org/pdf/2412.00965)] [[Code](…)]
    * [**ICCV'23** Workshop] Which Tokens to Use? [[Paper](…)]
    * [arXiv] A paper without any link
    * **[CVPR 2025]** Token Cropr: Faster ViTs [[paper]](https://arxiv.org/abs/2412.00965)
    * **[CVPR 2025]** [Token Cropr: Faster ViTs](https://arxiv.org/abs/2412.00965) [code](…)
"""

from __future__ import annotations

import re
from dataclasses import replace

from catalog.importers import literal
from catalog.importers.entry import Dialect, Entry, ListLink
from catalog.importers.unread import is_balanced, looks_like_entry

_ENTRY = re.compile(
    r"^\s*[*-]\s+(?P<bold>\*\*)?\[(?!`)(?P<venue>(?(bold)(?=[^\[\]]*[A-Za-z]))[^\[\]]{2,60})\]"
    r"(?(bold)\*\*)\s*(?!\()(?P<rest>\S.*)$"
)
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
_LINK = re.compile(r"\[\[(?P<kind>[^\[\]]+)\]{1,2}\s*\(\s*(?P<url>[^()\s]+)\s*\)\s*\]?")
_LINKED_TITLE = re.compile(
    r"(?:\*\*|__)?\[(?!\[[^\[\]]*\]\]\()(?P<title>.+?)\]\(\s*(?P<url>[^()\s]+)\s*\)(?:\*\*|__)?"
)
_LINK_BEHIND_TITLE = re.compile(r"\[?\[(?P<kind>[^\[\]]+)\]{1,2}\s*\(\s*(?P<url>[^()\s]+)\s*\)\s*\]?")
_NO_HEADING = "stands under no heading; put one such as '## Vision' before it, and the year below that"
_KINDS = {"code": "code", "github": "code", "project": "project", "page": "project", "video": "video"}


def read(text: str, file: str) -> list[Entry]:
    """The entries of one file."""
    entries: list[Entry] = []
    stack: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        heading = _HEADING.match(line)
        if heading:
            level = len(heading[1])
            stack = [each for each in stack if each[0] < level]
            if level > 1:
                stack.append((level, re.sub(r"[^\w\s&-]", "", literal.plain(heading[2])).strip()))
            continue
        match = _ENTRY.match(line)
        within_page = match and (linked := _linked_title(match["rest"])) and linked["url"].startswith("#")
        if match and not within_page and (stack or looks_like_entry(line)):
            entry = _entry(match, line, file, number, tuple(text for _, text in stack))
            entries.append(entry if stack else replace(entry, refused=_NO_HEADING))
    return entries


def _linked_title(rest: str) -> re.Match[str] | None:
    """The link that stands in a title's place: what is linked there is the title, and leads to the paper."""
    linked = _LINKED_TITLE.match(rest)
    return linked if linked and is_balanced(linked["title"]) else None


def _entry(match: re.Match[str], line: str, file: str, number: int, headings: tuple[str, ...]) -> Entry:
    rest = match["rest"]
    if linked := _linked_title(rest):
        title, found = linked["title"].strip(" *_"), [("paper", linked["url"])]
        found += _LINK_BEHIND_TITLE.findall(rest[linked.end() :])
    else:
        first = re.search(r"\[\[", rest)
        title, found = (rest[: first.start()] if first else rest).strip(), _LINK.findall(rest)
    return Entry(
        file=file,
        line=number,
        raw=line.strip(),
        title=title,
        venue=match["venue"],
        links=tuple(ListLink(_KINDS.get(kind.strip().lower(), "paper"), url) for kind, url in found),  # type: ignore[arg-type]
        headings=headings,
    )


DIALECT = Dialect(
    "venue-bold",
    "one line a paper, the venue in bold before the title",
    "* [**CVPR'25**] Title [[Paper](https://…)]",
    read,
)
