"""The dialect of awesome-token-level-model-compression: numbered bold titles and shields.io badges.

A list is a folder: a front page with one example, and a page per domain and
setting.  An entry is a title with venue, a line of authors, links, badges
(blue names the method, green a task, brown training, purple a criterion, orange
a mechanism, yellow a keyword) and a folded BibTeX entry::

    - **[1] ToMe: Your ViT But Faster**, ICLR 2023.

      *Bolya, Daniel and Hoffman, Judy.*

      [[Paper](https://arxiv.org/abs/2210.09461)] [Code] ![](https://img.shields.io/badge/ToMe-blue)
"""

from __future__ import annotations

import re

from catalog.importers import literal, rows
from catalog.importers.entry import Dialect, Entry, ListLink

_START = re.compile(r"^\s*[-*]\s*\*\*\[\d+\]\s*(?P<title>.*?)\s*\*\*(?P<venue>.*)$")
_LOOKS_LIKE_START = re.compile(r"^\s*[-*]\s*\*\*\[\d+\]")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_AUTHORS = re.compile(r"^\s*\*(?!\*)(.+?)\*(?:\s|<br>)*$")
_LINK = re.compile(
    r"\[\s*\[(Paper|Code|Project|Page|Video|Demo)\s*\]\s*\(+\[?\s*([^()\[\]\s]+)", re.IGNORECASE
)
_FENCE = re.compile(r"^\s*```")
_KINDS = {"project": "project", "page": "project", "video": "video", "demo": "project", "code": "code"}


def read(text: str, file: str) -> list[Entry]:
    """The entries of one page; the page's path gives the outermost headings."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if _LOOKS_LIKE_START.match(line)]
    path = [part.removesuffix(".md") for part in file.split("/") if part.lower() != "readme.md"]
    headings = _headings(lines)
    entries = []
    for position, start in enumerate(starts):
        end = starts[position + 1] if position + 1 < len(starts) else len(lines)
        end = next((n for n in range(start + 1, end) if _ends_before(lines, n)), end)
        entries.append(_entry(lines[start:end], file, start + 1, (*path, *headings[start])))
    return entries


def _ends_before(lines: list[str], number: int) -> bool:
    """Whether an entry ends before this line: at a heading, or behind its folded BibTeX."""
    return bool(_HEADING.match(lines[number])) or "</details>" in lines[number - 1]


def _headings(lines: list[str]) -> list[tuple[str, ...]]:
    """For each line the headings above it.  A heading of the same level replaces the one before."""
    stack: list[tuple[int, str]] = []
    found = []
    for line in lines:
        match = _HEADING.match(line)
        if match:
            level, text = len(match[1]), literal.plain(re.sub(r"<[^>]+>|[*:]", "", match[2])).strip()
            is_year = re.fullmatch(r"\d{4}", text) is not None
            keep = level if not is_year else level + 1  # years stand on the level of what they divide
            stack = [each for each in stack if each[0] < keep and not re.fullmatch(r"\d{4}", each[1])]
            stack.append((level, text))
        found.append(tuple(text for _, text in stack))
    return found


def _entry(lines: list[str], file: str, number: int, headings: tuple[str, ...]) -> Entry:
    raw = "\n".join(lines).rstrip()
    match = _START.match(lines[0])
    body = re.split(r"<details>|^\s*```", raw, maxsplit=1, flags=re.MULTILINE)[0]
    authors = next((found[1] for line in lines[1:] if (found := _AUTHORS.match(line))), None)
    tags = rows.badges_in(body)
    links = tuple(
        ListLink(_KINDS.get(kind.lower(), "paper"), url)  # type: ignore[arg-type]
        for kind, url in _LINK.findall(body)
    )
    return Entry(
        file=file,
        line=number,
        raw=raw,
        title=match["title"] if match else "",
        name=next((tag.text for tag in tags if tag.colour == "blue"), None),
        authors=authors,
        venue=match["venue"] if match else None,
        links=links,
        tags=tuple(tag for tag in tags if tag.colour != "blue"),
        headings=headings,
        bibtex=_bibtex(lines),
    )


def _bibtex(lines: list[str]) -> str | None:
    """The first BibTeX entry of the fold, even where its fence is not closed or a brace is missing."""
    start = next((n for n, line in enumerate(lines) if re.match(r"\s*@\w+\s*\{", line)), None)
    if start is None:
        return None
    end = next(
        (
            n
            for n in range(start + 1, len(lines))
            if _FENCE.match(lines[n]) or "</details>" in lines[n] or re.match(r"\s*@\w+\s*\{", lines[n])
        ),
        len(lines),
    )
    return "\n".join(lines[start:end]).strip()


DIALECT = Dialect(
    "badges",
    "numbered bold titles, authors, shields.io badges, BibTeX",
    "- **[1] Title**, CVPR 2025.",
    read,
    folder=True,
)
