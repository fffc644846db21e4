"""Which papers stand in which list, and in what order; nothing is rendered here.

There is one list for every domain and setting that has papers.  A paper with two domains stands
in the lists of both; one whose setting, or domain, nobody has established, or that has none,
stands in a list that says so.  Hence every paper is in at least one list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from catalog.catalogue import Catalogue, by_year
from catalog.record import Paper


@dataclass(frozen=True)
class PaperList:
    """One list.

    Attributes
    ----------
    domain : key of the domain, or ``None`` for papers of which none is known
    setting : key of the setting, or ``None`` for papers of which none is known
    """

    domain: str | None
    setting: str | None
    papers: tuple[Paper, ...]

    @property
    def stem(self) -> str:
        """Name of the list's file, without ``.md``."""
        if self.domain is None:
            return "unsorted"
        return f"{self.domain}-{self.setting or 'setting-unknown'}"

    @cached_property
    def years(self) -> Sequence[tuple[int | None, Sequence[Paper]]]:
        """The papers by year, newest first; those whose year is not known come last."""
        return by_year(self.papers)


def arrange(catalogue: Catalogue) -> list[PaperList]:
    """Every list that has papers, in the vocabulary's order of domains and settings."""
    members: dict[tuple[str | None, str | None], list[Paper]] = {}
    for paper in catalogue.papers:
        for place in _places(paper):
            members.setdefault(place, []).append(paper)
    return [
        PaperList(domain, setting, tuple(members[domain, setting]))
        for domain, setting in _order(catalogue, members)
    ]


def _places(paper: Paper) -> Iterator[tuple[str | None, str | None]]:
    if not paper.domain:
        yield None, None
    for domain in paper.domain or ():
        for setting in paper.setting or (None,):
            yield domain, setting


def _order(
    catalogue: Catalogue, places: dict[tuple[str | None, str | None], list[Paper]]
) -> list[tuple[str | None, str | None]]:
    """Terms that the vocabulary lacks come after those that it has; unknown ones last."""
    ranks = {
        name: {key: rank for rank, key in enumerate(catalogue.vocabulary[name])}
        for name in ("domain", "setting")
    }

    def rank(name: str, key: str | None) -> tuple[int, str]:
        return (len(ranks[name]) + 1, "") if key is None else (ranks[name].get(key, len(ranks[name])), key)

    return sorted(places, key=lambda place: (rank("domain", place[0]), rank("setting", place[1])))
