"""What looks like an entry and no dialect's reader took: so that none is lost without a word.

A reader takes what it knows.  What is left of a page is contents, news and prose, and now and then an
entry that is written otherwise: a list item or table row, a paragraph with a link to a paper, a BibTeX
entry.  Only these are reported.  Nothing is read out of them but their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.draft import plain_words
from catalog.importers import literal
from catalog.importers.damaged_bibtex import read_damaged
from catalog.importers.links import leads_to_paper
from catalog.links import REPOSITORY_HOSTS, host_of

_ITEM = re.compile(r"^\s*(?:[-*+]\s+|[-+](?=\*\*)|\d{1,3}[.)]\s+|\|\s*)(?=\S)")
_ENDS_ITEM = re.compile(r"^(?:#{1,6}\s|\s*```|\s*</?details)")
_HEADING = re.compile(r"^#{1,6}\s")
_DATED = re.compile(r"^[*_`\[(\s]*(?:19|20)\d{2}\s*[/.-]\s*\d{1,2}\b(?P<day>\s*[/.-]\s*\d)?")
_BIBTEX = re.compile(
    r"^\s*@(?!(?:string|preamble|comment)\b)[a-z]+\s*\{\s*(?P<key>[^\s,{}]+)\s*,", re.IGNORECASE
)
_BESIDE_BIBTEX = re.compile(r"^\s*(?:```.*|</?(?:details|summary)\b.*)?$")
_OPENS_TITLE = re.compile(r"""^(?:>\s*)?(?:\*\*|__|["“]|\[|<a\b|<b>)""")
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
_LONGEST_TITLE = 120
_LONGEST_ITEM = 4000
"""Characters of an item that are looked at: no entry's title and links are longer, whatever a file holds."""


@dataclass(frozen=True, slots=True)
class Item:
    """What looks like an entry: the 1-based line on which it begins, its text there, its words.

    The words are those without markup; of a BibTeX entry its title, or else its key.
    """

    line: int
    raw: str
    words: str
    is_bibtex: bool = False


def items_like_entries(page: str, taken: frozenset[int] = frozenset()) -> Iterator[Item]:
    """The items, paragraphs and BibTeX of *page* that look like entries, but for those on lines *taken*.

    >>> page = "- [Vision](#vision)\\n* Token Pruning [[Paper](https://arxiv.org/abs/2509.22222)]"
    >>> [(item.line, item.words) for item in items_like_entries(page)]
    [(2, 'Token Pruning')]
    """
    lines = page.split("\n")
    fenced = False
    read = 0
    above: Item | None = None  # a BibTeX entry that stands next, and has its title, is its own
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif _HEADING.match(line) or "</details>" in line:
            fenced = False  # a fence that nobody closed ends at the latest here
        if number in taken or number <= read:
            above = above if number <= read else None
        elif _BIBTEX.match(line):
            item = _bibtex(lines, number)
            read = number + item.raw.count("\n")
            if above is None or plain_words(item.words) not in plain_words(above.raw):
                yield item
            above = None
        elif _BESIDE_BIBTEX.match(line):
            continue
        elif fenced:
            above = None
        else:
            block = list(_block(lines, number, taken))
            read, raw = block[-1][0], "\n".join(text for _, text in block)
            looks = looks_like_entry if _ITEM.match(line) else looks_like_entry_in_text
            above = Item(number, raw, _words(raw)[:_LONGEST_TITLE]) if looks(raw) else None
            if above:
                yield above


def _bibtex(lines: list[str], number: int) -> Item:
    """The BibTeX entry that begins on line *number*, up to where its braces are closed, or a fence is."""
    written: list[str] = []
    depth = 0
    for line in lines[number - 1 :]:
        if written and (_BIBTEX.match(line) or _ENDS_ITEM.match(line)):
            break
        written.append(line)
        depth += line.count("{") - line.count("}")
        if depth <= 0:
            break
    raw = "\n".join(written)
    entry = read_damaged(raw)
    found = _BIBTEX.match(raw)
    title = entry.title if entry else None
    return Item(number, raw, title or (found["key"] if found else ""), is_bibtex=True)


def _block(lines: list[str], number: int, taken: frozenset[int]) -> Iterator[tuple[int, str]]:
    """The item or paragraph that begins on line *number*: (line, text) of the lines that are its own."""
    yield number, lines[number - 1].rstrip()
    is_item = _ITEM.match(lines[number - 1]) is not None
    behind_blank = False
    for position in range(number + 1, len(lines) + 1):
        line = lines[position - 1]
        if not line.strip():
            behind_blank = True
            continue
        if (
            position in taken
            or _ITEM.match(line)
            or _BIBTEX.match(line)
            or _ENDS_ITEM.match(line)
            or (behind_blank and not (is_item and line.startswith("  ")))
            or (not is_item and looks_like_entry_in_text(line))
        ):
            return
        yield position, line.rstrip()


def looks_like_entry(item: str) -> bool:
    """Whether a list item has a title, and a link to elsewhere or a venue with its year.

    Contents lead to the page itself or within a repository, and news begin with a date: neither is an entry.
    Behind a month an entry ends in links that are called paper or code, as news do not.

    >>> looks_like_entry("- **[1] Bold paper**, CVPR 2025."), looks_like_entry("- **`2025/03/24`** CVPR 2025")
    (True, False)
    """
    text = _IMAGE.sub(" ", _ITEM.sub("", literal.plain(item[:_LONGEST_ITEM]), count=1))
    dated = _DATED.match(text)
    if dated and (dated["day"] or not _ends_in_links(text)):
        return False
    has_venue = _VENUE.search(_LINK.sub(_label_of_link_elsewhere, text)) is not None
    has_link = any(_leads_elsewhere(url, label) for url, label in _links(text))
    title_words = len(_WORD.findall(_VENUE.sub(" ", _words(item))))
    return (has_link or has_venue) and title_words >= (1 if has_link and has_venue else 2)


def _links(text: str) -> Iterator[tuple[str, str]]:
    """Addresses outside of the page and repository, each with its label."""
    for match in _LINK.finditer(text):
        if _ADDRESS.match(match["url"]):
            yield match["url"], match["label"]
    for match in _BARE_ADDRESS.finditer(_LINK.sub(" ", text)):
        yield match[0], ""


def looks_like_entry_in_text(paragraph: str) -> bool:
    """Whether a paragraph does: with a link to where papers are, and the beginning or end of an entry.

    >>> looks_like_entry_in_text("**Scalable Decoding**, NeurIPS 2024 [[Paper](https://arxiv.org/abs/2402.1)]")
    True
    >>> looks_like_entry_in_text("If it helps, cite [our survey](https://arxiv.org/abs/2505.19147), please.")
    False
    """
    text = _IMAGE.sub(" ", literal.plain(paragraph[:_LONGEST_ITEM])).strip()
    return (
        looks_like_entry(text)
        and any(leads_to_paper(url) for url, _ in _links(text))
        and bool(_OPENS_TITLE.match(text) or _VENUE.search(text) or _ends_in_links(text))
    )


def _ends_in_links(text: str) -> bool:
    """Whether nothing but brackets stands behind a last link that is called paper, code or the like."""
    *_, last = (None, *_LINK.finditer(text))
    if last is None or re.search(r"\w", text[last.end() :]):
        return False
    return _LABEL.fullmatch(last["label"].strip()) is not None


def _leads_elsewhere(url: str, label: str) -> bool:
    """Whether a link leads elsewhere than into a code host, or is called a paper."""
    host = host_of(url if "//" in url else f"//{url}")
    is_called_paper = re.search(r"\b(?:paper|pdf)\b", label, re.IGNORECASE) is not None
    return bool(host) and (host not in REPOSITORY_HOSTS or is_called_paper)


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
