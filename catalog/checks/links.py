"""Links: one spelling, at the right place, and not shared by two papers by mistake."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding, named, related
from catalog.findings import Finding, Fix, Path, Severity
from catalog.links import identifiers_in, is_account, is_paper_page, links_with_places, same_address, tidy
from catalog.record import Identifiers, Paper
from catalog.vocabulary import fold

_NOWHERE = re.compile(r"localhost|127(?:\.\d+){3}|0\.0\.0\.0|(?:.+\.)?example\.(?:com|org|net|edu)")
"""Hosts that are the reader's own machine, or stand for a host in examples."""


@check("link-placeholder")
def placeholders(catalogue: Catalogue) -> Iterator[Finding]:
    """Links that lead nowhere for a reader: to their own machine, or to an address for examples."""
    for paper in catalogue:
        for path, link in links_with_places(paper):
            host = urlsplit(link).hostname or ""
            if _NOWHERE.fullmatch(host):
                message = f"the {path[1]} link '{link}' leads to {host}, where no reader finds anything"
                yield finding(
                    catalogue,
                    paper,
                    path,
                    "link-placeholder",
                    f"{message}; correct or delete it",
                    severity="warning",
                )


@check("code-is-account")
def accounts_for_code(catalogue: Catalogue) -> Iterator[Finding]:
    """Code links that lead to somebody's account, and not to a repository."""
    for paper in catalogue:
        for path, link in links_with_places(paper):
            if path[1] == "code" and is_account(link):
                yield finding(
                    catalogue,
                    paper,
                    path,
                    "code-is-account",
                    f"the code link '{link}' leads to an account, expected a repository, "
                    f"e.g. {link.rstrip('/')}/NAME; correct or delete it",
                    severity="warning",
                )


@check("link-form", "code-is-paper")
def untidy_links(catalogue: Catalogue) -> Iterator[Finding]:
    """Links that records spell otherwise, code links that lead to a paper, and one link twice."""
    for paper in catalogue:
        found: list[tuple[Path, str, str]] = []
        seen: dict[str, str] = {}
        for path, link in links_with_places(paper):
            if path[1] == "code" and is_paper_page(link):
                found.append((path, "code-is-paper", _code_is_paper(link)))
            elif path[1] == "code" and same_address(link) in seen:
                message = f"'{link}' is the same address as '{seen[same_address(link)]}'; keep one"
                found.append((path, "link-form", message))
            elif path[1] == "project" and same_address(link) in seen:
                message = f"the project link '{link}' is the code's address; delete it, or write its own page"
                found.append((path, "link-form", message))
            elif tidy(link) != link:
                found.append(
                    (path, "link-form", f"found '{link}', expected the form '{tidy(link)}'; write that")
                )
            if path[1] == "code":
                seen.setdefault(same_address(link), link)
        fix = Fix({"links": _tidied(paper)}) if found else None
        for path, rule, message in found:
            severity: Severity = "error" if rule == "code-is-paper" else "warning"
            yield finding(catalogue, paper, path, rule, message, severity=severity, fix=fix)


def _code_is_paper(link: str) -> str:
    return f"the code link '{link}' leads to a paper; move it to links.paper, or delete it"


def _tidied(paper: Paper) -> dict[str, Any]:
    """The record's links as they should be; a paper among the code links is moved where there is room."""
    links: dict[str, Any] = {}
    papers = [paper.links.paper] if paper.links.paper else []
    papers += [] if paper.paper_link else [link for link in paper.links.code if is_paper_page(link)]
    if papers:
        links["paper"] = tidy(papers[0])
    code: dict[str, str] = {}
    for link in paper.links.code:
        if not is_paper_page(link):
            code.setdefault(same_address(link), tidy(link))
    if code:
        links["code"] = list(code.values())
    for name in ("project", "video"):
        link = getattr(paper.links, name)
        if link and not (name == "project" and same_address(link) in code):
            links[name] = tidy(link)
    return links


def _source_of_link(paper: Paper, name: str) -> dict[str, Any]:
    """The change by which the identifier *name* has the source of the paper link that names it."""
    known = paper.provenance
    source = known.get("paper") or known.get("links")
    if source is None or name in known or "identifiers" in known:
        return {}
    return {"provenance": dict(sorted({**known, name: source}.items()))}


@check("link-identifier")
def identifiers_of_links(catalogue: Catalogue) -> Iterator[Finding]:
    """A paper link that names an identifier: the record has the same, or gets it."""
    for paper in catalogue:
        link = paper.links.paper
        if link is None:
            continue
        for name, value in identifiers_in(link).items():
            known = getattr(paper.identifiers, name)
            if known is None:
                data = {**paper.identifiers.model_dump(exclude_none=True), name: value}
                data = {key: data[key] for key in Identifiers.model_fields if key in data}
                message = (
                    f"the paper link names {name} {value}, which identifiers does not have; add it there"
                )
                fix = Fix({"identifiers": data, **_source_of_link(paper, name)})
                yield finding(
                    catalogue,
                    paper,
                    ("links", "paper"),
                    "link-identifier",
                    message,
                    severity="warning",
                    fix=fix,
                )
            elif known.lower() != value.lower():
                message = (
                    f"the paper link names {name} {value}, but identifiers.{name} is {known}; "
                    "correct the one that is of another paper"
                )
                yield finding(catalogue, paper, ("links", "paper"), "link-identifier", message)


@check("duplicate-link")
def shared_paper_links(catalogue: Catalogue) -> Iterator[Finding]:
    """One paper link, or the link that identifiers give, in two records."""
    owners: dict[str, list[Paper]] = defaultdict(list)
    for paper in catalogue:
        if paper.paper_link:
            owners[same_address(paper.paper_link)].append(paper)
    for first, *others in owners.values():
        for paper in others:
            if not _share_identifier(first, paper):  # reported as such already
                yield _shared_paper_link(catalogue, paper, first)


def _shared_paper_link(catalogue: Catalogue, paper: Paper, first: Paper) -> Finding:
    def path(of: Paper) -> Path:
        return ("links", "paper") if of.links.paper else ("identifiers",)

    def words(at: Paper, other: Paper) -> str:
        return (
            f"the paper link of '{at.id}' is also that of {named(catalogue, other)}; "
            "merge the records if they are one paper, or correct the link that is wrong"
        )

    end = related(catalogue, first, path(first), words(first, paper))
    return finding(catalogue, paper, path(paper), "duplicate-link", words(paper, first), related=[end])


def _share_identifier(one: Paper, other: Paper) -> bool:
    known = {name: value for name, value in one.identifiers if value}
    return any(known.get(name) == value for name, value in other.identifiers if value)


@check("shared-code")
def shared_code(catalogue: Catalogue) -> Iterator[Finding]:
    """One repository for two papers: right where it holds the code of both, as when it bears both names."""
    owners: dict[str, tuple[Paper, int]] = {}
    for paper in catalogue:
        for position, link in enumerate(paper.links.code):
            first, its_position = owners.setdefault(same_address(link), (paper, position))
            if first is not paper and not (_named_in(link, paper) and _named_in(link, first)):
                advice = "right where one repository holds both, else one of the two links is wrong"
                there = f"{link} is also the code of {named(catalogue, paper)}; {advice}"
                yield finding(
                    catalogue,
                    paper,
                    ("links", "code", position),
                    "shared-code",
                    f"{link} is also the code of {named(catalogue, first)}; {advice}",
                    severity="warning",
                    related=[related(catalogue, first, ("links", "code", its_position), there)],
                )


def _repository(link: str) -> str:
    return fold(urlsplit(link).path.rstrip("/").rpartition("/")[2])


def _named_in(link: str, paper: Paper) -> bool:
    """Whether the paper's name or title holds the repository's name."""
    return _repository(link) in fold(f"{paper.name or ''} {paper.title}")


@check("foreign-code")
def code_named_after_another(catalogue: Catalogue) -> Iterator[Finding]:
    """A repository that bears the name of another paper's method, and not of its own."""
    owners = {fold(paper.name): paper for paper in catalogue if paper.name}
    for paper in catalogue:
        for position, link in enumerate(paper.links.code):
            owner = owners.get(_repository(link))
            if owner is None or owner is paper or _named_in(link, paper) or link in owner.links.code:
                continue
            there = (
                f"{link} is named after {owner.name}, and is the code of {named(catalogue, paper)}; "
                "right where it holds both, else it belongs here"
            )
            yield finding(
                catalogue,
                paper,
                ("links", "code", position),
                "foreign-code",
                f"{link} is named after {owner.name}, the method of {named(catalogue, owner)}; "
                "right where it holds both, else it belongs there",
                severity="warning",
                related=[related(catalogue, owner, ("name",), there)],
            )
