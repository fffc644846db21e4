"""From readings to records: group, decide, name, and write only what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from catalog import bibtex, yaml_files
from catalog.catalogue import Catalogue
from catalog.counting import listed
from catalog.draft import (
    Claim,
    Disowned,
    Draft,
    Settled,
    disown,
    disown_code,
    draft_of_paper,
    group,
    merge,
    settle,
)
from catalog.formatting import unreadable, write_moved
from catalog.importers import completing, ids
from catalog.importers.contradicting import contradictions
from catalog.importers.reading import Reading
from catalog.importers.report import Report, RowOutcome
from catalog.record import IDENTIFIERS, Paper, to_data
from catalog.record_files import parse_record, place_after, record_path, render_record
from catalog.schema_messages import first_complaint


@dataclass
class Plan:
    """What an import is going to do: texts by path below the catalogue's root, and the report.

    Attributes
    ----------
    moved : new path -> the one before, of records that are now known to have appeared in another year
    """

    texts: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)

    def write(self, root: Path) -> None:
        """Write the records."""
        for name, text in self.texts.items():
            write_moved(root, self.moved.get(name, name), name, text)


@dataclass
class _Case:
    """All that is about one paper."""

    readings: list[Reading]
    draft: Draft
    records: list[Paper]
    settled: Settled | None = None
    paper: Paper | None = None
    refused: str | None = None


def plan(
    readings: Sequence[Reading],
    catalogue: Catalogue,
    *,
    authorities: Sequence[Draft] = (),
    added: str | None = None,
) -> Plan:
    """Decide what the rows of one or several lists become.

    Parameters
    ----------
    authorities : drafts with better claims, such as verified metadata; none becomes a record by itself
    added : the day that new records bear as ``added``
    """
    readings = [_refused_before(reading, catalogue) for reading in readings]
    cases = _cases([reading for reading in readings if not reading.refused], catalogue, authorities)
    plan = Plan()
    new = [case for case in cases if not case.records]
    for case in cases:
        if len(case.records) > 1:
            known = listed(sorted(record.id for record in case.records))
            case.refused = f"is about several records: {known}; make one record of them, or tell them apart"
        elif case.refused is None:
            case.settled = settle(case.draft, catalogue.vocabulary)
    _make_papers(new, catalogue, added)
    _render_new([case for case in new if case.paper], catalogue, plan)
    catalogue = catalogue.with_papers([case.paper for case in new if case.paper])
    for case in cases:
        if len(case.records) == 1:
            catalogue = _extend(case, catalogue, plan)
    _account(readings, cases, plan.report)
    plan.report.changed = sorted(plan.texts)
    return plan


def _refused_before(reading: Reading, catalogue: Catalogue) -> Reading:
    """The reading, refused where a curator kept the paper out before."""
    known = catalogue.refused.find(reading.draft.values("title"), reading.draft.values("arxiv"))
    if known is None or reading.refused:
        return reading
    return replace(reading, refused=f"{known.reason} (papers/refused.yaml)")


def _cases(readings: Sequence[Reading], catalogue: Catalogue, authorities: Sequence[Draft]) -> list[_Case]:
    papers = list(catalogue.papers)
    drafts = [reading.draft for reading in readings] + list(authorities)
    everything = drafts + [draft_of_paper(paper) for paper in papers]
    groups = sorted(group(everything, new=len(drafts)), key=min)
    merged, misled = disown([merge(everything[position] for position in each) for each in groups])
    merged, misled_code = disown_code(merged)
    cases = []
    for each, draft in zip(groups, merged, strict=True):
        records = [papers[n - len(drafts)] for n in each if n >= len(drafts)]
        cases.append(_Case([readings[n] for n in each if n < len(readings)], draft, records))
    for taken in (*misled, *misled_code):
        cases[taken.position].draft = _remember(cases[taken.position].draft, taken, merged)
    for taken in misled:
        _refuse_unlike(cases[taken.position], taken, cases)
    return [case for case in cases if case.readings]


def _remember(draft: Draft, taken: Disowned, drafts: Sequence[Draft]) -> Draft:
    """The draft with a claim about the link that was taken from it, for the report alone."""
    owner = next(iter(drafts[taken.owner].values("title")), "") if taken.owner >= 0 else ""
    text = f"{taken.field} {taken.claim.value} " + (
        f"belongs to '{owner}'" if owner else "is claimed by several"
    )
    note = Claim(text, taken.claim.source, taken.claim.authority, taken.claim.place)
    return merge([draft, Draft({"misled": (note,)})])


def _refuse_unlike(case: _Case, taken: Disowned, cases: Sequence[_Case]) -> None:
    """Refuse a new paper under a record's identifier: is it that paper, renamed, or is the link wrong?"""
    owners = cases[taken.owner].records if taken.owner >= 0 else []
    if not owners or case.records or case.draft[taken.field]:
        return
    case.refused = (
        f"has the {IDENTIFIERS[taken.field]} {taken.claim.value} of the record '{owners[0].id}', but another "
        f"title than '{owners[0].title}'. If that paper was renamed, add this title to former_titles there; "
        "if the link is wrong, correct it in this row; then import again"
    )


# ---------------------------------------------------------------------------------- new records


def _make_papers(cases: Sequence[_Case], catalogue: Catalogue, added: str | None) -> None:
    new = {n: case.settled.data for n, case in enumerate(cases) if case.settled}
    names = ids.assign(new, catalogue.taken_ids)
    for position, case in enumerate(cases):
        if case.settled is None:
            continue
        data = {**case.settled.data, "provenance": dict(sorted(case.settled.provenance.items()))}
        if added:
            data["added"] = added
        try:
            case.paper = Paper.model_validate({"id": names[position], **data})
        except ValidationError as error:
            where, what = first_complaint(error, Paper, "record")
            case.refused = f"makes no valid record: {'.'.join(map(str, where))}: {what}"


def _render_new(cases: Sequence[_Case], catalogue: Catalogue, plan: Plan) -> None:
    papers = [case.paper for case in cases if case.paper]
    keys = bibtex.keys_for([*catalogue.papers, *papers])
    for case in cases:
        if case.paper:
            facts = completing.carried_facts(case.draft, case.paper, catalogue)
            text = bibtex.render(case.paper, catalogue.vocabulary, facts, key=keys[case.paper.id])
            case.paper = case.paper.model_copy(update={"bibtex": text})
            data = to_data(case.paper, catalogue.vocabulary)
            if path := _path(case.paper):
                _take(case, path, render_record(data), plan)
            else:
                case.refused = "no list says when it appeared, and no day on which it is added was given"


def _path(paper: Paper) -> str | None:
    """Of a paper that nobody dates any folder is right, and it is that of the day on which it is added."""
    if (path := record_path(paper)) or paper.added is None:
        return path
    return f"papers/{paper.added[:4]}/{paper.id}.yaml"


# ---------------------------------------------------------------------------------- known records


def _extend(case: _Case, catalogue: Catalogue, plan: Plan) -> Catalogue:
    """Add to a record what a list that it did not come from knows; of one that it did, where it appeared.

    Returns the catalogue with the record as it is then.
    """
    paper, settled = case.records[0], case.settled
    if settled is None:
        return catalogue
    case.paper = paper
    newcomers = set(settled.data.get("listed_in", ())) - set(paper.listed_in)
    changes = completing.appearance(paper, settled, catalogue)
    settled.conflicts += contradictions(paper, case.draft, settled, changes, catalogue.vocabulary)
    if newcomers:
        changes |= completing.facts(paper, settled) | completing.tags_and_links(
            paper, settled, catalogue.vocabulary.own
        )
        changes["listed_in"] = sorted({*paper.listed_in, *newcomers})
    if not changes:
        return catalogue
    file = catalogue.files[paper.id]
    text = completing.completed(paper, case.draft, settled, changes, catalogue)
    extended, _ = parse_record(text, yaml_files.parse(text), file, catalogue.vocabulary.own)
    place = place_after(paper, extended, file) if extended else file
    _take(case, place, text, plan)
    if case.refused:
        return catalogue
    if place != file:
        plan.moved[place] = file
    return catalogue.with_papers([extended] if extended else [])


def _take(case: _Case, path: str, text: str, plan: Plan) -> None:
    """Plan to write the case's record, unless it could not be read again."""
    case.refused = unreadable(path, text)
    if case.refused is None:
        plan.texts[path] = text


# ---------------------------------------------------------------------------------- the report


def _account(readings: Sequence[Reading], cases: Sequence[_Case], report: Report) -> None:
    case_of = {id(reading): case for case in cases for reading in case.readings}
    seen: set[int] = set()
    for reading in readings:
        case = case_of.get(id(reading))
        report.rows.append(_outcome(reading, case, case is not None and id(case) not in seen))
        seen.add(id(case))
        report.notes.extend(reading.notes)
    for case in cases:
        record = case.paper.id if case.paper else ""
        if case.settled:
            report.conflicts += [(record, conflict) for conflict in case.settled.conflicts]
        if case.refused is None:
            report.misled += [(record, text) for text in sorted(set(case.draft.values("misled")))]
    report.conflicts.sort(key=lambda pair: (pair[0], pair[1].field))
    report.misled.sort()


def _outcome(reading: Reading, case: _Case | None, first: bool) -> RowOutcome:
    entry = reading.entry
    title = str(next(iter(reading.draft.values("title")), entry.title))
    row = RowOutcome(reading.source, entry.file, entry.line, title, "refused")
    reason = reading.refused or (case.refused if case else None)
    if reason or case is None or case.paper is None:
        return replace(row, reason=reason)
    return replace(row, outcome="taken" if first and not case.records else "merged", record=case.paper.id)
