"""What every check needs: the mark that makes a function a check, and findings with a place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rapidfuzz import fuzz, process

from catalog.catalogue import Catalogue
from catalog.findings import Finding, Fix, Path, Related, Severity
from catalog.record import Paper

Check = Callable[[Catalogue], Iterable[Finding]]


def check(*rules: str) -> Callable[[Check], Check]:
    """Mark a function as a check that reports under these *rules*."""

    def mark(function: Check) -> Check:
        function.rules = frozenset(rules)  # type: ignore[attr-defined]
        return function

    return mark


def rules_of(member: Any) -> frozenset[str]:
    """The rules that a check reports under; none for what is no check."""
    rules = getattr(member, "rules", None)
    return rules if callable(member) and isinstance(rules, frozenset) else frozenset()


def finding(
    catalogue: Catalogue,
    paper: Paper,
    path: Path,
    rule: str,
    message: str,
    *,
    severity: Severity = "error",
    fix: Fix | None = None,
    related: Iterable[Related] = (),
) -> Finding:
    """A finding on a field of *paper*; an empty *path* means the whole file.

    The place is worked out here, from the file's text, and so only for what is reported.
    """
    return Finding(*_place(catalogue, paper, path), rule, severity, message, fix, tuple(related))


def related(catalogue: Catalogue, paper: Paper, path: Path, message: str) -> Related:
    """The end of a finding that is on a field of *paper*, the other record; *message* is told there."""
    return Related(*_place(catalogue, paper, path), message)


def _place(catalogue: Catalogue, paper: Paper, path: Path) -> tuple[str, int, int]:
    return catalogue.place(paper, path) if path else (catalogue.files[paper.id], 1, 1)


def advice_on_id(catalogue: Catalogue, name: str) -> str | None:
    """Which record is meant by the id *name*, which none has: by a former id, or else by the nearest."""
    if renamed := catalogue.by_any_id.get(name):
        return f"it is a former id of '{renamed.id}'; write {renamed.id}"
    near = process.extractOne(name, list(catalogue.by_id), scorer=fuzz.ratio, score_cutoff=60)
    return f"did you mean '{near[0]}'?" if near else None


def named(catalogue: Catalogue, paper: Paper) -> str:
    """*paper* as messages name it: its id and its file."""
    return f"'{paper.id}' ({catalogue.files[paper.id]})"
