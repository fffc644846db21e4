"""What a term is, which fields have terms, and how the words for one are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from catalog.texts import SLUG, SPELT_OUT, Text, check_text

TERM_FILES: Mapping[str, str] = {
    "kind": "kinds.yaml",
    "domain": "domains.yaml",
    "setting": "settings.yaml",
    "task": "tasks.yaml",
    "criterion": "criteria.yaml",
    "mechanism": "mechanisms.yaml",
    "training": "training.yaml",
    "parametric": "parametric.yaml",
    "keywords": "keywords.yaml",
    "venue": "venues.yaml",
    "listed_in": "lists.yaml",
}
"""The fields with terms of every catalogue's records, and the file of each."""

BEFORE_OWN = "keywords"
"""The field before which a catalogue's own stand, wherever fields have an order."""

NEVER_NONE = ("kind", "venue")
"""Fields of terms of which no paper is known to have none."""

UNKNOWN, NONE = "unknown", "none"
"""What queries ask for where a record does not say, or says that there is none; and so never a term."""

YES_OR_NO = {"yes": "true", "no": "false"}
"""What people say -> the term, of a field whose terms are true and false."""


def flag_of(key: str) -> bool | str:
    """What a record holds for the term *key* of such a field, which ``both`` is, too.

    >>> flag_of("true"), flag_of("both")
    (True, 'both')
    """
    return {"true": True, "false": False}.get(key, key)


VenueType = Literal["conference", "findings", "workshop", "journal", "preprint", "thesis", "other"]

Sentence = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_text)]
"""A text of one row, however the file folds it."""


def _some_words(value: Any) -> Any:
    """The words that a term brings in one field, of which there may be one without brackets."""
    words = tuple(value) if isinstance(value, list) else (value,)
    words = tuple(str(word).lower() if isinstance(word, bool) else word for word in words)
    if not words or not all(isinstance(word, str) and word for word in words):
        raise ValueError("names no term; write one, or [one, another] of which a record has one at least")
    return words


def _some_fields(value: Any) -> Any:
    if not isinstance(value, dict) or not value:
        raise ValueError("names no field; write {field: term}")
    return value


Brings = Annotated[
    Mapping[str, Annotated[tuple[str, ...], BeforeValidator(_some_words)]], BeforeValidator(_some_fields)
]
"""Field -> terms there, of which a record has one at least."""


class Term(BaseModel):
    """One controlled term."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    """What a record holds, e.g. ``attention``."""
    label: Text
    """What a reader sees, e.g. ``Attention``."""
    definition: Sentence
    """One sentence that lets two curators tag alike."""
    aliases: tuple[Text, ...] = ()
    """Other words for it in the literature, e.g. ``Attention-based``."""
    tags: tuple[Text, ...] = ()
    """Tags of published lists that mean this term, as they are spelt there."""
    examples: tuple[Text, ...] = ()
    """Well-known models, benchmarks and so on that it covers, e.g. ``ImageNet``: no other names, but who asks
    for one in plain words asks for the term."""
    asked: tuple[Text, ...] = ()
    """Words by which people ask for it that are none of its names, e.g. ``throw out`` for pruning: questions
    are read by them, and no page shows them."""
    broader: str | None = None
    """Another term of the same field, which every record with this one bears as well."""
    brings: Brings | None = None
    """Terms of other fields, of which every record with this one has one there at least; ``none`` among
    them: or no term at all."""

    @property
    def former_keys(self) -> tuple[str, ...]:
        """Aliases that look like a key: what the term may have been called before."""
        return tuple(dict.fromkeys(filter(is_key, self.aliases)))


class NoTerm(BaseModel):
    """What stands in a field's file under :data:`NONE`: of records that have no term there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    brings: Brings
    """As of a term."""


class Venue(Term):
    """Where papers appear; *definition* is the venue's full name."""

    type: VenueType
    """What being published there means; Findings and workshops are not the main conference."""
    years: Literal["even", "odd"] | None = None
    """For a venue that is held every second year, which years these are."""


class PublishedList(Term):
    """A list that papers were taken from."""

    url: str | None = None
    dialect: str | None = None
    """The importer that reads it."""


def file_of(name: str) -> str:
    """The file with the terms of the field *name*, below ``papers/vocabulary/``."""
    return TERM_FILES.get(name, f"{name}.yaml")


def is_key(word: str) -> bool:
    """Whether *word* looks like the key of a term that is no venue.

    >>> is_key("token-merging"), is_key("Token merging")
    (True, False)
    """
    return re.fullmatch(SLUG, word) is not None


def fold(text: str) -> str:
    """Letters and digits only, lower case, no diacritics: how names and tags are compared.

    >>> fold("Attention--based"), fold("Jürgen Søgaard"), fold("Token_Merging")
    ('attentionbased', 'jurgensogaard', 'tokenmerging')
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(filter(str.isalnum, decomposed.casefold().translate(SPELT_OUT)))
