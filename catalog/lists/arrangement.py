"""Which papers stand in which list, and in what order; nothing is rendered here.

There is one list for every domain and setting that has papers.  A paper with two domains stands
in the lists of both; one whose setting, or domain, nobody has established, or that has none,
stands in a list that says so.  Hence every paper is in at least one list.  A catalogue without
settings has a list for each domain, and one without domains a single list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from catalog.catalogue import Catalogue, by_year
from catalog.record import Paper
from catalog.vocabulary import Vocabulary


@dataclass(frozen=True)
class PaperList:
    """One list.

    Attributes
    ----------
    domain : key of the domain, or ``None`` for papers of which none is known
    setting : key of the setting, or ``None`` for papers of which none is known
    stem : name of the list's file, without ``.md``
    """

    domain: str | None
    setting: str | None
    papers: tuple[Paper, ...]
    stem: str

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
        PaperList(domain, setting, tuple(papers), _stem(domain, setting, catalogue.vocabulary))
        for (domain, setting), papers in _ordered(catalogue, members)
    ]


def _stem(domain: str | None, setting: str | None, vocabulary: Vocabulary) -> str:
    if domain is None:
        return "unsorted" if vocabulary.has_field("domain") else "papers"
    if setting is None and not vocabulary.has_field("setting"):
        return domain
    return f"{domain}-{setting or 'setting-unknown'}"


def _places(paper: Paper) -> Iterator[tuple[str | None, str | None]]:
    if not paper.domain:
        yield None, None
    for domain in paper.domain or ():
        for setting in paper.setting or (None,):
            yield domain, setting


def _ordered(
    catalogue: Catalogue, members: Mapping[tuple[str | None, str | None], list[Paper]]
) -> list[tuple[tuple[str | None, str | None], list[Paper]]]:
    """Terms that the vocabulary lacks come after those that it has; unknown ones last."""
    ranks = {
        name: {key: rank for rank, key in enumerate(catalogue.vocabulary[name])}
        for name in ("domain", "setting")
    }

    def rank(name: str, key: str | None) -> tuple[int, str]:
        return (len(ranks[name]) + 1, "") if key is None else (ranks[name].get(key, len(ranks[name])), key)

    return sorted(members.items(), key=lambda item: (rank("domain", item[0][0]), rank("setting", item[0][1])))
