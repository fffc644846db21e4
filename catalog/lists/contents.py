"""The table of contents: domains down, settings across, and how many papers each list holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.catalogue import Catalogue
from catalog.lists.arrangement import PaperList


@dataclass(frozen=True)
class Row:
    """One domain's line.

    Attributes
    ----------
    label : the domain's, or ``None`` for papers of which it is not known
    cells : one list, or ``None``, per setting of the table
    unknown : the list of those whose setting is not known
    whole : the list of them all, in a catalogue without settings
    papers : how many different papers the line holds
    """

    label: str | None
    cells: tuple[PaperList | None, ...]
    unknown: PaperList | None
    whole: PaperList | None
    papers: int


@dataclass(frozen=True)
class Contents:
    """The table.

    Attributes
    ----------
    settings : labels of its columns
    rows : one per domain
    totals : different papers in each column
    unknown : different papers whose setting is not known; none: the column is left out
    """

    settings: tuple[str, ...]
    rows: tuple[Row, ...]
    totals: tuple[int, ...]
    unknown: int


def table_of(catalogue: Catalogue, lists: Sequence[PaperList]) -> Contents:
    """The table of *lists*, with rows and columns in the order in which those stand in the vocabulary."""
    vocabulary = catalogue.vocabulary
    has_settings = vocabulary.has_field("setting")
    by_place = {(one.domain, one.setting): one for one in lists}
    known = [key for key in vocabulary["setting"] if any(one.setting == key for one in lists)]
    settings = list(dict.fromkeys([*known, *(one.setting for one in lists if one.setting)]))
    rows = []
    for domain in dict.fromkeys(one.domain for one in lists):
        of_domain = [one for one in lists if one.domain == domain]
        label = vocabulary.label("domain", domain) if domain else None
        cells = tuple(by_place.get((domain, setting)) for setting in settings)
        rest = by_place.get((domain, None))
        unknown, whole = (rest, None) if has_settings else (None, rest)
        rows.append(Row(label, cells, unknown, whole, _different(of_domain)))
    return Contents(
        settings=tuple(vocabulary.label("setting", key) for key in settings),
        rows=tuple(rows),
        totals=tuple(_different(one for one in lists if one.setting == key) for key in settings),
        unknown=_different(one for one in lists if one.setting is None) if has_settings else 0,
    )


def _different(lists: Iterable[PaperList]) -> int:
    return len({paper.id for one in lists for paper in one.papers})
