"""Finding out about one paper: whether it has a record already, and else what there is to know."""

from __future__ import annotations

from collections.abc import Callable

from catalog.adding.known import KnownPapers, Obstacle
from catalog.adding.lookup import Found, Offices, look_up
from catalog.adding.queries import Query


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
    found = look_up(query, known.catalogue.vocabulary, offices, report)
    if found.draft is query.draft:  # which was compared just now
        return found
    return known.find(found.draft, namesakes=namesakes) or found
