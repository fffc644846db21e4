"""Whether a record has what its terms bring with them in other fields, as the vocabulary says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding
from catalog.checks.terms import terms_not_in
from catalog.facts import terms_of
from catalog.findings import Finding, Fix, Path
from catalog.record import Paper, term_lists, value_of
from catalog.vocabulary import NONE, Rule


@check("brought-term")
def brought_terms(catalogue: Catalogue) -> Iterator[Finding]:
    """A record with a term has those of other fields, too, that the vocabulary says it brings.

    Of a field of which nobody knows what the record has there, nothing is said; nor where it has a term that
    is none, which may be the one that is missing, misspelt.
    """
    rules: dict[str, dict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
    for rule in catalogue.vocabulary.rules:
        rules[rule.field][rule.key].append(rule)
    lists = frozenset(term_lists(catalogue.vocabulary))
    for paper in catalogue:
        misspelt = {name for name, _, _ in terms_not_in(catalogue.vocabulary, paper)}
        broken = [
            (rule, path)
            for name in rules
            for rule, path in _broken(paper, name, rules[name])
            if rule.other not in misspelt
        ]
        missing = _missing([rule for rule, _ in broken], lists)
        for rule, path in broken:
            there = terms_of(paper, rule.other) or ()
            fix = (
                Fix({rule.other: [*there, *missing[rule.other]]}) if _leaves_no_choice(rule, lists) else None
            )
            message = _message(rule, there, lists)
            yield finding(catalogue, paper, path, "brought-term", message, severity="warning", fix=fix)


def _broken(paper: Paper, name: str, rules: Mapping[str, Sequence[Rule]]) -> Iterator[tuple[Rule, Path]]:
    """The rules on the field *name* that the record breaks, and where the term stands that each is about."""
    terms = terms_of(paper, name)
    if terms is None:
        return
    is_list = isinstance(value_of(paper, name), tuple)
    for position, key in enumerate(terms or [NONE]):
        for rule in rules.get(key, ()):
            there = terms_of(paper, rule.other)
            if there is not None and not rule.is_kept(there):
                yield rule, (name, position) if is_list and terms else (name,)


def _missing(broken: Sequence[Rule], lists: frozenset[str]) -> Mapping[str, list[str]]:
    """List of terms -> those that have to be added to it, where the rules leave no choice."""
    missing: dict[str, list[str]] = defaultdict(list)
    for rule in broken:
        if _leaves_no_choice(rule, lists) and _wanted(rule)[0] not in missing[rule.other]:
            missing[rule.other] += _wanted(rule)
    return missing


def _leaves_no_choice(rule: Rule, lists: frozenset[str]) -> bool:
    """Whether one term has to be added to a list, and nothing that stands there has to go for it."""
    return rule.other in lists and len(_wanted(rule)) == 1


def _wanted(rule: Rule) -> list[str]:
    return [term for term in rule.terms if term != NONE]


def _message(rule: Rule, there: Sequence[str], lists: frozenset[str]) -> str:
    """What brings what, what was found instead, and the two ways out of it."""
    wanted = _wanted(rule)
    nothing = "[]" if rule.other in lists else "null"
    if len(wanted) > 1:
        write = "write one of these"
    elif wanted and rule.other in lists:
        write = f"write {rule.other}: [{', '.join([*there, *wanted])}]"
    else:
        write = f"write {rule.other}: {wanted[0] if wanted else nothing}"
    brought = " or ".join(f"'{term}'" for term in wanted) or "nothing"
    source, undo = _source(rule, lists)
    found = ", ".join(there) or nothing
    return f"{source} brings {brought} in {rule.other}, which has {found}; {write}, or {undo}"


def _source(rule: Rule, lists: frozenset[str]) -> tuple[str, str]:
    """What the rule is about, as it stands in the record, and how to be without it."""
    if rule.key == NONE:
        return f"'{rule.field}: {'[]' if rule.field in lists else 'null'}'", f"fill in {rule.field}"
    if rule.field in lists:
        return f"'{rule.key}'", f"take '{rule.key}' out of {rule.field}"
    return f"'{rule.field}: {rule.key}'", f"change {rule.field}"
