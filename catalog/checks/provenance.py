"""Whether what a record says has a source, and each source something to stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process

from catalog.catalogue import Catalogue
from catalog.checks.earlier import Earlier
from catalog.checks.registry import check, finding
from catalog.draft import is_spelling_of
from catalog.findings import Finding
from catalog.names import family_key
from catalog.record import (
    FIELDS,
    MAY_BE_NONE,
    ORDINARY_KIND,
    Identifiers,
    Links,
    Paper,
    fields_of_records,
    value_of,
)
from catalog.values import LIKE_ARXIV_ID, arxiv_month

_PARTS = {"identifiers": tuple(Identifiers.model_fields), "links": tuple(Links.model_fields)}
_PLAIN = frozenset(
    [
        *FIELDS,
        *(name for part, names in _PARTS.items() for each in names for name in (each, f"{part}.{each}")),
    ]
)
_FACTS = (
    *("title", "former_titles", "name", "authors", "venue", "year", "published", "kind"),
    *(*MAY_BE_NONE, "training", "parametric", "keywords", "summary"),
)
"""Fields that somebody established; where a record was listed, or when it was added, needs no source."""


def _names(catalogue: Catalogue) -> frozenset[str]:
    """What may have a source."""
    return _PLAIN.union(catalogue.vocabulary.own)


@check("provenance-field")
def provenance_of_no_field(catalogue: Catalogue) -> Iterator[Finding]:
    """Provenance says where a field's value comes from; its keys are fields."""
    names = _names(catalogue)
    for paper in catalogue:
        for name in paper.provenance:
            if name not in names:
                near = process.extractOne(name, sorted(names), scorer=fuzz.ratio, score_cutoff=50)
                hint = (
                    f"did you mean '{near[0]}'?"
                    if near
                    else f"expected one of {', '.join(fields_of_records(catalogue.vocabulary))}"
                )
                yield finding(
                    catalogue,
                    paper,
                    ("provenance", name),
                    "provenance-field",
                    f"provenance of '{name}', which is no field of a record; {hint}",
                )


@check("provenance-missing")
def facts_without_source(catalogue: Catalogue) -> Iterator[Finding]:
    """What a record says, somebody established somewhere."""
    for paper in catalogue:
        names = list(_without_source(paper, catalogue.vocabulary.own))
        if names:
            what = f"{', '.join(names)} {'has a value' if len(names) == 1 else 'have values'} and no source"
            example = f'{names[0]}: "{_as_source(paper)} abstract"'
            yield finding(
                catalogue,
                paper,
                ("provenance",),
                "provenance-missing",
                f"{what}; write in provenance where it comes from, e.g. {example}, or null where nobody "
                "established it",
                severity="warning",
            )


def _as_source(paper: Paper) -> str:
    """The paper as a source names it; another one where it has no id by which it could be."""
    ids = paper.identifiers
    return f"doi:{ids.doi}" if ids.doi and not ids.arxiv else f"arXiv:{ids.arxiv or '1706.03762'}"


def _without_source(paper: Paper, own: Sequence[str]) -> Iterator[str]:
    """Fields with a value and no source, identifiers and links each by its own name."""
    for name in (*_FACTS, *own):
        value = value_of(paper, name)
        is_fact = value not in (None, ()) or (value == () and (name in MAY_BE_NONE or name in own))
        if is_fact and name not in paper.provenance and not _says_itself(name, paper):
            yield name
    for part, names in _PARTS.items():
        for name in names:
            if _value(name, paper) and paper.provenance.keys().isdisjoint((part, name, f"{part}.{name}")):
                yield name


def _says_itself(name: str, paper: Paper) -> bool:
    """Whether the value follows from another one, or is that of a record in which nobody wrote any."""
    if name == "published":
        month = arxiv_month(paper.identifiers.arxiv) if paper.identifiers.arxiv else None
        return month is not None and month.startswith(str(paper.published))
    return name == "kind" and paper.kind == ORDINARY_KIND


def _value(name: str, paper: Paper) -> object:
    """What stands under a name of provenance, in which ``arxiv`` and ``identifiers.arxiv`` are the same."""
    last = name.rpartition(".")[2]
    part = next((part for part, names in _PARTS.items() if last in names), None)
    return getattr(getattr(paper, part), last) if part else value_of(paper, name)


@check("provenance-of-nothing")
def sources_of_nothing(catalogue: Catalogue) -> Iterator[Finding]:
    """A source stands beside a value; of what is null, nobody said anything."""
    names = _names(catalogue)
    for paper in catalogue:
        for name in paper.provenance:
            if name in names and _value(name, paper) is None:
                yield finding(
                    catalogue,
                    paper,
                    ("provenance", name),
                    "provenance-of-nothing",
                    f"provenance names a source of '{name}', which is null; "
                    "write its value, or delete the source",
                    severity="warning",
                )


@check("provenance-stale")
def sources_of_former_values(catalogue: Catalogue) -> Iterator[Finding]:
    """A source that stood beside another value in an earlier commit, and may not say the present one."""
    earlier = Earlier.known(catalogue.root)
    for before, now in earlier.rewritten(catalogue):
        for name in _BIBLIOGRAPHIC:
            source = now.provenance.get(name)
            stands = source and source == before.provenance.get(name) and not _KEEPS_UP.match(source)
            if stands and _says_something_else(name, before, now):
                yield finding(
                    catalogue,
                    now,
                    ("provenance", name),
                    "provenance-stale",
                    f"'{name}' is another one than in {earlier.name}, and its source is still '{source}'; "
                    "write where the new value comes from, unless that is where",
                    severity="warning",
                )


_BIBLIOGRAPHIC = ("title", "authors", "venue", "year", "published")
"""Fields that are copied from a source; a tag may be read again, and otherwise, from the same page."""


_KEEPS_UP = re.compile(
    rf"(?:arXiv:(?:{LIKE_ARXIV_ID})(?!\w)|OpenReview|DBLP|Crossref|Semantic Scholar|ACL Anthology)"
)
"""Sources that say today what holds today; a version of a preprint, an entry or a list says what it said."""


def _says_something_else(name: str, before: Paper, now: Paper) -> bool:
    """Whether the field says another thing, and not the same in another spelling, or more exactly."""
    old, new = getattr(before, name), getattr(now, name)
    if old is None or new is None or old == new:
        return False
    if name == "title":
        return not is_spelling_of(before.title, now.title)
    if name == "authors":
        return list(map(family_key, old)) != list(map(family_key, new))
    return name != "published" or not str(new).startswith(str(old))
