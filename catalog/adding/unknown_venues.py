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

from catalog.bibtex import short_name, without_edition
from catalog.vocabulary import VenueType

NOT_IN_VOCABULARY = (
    "the venue '{}' is not in papers/vocabulary/venues.yaml; so the record has it in its entry alone"
)


@dataclass(frozen=True)
class UnknownVenue:
    """A venue in an entry's own words.

    Attributes
    ----------
    type : what the entry's field makes of it
    """

    name: str
    type: VenueType

    @property
    def key(self) -> str:
        """The key that :func:`as_yaml` proposes."""
        return short_name(self.name, event=self.type != "journal")

    @property
    def definition(self) -> str:
        """The name in full, without the year and number of an event."""
        return without_edition(self.name, event=self.type != "journal")


def unknown_venue(field: str, name: str) -> UnknownVenue | None:
    """The venue that an entry has in its *field*; ``None`` where that is none, as a thesis's school.

    Nor has a paper one that is only submitted to it.

    >>> unknown_venue("journal", "Quantum"), unknown_venue("school", "ETH")
    (UnknownVenue(name='Quantum', type='journal'), None)
    >>> unknown_venue("booktitle", "Submitted to the Thirteenth Conference on Tokens")
    """
    if _HOPED_FOR.search(name):
        return None
    if field == "journal" or (field == "booktitle" and _PERIODICAL.search(name)):
        return UnknownVenue(name, "journal")
    if field != "booktitle":
        return None
    return UnknownVenue(name, "workshop" if re.search(r"\bworkshop", name, re.IGNORECASE) else "conference")


_HOPED_FOR = re.compile(r"\b(?:submi(?:tted|ssion)|under review|withdrawn|rejected)\b", re.IGNORECASE)
_PERIODICAL = re.compile(r"\b(?:journal|letters|transactions)\b", re.IGNORECASE)
"""What no conference is called, whatever the entry's field."""


_LIKE_EVENT = re.compile(
    r"\b(?:advances in|conference|congress|meeting|proceedings|symposium|workshop)\b|\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)


def is_book(entry_type: str, name: str) -> bool:
    """Whether *name* is that of a book, of which an entry cites a chapter, and of no series of events.

    >>> is_book("incollection", "World Seas: An Evaluation"), is_book("incollection", "Proceedings of ICRS")
    (True, False)
    """
    return entry_type in ("incollection", "inbook") and not _LIKE_EVENT.search(name)


def counts(venues: Iterable[UnknownVenue]) -> list[tuple[str, int]]:
    """Each key that :func:`as_yaml` proposes, and how many papers name it, the most first."""
    found = Counter(venue.key for venue in venues)
    return sorted(found.items(), key=lambda item: (-item[1], item[0].casefold()))


def as_yaml(venues: Iterable[UnknownVenue]) -> str:
    """Terms for venues.yaml, by which the entries' venues are known; names of one venue are its aliases."""
    venues = list(venues)
    return "\n".join(_term(key, [venue for venue in venues if venue.key == key]) for key, _ in counts(venues))


def _term(key: str, venues: list[UnknownVenue]) -> str:
    names = list(dict.fromkeys(venue.name for venue in venues))
    definition = min((venue.definition for venue in venues), key=len)
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
