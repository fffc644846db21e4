"""Who wrote what: authors by name, each with an address and all of their papers.

A record holds names and nothing that tells people apart, so one address may stand for several
people of one name; its page says so.  Spellings that differ only in case, accents and punctuation
share an address.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.site.addresses import author_page, slug
from catalog.site.views import by_date


def author_slug(name: str) -> str:
    """The folder of a name; names without a Latin letter or digit get a number that is always the same.

    >>> author_slug("Christopher Ré"), author_slug("J. Zico Kolter"), author_slug("李明")
    ('christopher-re', 'j-zico-kolter', 'author-def6a74c')
    """
    if any(c.isascii() and c.isalnum() for c in unicodedata.normalize("NFKD", name)):
        return slug(name)
    return f"author-{hashlib.blake2b(name.casefold().encode(), digest_size=4).hexdigest()}"


@dataclass(frozen=True)
class Author:
    """All that one address stands for.

    Attributes
    ----------
    name : the spelling that most papers use
    spellings : the others, as the records have them
    papers : newest first
    """

    slug: str
    name: str
    spellings: tuple[str, ...]
    papers: tuple[Paper, ...]

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
        return cls({key: _author(key, gathered[key]) for key in sorted(gathered)})

    def by_number(self) -> Sequence[Author]:
        """Those with most papers first, equals by name."""
        return sorted(self.by_slug.values(), key=lambda author: (-len(author.papers), author.name.casefold()))


def _author(key: str, gathered: _Gathered) -> Author:
    name, *others = sorted(gathered.spellings, key=lambda name: (-gathered.spellings[name], name))
    return Author(key, name, tuple(others), tuple(gathered.papers))


def author_links(paper: Paper) -> tuple[tuple[str, str], ...]:
    """Name and address of each of the paper's authors, in their order."""
    return tuple((name, author_page(author_slug(name))) for name in paper.authors or ())
