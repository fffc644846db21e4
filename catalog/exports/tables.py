"""What tables of papers share: which columns there are, and the words in them."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.catalogue import Catalogue
from catalog.record import Paper, terms_of

TERMS = ("criterion", "mechanism", "training")
"""Fields that are compared, and have columns of their own."""
HEADINGS = ("Paper", "Venue", *(name.capitalize() for name in TERMS))


def terms(paper: Paper, catalogue: Catalogue) -> Iterator[str]:
    """For each of :data:`TERMS` its terms in words; a dash where there are none, "" where that is unknown."""
    for name in TERMS:
        keys = terms_of(paper, name)
        if keys is None:
            yield ""
        else:
            yield ", ".join(catalogue.vocabulary.label(name, key) for key in keys) or "–"
