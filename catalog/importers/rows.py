"""What the dialects of one line a paper have in common: headings, links by their labels, badges.

Which part of a row is the title, and which the venue, is the dialect's own business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from catalog.importers import literal
from catalog.importers.entry import LinkKind, ListLink, Tag
from catalog.importers.links import leads_to_paper, read_code_link

LINK = re.compile(r"\[?\[(?P<label>[^\[\]]+)\]{1,2}\s*\(\s*(?P<url>[^()\s]+)\s*\)\s*\]?")
"""A link behind a title: ``[Code](…)``, ``[[Code](…)]`` or ``[[Code]](…)``."""

YEAR = re.compile(r"(?:19|20)\d\d(?!\d)|['’]\d\d(?!\d)")
ACRONYM = re.compile(r"[A-Z][A-Za-z]*[A-Z][A-Za-z]*|arXiv")

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
_LINKED_IMAGE = re.compile(r"\[!\[([^\[\]]*)\]\([^()]*\)\]\(\s*([^()\s]+)[^()]*\)")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")
_BADGE = re.compile(r"!\[[^\]]*\]\(\s*https?://img\.shields\.io/badge/?([^)\s?]+)-([a-z]+)(?:\?[^)]*)?\s*\)")
_KINDS: dict[str, LinkKind] = {
    **dict.fromkeys(("paper", "arxiv", "pdf"), "paper"),
    **dict.fromkeys(("code", "github"), "code"),
    **dict.fromkeys(("project", "project page", "page", "website", "homepage"), "project"),
    "video": "video",
}


def with_headings(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(1-based number, line, headings above it without the page's title) for every line but the headings."""
    stack: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if heading := _HEADING.match(line):
            level = len(heading[1])
            stack = [each for each in stack if each[0] < level]
            if level > 1:
                stack.append((level, re.sub(r"[^\w\s&-]", "", literal.plain(heading[2])).strip()))
        else:
            yield number, line, tuple(text for _, text in stack)


def is_venue_with_year(text: str) -> bool:
    """Whether *text*, which stands apart from the title, may be a venue with its year.

    >>> [is_venue_with_year(text) for text in ("ACL Findings 2024", "NeurIPS'23", "CLS", "in 2024")]
    [True, True, False, False]
    """
    return bool(YEAR.search(text) and ACRONYM.search(text))


def without_images(row: str) -> str:
    """*row* without images; one that is a link becomes a link with its words.

    >>> without_images("T [![arXiv](a.svg)](https://arxiv.org/abs/2412.00965) ![](b.svg)").rstrip()
    'T [[arXiv](https://arxiv.org/abs/2412.00965)]'
    """
    return _IMAGE.sub(" ", _LINKED_IMAGE.sub(lambda image: f"[[{image[1] or 'image'}]({image[2]})]", row))


def badges_in(row: str) -> tuple[Tag, ...]:
    """The badges of shields.io in *row*, as they stand in their addresses, but for those that are links.

    >>> badges_in("![](https://img.shields.io/badge/Training--Free-brown)")
    (Tag(text='Training--Free', colour='brown'),)
    """
    found = _BADGE.findall(_LINKED_IMAGE.sub(" ", row))
    return tuple(Tag(unquote(label).strip(), colour) for label, colour in found)


def labelled(links: Iterable[tuple[str, str]]) -> tuple[tuple[ListLink, ...], tuple[str, ...]]:
    """Links from (label, address) by what the label, else the address says; and those of which neither does.

    >>> labelled([("CVF", "https://arxiv.org/abs/2412.00965"), ("Blog", "https://example.org/")])
    ((ListLink(kind='paper', url='https://arxiv.org/abs/2412.00965'),), ('Blog: https://example.org/',))
    """
    known: list[ListLink] = []
    unknown: list[str] = []
    for label, url in links:
        if kind := _KINDS.get(label.strip().lower()) or _kind_by_address(url):
            known.append(ListLink(kind, url))
        else:
            unknown.append(f"{label.strip()}: {url}")
    return tuple(known), tuple(unknown)


def _kind_by_address(url: str) -> LinkKind | None:
    if leads_to_paper(url):
        return "paper"
    return "code" if read_code_link(url)[0] == "code" else None
