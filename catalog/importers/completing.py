"""What a draft knows of a paper that has a record, and the record does not: added, and cited anew.

What a record holds is never changed here, but for a preprint's venue that a list named: publication
upgrades it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog import bibtex, yaml_files
from catalog.catalogue import Catalogue
from catalog.draft import RECORD, Authority, Claim, Draft, Settled, merge
from catalog.formatting import entry_of
from catalog.importers.damaged_bibtex import read_damaged
from catalog.provenance import IN_PARTS, provenance_after
from catalog.record import LAYOUT, TAG_LISTS, Paper, to_data

_CITED = frozenset({"title", "authors", "venue", "year"}) | IN_PARTS


def appearance(paper: Paper, settled: Settled, catalogue: Catalogue) -> dict[str, Any]:
    """Venue and year, where the record has no venue and no other year, or one of a preprint from a list.

    So a venue that the vocabulary did not know is taken as soon as it does.
    """
    found = {name: settled.data.get(name) for name in ("venue", "year")}
    if paper.venue is None and (paper.year is None or found["year"] in (None, paper.year)):
        return {name: value for name, value in found.items() if value not in (None, getattr(paper, name))}
    claimed = catalogue.vocabulary.venue(found["venue"])
    source = paper.provenance.get("venue", "")
    from_list = all(part in catalogue.vocabulary["listed_in"] for part in source.split(", "))
    upgrades = claimed and claimed.type != "preprint" and catalogue.vocabulary.is_preprint(paper.venue)
    if upgrades and from_list:
        return found
    return {}


def facts(paper: Paper, settled: Settled) -> dict[str, Any]:
    """Authors, date and identifiers that the record does not know."""
    return _unknown(paper, settled, ("authors", "published")) | _parts(paper, settled, "identifiers")


def tags_and_links(paper: Paper, settled: Settled, own: Sequence[str]) -> dict[str, Any]:
    """Name, terms and links that the record does not know."""
    names = ("name", *TAG_LISTS, *own, "training", "parametric")
    return _unknown(paper, settled, names) | _parts(paper, settled, "links")


def _parts(paper: Paper, settled: Settled, name: str) -> dict[str, Any]:
    known = to_data(paper).get(name, {})
    found = {**settled.data.get(name, {}), **known}
    united = {part: found[part] for part in type(getattr(paper, name)).model_fields if part in found}
    return {} if united == known else {name: united}


def _unknown(paper: Paper, settled: Settled, names: tuple[str, ...]) -> dict[str, Any]:
    known = to_data(paper)
    values = {name: settled.data.get(name) for name in names}
    return {name: value for name, value in values.items() if known.get(name) is None and value is not None}


def completed(
    paper: Paper, draft: Draft, settled: Settled, changes: Mapping[str, Any], catalogue: Catalogue
) -> str:
    """The record's text after *changes*, with the source of each, and with its BibTeX rendered anew."""
    fields = dict(changes)
    sources = _sources(paper, settled, changes)
    if sources != paper.provenance:
        fields["provenance"] = sources
    if _CITED & set(changes):
        fields["bibtex"] = _entry(paper, draft, changes, catalogue)
    return yaml_files.edit(catalogue.text_of(paper), fields, LAYOUT)


def carried_facts(draft: Draft, paper: Paper, catalogue: Catalogue) -> dict[str, str]:
    """Pages, publisher and so on, from the draft's own entries that agree with the record."""
    for claim in sorted(draft["bibtex"], key=lambda claim: claim.rank):
        entry = read_damaged(claim.value)
        found = bibtex.carry_over(entry, paper, catalogue.vocabulary) if entry else {}
        if found:
            return found
    return {}


def _sources(paper: Paper, settled: Settled, changes: Mapping[str, Any]) -> dict[str, str]:
    """The record's provenance after *changes*; what is no longer known has no source."""
    filled = [name for name in changes if name not in ("listed_in", "published", "former_titles")]
    found = {name: source for name in filled if (source := settled.provenance.get(name, RECORD)) != RECORD}
    unknown = {name for name, value in changes.items() if value is None}
    after = provenance_after(paper.provenance, found)
    return {name: source for name, source in after.items() if name not in unknown}


def _entry(paper: Paper, draft: Draft, changes: Mapping[str, Any], catalogue: Catalogue) -> str:
    """The record's BibTeX after *changes*."""
    changed = Paper.model_validate({"id": paper.id, **to_data(paper), **changes})
    own = (Claim(paper.bibtex, RECORD, Authority.CURATOR),) if paper.bibtex else ()
    carried = carried_facts(merge([draft, Draft({"bibtex": own})]), changed, catalogue)
    return entry_of(changed, carried, catalogue)
