"""Venues that BibTeX entries name and the vocabulary does not hold: as terms to paste into venues.yaml.

What is proposed is what the entries say; a person shortens it and looks whether the venue is there under
another name.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.vocabulary import VenueType


@dataclass(frozen=True)
class UnknownVenue:
    """A venue in an entry's own words.

    Attributes
    ----------
    type : what the entry's field makes of it
    """

    name: str
    type: VenueType


def unknown_venue(field: str, name: str) -> UnknownVenue | None:
    """The venue that an entry has in its *field*; ``None`` where that is none, such as a thesis's school.

    >>> unknown_venue("journal", "Quantum"), unknown_venue("school", "ETH")
    (UnknownVenue(name='Quantum', type='journal'), None)
    """
    if field == "journal" or (field == "booktitle" and _PERIODICAL.search(name)):
        return UnknownVenue(name, "journal")
    if field != "booktitle":
        return None
    return UnknownVenue(name, "workshop" if re.search(r"\bworkshop", name, re.IGNORECASE) else "conference")


_PERIODICAL = re.compile(r"\b(?:journal|letters|transactions)\b", re.IGNORECASE)
"""What no conference is called, whatever the entry's field."""


def counts(venues: Iterable[UnknownVenue]) -> list[tuple[str, int]]:
    """Each key that :func:`as_yaml` proposes, and how many papers name it, the most first."""
    found = Counter(_key(venue.name) for venue in venues)
    return sorted(found.items(), key=lambda item: (-item[1], item[0].casefold()))


def as_yaml(venues: Iterable[UnknownVenue]) -> str:
    """Terms for venues.yaml, by which the entries' venues are known; names of one venue are its aliases."""
    venues = list(venues)
    return "\n".join(
        _term(key, [venue for venue in venues if _key(venue.name) == key]) for key, _ in counts(venues)
    )


def _term(key: str, venues: list[UnknownVenue]) -> str:
    names = list(dict.fromkeys(venue.name for venue in venues))
    definition = min((_without_edition(name) for name in names), key=len)
    aliases = [name for name in names if name not in (key, definition)]
    rows = [
        f"{_quoted(key)}:",
        f"  label: {_quoted(key)}",
        f"  definition: {_quoted(definition)}",
        f"  type: {Counter(venue.type for venue in venues).most_common(1)[0][0]}",
    ]
    if aliases:
        rows += ["  aliases:", *(f"    - {_quoted(alias)}" for alias in aliases)]
    return "\n".join(rows) + "\n"


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ -][A-Za-z0-9]+)*")
_NO_TEXT = frozenset("null true false yes no on off y n".split())


def _quoted(text: str) -> str:
    """A text as YAML has it, which reads JSON's quotes.

    >>> _quoted("Nature"), _quoted("Physical Review: A"), _quoted("No")
    ('Nature', '"Physical Review: A"', '"No"')
    """
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in _NO_TEXT
    return text if is_plain else json.dumps(text, ensure_ascii=False)


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


def _without_edition(name: str) -> str:
    """A venue's name without what tells one of its years from another.

    >>> _without_edition("Proceedings of the 50th Annual International Symposium on Computer Architecture")
    'International Symposium on Computer Architecture'
    >>> _without_edition("2023 IEEE International Conference on Quantum Computing and Engineering (QCE)")
    'IEEE International Conference on Quantum Computing and Engineering (QCE)'
    """
    bare = " ".join(_YEAR.sub("", _EDITION.sub("", name, count=1)).split()).strip(" ,;:")
    return bare if any(map(str.isalpha, bare)) else name


def _key(name: str) -> str:
    """A short name: the abbreviation in parentheses, else what stands before a dash, a colon or a comma.

    >>> _key("2022 IEEE International Symposium on Architecture (HPCA)"), _key("Physical Review A—Atomic")
    ('HPCA', 'Physical Review A')
    """
    bare = _without_edition(name)
    if short := _ABBREVIATION.search(bare):
        return short[1]
    return re.split(r"\s*[—–:,(]", bare, maxsplit=1)[0].strip() or bare
