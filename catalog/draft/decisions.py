"""What is decided of a draft, and how claims on any field are decided: by authority, else not at all."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.draft.claims import Authority, Claim, Draft
from catalog.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims that contradict each other, and what came of it.

    Attributes
    ----------
    claims : the contradicting ones
    taken : the value that was taken, ``None`` where nothing decided
    because : what decided, empty where nothing did
    """

    field: str
    claims: tuple[Claim, ...]
    taken: Any = None
    because: str = ""


@dataclass
class Settled:
    """A draft after all decisions: the record's data, where each value comes from, what was contradicted."""

    data: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def take(self, name: str, value: Any, claims: Iterable[Claim]) -> None:
        """Set a field, with the sources of the claims that hold its value as provenance."""
        self.data[name] = value
        sources = sorted({(claim.authority, claim.source) for claim in claims})
        if sources:
            best = sources[0][0]
            self.provenance[name] = ", ".join(source for authority, source in sources if authority == best)


def by_value(claims: Iterable[Claim], key: Callable[[Any], Hashable]) -> dict[Hashable, list[Claim]]:
    """The claims by what they say, of which *key* makes one of what is written in several ways."""
    found: dict[Hashable, list[Claim]] = {}
    for claim in claims:
        found.setdefault(key(claim.value), []).append(claim)
    return found


def best_of(claims: Sequence[Claim]) -> list[Claim]:
    """Those of the best authority."""
    best = min((claim.authority for claim in claims), default=Authority.TITLE)
    return [claim for claim in claims if claim.authority == best]


def settle_one(
    draft: Draft, settled: Settled, name: str, key: Callable[[Any], Hashable] = lambda value: value
) -> Any:
    """The value of the best authority; where it contradicts itself, nothing."""
    claims = draft[name]
    if not claims:
        return None
    best = by_value(best_of(claims), key)
    others = len(by_value([c for c in claims if c.authority < Authority.TITLE], key)) > 1
    if len(best) > 1:
        settled.conflicts.append(Conflict(name, tuple(claims)))
        return None
    taken = next(iter(best.values()))
    value = taken[0].value
    if others:
        settled.conflicts.append(Conflict(name, tuple(claims), value, taken[0].source))
    settled.take(name, value, taken)
    return value


def settle_terms(draft: Draft, settled: Settled, name: str, vocabulary: Vocabulary) -> None:
    """All terms that sources better than lists name; without these those of lists, and last a title's."""
    claims = [claim for claim in draft[name] if claim.authority <= Authority.LIST] or list(draft[name])
    decided = [claim for claim in claims if claim.authority < Authority.LIST]
    claims = decided or claims
    if not claims:
        return
    order = {key: position for position, key in enumerate(vocabulary[name])}
    values = sorted({str(claim.value) for claim in claims}, key=lambda key: (order.get(key, len(order)), key))
    settled.take(name, values, claims)
