"""From what was learned and chosen to a record's file: ids, BibTeX, provenance, and what is still unknown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog import bibtex
from catalog.adding.bibliographies import SOURCE
from catalog.adding.known import holder_of
from catalog.adding.lookup import Found
from catalog.adding.proposals import Proposal
from catalog.adding.queries import AddingError
from catalog.adding.setting import LINKS
from catalog.catalogue import Catalogue
from catalog.draft import Authority, Claim, Conflict, Draft, Settled, merge, settle
from catalog.facts import unknown_facts
from catalog.findings import CatalogError
from catalog.formatting import entry_of, unreadable, write_own
from catalog.importers import ids
from catalog.importers.completing import carried_facts
from catalog.importers.tags import terms_of_title
from catalog.provenance import CURATOR, joined_sources
from catalog.record import Paper, to_data
from catalog.record_files import parse_record, record_path, render_record
from catalog.released import released_keys


@dataclass(frozen=True)
class Choices:
    """What the person decided.

    Attributes
    ----------
    id : of the record; made from the name or title where it is not given
    fields : field -> value, and ``code``, ``project`` or ``video`` -> address; these win over every source
    accepted : proposals that are taken
    confirmed : whether the person was shown each of them, and took it
    added : the day that the record bears
    """

    id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    accepted: Sequence[Proposal] = ()
    added: str | None = None
    confirmed: bool = False


@dataclass(frozen=True)
class Candidate:
    """A record that could be written.

    Attributes
    ----------
    path : below the catalogue's root
    unknown : fields that nobody has established
    conflicts : on which the sources contradict each other
    """

    paper: Paper
    path: str
    text: str
    unknown: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


class NothingLearnedError(AddingError):
    """There is no title to make a record of.

    Attributes
    ----------
    problems : source -> why it says nothing
    unknown : whether a source answered that it does not know the paper; else none could be asked
    """

    def __init__(self, found: Found) -> None:
        self.problems = {
            reply.source: "does not know it" if reply.unknown else reply.problem
            for reply in found.replies
            if reply.problem
        }
        self.unknown = any(reply.unknown for reply in found.replies)
        said = f"nothing could be learned about {found.query.text}"
        hint = "look whether it is right" if self.unknown else "try again later"
        if not found.replies:
            said = f"{found.query.text} alone says too little without asking the sources"
            hint = "leave --offline out"
        reasons = "".join(f"\n  {source}: {problem}" for source, problem in self.problems.items())
        super().__init__(
            said, f"{hint}, or give the paper's BibTeX entry with its title: catalog add --offline -{reasons}"
        )


def make(found: Found, catalogue: Catalogue, choices: Choices) -> Candidate:
    """The record of a paper.

    Raises
    ------
    CatalogError : no title or year is known, the id is taken, a value is none that the field can hold, or
        the record could not be read again
    """
    if not found.draft["title"] and "title" not in choices.fields:
        raise NothingLearnedError(found)
    settled = settle(_with_kind(_with_title(found.draft, choices), catalogue), catalogue.vocabulary)
    _settle_published(found.draft, settled)
    _apply(choices, settled)
    data: dict[str, Any] = {**settled.data, "provenance": dict(sorted(settled.provenance.items()))}
    if choices.added:
        data["added"] = choices.added
    record_id = _id(data, catalogue, choices.id, given_key(found.draft))
    paper = _validated(data, record_id, catalogue.vocabulary.own)
    path = record_path(paper)
    if path is None:
        raise AddingError("no source says when it appeared", _where_to_say_when(found.draft))
    entry = _entry(found.draft, paper, catalogue)
    paper = paper.model_copy(update={"bibtex": entry})
    known = to_data(paper, catalogue.vocabulary)
    unknown = tuple(unknown_facts(paper, catalogue.vocabulary))
    text = render_record(known)
    if problem := unreadable(path, text):
        raise CatalogError(problem)
    return Candidate(paper, path, text, unknown, tuple(settled.conflicts))


def _where_to_say_when(draft: Draft) -> str:
    """Where the year is missing: in the BibTeX entry that was given, beside which there may be others."""
    place = next((claim.place for claim in draft["bibtex"] if claim.place), None)
    return f"add year = {{…}} at {place}" if place else "give the year of its venue with --year 2024"


def write(candidate: Candidate, root: Path) -> None:
    """Write the record.

    Raises
    ------
    CatalogError : a file of that name has come into being meanwhile, or a link leads away from there
    """
    if (root / candidate.path).exists():
        raise CatalogError(f"{candidate.path}: exists already; it is left as it is. Choose another --id")
    write_own(root, candidate.path, candidate.text)


# ------------------------------------------------------------------------------------ decisions


def _with_title(draft: Draft, choices: Choices) -> Draft:
    chosen = {name: choices.fields[name] for name in ("title", "name") if choices.fields.get(name)}
    claims = {name: (Claim(value, CURATOR, Authority.CURATOR),) for name, value in chosen.items()}
    return merge([draft, Draft(claims)])


def _with_kind(draft: Draft, catalogue: Catalogue) -> Draft:
    """The draft with what the title says of the paper's kind, which cannot stay unknown."""
    kinds = {
        key
        for title in draft.values("title")
        for name, key in terms_of_title(str(title), catalogue.vocabulary)
        if name == "kind"
    }
    claims = tuple(Claim(key, "title", Authority.TITLE) for key in sorted(kinds)[:1])
    return merge([draft, Draft({"kind": claims} if claims else {})])


def _settle_published(draft: Draft, settled: Settled) -> None:
    """The first public date: arXiv's, else the earliest that anybody names."""
    claims = draft["published"]
    if not claims:
        return
    best = min(claim.authority for claim in claims)
    first = min((claim for claim in claims if claim.authority == best), key=lambda claim: str(claim.value))
    settled.take("published", str(first.value), [first])


def _apply(choices: Choices, settled: Settled) -> None:
    accepted: dict[str, list[Proposal]] = {}
    for proposal in choices.accepted:
        accepted.setdefault(proposal.field, []).append(proposal)
    for name, proposals in accepted.items():
        keys = [proposal.key for proposal in proposals]
        settled.data[name] = _both(keys) if name == "training" else keys
        reasons = dict.fromkeys(each.provenance(confirmed=choices.confirmed) for each in proposals)
        settled.provenance[name] = "; ".join(reasons)
    for name, value in choices.fields.items():
        if name in LINKS:
            links = {**settled.data.get("links", {}), name: [value] if name == "code" else value}
            settled.data["links"] = links
            settled.provenance["links"] = joined_sources(settled.provenance.get("links"), CURATOR)
        else:
            settled.data[name] = value
            settled.provenance[name] = CURATOR
            if value is None:
                del settled.provenance[name]


def _both(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else "both"


# ------------------------------------------------------------------------------------ the record


def _id(data: Mapping[str, Any], catalogue: Catalogue, wanted: str | None, key: str | None) -> str:
    if wanted is not None:
        if ids.slug(wanted) != wanted:
            better = ids.slug(wanted) or "fast-v"
            rule = "lower-case words joined by hyphens, and not a device of Windows"
            raise CatalogError(f"--id: '{wanted}' is no id, which is {rule}; write {better}")
        if holder := holder_of(wanted, catalogue):
            raise CatalogError(f"the id '{wanted}' is taken by {holder}; choose another")
        return wanted
    if key and not ids.slug(f"{data.get('name') or ''} {data['title']}"):
        # Of a name and a title in another script, which give no id, the entry's key is what people know.
        data = {**data, "name": key}
    return ids.assign({0: data}, catalogue.taken_ids)[0]


def _validated(data: dict[str, Any], record_id: str, own: Sequence[str]) -> Paper:
    paper, findings = parse_record(json.dumps(data), data, f"{record_id}.yaml", own)
    if paper is None:
        problems = "\n".join(f"  {finding.message}" for finding in findings)
        raise CatalogError(f"no record can be made of it:\n{problems}")
    return paper


def _entry(draft: Draft, paper: Paper, catalogue: Catalogue) -> str:
    facts = _facts(draft, paper, catalogue)
    key = given_key(draft)
    return entry_of(paper, facts, catalogue, key if key and _is_free(key, catalogue) else None)


_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.+/-]*")


def given_key(draft: Draft) -> str | None:
    """The key by which the person cites the paper in manuscripts already, where every program can read it."""
    entries = [str(claim.value) for claim in draft["bibtex"] if claim.source == SOURCE]
    key = bibtex.key_in(entries[0]) if entries else None
    return key if key and _KEY.fullmatch(key) else None


def _is_free(key: str, catalogue: Catalogue) -> bool:
    taken = {*bibtex.keys_for(catalogue.papers).values(), *released_keys(catalogue.root).values()}
    return key.lower() not in {each.lower() for each in taken}


def _facts(draft: Draft, paper: Paper, catalogue: Catalogue) -> dict[str, str]:
    """Pages, volume and so on: of an entry that agrees with the record, else of who knows its venue."""
    if facts := carried_facts(draft, paper, catalogue):
        return facts
    appearance = (paper.venue, paper.year)
    agreeing = {claim.source for claim in draft["appearance"] if claim.value == appearance}
    if paper.venue is None:  # where it appeared the vocabulary does not name, and its entry alone can say
        years = {claim.source for claim in draft["year"] if claim.value == paper.year}
        agreeing = years.intersection(claim.source for claim in draft["place"])
    return next((dict(claim.value) for claim in draft["facts"] if claim.source in agreeing), {})
