"""What is new: the records by the date they were added, and the changes to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.site.addresses import CHANGES, NEW, paper_page, to_root
from catalog.site.history import History, Step
from catalog.site.pages import File, Maker
from catalog.site.views import date_in_words

SHOWN = 100
"""Papers on the page of what is new."""
STEPS_SHOWN = 200
"""Commits on the page of changes."""
NAMED = 12
"""Records that one commit names; more are counted."""


@dataclass(frozen=True)
class ChangeView:
    """What one commit did.

    Attributes
    ----------
    groups : ``added``, ``changed`` or ``removed`` -> records with their addresses, and how many more
    """

    hash: str
    date: str
    day: str | None
    subject: str
    groups: tuple[tuple[str, tuple[tuple[str, str | None], ...], int], ...]


def newest(papers: Sequence[Paper]) -> list[Paper]:
    """Latest added first; of those the latest published, equals by id."""
    ordered = sorted(papers, key=lambda paper: paper.id)
    return sorted(ordered, key=lambda paper: (paper.added or "", paper.published or ""), reverse=True)


def news_files(catalogue: Catalogue, maker: Maker, history: History) -> Iterator[File]:
    """The page of what is new and, where there is a history, that of changes."""
    papers = newest(catalogue.papers)
    months = [
        (date_in_words(month) or "", [maker.entry(paper, to_root(NEW)) for paper in group])
        for month, group in groupby(papers[:SHOWN], key=lambda paper: (paper.added or "")[:7] or None)
    ]
    yield maker.page(
        NEW,
        "new",
        "new.html.j2",
        months=months,
        shown=min(SHOWN, len(papers)),
        total=len(papers),
        has_changes=bool(history.steps),
    )
    if history.steps:
        steps = [_view(step, catalogue) for step in history.steps[:STEPS_SHOWN]]
        left_out = max(0, len(history.steps) - STEPS_SHOWN)
        yield maker.page(CHANGES, "changes", "changes.html.j2", steps=steps, left_out=left_out)


def _view(step: Step, catalogue: Catalogue) -> ChangeView:
    groups = []
    for what, paths in (("added", step.added), ("changed", step.changed), ("removed", step.removed)):
        if paths:
            named = tuple(_record(path, catalogue) for path in paths[:NAMED])
            groups.append((what, named, max(0, len(paths) - NAMED)))
    commit = step.commit
    return ChangeView(commit.hash, commit.date, date_in_words(commit.date), commit.subject, tuple(groups))


def _record(path: str, catalogue: Catalogue) -> tuple[str, str | None]:
    """A record as a reader knows it, and its page if it still has one."""
    paper = catalogue.by_id.get(PurePosixPath(path).stem)
    return (paper.name or paper.title, paper_page(paper.id)) if paper else (PurePosixPath(path).stem, None)
