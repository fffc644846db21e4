"""What was found about one paper, in words that hold for whoever reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalog.adding.lookup import Found
from catalog.adding.making import Candidate
from catalog.draft import Conflict


def failures(found: Found) -> Iterator[tuple[str, str]]:
    """(source, what went wrong) of those sources that gave no answer."""
    for reply in found.replies:
        if reply.problem and not reply.unknown:
            yield reply.source, reply.problem


def contradictions(candidate: Candidate) -> Iterator[tuple[Conflict, str]]:
    """Each fact on which the sources contradict each other, and what became of it.

    Of title, name and code there are always several; that is told where none is taken.
    """
    for conflict in candidate.conflicts:
        if conflict.field not in ("title", "name", "code") or conflict.taken is None:
            said = dict.fromkeys(f"{claim.source} says {in_words(claim.value)}" for claim in conflict.claims)
            taken = "left unknown" if conflict.taken is None else f"taken: {in_words(conflict.taken)}"
            yield conflict, f"{conflict.field}: {', '.join(said)}; {taken}"


def in_words(value: Any) -> str:
    """A value of a record's field as one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {in_words(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(in_words(each) for each in value if each is not None)
    return str(value)
