"""Checks on a loaded catalogue: what a schema cannot see.

A check is a function from the catalogue to findings, marked with the rules that
it may report; every module of this package is looked through, so a new check is
one new file.  What the reader refused is part of the result; warnings that
papers/accepted.yaml accepts stand apart.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterable
from functools import cache

from catalog.catalogue import Catalogue
from catalog.checks.acceptances import RULE as ACCEPTANCE
from catalog.checks.acceptances import Settled, nearest_rule, settle
from catalog.checks.registry import Check, rules_of
from catalog.checks.slips import with_fixes
from catalog.findings import CatalogError, Finding, ProgressCallback

__all__ = ["all_checks", "look", "run", "seen_from"]

READER_RULES = ("yaml", "schema", "file-name", "symbolic-link", "duplicate-id")
"""Rules under which a record that cannot be read is reported."""


def run(
    catalogue: Catalogue,
    rules: Collection[str] | None = None,
    progress: ProgressCallback | None = None,
) -> list[Finding]:
    """The findings of :func:`look`, without the accepted ones."""
    return look(catalogue, rules, progress).findings


def look(
    catalogue: Catalogue,
    rules: Collection[str] | None = None,
    progress: ProgressCallback | None = None,
) -> Settled:
    """All findings, or those of some *rules*, sorted by file, line and column; accepted warnings apart.

    Raises
    ------
    CatalogError : there is no such rule
    """
    wanted = set(rules) if rules else set(known_rules())
    for rule in sorted(wanted - set(known_rules())):
        raise CatalogError(f"there is no rule '{rule}'; {nearest_rule(rule, known_rules())}")
    # Whether an acceptance still holds is known once the rule that it names has been looked at.
    named = {entry.rule for entry in catalogue.accepted.entries} if ACCEPTANCE in wanted else set()
    chosen = [function for function in all_checks() if (wanted | named) & rules_of(function)]
    findings = list(with_fixes(catalogue))
    for number, function in enumerate(chosen, 1):
        findings.extend(function(catalogue))
        if progress:
            progress(number, len(chosen))
    settled = settle(catalogue, findings, known_rules())
    return Settled(
        _sorted(one for one in settled.findings if one.rule in wanted),
        _sorted(one for one in settled.accepted if one.rule in wanted),
    )


def seen_from(findings: Iterable[Finding], is_wanted: Callable[[str], bool]) -> list[Finding]:
    """Those of *findings* that touch a wanted file, each placed there; one about two records is in both."""
    return _sorted(seen for one in findings if (seen := one.seen_from(is_wanted)))


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.file, one.line, one.column, one.rule, one.message))


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check of the package, by module and name."""
    found = []
    for module_info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for _, member in sorted(vars(module).items()):
            if rules_of(member) and member.__module__ == module.__name__:
                found.append(member)
    return tuple(found)


@cache
def known_rules() -> tuple[str, ...]:
    """The names of all rules, sorted."""
    return tuple(
        sorted({*READER_RULES, ACCEPTANCE, *(rule for one in all_checks() for rule in rules_of(one))})
    )
