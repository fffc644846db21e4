"""What readers call the fields of a record, in the words of a catalogue's topic."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, PrivateAttr, model_validator

from catalog.texts import Text


class Wording(BaseModel):
    """How sentences say what some fields are about."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    domain: Text = "their domain"
    """Completes "papers by …" and "begin with …"."""
    criterion: Text = "the criterion"
    """Completes "begin with …", and heads what a method does."""
    mechanism: Text = "the mechanism"
    """The same for the mechanism."""
    stages: Text | None = None
    """What the two are together, such as "two stages". Without it, no page says that one follows another."""


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

    _own: Mapping[str, str] = PrivateAttr(default_factory=dict)
    """The labels of fields of the catalogue's own."""

    def with_own(self, fields: Mapping[str, str]) -> Labels:
        """The same with the labels of *fields* of the catalogue's own.

        Raises
        ------
        ValueError : two fields would be called the same
        """
        labels = self.model_copy()
        labels._own = dict(fields)
        labels._refuse_clashes()
        return labels

    @model_validator(mode="after")
    def _distinct(self) -> Labels:
        self._refuse_clashes()
        return self

    def _refuse_clashes(self) -> None:
        """Menus tell fields apart by their labels, and a form's text has them in lines ``Label: value``."""
        seen: dict[str, str] = {}
        for field, label in self.by_field().items():
            if ":" in label:
                raise ValueError(f"{field} is called '{label}'; leave out the colon")
            other = seen.setdefault(label.casefold(), field)
            if other != field:
                raise ValueError(f"{other} and {field} are both called '{label}'; call one of them otherwise")

    def by_field(self) -> dict[str, str]:
        """Field -> label, of every field that holds terms."""
        return {field: self.of(field) for field in (*type(self).model_fields, *self._own)}

    @property
    def own(self) -> tuple[str, ...]:
        """The fields of terms of the catalogue's own."""
        return tuple(self._own)

    def renamed(self) -> list[str]:
        """The fields that the catalogue calls otherwise than the engine does."""
        given = [name for name, info in type(self).model_fields.items() if self.of(name) != str(info.default)]
        return [*given, *self._own]

    def said(self, field: str) -> str:
        """What sentences and tables for curators call *field*: by its label where the catalogue gave it one.

        Otherwise its own name says as much, as fields do that hold no terms.
        """
        return in_sentence(self.of(field)) if field in self.renamed() else field

    def of(self, field: str) -> str:
        """The label of *field*, a field that holds terms."""
        label: str = self._own.get(field) or getattr(self, field)
        return label


def in_sentence(label: str) -> str:
    """*label* as it stands within a sentence: small, where its first word is not written in capitals.

    >>> in_sentence("Learned weights"), in_sentence("GPU family")
    ('learned weights', 'GPU family')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def capitalised(words: str) -> str:
    """*words* as they begin a sentence or stand alone; no other letter becomes a small one.

    >>> capitalised("pruning of the KV cache"), capitalised("iOS"), capitalised("")
    ('Pruning of the KV cache', 'IOS', '')
    """
    return words[:1].upper() + words[1:]
