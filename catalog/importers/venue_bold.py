"""The dialect of awesome-token-compression-reduction: one line a paper, the venue in bold before it.

Entries stand under headings for modality and year::

    ## 🌁 Vision
    #### 2025
    * [**CVPR'25**] Token Cropr: Faster ViTs [[Paper](https://arxiv.org/pdf/2412.00965)] [[Code](…)]
    * [**ICCV'23** Workshop] Which Tokens to Use? [[Paper](…)]
    * [arXiv] A paper without any link
    * **[CVPR 2025]** Token Cropr: Faster ViTs [[paper]](https://arxiv.org/abs/2412.00965)
    * **[CVPR 2025]** [Token Cropr: Faster ViTs](https://arxiv.org/abs/2412.00965) [code](…)
    * [2024/12] **Token Cropr: Faster ViTs** [CVPR 2025] [[paper](https://arxiv.org/abs/2412.00965)]

In the last row a month stands where the venue does elsewhere, and the venue behind the title.
"""

from __future__ import annotations

import re
from dataclasses import replace

from catalog.importers import rows
from catalog.importers.entry import Dialect, Entry, ListLink
from catalog.importers.unread import is_balanced, looks_like_entry

_ENTRY = re.compile(
    r"^\s*[*-]\s+(?P<bold>\*\*)?\[(?!`)(?P<venue>(?(bold)(?=[^\[\]]*[A-Za-z]))[^\[\]]{2,60})\]"
    r"(?(bold)\*\*)\s*(?!\()(?P<rest>\S.*)$"
)
_LINKED_TITLE = re.compile(
    r"(?:\*\*|__)?\[(?!\[[^\[\]]*\]\]\()(?P<title>.+?)\]\(\s*(?P<url>[^()\s]+)\s*\)(?:\*\*|__)?"
)
_DATE = re.compile(r"\s*(?:19|20)\d\d(?:\s*[./-]\s*\d{1,2}){1,2}\s*")
_BEHIND_TITLE = re.compile(
    r"(?:[\[(](?P<bracket>[^\[\]()]{3,60})[\])]|\*\*\s*[,.](?P<rest>[^*\[\]()]{3,60}))[\s,.]*$"
)
_NO_HEADING = (
    "stands under no heading; put one such as '## Vision' before it, and the year below that (the page's "
    "title, '# Papers', is none, and neither is an underlined one)"
)


def read(text: str, file: str) -> list[Entry]:
    """The entries of one file."""
    entries: list[Entry] = []
    for number, line, headings in rows.with_headings(text):
        match = _ENTRY.match(line)
        linked = _linked_title(match["rest"]) if match else None
        if match is None or (linked and linked["url"].startswith("#")):
            continue
        if looks_like_entry(line) or (headings and not _DATE.fullmatch(match["venue"])):
            entry = _entry(match, line, file, number, headings)
            entries.append(entry if headings else replace(entry, refused=_NO_HEADING))
    return entries


def _linked_title(rest: str) -> re.Match[str] | None:
    """The link that stands in a title's place: what is linked there is the title, and leads to the paper."""
    linked = _LINKED_TITLE.match(rest)
    return linked if linked and is_balanced(linked["title"]) else None


def _entry(match: re.Match[str], line: str, file: str, number: int, headings: tuple[str, ...]) -> Entry:
    rest = rows.without_images(match["rest"])
    if linked := _linked_title(rest):
        title, behind = linked["title"].strip(), rest[linked.end() :]
        first = [ListLink("title", linked["url"])]
    else:
        link = rows.LINK.search(rest)
        title, behind = (rest[: link.start()], rest[link.start() :]) if link else (rest, "")
        first = []
    title, venue = _title_and_venue(title.strip(), match["venue"])
    links, unknown = rows.labelled(rows.LINK.findall(behind))
    return Entry(
        file=file,
        line=number,
        raw=line.strip(),
        title=title,
        venue=venue,
        links=(*first, *links),
        tags=rows.badges_in(line),
        headings=headings,
        unknown_links=unknown,
    )


def _title_and_venue(title: str, before: str) -> tuple[str, str | None]:
    """The title alone, and where the paper appeared: of two places the one behind the title.

    >>> _title_and_venue("**Fast Inference** [ICML 2023]", "2022/11"), _title_and_venue("On [CLS]", "ICLR")
    (('Fast Inference', 'ICML 2023'), ('On [CLS]', 'ICLR'))
    """
    behind = _BEHIND_TITLE.search(title)
    venue = (behind["bracket"] or behind["rest"]).strip() if behind else ""
    if behind and rows.is_venue_with_year(venue):
        return title[: behind.start()].strip(" *_"), venue
    return title, None if _DATE.fullmatch(before) else before


DIALECT = Dialect(
    "venue-bold",
    "one line a paper, the venue in bold before the title",
    "* [**CVPR'25**] Title [[Paper](https://…)]",
    read,
)
