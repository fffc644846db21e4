"""Papers on the topic that the catalogue does not have yet: from arXiv, and from newer copies of lists.

What is known, or was looked at and refused, is left out.  The rest is ranked by how
well its words fit the phrases of ``papers/catalogue.yaml`` and by who names it; each
comes with the reason, and a person decides.  Nothing is written.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from catalog import importers
from catalog.adding import Offices
from catalog.catalogue import Catalogue
from catalog.draft import Claim, Draft, draft_of_paper, group, merge
from catalog.findings import CatalogError, ProgressCallback
from catalog.record import IDENTIFIERS, Identifiers, canonical_link
from catalog.sources import SourceError
from catalog.sources.asking import is_identifier
from catalog.upkeep.arxiv_search import Hit, search
from catalog.vocabulary import PublishedList, Vocabulary

IN_TITLE, IN_ABSTRACT, IN_LIST = 3, 1, 4
"""What a phrase in the title or abstract is worth, and a list that holds the paper."""

_ADDED_BY = {"arxiv": "", "openreview": "openreview:", "anthology": "", "doi": ""}
"""Identifiers by which ``catalog add`` is given a paper, the best first, with what stands before them."""


@dataclass(frozen=True)
class Candidate:
    """A paper that may be worth adding.

    Attributes
    ----------
    score : how well it fits; more is better
    reasons : which words matched where, and which lists hold it
    link : where it can be read, if anybody says so
    identifier : by which ``catalog add`` takes it
    """

    title: str
    score: int
    reasons: tuple[str, ...]
    link: str | None = None
    identifier: str | None = None
    published: str = ""

    @property
    def command(self) -> str | None:
        """The line that adds it, fit for a shell."""
        return f"catalog add {shlex.quote(self.identifier)}" if self.identifier else None


@dataclass(frozen=True)
class Discovered:
    """What was found.

    Attributes
    ----------
    candidates : the best first
    known, refused : how many papers were found that the catalogue has, or keeps out
    problems : sentences about what could not be asked or read
    """

    since: date
    candidates: tuple[Candidate, ...] = ()
    known: int = 0
    refused: int = 0
    problems: tuple[str, ...] = ()


@dataclass
class _Sighting:
    """A paper that somebody names: arXiv's search, or a row of a list."""

    draft: Draft
    reason: str = ""
    abstract: str = ""
    link: str | None = None
    published: str = ""
    words: list[str] = field(default_factory=list)


def discover(
    catalogue: Catalogue,
    offices: Offices | None,
    *,
    since: date,
    lists: Sequence[tuple[str, Path]] = (),
    progress: ProgressCallback | None = None,
) -> Discovered:
    """Look for papers that appeared on *since* or later, and in copies of published lists.

    Parameters
    ----------
    offices : where arXiv is asked; without them only lists are read
    lists : (dialect, file) of each copy

    Raises
    ------
    CatalogError : nothing says what to look for, a list cannot be read, or there are too many papers
    """
    phrases = _phrases(catalogue)
    if not phrases and not lists:
        raise CatalogError(
            "papers/catalogue.yaml: nothing says what to look for; write phrases there, as in "
            "'discover: [graph learning, node classification]', or name a list with --list"
        )
    sightings, problems = [], []
    if offices and phrases:
        try:
            hits = search(phrases, since, catalogue.vocabulary, offices, progress)
            sightings += [_sighting_of(hit) for hit in hits]
        except SourceError as error:
            problems.append(f"arXiv could not be searched: {error}")
    for dialect, path in lists:
        rows = list(_rows(dialect, path, catalogue.vocabulary))
        if not rows:
            problems.append(f"{path}: no row could be read as {dialect}; is that the list's dialect?")
        sightings += rows
    return _sift(sightings, catalogue, since, problems)


def _phrases(catalogue: Catalogue) -> list[str]:
    return [phrase for phrase in catalogue.config.discover if re.search(r"[^\W_]", phrase)]


def _sighting_of(hit: Hit) -> _Sighting:
    claims = {
        "title": (Claim(hit.title, "arXiv"),),
        "arxiv": (Claim(hit.arxiv, "arXiv"),),
        **({"authors": (Claim(hit.authors, "arXiv"),)} if hit.authors else {}),
    }
    return _Sighting(Draft(claims), "", hit.abstract, published=hit.published)


def _rows(dialect: str, path: Path, vocabulary: Vocabulary) -> Iterator[_Sighting]:
    source = _list_key(dialect, vocabulary)
    for reading in importers.read_list(dialect, path, vocabulary, source):
        if reading.refused:
            continue
        label = vocabulary.label("listed_in", source)
        reason = f"in {label}, {reading.entry.file}:{reading.entry.line}"
        link = next((str(value) for value in reading.draft.values("paper")), None)
        yield _Sighting(reading.draft, reason, link=link)


def _list_key(dialect: str, vocabulary: Vocabulary) -> str:
    """The list of that dialect, where the vocabulary knows one; else the dialect stands for it."""
    lists = vocabulary["listed_in"].items()
    keys = [key for key, each in lists if isinstance(each, PublishedList) and each.dialect == dialect]
    return keys[0] if len(keys) == 1 else dialect


# ------------------------------------------------------------------------------- what is new


def _sift(
    sightings: Sequence[_Sighting], catalogue: Catalogue, since: date, problems: Sequence[str]
) -> Discovered:
    papers = list(catalogue.papers)
    drafts = [sighting.draft for sighting in sightings]
    everything = drafts + [draft_of_paper(paper) for paper in papers]
    candidates, known, refused = [], 0, 0
    for positions in group(everything, new=len(drafts)):
        same = [sightings[n] for n in sorted(positions) if n < len(sightings)]
        if not same:
            continue
        draft = merge(sighting.draft for sighting in same)
        if len(same) < len(positions) or _has_id_of_a_record(same, catalogue):
            known += 1
        elif catalogue.refused.find(draft.values("title"), draft.values("arxiv")):
            refused += 1
        else:
            candidates.append(_candidate(draft, same, catalogue))
    candidates.sort(key=lambda c: c.title)
    candidates.sort(key=lambda c: (c.score, c.published), reverse=True)
    return Discovered(since, tuple(candidates), known, refused, tuple(problems))


def _has_id_of_a_record(same: Sequence[_Sighting], catalogue: Catalogue) -> bool:
    """Whether arXiv itself gives it the id of a record, which was retitled; lists do mistake ids."""
    ids = [claim.value for sighting in same for claim in sighting.draft["arxiv"] if claim.source == "arXiv"]
    return any(("arxiv", str(value)) in catalogue.by_identifier for value in ids)


def _candidate(draft: Draft, same: Sequence[_Sighting], catalogue: Catalogue) -> Candidate:
    title = next(str(claim.value) for sighting in same for claim in sighting.draft["title"])
    abstract = next((sighting.abstract for sighting in same if sighting.abstract), "")
    score, reasons = _words(title, abstract, _phrases(catalogue))
    listed = list(dict.fromkeys(sighting.reason for sighting in same if sighting.reason))
    score += IN_LIST * len({claim.value for claim in draft["listed_in"]})
    free, doubtful = _identifiers(draft, catalogue)
    reasons += [*listed, *doubtful]
    identifier = next((before + free[name] for name, before in _ADDED_BY.items() if name in free), None)
    link = canonical_link(Identifiers.model_validate(free)) or next((s.link for s in same if s.link), None)
    published = max(sighting.published for sighting in same)
    return Candidate(title, score, tuple(reasons or ["found by arXiv's search"]), link, identifier, published)


def _identifiers(draft: Draft, catalogue: Catalogue) -> tuple[dict[str, str], list[str]]:
    """Identifiers that no record has; and, in words, those that one has, which a list took over wrongly."""
    free: dict[str, str] = {}
    doubtful = []
    for name in IDENTIFIERS:
        for value in sorted({str(value) for value in draft.values(name)}):
            owners = catalogue.by_identifier.get((name, value.lower()), ())
            if owners:
                doubtful.append(f"its {name} {value} there is that of '{owners[0].id}'")
            elif is_identifier(name, value):
                free.setdefault(name, value)
    return free, doubtful


# ------------------------------------------------------------------------------- how well it fits


def _words(title: str, abstract: str, phrases: Sequence[str]) -> tuple[int, list[str]]:
    """The score of the phrases that were found, and where they were, in words."""
    in_title = [phrase for phrase in phrases if _pattern(phrase).search(title)]
    in_abstract = [p for p in phrases if p not in in_title and _pattern(p).search(abstract)]
    reasons = []
    if in_title:
        reasons.append(f"title: {', '.join(in_title)}")
    if in_abstract:
        reasons.append(f"abstract: {', '.join(in_abstract)}")
    return IN_TITLE * len(in_title) + IN_ABSTRACT * len(in_abstract), reasons


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    """The phrase with any hyphens, plurals and capitals.

    >>> bool(_pattern("token pruning").search("Adaptive Tokens-Pruning")), bool(_pattern("ab").search("cab"))
    (True, False)
    """
    words = re.findall(r"[^\W_]+", phrase)
    return re.compile(r"\b" + r"[\W_]+".join(f"{re.escape(word)}s?" for word in words) + r"\b", re.IGNORECASE)
