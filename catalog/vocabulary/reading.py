"""Reading the files of a vocabulary: what is wrong in one is said with its place and with what to do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rapidfuzz import fuzz, process

from catalog import yaml_files
from catalog.findings import CatalogError
from catalog.schema_messages import first_complaint, named
from catalog.vocabulary.rules import Rule, WrongRuleError, rules_of
from catalog.vocabulary.terms import (
    BEFORE_OWN,
    NEVER_NONE,
    NONE,
    TERM_FILES,
    UNKNOWN,
    Brings,
    NoTerm,
    PublishedList,
    Term,
    Venue,
    file_of,
    fold,
    is_key,
)

_ALWAYS = frozenset({"kind"})
"""Fields that every record has, so that no topic can do without them."""

_CLASSES: Mapping[str, type[Term]] = {"venue": Venue, "listed_in": PublishedList}


@dataclass(frozen=True)
class _File:
    """What the file of one field holds."""

    path: Path
    terms: dict[str, Term] = field(default_factory=dict)
    brought: dict[str, Brings] = field(default_factory=dict)
    """Key -> what it brings in other fields; under :data:`NONE`, what goes without a term here does."""


def read_vocabulary(
    folder: Path, fixed: Mapping[str, Collection[str]], labels: Collection[str]
) -> tuple[dict[str, dict[str, Term]], tuple[Rule, ...]]:
    """The terms in every file of *folder*, by field and key, in the order of fields; and their rules.

    Parameters
    ----------
    fixed : field -> the keys that its file holds, all of them and no other; or none, where the topic
        does without the field
    labels : names of fields; those that no other catalogue has are its own

    Raises
    ------
    CatalogError : a file is missing, of no field or wrong, with file and line
    """
    files = _files(labels)
    _refuse_other_files(folder, files.values())
    read = {name: _read(folder / file, name, fixed.get(name)) for name, file in files.items()}
    terms = {name: file.terms for name, file in read.items()}
    return terms, tuple(rule for name, file in read.items() for rule in _rules_in(file, name, terms))


def _rules_in(file: _File, name: str, terms: Mapping[str, Mapping[str, Term]]) -> Iterator[Rule]:
    for key, brings in file.brought.items():
        try:
            yield from rules_of(name, key, brings, terms)
        except WrongRuleError as error:
            line, _ = yaml_files.locate(yaml_files.read_text(file.path), (key, *error.path))
            raise CatalogError(f"{_shown(file.path)}:{line}: term '{key}': brings: {error}") from None


def _files(labels: Collection[str]) -> dict[str, str]:
    """Field -> file, in the order of fields."""
    own = {name: file_of(name) for name in labels if name not in TERM_FILES}
    files: dict[str, str] = {}
    for name, file in TERM_FILES.items():
        files |= {**own, name: file} if name == BEFORE_OWN else {name: file}
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


def _read(path: Path, name: str, fixed: Collection[str] | None) -> _File:
    kind = _CLASSES.get(name, Term)
    shown = _shown(path)
    try:
        text = yaml_files.read_text(path)
        data = yaml_files.parse(text)
    except FileNotFoundError:
        raise CatalogError(f"{shown}: not found; {_without_file(name, fixed)}") from None
    except yaml_files.YamlError as error:
        raise error.at(shown) from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise CatalogError(
            f"{shown}:1: found {named(data)}, expected 'a-term:' with its label and definition below"
        )
    file = _File(path)
    terms = file.terms
    words: dict[str, str] = {}
    for key, body in data.items():
        where: tuple[str | int, ...] = ()
        try:
            if _is_of_no_term(name, key, body):
                file.brought[key] = NoTerm.model_validate(body).brings
                continue
            _refuse_key(name, key, fixed)
            terms[key] = _term(kind, name, key, body)
            _claim_words(words, terms[key])
            if brings := terms[key].brings:
                file.brought[key] = brings
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
    for key, term in terms.items():
        for part, position, example in _no_names(term):
            if problem := _wrong_example(example, words, terms):
                line, _ = yaml_files.locate(text, (key, part, position))
                raise CatalogError(f"{shown}:{line}: term '{key}': {part}: {problem}")
    for key in terms:
        if problem := _wrong_broader(terms, key, name):
            line, _ = yaml_files.locate(text, (key, "broader"))
            raise CatalogError(f"{shown}:{line}: term '{key}': broader: {problem}")
    return file


def _without_file(name: str, fixed: Collection[str] | None) -> str:
    """What to do where the file of the field *name* is not there."""
    if name in _ALWAYS:
        return f"every catalogue needs this file, with its terms {', '.join(fixed or ())}"
    if name in TERM_FILES:
        return f"a catalogue needs this file, empty if its topic does without '{name}'"
    return f"put the field's terms there, or take '{name}' out of 'fields' in papers/catalogue.yaml"


def _no_names(term: Term) -> Iterator[tuple[str, int, str]]:
    """What questions are read by and a term is not called, with its place."""
    for part, several in (("examples", term.examples), ("asked", term.asked)):
        for position, one in enumerate(several):
            yield part, position, one


def _wrong_example(example: str, words: Mapping[str, str], terms: Mapping[str, Term]) -> str | None:
    """What is wrong with what is no name of a term; *words* are the names and tags of all *terms*."""
    if not fold(example):
        return f"found '{example}', expected a word with a letter or a digit"
    called = words.get(fold(example))
    if called is None:
        return None
    if fold(example) in map(fold, (called, terms[called].label, *terms[called].aliases)):
        return f"found '{example}', expected no name of a term, and it is one of '{called}'; delete it here"
    return (
        f"found '{example}', which is a tag of '{called}'; delete it here, and where people ask for "
        f"'{called}' with it, add it to the aliases there"
    )


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


def _is_of_no_term(name: str, key: str, body: Any) -> bool:
    """Whether it is no term, but says what records bring that have none in the field *name*."""
    return key == NONE and name not in NEVER_NONE and isinstance(body, Mapping) and body.keys() == {"brings"}


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
    if name != "venue" and not is_key(key):
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


def _shown(path: Path) -> str:
    """*path* as findings name files: from the catalogue's root on."""
    return "/".join(path.parts[-3:])
