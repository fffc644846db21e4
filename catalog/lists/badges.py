"""Badges in the static style of shields.io, in the colours that readers of such lists know."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from catalog.exports.list_entries import terms_said
from catalog.record import Paper
from catalog.templating import Markdown, markdown_alternative
from catalog.vocabulary import Vocabulary
from catalog.wording import Labels

COLOURS = {
    "kind": "lightgrey",
    "name": "blue",
    "task": "green",
    "training": "brown",
    "parametric": "brown",
    "criterion": "purple",
    "mechanism": "orange",
    "keywords": "yellow",
}
"""Field of the record -> its badges' colour, in the order in which the badges stand."""
OWN = "lightblue"
"""The colour of fields that only the catalogue has."""


def badge(field: str, text: str, labels: Labels) -> Markdown:
    """A badge that shows *text* in the colour of *field*; its alternative text names both.

    >>> print(badge("mechanism", "Token pruning", Labels()))
    ![Mechanism: Token pruning](https://img.shields.io/badge/Token_pruning-orange)
    """
    called = "Name" if field == "name" else labels.of(field)
    message = text.replace("-", "--").replace("_", "__").replace(" ", "_")
    address = f"https://img.shields.io/badge/{quote(message, safe='')}-{COLOURS.get(field, OWN)}"
    return Markdown(f"![{markdown_alternative(f'{called}: {text}')}]({address})")


def badges(paper: Paper, vocabulary: Vocabulary, labels: Labels) -> tuple[Markdown, ...]:
    """All that is known of *paper*, as badges."""
    return tuple(
        badge(field, text, labels)
        for field in vocabulary.with_own(tuple(COLOURS))
        for text in _texts(paper, field, vocabulary)
    )


def _texts(paper: Paper, field: str, vocabulary: Vocabulary) -> Iterator[str]:
    if field != "name":
        yield from (vocabulary.label(field, key) for key in terms_said(paper, field))
    elif paper.name:
        yield paper.name
