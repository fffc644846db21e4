"""What readers call the fields of a record, in the words of a catalogue's topic."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from catalog.record import Text


class Wording(BaseModel):
    """How sentences say what some fields are about."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    domain: Text = "their domain"
    """Completes "papers by …"."""
    criterion: Text = "the criterion"
    """Completes "begin with …", and heads what a method does."""
    mechanism: Text = "the mechanism"
    """The same for the mechanism."""
    stages: Text | None = None
    """What the two are together, e.g. ``two stages``; unset: pages do not say that one follows the other."""


class Labels(BaseModel):
    """What headings, filters, tables and forms call the fields that hold terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Text = "Kind of paper"
    domain: Text = "Domain"
    setting: Text = "Setting"
    task: Text = "Task"
    criterion: Text = "Criterion"
    mechanism: Text = "Mechanism"
    training: Text = "Training"
    parametric: Text = "Learned weights"
    keywords: Text = "Keywords"
    venue: Text = "Venue"
    listed_in: Text = "Published list"

    def of(self, field: str) -> str:
        """The label of *field*, a field that holds terms."""
        label: str = getattr(self, field)
        return label


def in_sentence(label: str) -> str:
    """*label* as it stands within a sentence: small, where its first word is not written in capitals.

    >>> in_sentence("Learned weights"), in_sentence("GPU family")
    ('learned weights', 'GPU family')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
