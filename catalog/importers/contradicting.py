"""What a list says of a paper otherwise than its record, which stays as it is: for the report alone.

Identifiers are compared where a draft is settled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from catalog.draft import RECORD, Authority, Claim, Conflict, Draft, Settled
from catalog.links import SHORTENERS, host_of, same_address
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

_APPEARANCE = ("venue", "year")
"""Fields that are claimed together."""


def contradictions(
    paper: Paper, draft: Draft, settled: Settled, changes: Mapping[str, Any], vocabulary: Vocabulary
) -> Iterator[Conflict]:
    """Each fact that the record has, and that the list gives another value, with the rows that do.

    A list that still has the preprint of a published paper contradicts nothing.

    Parameters
    ----------
    changes : what the record takes over; there it does not stay as it is
    """
    behind = vocabulary.is_preprint(settled.data.get("venue")) and not vocabulary.is_preprint(paper.venue)
    for name in ("training", "parametric") if behind else (*_APPEARANCE, "training", "parametric"):
        known, listed = getattr(paper, name), settled.data.get(name)
        if known is not None and listed not in (None, known) and name not in changes:
            said = [claim for claim in _said(draft, name) if claim.value == listed]
            claims = said or [Claim(listed, settled.provenance.get(name, ""))]
            yield Conflict(name, (_of_record(known), *claims), known, RECORD)
    yield from _other_code(paper, draft)


def _said(draft: Draft, name: str) -> list[Claim]:
    if name not in _APPEARANCE:
        return list(draft[name])
    part = _APPEARANCE.index(name)
    return [*draft[name], *(replace(claim, value=claim.value[part]) for claim in draft["appearance"])]


def _other_code(paper: Paper, draft: Draft) -> Iterator[Conflict]:
    known = {_repository(link) for link in paper.links.code}
    foreign = [claim for claim in draft["code"] if _repository(str(claim.value)) not in {*known, ""}]
    if known and foreign:
        own = [_of_record(link) for link in paper.links.code]
        yield Conflict("code", (*own, *foreign), own[0].value, RECORD)


def _repository(address: str) -> str:
    """Host, owner and name, whichever of its folders is meant; empty for an address that hides another."""
    return "" if host_of(address) in SHORTENERS else "/".join(same_address(address).split("/")[:3])


def _of_record(value: Any) -> Claim:
    return Claim(value, RECORD, Authority.CURATOR)
