"""What tables of papers share: which columns there are, and the words in them."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.catalogue import Catalogue
from catalog.facts import terms_of
from catalog.record import Paper

_TERMS = ("criterion", "mechanism", "training")
"""Fields that are compared, and have columns of their own; so have those that only the catalogue has."""


def headings(catalogue: Catalogue) -> tuple[str, ...]:
    """The columns' headings: paper, venue and the fields of terms that the catalogue has, by their labels."""
    labels = catalogue.config.labels
    return "Paper", *map(labels.of, ("venue", *_fields(catalogue)))


def terms(paper: Paper, catalogue: Catalogue) -> Iterator[str]:
    """For each field of terms its terms in words; a dash where there are none, "" where that is unknown."""
    for name in _fields(catalogue):
        keys = terms_of(paper, name)
        if keys is None:
            yield ""
        else:
            yield ", ".join(catalogue.vocabulary.label(name, key) for key in keys) or "–"


def _fields(catalogue: Catalogue) -> Iterator[str]:
    yield from catalogue.vocabulary.with_own(_TERMS)
