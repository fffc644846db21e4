"""The dialect of awesome-token-compress: an arXiv badge, a linked title, a bracket of name, venue and code.

Brackets are often malformed, titles hold brackets and line breaks::

    - <img alt="arXiv" src="https://img.shields.io/badge/arXiv-2412.01818-red?logo=arxiv" height="14" />
      [[CLS] Attention is All You Need](https://arxiv.org/pdf/2412.01818). [FasterVLM: [GitHub](https://…)]
    - OpenReview [LVP: Language-guide Visual Projector](https://openreview.net/pdf?id=PxBzxO02Ef).[LVP]

The badge, or the word OpenReview in its place, is what tells an entry from the rows of other lists.
"""

from __future__ import annotations

import re

from catalog.importers import literal
from catalog.importers.entry import Dialect, Entry, ListLink, Tag
from catalog.importers.unread import is_balanced
from catalog.record import link_of
from catalog.values import ARXIV_NUMBER

_START = re.compile(r"^\s*[-*]\s+(?:<img\b[^>]*/badge/|OpenReview\b)", re.IGNORECASE)
_ITEM = re.compile(r"^\s*[-*]\s+(?:<img\b|OpenReview\b|\[)", re.IGNORECASE)
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
_BADGE = re.compile(rf"badge/arXiv-({ARXIV_NUMBER})")
_BEFORE_TITLE = re.compile(r"\s*[-*]\s+(?:<img\b[^>]*>\s*|OpenReview\b\s*)+", re.IGNORECASE)
_TITLE = re.compile(r"\[(?P<title>.+?)\]\(\s*(?P<url>[^()\s]*)\s*\)", re.DOTALL)
_CODE = re.compile(r"\[\s*(?:GitHub|Code)\s*\]\s*\(\s*([^()\s]+)\s*\)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[;\[\]\n]+|:\s*$")


def read(text: str, file: str) -> list[Entry]:
    """The entries of one file."""
    entries: list[Entry] = []
    stack: list[tuple[int, str]] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        heading = _HEADING.match(line)
        if heading:
            level = len(heading[1])
            stack = [each for each in stack if each[0] < level]
            stack.append((level, literal.plain(heading[2])))
        elif _START.match(line):
            block = [line]
            for following in lines[number + 1 :]:
                if not following.strip() or _ITEM.match(following) or _HEADING.match(following):
                    break
                block.append(following)
            entries.append(_entry("\n".join(block), file, number + 1, tuple(text for _, text in stack)))
    return entries


def _entry(raw: str, file: str, number: int, headings: tuple[str, ...]) -> Entry:
    badge = _BADGE.search(raw)
    after = _BEFORE_TITLE.sub("", raw, count=1)
    match = _TITLE.match(after)
    if match and not is_balanced(match["title"]):  # such as "CVPR'25] A Title [[Paper"
        match = None
    links = [ListLink("paper", match["url"])] if match and match["url"] else []
    rest = literal.put_away(after[match.end() :]) if match else ""
    if badge:
        links.append(ListLink("paper", link_of("arxiv", badge[1])))
    links += [ListLink("code", url) for url in _CODE.findall(rest)]
    words = (literal.put_back(word.strip(" .:\t")) for word in _SEPARATORS.split(_CODE.sub("", rest)))
    return Entry(
        file=file,
        line=number,
        raw=raw.strip(),
        title=" ".join(match["title"].split()) if match else "",
        links=tuple(dict.fromkeys(links)),
        tags=tuple(Tag(word) for word in words if word),
        headings=headings,
    )


DIALECT = Dialect(
    "arxiv-badge",
    "an arXiv badge, a linked title, a bracket of name, venue and code",
    '- <img src="https://img.shields.io/badge/arXiv-2412.01818-red" /> [Title](https://…). [Name]',
    read,
)
