"""Papers by their titles: those that a text holds whole, and the one whose title it is, or nearly is.

Letters are compared, not words: in a line that was broken in the middle of a word, as in ``genera- tive``,
they are the same.  The site's ``browse/titles.js`` compares them alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from catalog import query
from catalog.catalogue import Catalogue, by_date
from catalog.record import Paper

_LEAST_WORDS = 4
"""Words from which on a title is no phrase that other texts hold as well."""
_BROKEN = re.compile(r"([^\W\d_])-\s+(?=[^\W\d_A-Z])")
_CUT = re.compile(r"(?:…|\.\.\.)\W*$")


def unbroken(text: str) -> str:
    """*text* with the words whole that the end of a line has broken.

    >>> unbroken("efficient genera- tive inference")
    'efficient generative inference'
    """
    return _BROKEN.sub(r"\1", text)


@dataclass(frozen=True)
class _Title:
    """One title of a paper.

    Attributes
    ----------
    letters : its words, folded, as one
    words : how many these are
    main, rest : what stands before and behind its first colon; empty where that is too short to tell a paper
    """

    paper: Paper
    letters: str
    words: int
    main: str
    rest: str


class Titles:
    """The titles of a catalogue, with those that papers had before."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @cached_property
    def _titles(self) -> list[_Title]:
        newest = by_date(self._catalogue)
        given = [(paper, paper.title) for paper in newest]
        given += [(paper, title) for paper in newest for title in paper.former_titles]
        titles = []
        for paper, title in given:
            words = query.words(title)
            main, colon, rest = title.partition(":")
            parts = (_telling(main), _telling(rest)) if colon else ("", "")
            titles.append(_Title(paper, "".join(words), len(words), *parts))
        return titles

    def within(self, text: str) -> list[Paper]:
        """Papers whose titles the text holds whole, and not as a part of another one."""
        said = query.words(text)
        if len(said) <= _LEAST_WORDS:
            return []
        all_letters = "".join(said)
        edges = {0, *accumulate(map(len, said))}
        found = [
            title
            for title in self._titles
            if title.words >= _LEAST_WORDS
            and any(
                at.start() in edges and at.start() + len(title.letters) in edges
                for at in re.finditer(f"(?={title.letters})", all_letters)
            )
        ]
        return _once(
            one.paper
            for one in found
            if not any(one.letters in other.letters and one.letters != other.letters for other in found)
        )

    def called(self, text: str) -> list[Paper]:
        """Papers of which it is the title, or the one of which it tells the title by a part of it."""
        words = query.words(text)
        letters = "".join(words)
        whole = _once(title.paper for title in self._titles if letters and title.letters == letters)
        if whole or len(words) < _LEAST_WORDS:
            return whole
        is_cut = ":" in text or _CUT.search(text) is not None
        parts = _once(
            title.paper
            for title in self._titles
            if letters in (title.main, title.rest) or (is_cut and title.letters.startswith(letters))
        )
        return parts if len(parts) == 1 else []


def _telling(part: str) -> str:
    words = query.words(part)
    return "".join(words) if len(words) >= _LEAST_WORDS else ""


def _once(papers: Iterable[Paper]) -> list[Paper]:
    return list({paper.id: paper for paper in papers}.values())
