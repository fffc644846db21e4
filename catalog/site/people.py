"""Who wrote what: authors by name, each with an address and all of their papers.

A record holds names and nothing that tells people apart, so one address may stand for several
people of one name; its page says so.  Spellings that differ only in case, accents and punctuation
share an address; names that differ only in where their words end ("Shutao", "Shu-Tao") do not, for two
people may bear them, but their pages point at each other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalog.catalogue import Catalogue, by_date
from catalog.query.words import without_marks, words
from catalog.record import Paper
from catalog.site.addresses import author_page, slug


def author_slug(name: str) -> str:
    """The folder of a name; names without a Latin letter or digit get a number that is always the same.

    >>> author_slug("Christopher Ré"), author_slug("J. Zico Kolter"), author_slug("李明")
    ('christopher-re', 'j-zico-kolter', 'author-def6a74c')
    """
    if any(c.isascii() and c.isalnum() for c in without_marks(name)):
        return slug(name)
    return f"author-{hashlib.blake2b(name.casefold().encode(), digest_size=4).hexdigest()}"


@dataclass(frozen=True)
class Namesake:
    """Another author, whose name has the same letters."""

    name: str
    address: str
    papers: int


@dataclass(frozen=True)
class Author:
    """All that one address stands for.

    Attributes
    ----------
    name : the spelling that most papers use
    spellings : the others, as the records have them
    papers : newest first
    found_by_name : whether a search for the words of the name finds these papers and no others
    see_also : others whose names are the same but for where words end, who may be the same people
    """

    slug: str
    name: str
    spellings: tuple[str, ...]
    papers: tuple[Paper, ...]
    found_by_name: bool
    see_also: tuple[Namesake, ...] = ()

    @property
    def address(self) -> str:
        return author_page(self.slug)


@dataclass
class _Gathered:
    papers: list[Paper] = field(default_factory=list)
    spellings: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Authors:
    """Every author of a catalogue, by slug in alphabetical order."""

    by_slug: Mapping[str, Author]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Authors:
        """Gather the authors of all records; a name that stands twice in one record counts once."""
        slugs: dict[str, str] = {}
        gathered: dict[str, _Gathered] = {}
        for paper in by_date(catalogue.papers):
            for name in dict.fromkeys(paper.authors or ()):
                key = slugs.get(name) or slugs.setdefault(name, author_slug(name))
                entry = gathered.setdefault(key, _Gathered())
                entry.spellings[name] += 1
                if not entry.papers or entry.papers[-1] is not paper:
                    entry.papers.append(paper)
        unlike = _unlike(gathered)
        return cls(
            _with_namesakes({key: _author(key, gathered[key], key in unlike) for key in sorted(gathered)})
        )

    def by_number(self) -> Sequence[Author]:
        """Those with most papers first, equals by name."""
        return sorted(self.by_slug.values(), key=lambda author: (-len(author.papers), author.name.casefold()))


def _unlike(gathered: Mapping[str, _Gathered]) -> set[str]:
    """Slugs whose name has the same words in every spelling, and whose words stand in no other's name."""
    slugs: dict[tuple[str, ...], set[str]] = {}
    spelt: Counter[str] = Counter()
    for key, entry in gathered.items():
        for name in {words(spelling) for spelling in entry.spellings}:
            slugs.setdefault(name, set()).add(key)
            spelt[key] += 1
    unlike = {key for key in gathered if spelt[key] == 1} - slugs.get((), set())
    for name, keys in slugs.items():
        for run in _runs(name):
            found = slugs.get(run, set())
            unlike -= found if len(keys) > 1 else found - keys
    return unlike


def _runs(name: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Words that stand next to each other in *name*: what a search for them in quotes finds it by."""
    for start in range(len(name)):
        for end in range(start + 1, len(name) + 1):
            yield name[start:end]


def _author(key: str, gathered: _Gathered, found_by_name: bool) -> Author:
    name, *others = sorted(gathered.spellings, key=lambda name: (-gathered.spellings[name], name))
    return Author(key, name, tuple(others), tuple(gathered.papers), found_by_name)


def _with_namesakes(authors: Mapping[str, Author]) -> Mapping[str, Author]:
    letters: dict[str, set[str]] = {}
    for key, author in authors.items():
        for name in (author.name, *author.spellings):
            letters.setdefault("".join(words(name)), set()).add(key)
    letters.pop("", None)
    alike: dict[str, set[str]] = {}
    for keys in letters.values():
        for key in keys if len(keys) > 1 else ():
            alike.setdefault(key, set()).update(keys - {key})

    def namesake(key: str) -> Namesake:
        return Namesake(authors[key].name, authors[key].address, len(authors[key].papers))

    return {
        key: replace(author, see_also=tuple(map(namesake, sorted(alike[key])))) if key in alike else author
        for key, author in authors.items()
    }


def author_links(paper: Paper) -> tuple[tuple[str, str], ...]:
    """Name and address of each of the paper's authors, in their order."""
    return tuple((name, author_page(author_slug(name))) for name in paper.authors or ())
