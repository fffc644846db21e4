"""List items that look like an entry and that no dialect's reader took: so that none is lost without a word.

A reader takes what it knows.  What is left of a page is contents, news and prose, and now and then an
entry that is written otherwise; only the last is reported.  Nothing is read out of it but its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from catalog.importers import literal

_ITEM = re.compile(r"^\s*(?:[-*+]\s+|[-+](?=\*\*)|\d{1,3}[.)]\s+|\|\s*)(?=\S)")
_ENDS_ITEM = re.compile(r"^(?:#{1,6}\s|\s*```|\s*</?details)")
_HEADING = re.compile(r"^#{1,6}\s")
_DATED = re.compile(r"^[*_`\[(\s]*(?:19|20)\d{2}\s*[/.-]\s*\d{1,2}\b")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b[^<>]*>", re.IGNORECASE)
_LINK = re.compile(r"\[(?P<label>(?:[^\[\]]|\[[^\[\]]*\])*)\]\(+\[?\s*(?P<url>[^()\[\]\s]*)[^()]*\)+")
_ADDRESS = re.compile(r"^(?:https?:)?//|^(?:[\w-]+\.)+[a-z]{2,}/")
_BARE_ADDRESS = re.compile(r"https?://[^\s()<>\[\]\"']+")
_LABEL = re.compile(
    r"paper|pdf|arxiv|code|github|project(?: page)?|page|video|demo|website|link", re.IGNORECASE
)
_VENUE = re.compile(
    r"(?:\b[A-Z][A-Za-z]{0,20}[A-Z][A-Za-z]{0,20}|\barXiv)[ *]*(?:['’]\s?\d{2}|,?\s?(?:19|20)\d{2})(?!\d)"
)
_WORD = re.compile(r"[^\W\d_]+")
_CODE_HOSTS = ("github.com", "gitlab.com", "gitee.com", "bitbucket.org")
_LONGEST_TITLE = 120
_LONGEST_ITEM = 4000
"""Characters of an item that are looked at: no entry's title and links are longer, whatever a file holds."""


@dataclass(frozen=True, slots=True)
class Item:
    """One list item: the 1-based line on which it begins, its text there, and its words without markup."""

    line: int
    raw: str
    words: str


def items_like_entries(page: str, taken: frozenset[int] = frozenset()) -> Iterator[Item]:
    """The items of *page* with a title and a link or a venue, but for those on lines that are *taken*.

    >>> page = "- [Vision](#vision)\\n* Token Pruning [[Paper](https://arxiv.org/abs/2509.22222)]"
    >>> [(item.line, item.words) for item in items_like_entries(page)]
    [(2, 'Token Pruning')]
    """
    lines = page.split("\n")
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif _HEADING.match(line) or "</details>" in line:
            fenced = False  # a fence that nobody closed ends at the latest here
        elif not fenced and number not in taken and _ITEM.match(line):
            raw = "\n".join(_lines_of_item(lines, number, taken))
            if looks_like_entry(raw):
                yield Item(number, raw, _words(raw)[:_LONGEST_TITLE])


def _lines_of_item(lines: list[str], number: int, taken: frozenset[int]) -> Iterator[str]:
    """The item that begins on line *number*, with the lines that go on with it."""
    yield lines[number - 1].rstrip()
    behind_blank = False
    for position in range(number + 1, len(lines) + 1):
        line = lines[position - 1]
        if not line.strip():
            behind_blank = True
            continue
        if (
            position in taken
            or _ITEM.match(line)
            or _ENDS_ITEM.match(line)
            or (behind_blank and not line.startswith("  "))
        ):
            return
        yield line.rstrip()


def looks_like_entry(item: str) -> bool:
    """Whether a list item has a title, and a link to elsewhere or a venue with its year.

    Contents lead to the page itself or within a repository, and news begin with a date: neither is an entry.

    >>> looks_like_entry("- **[1] Bold paper**, CVPR 2025."), looks_like_entry("- **`2025/03/24`** CVPR 2025")
    (True, False)
    """
    text = _IMAGE.sub(" ", _ITEM.sub("", literal.plain(item[:_LONGEST_ITEM]), count=1))
    if _DATED.match(text):
        return False
    has_venue = _VENUE.search(_LINK.sub(_label_of_link_elsewhere, text)) is not None
    has_link = any(_leads_to_paper(url, label) for url, label in _links(text))
    title_words = len(_WORD.findall(_VENUE.sub(" ", _words(item))))
    return (has_link or has_venue) and title_words >= (1 if has_link and has_venue else 2)


def _links(text: str) -> Iterator[tuple[str, str]]:
    """Addresses outside of the page and repository, each with its label."""
    for match in _LINK.finditer(text):
        if _ADDRESS.match(match["url"]):
            yield match["url"], match["label"]
    for match in _BARE_ADDRESS.finditer(_LINK.sub(" ", text)):
        yield match[0], ""


def _leads_to_paper(url: str, label: str) -> bool:
    """Whether a link leads elsewhere than into a code host, or is called a paper."""
    try:
        host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").removeprefix("www.")
    except ValueError:  # such as a bracket that belongs to no IPv6 address
        return False
    return host not in _CODE_HOSTS or re.search(r"\b(?:paper|pdf)\b", label, re.IGNORECASE) is not None


def _label_of_link_elsewhere(match: re.Match[str]) -> str:
    """A link's label, where it leads out of the page and repository and is not only "Paper" or "Code"."""
    label = match["label"]
    if not _ADDRESS.match(match["url"]) or _LABEL.fullmatch(label.strip(" []")):
        return " "
    return label


def _words(item: str) -> str:
    """An item as one line of words, without bullets, images, addresses and emphasis."""
    text = _ITEM.sub("", _IMAGE.sub(" ", literal.plain(item[:_LONGEST_ITEM])), count=1)
    text = _BARE_ADDRESS.sub(" ", _LINK.sub(_label_of_link_elsewhere, text))
    return " ".join(re.sub(r"<[^<>]*>|[\[\]*`|]+|\(\s*\)", " ", text).split())


def is_balanced(text: str) -> bool:
    """Whether every bracket in *text* is opened before it is closed, and closed.

    >>> is_balanced("[CLS] Attention"), is_balanced("CVPR'25] A Title [[Paper")
    (True, False)
    """
    depth = 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if depth < 0:
            return False
    return depth == 0
