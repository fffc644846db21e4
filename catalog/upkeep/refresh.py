"""What the sources say today of papers that have a record: published since, retitled, code, withdrawn.

Nothing is written here without being asked for: the outcome is a new text for each
record, to be shown as a difference.  What is new of one paper is worked out in
:mod:`~catalog.upkeep.news`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from catalog import yaml_files
from catalog.adding import Offices, Query, look_up
from catalog.adding.lookup import Reply
from catalog.catalogue import Catalogue
from catalog.checks.registry import advice_on_id
from catalog.draft import RECORD, Authority, Claim, Draft, draft_of_paper
from catalog.findings import CatalogError, ProgressCallback
from catalog.formatting import write_moved
from catalog.record import Paper
from catalog.record_files import parse_record
from catalog.upkeep.news import News, is_unpublished, news_of

PATIENCE = 3
"""Failures in a row after which a source is not asked about further papers."""


@dataclass(frozen=True)
class Refreshed:
    """What became of asking about many papers.

    Attributes
    ----------
    asked : how many papers
    problems : sentences about sources that could not answer
    """

    asked: int
    news: tuple[News, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def changes(self) -> list[News]:
        """The news that change a record."""
        return [news for news in self.news if news.new != news.old]

    @property
    def all_well(self) -> bool:
        """Whether there is nothing to look at, and every source could say so."""
        return not self.needs_a_look and not self.problems

    @property
    def needs_a_look(self) -> bool:
        """Whether a record changes, or a paper may have been withdrawn or retracted."""
        return bool(self.changes) or any(news.alarms for news in self.news)


def refresh(
    catalogue: Catalogue,
    offices: Offices,
    ids: Sequence[str] = (),
    *,
    everything: bool = False,
    progress: ProgressCallback | None = None,
) -> Refreshed:
    """Ask about the papers *ids*, else about all preprints, or about *everything*.

    Raises
    ------
    CatalogError : there is no record of such an id, or no source at all could answer
    """
    papers = _chosen(catalogue, ids, everything)
    health = _Health(offices)
    news = []
    for position, paper in enumerate(papers, 1):
        query = Query(paper.id, _known_draft(paper))
        found = look_up(query, catalogue.vocabulary, health.offices)
        health.note(found.replies)
        item = news_of(paper, found, catalogue)
        if item.what or item.alarms or item.notes:
            news.append(item)
        if item.new != item.old:
            changed, _ = parse_record(
                item.new, yaml_files.parse(item.new), item.file, catalogue.vocabulary.own
            )
            catalogue = catalogue.with_papers([changed] if changed else [])
        if progress:
            progress(position, len(papers))
    problems = tuple(health.problems())
    if problems and not health.answered:
        raise CatalogError("no source could answer; try again later:\n" + "\n".join(problems))
    return Refreshed(len(papers), tuple(news), problems)


def write(refreshed: Refreshed, catalogue: Catalogue) -> list[str]:
    """Write what is new into the records; the files that these are in now.

    Raises
    ------
    CatalogError : a record has been changed by somebody else meanwhile
    """
    for news in refreshed.changes:
        if catalogue.text_of(news.paper) != news.old:
            raise CatalogError(f"{news.file}: has been changed since the sources were asked; ask again")
    written = []
    for news in refreshed.changes:
        write_moved(catalogue.root, news.file, news.place, news.new)
        written.append(news.place)
    return written


def _chosen(catalogue: Catalogue, ids: Sequence[str], everything: bool) -> list[Paper]:
    for paper_id in ids:
        if paper_id not in catalogue.by_id:
            raise CatalogError(_no_record(paper_id, catalogue))
    if ids:
        return [catalogue[paper_id] for paper_id in dict.fromkeys(ids)]
    return [
        paper
        for paper in catalogue
        if any(value for _, value in paper.identifiers)
        and (everything or is_unpublished(paper, catalogue.vocabulary))
    ]


def _no_record(paper_id: str, catalogue: Catalogue) -> str:
    """Why nothing can be asked about *paper_id*, and what to do."""
    for finding in catalogue.unreadable:
        if PurePosixPath(finding.file).stem == paper_id:
            return f"{finding.file}:{finding.line}: {finding.message}; until then nothing is asked about it"
    advice = advice_on_id(catalogue, paper_id) or "ids are the names of the files in papers/"
    return f"there is no record '{paper_id}'; {advice}"


def _known_draft(paper: Paper) -> Draft:
    """What sources are asked by; claims of the record, which are told apart from theirs afterwards."""
    draft = draft_of_paper(paper)
    if paper.links.paper is None:
        return draft
    page = Claim(paper.links.paper, RECORD, Authority.CURATOR)
    return Draft({**draft.claims, "paper": (page,)})


class _Health:
    """Which sources still answer; one that is dead costs its time-out a few times and not for each paper."""

    def __init__(self, offices: Offices) -> None:
        self.offices = offices
        self.answered = False
        self._in_a_row: dict[str, int] = {}
        self._failed: dict[str, list[str]] = {}

    def note(self, replies: Iterable[Reply]) -> None:
        """Count what came of one paper."""
        for reply in replies:
            if reply.problem is None or reply.unknown:
                self._in_a_row[reply.source] = 0
                self.answered = True
                continue
            self._failed.setdefault(reply.source, []).append(reply.problem)
            self._in_a_row[reply.source] = self._in_a_row.get(reply.source, 0) + 1
        tired = {name for name, count in self._in_a_row.items() if count >= PATIENCE}
        alive = tuple(source for source in self.offices.sources if source.name not in tired)
        self.offices = replace(self.offices, sources=alive)

    def problems(self) -> Iterator[str]:
        """A sentence for each source that failed."""
        for name, problems in sorted(self._failed.items()):
            given_up = self._in_a_row.get(name, 0) >= PATIENCE
            more = ", and was not asked any further" if given_up else ""
            times = "once" if len(problems) == 1 else f"{len(problems):,} times"
            yield f"{name} could not answer {times}{more}: {problems[0]}"
