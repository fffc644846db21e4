"""Finding out about one paper: whether it has a record already, and else what there is to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from catalog.adding.known import KnownPapers, Obstacle
from catalog.adding.lookup import Found, Offices, look_up
from catalog.adding.queries import Query
from catalog.adding.unknown_venues import NOT_IN_VOCABULARY, unknown_venue
from catalog.bibtex import PLACES


def find_out(
    query: Query,
    known: KnownPapers,
    offices: Offices | None,
    report: Callable[[str], None] | None = None,
    *,
    namesakes: bool = True,
) -> Found | Obstacle:
    """What the sources say of the paper, or what stands in the way of a record for it.

    Nobody is asked about a paper that is known by what the query says itself.

    Parameters
    ----------
    offices, report : as for :func:`look_up`
    namesakes : as for :meth:`KnownPapers.find`
    """
    obstacle = known.find(query.draft, query.text, namesakes=namesakes)
    if obstacle:
        return obstacle
    found = _with_unknown_venue(look_up(query, known.catalogue.vocabulary, offices, report), known)
    if found.draft is query.draft:  # which was compared just now
        return found
    return known.find(found.draft, namesakes=namesakes) or found


def _with_unknown_venue(found: Found, known: KnownPapers) -> Found:
    """The same with the venue that a source names, and that neither the query nor the vocabulary does."""
    vocabulary = known.catalogue.vocabulary
    is_published = any(not vocabulary.is_preprint(venue) for venue, _ in found.draft.values("appearance"))
    for claim in () if found.query.venue or is_published else found.draft["place"]:
        facts = next((dict(each.value) for each in found.draft["facts"] if each.source == claim.source), {})
        field = next((name for name in PLACES if name in facts), None)
        if field and (venue := unknown_venue(field, str(claim.value))):
            notes = (*found.notes, NOT_IN_VOCABULARY.format(venue.name))
            return replace(found, query=replace(found.query, venue=venue), notes=notes)
    return found
