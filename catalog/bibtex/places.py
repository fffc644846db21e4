"""Where a paper appeared: its venue or, where the vocabulary lacks that, what its BibTeX entry names."""

from __future__ import annotations

import re
from functools import lru_cache

from catalog.bibtex.carrying import PLACES, facts_in
from catalog.record import Paper, year_of
from catalog.vocabulary import Vocabulary


def appeared(paper: Paper, vocabulary: Vocabulary) -> str:
    """Venue and year, as far as they are known.

    A venue that the vocabulary does not hold is called as the record's own BibTeX entry calls it, in short.
    """
    venue = vocabulary.label("venue", paper.venue) if paper.venue else place_in_entry(paper, short=True)
    return f"{venue or ''} {year_of(paper) or ''}".strip()


def place_in_entry(paper: Paper, *, short: bool = False) -> str | None:
    """Where the record's own entry says that the paper appeared, for a record that has no venue.

    It may be a venue that the vocabulary does not hold, a school or a book's publisher; nothing is known of
    it but its name.

    Parameters
    ----------
    short : as lists have it, and not citations
    """
    place = _place_in(paper.bibtex) if paper.bibtex and not paper.venue else None
    if place is None:
        return None
    field, name = place
    return short_name(name, event=field in _OF_EVENTS) if short else name


_OF_EVENTS = ("booktitle", "howpublished")
"""Fields that may name an event; the others name a journal, a school or a publisher."""


@lru_cache(maxsize=4_096)
def _place_in(text: str) -> tuple[str, str] | None:
    """The entry's field that says where the paper appeared, and what it says."""
    facts = facts_in(text)
    return next(((name, facts[name]) for name in (*PLACES, "publisher") if name in facts), None)


_ABBREVIATION = re.compile(r"\(([A-Z][\w-]*[A-Z][\w-]*)(?:['’ ]*\d{2,4})?\)\s*$")
_ORDINAL = (
    r"(?:\d+(?:st|nd|rd|th)|(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-?)?(?:first|second|"
    r"third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth|fortieth|fiftieth))"
)
_EDITION = re.compile(
    r"^(?:in\s+)?(?:proceedings of |proc\. of |proc\. )?(?:the )?(?:(?:19|20)\d\d )?"
    rf"(?:{_ORDINAL}\s+)?(?:annual )?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"[,’']?\s*(?<!\d)(?:19|20)\d\d(?!\d)")
_NUMBERED = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d(?:st|nd|rd|th)\b", re.IGNORECASE)
"""What an event has beside its name, and a journal has not."""


def without_edition(name: str, *, event: bool = True) -> str:
    """A venue's name without what tells one of its years from another.

    >>> without_edition("Proceedings of the 50th Annual International Symposium on Computer Architecture")
    'International Symposium on Computer Architecture'
    >>> without_edition("2023 IEEE International Conference on Quantum Computing and Engineering (QCE)")
    'IEEE International Conference on Quantum Computing and Engineering (QCE)'

    Parameters
    ----------
    event : whether it may be one; of a journal's name "Annual" or "Proceedings of the" are a part
    """
    if not event and not _NUMBERED.search(name):
        return name
    bare = " ".join(_YEAR.sub("", _EDITION.sub("", name, count=1)).split()).strip(" ,;:")
    return bare if any(map(str.isalpha, bare)) else name


def short_name(name: str, *, event: bool = True) -> str:
    """A short name: the abbreviation in parentheses, else what stands before a dash, a colon or a comma.

    >>> short_name("2022 IEEE Symposium on Architecture (HPCA)"), short_name("Physical Review A—Atomic")
    ('HPCA', 'Physical Review A')
    >>> short_name("World Seas: An Evaluation"), short_name("Geophysical Research: Oceans", event=False)
    ('World Seas', 'Geophysical Research: Oceans')

    Parameters
    ----------
    event : whether it may be one; what stands behind a colon or a comma tells a journal or a school from
        its sisters
    """
    bare = without_edition(name, event=event)
    if short := _ABBREVIATION.search(bare):
        return short[1]
    return re.split(r"\s*[—–:,(]" if event else r"\s*[—–(]", bare, maxsplit=1)[0].strip() or bare
