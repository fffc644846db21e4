"""Where the values of a record come from, and what becomes of that once new values are found."""

from __future__ import annotations

from collections.abc import Mapping

ASSUMED = "assumed: nothing says otherwise"
"""The source of what goes without saying, until somebody has looked."""

CURATOR = "curator"
"""The source of what a person says on their own authority."""

IN_PARTS = frozenset({"identifiers", "links"})
"""Fields whose own fields are the facts: a part may be new while the others stay."""


def joined_sources(*sources: str | None) -> str:
    """Provenance of a value that several sources made, each named once, the earliest first.

    >>> joined_sources(None, "a list; DBLP", "DBLP")
    'a list; DBLP'
    """
    each = [one for source in sources if source for one in source.split("; ")]
    return "; ".join(dict.fromkeys(each))


def provenance_after(before: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """A record's provenance, by name, once *found* says where new values of whole fields come from.

    Identifiers and links that stay keep their source beside that of the new ones.
    """
    joined = {name: joined_sources(before.get(name), found[name]) for name in IN_PARTS & found.keys()}
    return dict(sorted({**before, **found, **joined}.items()))
