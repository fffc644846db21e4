"""Adding papers: from an identifier, an address or a BibTeX entry to a record on disk.

It brings together what knows nothing of each other: sources (facts), importers (ids, titles, tags) and the
catalogue (what is there already).  The steps, each a function of its own:

1. :func:`recognise` what a person gave, or read the queries in a BibTeX file with :func:`queries_in`;
2. :func:`find_out`: look up the facts, each with who says so, where a source that fails takes nothing from
   the others.  Before and after it, :class:`KnownPapers` looks for a record or refusal of the paper, which is
   then the answer;
3. :func:`propose` tags, each with its reason; a person confirms them;
4. :func:`make` the record, which names what nobody established, and :func:`write` it;
5. or :func:`complete` the record that there is with what an entry says beyond it.

Talking with a person is :mod:`catalog.cli.adding`'s business.
"""

from catalog.adding.bibliographies import queries_in
from catalog.adding.completing import Completion, complete
from catalog.adding.finding import find_out
from catalog.adding.known import KnownPapers, Obstacle
from catalog.adding.lookup import Found, Offices, look_up
from catalog.adding.making import Candidate, Choices, NothingLearnedError, make, write
from catalog.adding.proposals import Proposal, propose
from catalog.adding.queries import AddingError, Query, recognise

__all__ = [
    "AddingError",
    "Candidate",
    "Choices",
    "Completion",
    "Found",
    "KnownPapers",
    "NothingLearnedError",
    "Obstacle",
    "Offices",
    "Proposal",
    "Query",
    "complete",
    "find_out",
    "look_up",
    "make",
    "propose",
    "queries_in",
    "recognise",
    "write",
]
