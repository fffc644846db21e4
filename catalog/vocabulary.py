"""Controlled terms and venues: what a tag may be, what it means, and what others call it.

A vocabulary is a folder of YAML files, one per field.  Each maps a term's key to
its label, a definition of a sentence, its aliases, and the tags of published
lists that mean it.  A field whose file is empty is none of the catalogue's, and
some may be fields that no other catalogue has.  The folder belongs to a catalogue; no term is known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from rapidfuzz import fuzz, process

from catalog import yaml_files
from catalog.findings import CatalogError
from catalog.schema_messages import first_complaint, named
from catalog.texts import SPELT_OUT, Text, check_text

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

_BEFORE = "keywords"
"""The field before which a catalogue's own stand, wherever fields have an order."""

_ALWAYS = frozenset({"kind"})
"""Fields that every record has, so that no topic can do without them."""

UNKNOWN, NONE = "unknown", "none"
"""What queries ask for where a record does not say, or says that there is none; and so never a term."""

YES_OR_NO = {"yes": "true", "no": "false"}
"""What people say -> the term, of a field whose terms are true and false."""

VenueType = Literal["conference", "findings", "workshop", "journal", "preprint", "thesis", "other"]

Sentence = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_text)]
"""A text of one row, however the file folds it."""


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
    broader: str | None = None
    """Another term of the same field, which every record with this one bears as well."""


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


_CLASSES: Mapping[str, type[Term]] = {"venue": Venue, "listed_in": PublishedList}


def fold(text: str) -> str:
    """Letters and digits only, lower case, no diacritics: how names and tags are compared.

    >>> fold("Attention--based"), fold("Jürgen Søgaard"), fold("Token_Merging")
    ('attentionbased', 'jurgensogaard', 'tokenmerging')
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(filter(str.isalnum, decomposed.casefold().translate(SPELT_OUT)))


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All terms of a catalogue, by field and key, in the order of their files.

    Two vocabularies are equal when they are the same object, so that what is worked out from one can be
    cached by it.

    Attributes
    ----------
    labels : what readers call the fields; one that is no field of every catalogue is this catalogue's own
    renamed : the fields that the catalogue calls otherwise than the engine does
    """

    terms: Mapping[str, Mapping[str, Term]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    renamed: frozenset[str] = frozenset()

    @classmethod
    def load(
        cls,
        folder: Path,
        fixed: Mapping[str, Collection[str]] = MappingProxyType({}),
        labels: Mapping[str, str] = MappingProxyType({}),
        renamed: Collection[str] = (),
    ) -> Vocabulary:
        """Read every file of *folder*.

        Parameters
        ----------
        fixed : field -> the keys that its file holds, all of them and no other; or none, where the topic
            does without the field
        labels, renamed : as in the class

        Raises
        ------
        CatalogError : a file is missing, of no field or wrong, with file and line
        """
        files = _files(labels)
        _refuse_other_files(folder, files.values())
        terms = {name: _load_terms(folder / file, name, fixed.get(name)) for name, file in files.items()}
        return cls(terms, dict(labels), frozenset(renamed))

    def __getitem__(self, name: str) -> Mapping[str, Term]:
        return self.terms[name]

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The fields of terms that this catalogue has beside those of every catalogue."""
        return tuple(name for name in self.terms if name not in TERM_FILES)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of terms that records of this catalogue have: not those without any term.

        A topic may do without settings, say; then their file is empty, and nothing shows or asks for them.
        """
        return tuple(name for name, terms in self.terms.items() if terms)

    def has_field(self, name: str) -> bool:
        """Whether records of this catalogue have the field *name*: not one of terms without any term."""
        return name in self.fields or name not in self.terms

    def with_own(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of *names* that are fields here, with the catalogue's own in their place among them."""
        at = names.index(_BEFORE) if _BEFORE in names else len(names)
        return tuple(name for name in (*names[:at], *self.own, *names[at:]) if self.has_field(name))

    @staticmethod
    def file_of(name: str) -> str:
        """The file with the terms of the field *name*, below ``papers/vocabulary/``."""
        return TERM_FILES.get(name, f"{name}.yaml")

    def label(self, name: str, key: str) -> str:
        """The term's label, or the key itself where the vocabulary does not know it."""
        term = self.terms[name].get(key)
        return term.label if term else key

    def venue(self, key: str | None) -> Venue | None:
        venue = self.terms["venue"].get(key) if key else None
        return venue if isinstance(venue, Venue) else None

    def is_preprint(self, key: str | None) -> bool:
        """Whether the venue *key* is known, and one for preprints, so that to be there is not publication."""
        venue = self.venue(key)
        return venue is not None and venue.type == "preprint"

    def nearest(self, name: str, word: str) -> str | None:
        """The key that *word* probably means: by alias, else the most similar one, else ``None``."""
        exact = self._by_word.get((name, fold(word)))
        if exact:
            return exact
        choices = {(key, w): fold(w) for key, w in self._words(name)}
        best = process.extractOne(fold(word), choices, scorer=fuzz.ratio, score_cutoff=60)
        return best[2][0] if best else None

    def resolve(self, name: str, word: str) -> str | None:
        """The key whose key, label, alias or tag is *word*, ignoring case and punctuation."""
        return self._by_word.get((name, fold(word)))

    def fields_of(self, word: str) -> Iterator[tuple[str, str]]:
        """Every (field, key) that *word* names."""
        for name in self.terms:
            key = self.resolve(name, word)
            if key:
                yield name, key

    def _words(self, name: str) -> Iterator[tuple[str, str]]:
        for key, term in self.terms[name].items():
            for word in (key, term.label, *term.aliases, *term.tags):
                yield key, word

    @cached_property
    def _by_word(self) -> dict[tuple[str, str], str]:
        index: dict[tuple[str, str], str] = {}
        for name in self.terms:
            for key, word in self._words(name):
                index.setdefault((name, fold(word)), key)
        return index


def _shown(path: Path) -> str:
    """*path* as findings name files: from the catalogue's root on."""
    return "/".join(path.parts[-3:])


def _files(labels: Collection[str]) -> dict[str, str]:
    """Field -> file, in the order of fields; those of *labels* that no other catalogue has are its own."""
    own = {name: Vocabulary.file_of(name) for name in labels if name not in TERM_FILES}
    files: dict[str, str] = {}
    for name, file in TERM_FILES.items():
        files |= {**own, name: file} if name == _BEFORE else {name: file}
    return files


def _refuse_other_files(folder: Path, files: Collection[str]) -> None:
    """Refuse a file that no field has its terms in; its terms would be left out in silence."""
    known = sorted(files)
    for path in sorted(folder.glob("*.y*ml")):
        if path.name in known or path.name.startswith("."):
            continue
        near = process.extractOne(path.name, known, scorer=fuzz.ratio, score_cutoff=75)
        advice = f"did you mean {near[0]}?" if near else f"terms are in {', '.join(known)}."
        raise CatalogError(
            f"{_shown(path)}:1: no field of a record has its terms in this file; {advice} "
            "Rename, move or delete it; for a field of your own, name that under 'fields' in "
            f"papers/catalogue.yaml, as in {_as_field(path.stem)}"
        )


def _as_field(stem: str) -> str:
    """A file's name as the line that makes a field of it.

    >>> _as_field("noise-models"), _as_field("3")
    ('"noise_models: Noise models"', '"noise_model: Noise model"')
    """
    name = "_".join(re.findall("[a-z]+", stem.lower())) or "noise_model"
    return f'"{name}: {name.replace("_", " ").capitalize()}"'


def _load_terms(path: Path, name: str, fixed: Collection[str] | None) -> dict[str, Term]:
    kind = _CLASSES.get(name, Term)
    shown = _shown(path)
    try:
        text = yaml_files.read_text(path)
        data = yaml_files.parse(text)
    except FileNotFoundError:
        raise CatalogError(
            f"{path}: not found; a catalogue needs this file, empty if its topic does without '{name}'"
        ) from None
    except yaml_files.YamlError as error:
        raise CatalogError(f"{shown}:{error.line}:{error.column}: {error.message}") from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise CatalogError(
            f"{shown}:1: found {named(data)}, expected 'a-term:' with its label and definition below"
        )
    terms: dict[str, Term] = {}
    words: dict[str, str] = {}
    for key, body in data.items():
        where: tuple[str | int, ...] = ()
        try:
            _refuse_key(name, key, fixed)
            terms[key] = _term(kind, name, key, body)
            _claim_words(words, terms[key])
            continue
        except ValidationError as error:
            where, message = first_complaint(error, kind, "term")
            message = f"{'.'.join(map(str, where))}: {message}"
        except CatalogError as error:
            message = str(error)
        line, _ = yaml_files.locate(text, (key, *where))
        raise CatalogError(f"{shown}:{line}: term '{key}': {message}")
    # Without any term, the topic does without the field, unless every record has it.
    for missing in (key for key in fixed or () if key not in terms and (terms or name in _ALWAYS)):
        raise CatalogError(
            f"{shown}:1: the term '{missing}' is missing, which is a value of '{name}' in records; "
            "add it with its label and definition"
        )
    for key in terms:
        if problem := _wrong_broader(terms, key, name):
            line, _ = yaml_files.locate(text, (key, "broader"))
            raise CatalogError(f"{shown}:{line}: term '{key}': broader: {problem}")
    return terms


def _wrong_broader(terms: Mapping[str, Term], key: str, name: str) -> str | None:
    """What is wrong with the terms that are broader than *key*, of which none may be broader than itself."""
    way = [key]
    while (broader := terms[way[-1]].broader) is not None:
        if broader not in terms or broader == way[-1]:
            return f"found '{broader}', expected another term of '{name}'" if len(way) == 1 else None
        if broader in way:
            circle = " < ".join([*way[way.index(broader) :], broader])
            return f"goes round in a circle ({circle}), expected ever wider terms; delete one of these"
        way.append(broader)
    return None


def _refuse_key(name: str, key: str, fixed: Collection[str] | None) -> None:
    if fixed is not None and key not in fixed:
        raise CatalogError(
            f"'{name}' is part of the record's format, which knows {', '.join(fixed)} and no other; "
            "delete this term, or make it one of another field, such as keywords"
        )
    if key.lower() in (UNKNOWN, NONE):
        raise CatalogError(
            f"in queries {name}:{key.lower()} asks for records without a term; give the term another key"
        )


def _term(kind: type[Term], name: str, key: str, body: Any) -> Term:
    if not isinstance(body, dict):
        raise CatalogError(f"found {named(body)}, expected label, definition and so on under the term")
    term = kind.model_validate({"key": key, **body})
    if name != "venue" and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key):
        raise CatalogError("a term's key is lower-case words joined by hyphens")
    return term


def _claim_words(words: dict[str, str], term: Term) -> None:
    """Refuse a word that another term of the same field has already."""
    for word in (term.key, term.label, *term.aliases, *term.tags):
        if not fold(word):
            raise CatalogError(f"found '{word}', expected a word with a letter or a digit")
        other = words.setdefault(fold(word), term.key)
        if other != term.key:
            raise CatalogError(f"'{word}' names both '{other}' and '{term.key}'; leave it with one of them")
