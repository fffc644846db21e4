"""Which paper of the catalogue a key or an entry of somebody else means; never a guess.

Titles must be equal but for case, punctuation and markup.  What is similar is only suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from rapidfuzz import fuzz, process

from catalog.bibtex import Entry
from catalog.catalogue import Catalogue
from catalog.cite.bibliographies import arxiv_ids, dois
from catalog.exports.bibtex import unique_keys
from catalog.record import Paper
from catalog.released import released_keys
from catalog.values import LIKE_ARXIV_ID, REGISTRANT
from catalog.vocabulary import fold

_ARXIV_KEY = re.compile(
    rf"(?:arxiv[:.]|(?:doi:|https?://(?:dx\.)?doi\.org/)?10\.48550/arxiv\.)?({LIKE_ARXIV_ID})(?:v\d+)?",
    re.IGNORECASE,
)
"""A key that is an arXiv id, or arXiv's DOI of a preprint."""
_DBLP_KEY = re.compile(r"dblp:journals/corr/abs-(\d{4})-(\d{4,5})", re.IGNORECASE)
"""DBLP's key of a preprint."""


class Resolver:
    """Finds papers of one catalogue by what others call them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.keys = unique_keys(catalogue)

    def by_key(self, key: str) -> Paper | None:
        """The paper with that BibTeX key, id, former id, released key, arXiv id or DOI, in this order."""
        wanted = key.lower()
        found = self._by_name.get(key) or self._by_name.get(wanted)
        if found:
            return found
        if arxiv := _ARXIV_KEY.fullmatch(key):
            return self.by_identifier("arxiv", arxiv[1])
        if preprint := _DBLP_KEY.fullmatch(key):
            return self.by_identifier("arxiv", f"{preprint[1]}.{preprint[2]}")
        doi = re.fullmatch(rf"(?:doi:|https?://(?:dx\.)?doi\.org/)?({REGISTRANT}/\S+)", wanted)
        return self.by_identifier("doi", doi[1]) if doi else None

    def by_identifier(self, name: str, value: str) -> Paper | None:
        """The one paper with that identifier; ``None`` where there is none or more than one."""
        return _only(self.catalogue.by_identifier.get((name, value.lower()), ()))

    def by_entry(self, entry: Entry) -> Paper | None:
        """The paper that an entry cites, by its arXiv id, its DOI or else its title.

        An entry that names two papers by its identifiers is nobody's.
        """
        found = [self.by_identifier("arxiv", arxiv) for arxiv in arxiv_ids(entry)]
        found += [self.by_identifier("doi", doi) for doi in dois(entry)]
        papers = {paper.id: paper for paper in found if paper}
        if papers:
            return _only(papers.values())
        title = fold(entry.title or "")
        return _only(self._by_title.get(title, ())) if title else None

    def nearest(self, key: str) -> str | None:
        """A known key or id that looks like *key*."""
        near = process.extractOne(key.lower(), self._by_name.keys(), scorer=fuzz.ratio, score_cutoff=75)
        return near[0] if near else None

    @cached_property
    def _by_name(self) -> dict[str, Paper]:
        names: dict[str, Paper] = {}
        papers = self.catalogue.by_id
        for paper_id, key in self.keys.items():
            names.setdefault(key, papers[paper_id])
        for paper_id, key in self.keys.items():
            names.setdefault(key.lower(), papers[paper_id])
        now = self.catalogue.by_any_id
        for name, paper in now.items():
            names.setdefault(name, paper)
        for paper_id, key in released_keys(self.catalogue.root).items():
            if paper_id in now:
                names.setdefault(key, now[paper_id])
                names.setdefault(key.lower(), now[paper_id])
        return names

    @cached_property
    def _by_title(self) -> dict[str, list[Paper]]:
        titles: dict[str, list[Paper]] = {}
        for paper in self.catalogue:
            for title in {fold(text) for text in (paper.title, *paper.former_titles)}:
                titles.setdefault(title, []).append(paper)
        return titles


def _only(papers: Iterable[Paper]) -> Paper | None:
    listed = list(papers)
    return listed[0] if len(listed) == 1 else None
