"""Every link of every record: does it still lead somewhere, and where to?

Which links there are, what is known of each, and how a moved one is written back.
How servers are asked is :mod:`catalog.upkeep.probing`'s business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from rapidfuzz import fuzz, process

from catalog import formatting
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError, Finding, Fix, ProgressCallback
from catalog.findings import Path as FieldPath
from catalog.links import links_with_places, same_address
from catalog.record import Links, Paper, link_of
from catalog.root import own_place
from catalog.upkeep.answers import Answer, Verdict
from catalog.upkeep.ledger import Ledger
from catalog.upkeep.network import PublicTransport
from catalog.upkeep.probing import Clock, Manners, NoNetworkError, Prober, RealClock

LEDGER = ".cache/links.jsonl"
"""Where verdicts are kept, below the catalogue's root."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link stands: the record, and the field of it."""

    paper: str
    path: FieldPath


@dataclass(frozen=True)
class LinkReport:
    """What became of all links.

    Attributes
    ----------
    answers : in the order of the first place of each link
    places : link -> every place where it stands
    """

    answers: tuple[Answer, ...]
    places: Mapping[str, tuple[Place, ...]]

    def of(self, verdict: Verdict) -> list[Answer]:
        """The links with this verdict."""
        return [answer for answer in self.answers if answer.verdict is verdict]

    @property
    def all_well(self) -> bool:
        """Whether there is nothing to do, and servers could say so."""
        return not self.needs_a_look and not self.nothing_learned

    @property
    def needs_a_look(self) -> bool:
        """Whether a link is dead or has moved."""
        return bool(self.of(Verdict.DEAD) or self.of(Verdict.MOVED))

    @property
    def nothing_learned(self) -> bool:
        """Whether there are links, and all of them are unclear."""
        return bool(self.answers) and len(self.of(Verdict.UNCLEAR)) == len(self.answers)


def links_of(catalogue: Catalogue, host: str | None = None) -> dict[str, tuple[Place, ...]]:
    """Every link of the records, those that identifiers give among them, and where it stands.

    With *host*, only the links there, or at a host below it.
    """
    found: dict[str, list[Place]] = {}
    for paper in catalogue:
        for path, link in _links_of(paper):
            name = urlsplit(link).hostname or ""
            if host is None or name == host or name.endswith(f".{host}"):
                found.setdefault(link, []).append(Place(paper.id, path))
    return {link: tuple(places) for link, places in found.items()}


def _links_of(paper: Paper) -> Iterator[tuple[FieldPath, str]]:
    for name, value in paper.identifiers:
        if value:
            yield ("identifiers", name), link_of(name, value)
    yield from links_with_places(paper)


@dataclass(frozen=True)
class Settings:
    """How links are asked; all but *agent* have good defaults.

    Attributes
    ----------
    agent : what servers are told of who asks
    transport : where requests go, in tests to a server of this machine
    """

    agent: str
    manners: Manners = field(default_factory=Manners)
    clock: Clock = field(default_factory=RealClock)
    transport: httpx.AsyncBaseTransport | None = None


def check_links(
    catalogue: Catalogue,
    settings: Settings,
    *,
    today: date,
    host: str | None = None,
    resume: bool = False,
    ledger: Path | None = None,
    progress: ProgressCallback | None = None,
) -> LinkReport:
    """Ask every link, or those of one *host*.

    Parameters
    ----------
    today : the day that verdicts bear in the ledger
    resume : take over what the last run, if it is recent, found alive or moved, and ask the rest
    ledger : where verdicts are kept; by default ``.cache/`` below the catalogue's root

    Raises
    ------
    CatalogError : no record links to *host*, or no host answered at all: there is no network
    """
    places = links_of(catalogue, host)
    if host is not None and not places:
        raise CatalogError(_no_link_to(host, catalogue))
    with Ledger(ledger or own_place(catalogue.root, LEDGER), resume=resume, today=today) as kept:
        answers = {url: kept.known[url] for url in places if url in kept.known}
        asked = [url for url in places if url not in answers]

        def take(answer: Answer) -> None:
            answers[answer.url] = answer
            kept.add(answer)
            if progress:
                progress(len(answers), len(places))

        if progress:
            progress(len(answers), len(places))
        reached = asyncio.run(_ask(asked, settings, take))
        if not reached and any(answers[url].verdict is Verdict.DEAD for url in asked):
            raise _no_network(answers[asked[0]].reason)
    return LinkReport(tuple(answers[url] for url in places), places)


async def _ask(urls: Iterable[str], settings: Settings, take: Callable[[Answer], None]) -> bool:
    """Ask *urls*; whether any host was reached."""
    manners = settings.manners
    async with settings.transport or PublicTransport(manners.at_once) as transport:
        prober = Prober(transport, settings.agent, manners, settings.clock)
        # What ``except*`` raises is in a group again on some versions of Python, so the group is opened here.
        try:
            await prober.ask_all(urls, take)
        except BaseExceptionGroup as group:
            first = next(_leaves(group))
            if isinstance(first, NoNetworkError):
                raise _no_network(str(first)) from None
            raise first from None  # such as the ledger's disk being full
    return prober.reached_any_host


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """The exceptions themselves, however deep their groups."""
    for exception in group.exceptions:
        if isinstance(exception, BaseExceptionGroup):
            yield from _leaves(exception)
        else:
            yield exception


def _no_link_to(host: str, catalogue: Catalogue) -> str:
    known = sorted({urlsplit(link).hostname or "" for link in links_of(catalogue)})
    near = process.extractOne(host.lower(), known, scorer=fuzz.ratio, score_cutoff=60)
    hint = f"; did you mean {near[0]}?" if near else "; give the name of a host alone, such as github.com"
    return f"no record has a link to {host}{hint}"


def _no_network(reason: str) -> CatalogError:
    return CatalogError(
        f"no host could be reached: there seems to be no network ({reason}); try again where there is one"
    )


# ---------------------------------------------------------------------------------- writing back


def fix_moved(catalogue: Catalogue, report: LinkReport) -> list[str]:
    """Write the new places of moved links into the records, each other line as it is; the changed files.

    Links that identifiers give are not written anywhere and stay.  The records are read again, because
    asking took minutes, in which somebody may have changed them.

    Raises
    ------
    CatalogError : a record was changed even while this was written; it is as its author wants it
    """
    catalogue = Catalogue.load(catalogue.root)
    moved = {answer.url: answer.new for answer in report.of(Verdict.MOVED) if answer.new}
    findings = []
    for paper in catalogue:
        links = _moved(paper.links, moved)
        if links == paper.links:
            continue
        changes: dict[str, Any] = {"links": links.model_dump(mode="json", exclude_defaults=True)}
        if paper.bibtex and links.paper != paper.links.paper:
            changes["bibtex"] = paper.bibtex  # rendered again, because it names the paper's link
        file = catalogue.files[paper.id]
        findings.append(Finding(file, 1, 1, "moved-link", "warning", "a link moved", Fix(changes)))
    return formatting.apply_fixes(catalogue, findings)


def _moved(links: Links, moved: Mapping[str, str]) -> Links:
    code: dict[str, str] = {}
    for link in links.code:
        new = moved.get(link, link)
        code.setdefault(same_address(new), new)
    single = {name: getattr(links, name) for name in ("paper", "project", "video")}
    changed = {name: moved.get(link, link) if link else None for name, link in single.items()}
    return links.model_copy(update={**changed, "code": tuple(code.values())})


def after_fix(report: LinkReport, catalogue: Catalogue) -> LinkReport:
    """The report once moved links are written: those that no record holds any more are alive."""
    left = links_of(catalogue)

    def settled(answer: Answer) -> Answer:
        if answer.verdict is Verdict.MOVED and answer.url not in left:
            return replace(answer, verdict=Verdict.ALIVE, reason=f"now {answer.new}")
        return answer

    return replace(report, answers=tuple(map(settled, report.answers)))
