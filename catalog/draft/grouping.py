"""Which of many drafts are about one paper, found without comparing each with every other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import chain
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from catalog.draft.claims import Draft
from catalog.draft.identity import (
    NEARLY_EQUAL,
    PRACTICALLY_EQUAL,
    differ_in_identifier,
    numbers_in,
    titles_compatible,
)

Key = TypeVar("Key", bound=Hashable)


def are_one_paper(a: Draft, b: Draft) -> bool:
    """Whether two drafts are about one paper, by the rules of :mod:`catalog.draft`."""
    return (
        not _squeezed(a).isdisjoint(_squeezed(b))
        or _share_identifier(a, b)
        or any(_nearly_same_title(a, b, one, other) for one in a.titles for other in b.titles)
    )


def _squeezed(draft: Draft) -> set[str]:
    return {title.replace(" ", "") for title in draft.titles if title}


def _share_identifier(a: Draft, b: Draft) -> bool:
    return bool(a.identifiers & b.identifiers) and any(
        titles_compatible(one, other)
        for one in a.values("title", "former_titles")
        for other in b.values("title", "former_titles")
    )


def _nearly_same_title(a: Draft, b: Draft, one: str, other: str) -> bool:
    ratio = fuzz.ratio(one, other, score_cutoff=NEARLY_EQUAL) if one else 0.0
    if not ratio or numbers_in(one) != numbers_in(other) or differ_in_identifier(a, b):
        return False
    if a.first_authors and b.first_authors:
        return bool(a.first_authors & b.first_authors)
    return ratio >= PRACTICALLY_EQUAL


def group(drafts: Sequence[Draft], new: int | None = None) -> list[list[int]]:
    """Positions of the drafts that are about one paper, together; every position is in one group.

    With *new*, only the first so many are compared by nearly equal titles with all the others, among which
    such titles have been told apart before.
    """
    parent = list(range(len(drafts)))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    index = DraftIndex[int]()
    of_new = range(len(drafts) if new is None else new)
    for position in chain(range(len(of_new), len(drafts)), of_new):
        draft = drafts[position]
        for other in index.same(draft, nearly=position in of_new):
            parent[root(other)] = root(position)
        index.add(position, draft)
    groups: dict[int, list[int]] = {}
    for position in range(len(drafts)):
        groups.setdefault(root(position), []).append(position)
    return list(groups.values())


class DraftIndex(Generic[Key]):
    """Drafts by a key of one's own, and those among them that are about the same paper as another.

    It finds what :func:`are_one_paper` would find, and asks that only of what can be meant: of the same
    title, with the same identifier, or of a nearly equal title.  Titles that differ by more than a few
    letters need the same first author for that.
    """

    def __init__(self) -> None:
        self._drafts: dict[Key, Draft] = {}
        self._by_title: dict[str, list[Key]] = {}
        self._by_identifier: dict[tuple[str, str], list[Key]] = {}
        self._by_first_author: dict[str, _Titles[Key]] = {}
        self._without_author = _Titles[Key]()
        self._all = _Titles[Key]()

    def __getitem__(self, key: Key) -> Draft:
        return self._drafts[key]

    def add(self, key: Key, draft: Draft) -> None:
        """Take a draft in, or a later state of one that has the key."""
        self._drafts[key] = draft
        for title in sorted(_squeezed(draft)):
            self._by_title.setdefault(title, []).append(key)
        for identifier in draft.identifiers:
            self._by_identifier.setdefault(identifier, []).append(key)
        of_authors = [
            self._by_first_author.setdefault(author, _Titles()) for author in sorted(draft.first_authors)
        ]
        for titles in (self._all, *(of_authors or [self._without_author])):
            titles.add(key, draft)

    def same(self, draft: Draft, *, nearly: bool = True) -> Iterator[Key]:
        """The keys of those that are about the same paper: of equal titles, by identifier, then *nearly*."""
        for title in sorted(_squeezed(draft)):
            yield from self._by_title.get(title, ())
        candidates = chain.from_iterable(
            self._by_identifier.get(one, ()) for one in sorted(draft.identifiers)
        )
        if nearly:
            candidates = chain(candidates, self._near(draft))
        for key in dict.fromkeys(candidates):
            if are_one_paper(draft, self._drafts[key]):
                yield key

    def _near(self, draft: Draft) -> Iterator[Key]:
        if not draft.first_authors:
            yield from self._all.near(draft, PRACTICALLY_EQUAL)
            return
        yield from self._without_author.near(draft, PRACTICALLY_EQUAL)
        for author in sorted(draft.first_authors & self._by_first_author.keys()):
            yield from self._by_first_author[author].near(draft, NEARLY_EQUAL)


class _Titles(Generic[Key]):
    """Titles by their length, beyond which none can be nearly equal, and whose they are."""

    def __init__(self) -> None:
        self._of_length: dict[int, list[str]] = {}
        self._owners: dict[str, list[Key]] = {}

    def add(self, key: Key, draft: Draft) -> None:
        for title in draft.titles:
            if title not in self._owners:
                self._of_length.setdefault(len(title), []).append(title)
            self._owners.setdefault(title, []).append(key)

    def near(self, draft: Draft, least: float) -> Iterator[Key]:
        """Whose titles are similar to the draft's by *least* percent or more."""
        for title in draft.titles:
            for length in _lengths(len(title), least):
                titles = self._of_length.get(length, ())
                found = process.extract(title, titles, scorer=fuzz.ratio, score_cutoff=least, limit=None)
                yield from chain.from_iterable(self._owners[other] for other, _, _ in found)


def _lengths(length: int, least: float) -> range:
    """How long a text can be that is similar to one of *length* by *least* percent or more."""
    factor = (200 - least) / least
    return range(int(length / factor), int(length * factor) + 2)
