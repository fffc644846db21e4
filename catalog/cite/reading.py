"""What the readers of manuscripts share: a citation, a file's text, and how parts of it are left out.

Nothing here knows TeX, Markdown or Typst; :mod:`catalog.cite.manuscripts` knows which file is which.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from catalog.findings import CatalogError
from catalog.values import LIKE_ARXIV_ID

_IN_TEXT = re.compile(
    rf"(?:arxiv\.org/(?:abs|pdf|html)/|\barXiv:\s?)(?P<id>{LIKE_ARXIV_ID})(?!\d)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One citation in a manuscript.

    Attributes
    ----------
    key : as the author writes it; ``None`` where only the text names an arXiv id
    arxiv : the arXiv id, where only the text names it
    file, line : where it stands first
    may_be_label : whether it looks like a figure's name or the like, to which Markdown and Typst refer as
        they cite, or like an e-mail address
    """

    key: str | None
    arxiv: str | None
    file: str
    line: int
    may_be_label: bool = False


class Kind(NamedTuple):
    """A kind of manuscript.

    Attributes
    ----------
    mentions : everything that a file cites, in order
    bibliographies : the .bib files that it names, where they exist
    looked_for : what is taken for a citation, for whoever's manuscript seems to have none
    reads_formulas : whether formulas in a .bib file are set, and not shown as they are written
    ignores_case : whether the keys of a file and of its .bib files are the same but for capitals
    """

    mentions: Callable[[Path], Iterator[Mention]]
    bibliographies: Callable[[Path], Iterator[Path]]
    looked_for: str
    reads_formulas: bool = True
    ignores_case: Callable[[Path], bool] = lambda _: False


def read_text(path: Path) -> str:
    """The file as text, also where an old editor wrote Latin-1.

    Raises
    ------
    CatalogError : it is missing or no file
    """
    return text_and_encoding(path)[0]


def text_and_encoding(path: Path) -> tuple[str, str]:
    """The file as text, and the encoding that makes the same bytes of it: what is no UTF-8 is Latin-1.

    Raises
    ------
    CatalogError : it is missing or no file
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}; name a file that can be read") from None
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def replaced(
    text: str,
    opening: re.Pattern[str],
    closing: Callable[[re.Match[str]], str | None],
    replacement: Callable[[re.Match[str], str], str],
) -> str:
    """*text* with the *replacement* of each *opening*, together with all up to its *closing* if it has one.

    A closing of one character stands in the same row.  What is never closed opens nothing; that is found out
    once for each closing, so that the time grows with the text's length.
    """
    pieces: list[str] = []
    position, missing = 0, set[str]()
    while match := opening.search(text, position):
        start, end = match.span()
        if (wanted := closing(match)) is not None:
            found = -1 if wanted in missing else text.find(wanted, end)
            if found < 0:
                missing.add(wanted)
            if found < 0 or (len(wanted) == 1 and text.find("\n", end, found) >= 0):
                pieces.append(text[position : start + 1])
                position = start + 1
                continue
            end = found + len(wanted)
        pieces += [text[position:start], replacement(match, text[start:end])]
        position = end
    return "".join([*pieces, text[position:]])


def named(lists: Sequence[str], path: Path) -> Iterator[Path]:
    """The .bib files beside *path* that *lists* of names with commas between them name, where they exist."""
    for name in (name.strip() for names in lists for name in names.split(",")):
        file = path.parent / (name if name.endswith(".bib") else f"{name}.bib")
        if name and file.is_file():
            yield file


def line_ends(text: str) -> str:
    """Nothing but the line ends, so that lines keep their numbers."""
    return "\n" * text.count("\n")


def blank(match: re.Match[str]) -> str:
    """What replaces a match that is left out."""
    return line_ends(match[0])


def arxiv_in_text(text: str, path: Path) -> Iterator[Mention]:
    """The arXiv ids in the *text* of the file at *path*."""
    line_of = lines_of(text)
    for match in _IN_TEXT.finditer(text):
        yield Mention(None, match["id"], str(path), line_of(match.start()))


def lines_of(text: str) -> Callable[[int], int]:
    """What tells the line, counted from 1, of a position in *text*."""
    ends = [match.start() for match in re.finditer("\n", text)]
    return lambda position: bisect_left(ends, position) + 1
