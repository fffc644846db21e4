"""Which warnings are accepted in papers/accepted.yaml, and what is wrong with those entries.

Each entry accepts one warning, so that a later one about the same records is seen.  An entry that no longer
fits any warning is itself one, so that no acceptance outlives its reason; an error is never accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rapidfuzz import fuzz, process

from catalog import yaml_files
from catalog.acceptances import FILE, Acceptance
from catalog.catalogue import Catalogue
from catalog.checks.registry import advice_on_id
from catalog.counting import listed
from catalog.entries import read_text
from catalog.findings import Finding, Path, Severity

RULE = "acceptance"
"""The rule under which entries of the file are reported."""

_What = tuple[str, frozenset[str]]
"""A rule and the records that it is about."""


@dataclass(frozen=True)
class Settled:
    """All findings, parted.

    Attributes
    ----------
    findings : what somebody has to do something about
    accepted : warnings that are right as they are
    """

    findings: list[Finding]
    accepted: list[Finding]


def settle(catalogue: Catalogue, findings: Iterable[Finding], rules: Sequence[str]) -> Settled:
    """Part *findings*, those of all *rules* that the entries name, and add those on the entries."""
    entries = Counter(_what(entry) for entry in catalogue.accepted.entries)
    kept: list[Finding] = []
    accepted: list[Finding] = []
    met: Counter[_What] = Counter()
    errors: set[_What] = set()
    for one in findings:
        what = one.rule, _records(one)
        if one.severity == "error":
            kept.append(one)
            errors.add(what)
        elif met[what] < entries[what]:
            accepted.append(one)
            met[what] += 1
        else:
            kept.append(_beyond(one, entries[what]) if what in entries else one)
    if entries:
        kept.extend(_on_entries(catalogue, rules, met, errors))
    return Settled(kept, accepted)


def nearest_rule(name: str, rules: Sequence[str]) -> str:
    """What to write instead of the rule *name*, which there is not."""
    near = process.extractOne(name, rules, scorer=fuzz.ratio, score_cutoff=50)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(rules)}"


def _beyond(one: Finding, entries: int) -> Finding:
    """A warning that the *entries* for its rule and records do not cover, which says so."""
    others = f"{entries} others are" if entries > 1 else "another one is"
    said = f"{others} accepted in {FILE}, this one is not"
    related = tuple(replace(end, message=f"{end.message}; {said}") for end in one.related)
    return replace(one, message=f"{one.message}; {said}", related=related)


def _what(entry: Acceptance) -> _What:
    return entry.rule, frozenset(entry.records)


def _records(one: Finding) -> frozenset[str]:
    """The ids of all records that a finding is about."""
    return frozenset(PurePosixPath(file).stem for file in (one.file, *(end.file for end in one.related)))


def _on_entries(
    catalogue: Catalogue, rules: Sequence[str], met: Counter[_What], errors: set[_What]
) -> Iterator[Finding]:
    text = read_text(catalogue.root / FILE)
    above: Counter[_What] = Counter()
    for number, entry in enumerate(catalogue.accepted.entries):
        for path, severity, message in _complaints(catalogue, entry, rules, met, errors, above):
            line, column = yaml_files.locate(text, ("accepted", number, *path))
            yield Finding(FILE, line, column, RULE, severity, message)
        above[_what(entry)] += 1


def _complaints(
    catalogue: Catalogue,
    entry: Acceptance,
    rules: Sequence[str],
    met: Counter[_What],
    errors: set[_What],
    above: Counter[_What],
) -> Iterator[tuple[Path, Severity, str]]:
    """(place in the entry, severity, message) of what is wrong with *entry*.

    Parameters
    ----------
    met : how many warnings are accepted
    errors : what is an error
    above : how many entries above this one are about the same
    """
    what = _what(entry)
    unread = {PurePosixPath(one.file).stem for one in catalogue.unreadable}
    is_read = unread.isdisjoint(entry.records)
    unknown = [name for name in entry.records if name not in catalogue.by_id and name not in unread]
    for name in unknown:
        advice = advice_on_id(catalogue, name) or "correct the id, or delete this entry"
        yield ("records", entry.records.index(name)), "error", f"no record '{name}'; {advice}"
    if entry.rule not in rules:
        yield ("rule",), "error", f"there is no rule '{entry.rule}'; {nearest_rule(entry.rule, rules)}"
    elif is_read and above[what] >= max(met[what], 1):
        yield ("rule",), "error", "this warning is accepted above already; delete one of the entries"
    elif what in errors:
        message = f"{entry.rule} is an error there, and errors cannot be accepted; mend it, delete this entry"
        yield ("rule",), "error", message
    elif not met[what] and not unknown and is_read:
        about = listed(f"'{name}'" for name in entry.records)
        yield ("rule",), "warning", f"{entry.rule} does not warn about {about}; delete this entry"
