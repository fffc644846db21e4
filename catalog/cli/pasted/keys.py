"""Citation keys: which paper each names.

The site's ``browse/citations.js`` reads them alike.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property

from catalog.catalogue import Catalogue
from catalog.cli.pasted.forms import LETTER
from catalog.exports.bibtex import unique_keys
from catalog.query.words import without_marks
from catalog.record import Paper

_YEAR = r"(?P<year>(?:19|20)\d{2})"
_WORD = rf"(?P<word>{LETTER}[^\W_]*)"
_FORMS = (
    re.compile(rf"(?P<author>(?:{LETTER}|['-])*){_YEAR}{_WORD}(?:[_:-][\w:-]*)?"),
    re.compile(rf"(?P<author>{LETTER}+)(?:-{LETTER}+)?-{_YEAR}-{_WORD}(?:-[^\W_]+)*-?"),
    re.compile(rf"(?P<author>{LETTER}+)_{_WORD}_{_YEAR}"),
)
"""As Google Scholar, the ACL Anthology and Zotero write them; a venue and a year are none."""
_CITE = re.compile(r"\\[a-z]*cite[a-z]*\*?(?:\[[^\]]*\])*\{([^{}]*)\}", re.IGNORECASE)
_MOST_YEARS = 2
"""Years between a preprint, whose year keys elsewhere may have, and what became of it."""


def is_key(text: str) -> bool:
    """Whether *text* is written as a citation key, with an author, a year and a word.

    >>> [is_key(text) for text in ("chen2024image", "chen-etal-2024-image", "chen_image_2024", "iclr2024")]
    [True, True, True, False]
    """
    return _parts_of(text) is not None


def cited_keys(line: str) -> tuple[list[str], str]:
    r"""The keys in the ``\cite`` commands of *line*, and the line without these.

    >>> cited_keys(r"as in~\citep[p. 2]{a, b}")
    (['a', 'b'], 'as in~ ')
    """
    keys = [key for group in _CITE.findall(line) for key in re.split(r"[\s,]+", group) if key]
    return list(dict.fromkeys(keys)), _CITE.sub(" ", line)


class Keys:
    """The papers of a catalogue by their citation keys."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @cached_property
    def of(self) -> dict[str, str]:
        """Id -> key."""
        return unique_keys(self._catalogue)

    @cached_property
    def _papers(self) -> dict[str, Paper]:
        return {self.of[paper.id].lower(): paper for paper in self._catalogue}

    @cached_property
    def _alike(self) -> dict[tuple[str, str], list[tuple[int, Paper]]]:
        alike = defaultdict(list)
        for key, paper in self._papers.items():
            if parts := _parts_of(key):
                author, year, word = parts
                alike[author, word].append((year, paper))
        return alike

    def exactly(self, key: str) -> Paper | None:
        """The paper that has this key."""
        return self._papers.get(key.lower())

    def paper(self, key: str) -> Paper | None:
        """The paper that has this key, or else the only one of the same author and word that may be meant.

        Its key has a year that is near, and it was public in the year of this one.
        """
        if paper := self.exactly(key):
            return paper
        if not (parts := _parts_of(key)):
            return None
        author, wanted, word = parts
        near = []
        for year, paper in self._alike.get((author, word), ()):
            first = int(paper.published[:4]) if paper.published else year - _MOST_YEARS
            if first <= wanted and (first == wanted or abs(year - wanted) <= _MOST_YEARS):
                near.append((year, paper))
        same = [one for one in near if one[0] == wanted] or near
        return same[0][1] if len(same) == 1 else None


def _parts_of(key: str) -> tuple[str, int, str] | None:
    """Author, year and word of a key, folded."""
    found = next(filter(None, (form.fullmatch(key) for form in _FORMS)), None)
    if not found or not (found["author"] or found["word"][1:]):  # "2024a" is the year of a citation
        return None
    return without_marks(found["author"]), int(found["year"]), without_marks(found["word"])
