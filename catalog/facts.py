"""What is known of a paper, and what nobody has established: a difference that no record blurs."""

from __future__ import annotations

from catalog.provenance import ASSUMED
from catalog.record import OF_A_PROPOSAL, ORDINARY_KIND, Paper, to_fill_in, value_of
from catalog.vocabulary import Vocabulary


def proposes(paper: Paper) -> bool:
    """Whether the paper proposes something that others can run; a survey or an analysis does not."""
    return paper.kind in ("method", "system")


def has_answer(paper: Paper, name: str) -> bool:
    """Whether somebody could establish the field *name*: of a survey's training, null is all there is."""
    return proposes(paper) or name not in OF_A_PROPOSAL


def is_kind_assumed(paper: Paper) -> bool:
    """Whether nobody has said what kind of paper it is: no record is without one, and most are methods.

    A record without any source for its kind was written by a person, who saw what it says.
    """
    return paper.kind == ORDINARY_KIND and paper.provenance.get("kind") == ASSUMED


def is_described(paper: Paper, name: str) -> bool:
    """Whether somebody has looked what the paper has in a list of terms that cannot be null.

    They have where they named a source, or summed the paper up in a sentence of their own.
    """
    return name in paper.provenance or paper.summary is not None


def terms_of(paper: Paper, name: str) -> tuple[str, ...] | None:
    """The terms in the field *name*: none at all where there are none, ``None`` where nobody knows.

    A flag has the terms ``true`` and ``false``; a survey has none, as it trains nothing.
    """
    value = value_of(paper, name)
    if value is None:
        return None if has_answer(paper, name) else ()
    if isinstance(value, tuple):
        return None if name == "keywords" and not value and not is_described(paper, name) else value
    if name == "kind" and is_kind_assumed(paper):
        return None
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def unknown_facts(paper: Paper, vocabulary: Vocabulary) -> list[str]:
    """Those of :func:`to_fill_in` that nobody has established, and the kind where it is only assumed.

    An empty list of terms is established, and so is that a survey has neither training nor weights.
    """
    unknown = [
        name for name in to_fill_in(vocabulary) if value_of(paper, name) is None and has_answer(paper, name)
    ]
    return [*unknown, "kind"] if is_kind_assumed(paper) else unknown
