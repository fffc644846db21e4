"""From a list's tags, headings and titles to the terms of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from catalog.importers.entry import Tag
from catalog.query.words import other_number
from catalog.vocabulary import Vocabulary, fold

COLOURS: Mapping[str, tuple[str, ...]] = {
    "green": ("task", "setting"),
    "brown": ("training", "parametric"),
    "purple": ("criterion",),
    "orange": ("mechanism",),
    "yellow": ("keywords", "kind"),
}
"""The fields that a badge's colour hints at."""

_FIELDS = (
    "kind",
    "domain",
    "setting",
    "task",
    "criterion",
    "mechanism",
    "training",
    "parametric",
    "keywords",
)
_HEADING_FIELDS = ("domain", "setting", "task", "keywords")
_TITLE_FIELDS = ("domain", "setting", "mechanism", "training", "keywords")
_COMMON_LABELS = ("domain",)
"""Fields whose labels of one word say little in a title: "vision" and "language" stand in most."""
_COMPOUND = re.compile(r"\b\w+(?:-\w+)*-(?!based\b)\w+")
"""Words joined to one of another meaning; "attention-based" means attention."""
_OTHER_WORD = "0"
"""What stands in the place of words that are spoken for: no term's name."""
_TITLE_KINDS = ("survey", "benchmark")
_NEGATES = re.compile(
    r"\b(?:beyond|rethink\w*|revisit\w*|without|survey|review|benchmark|not|no|is|are|do|does|vs|bridging|"
    r"towards understanding|what|why|when|which|how|analysis|study)\b|\?",
    re.IGNORECASE,
)

Term = tuple[str, str]
"""A field and one of its keys."""


def terms_of_tag(tag: Tag, vocabulary: Vocabulary) -> list[Term]:
    """The terms that a tag means; empty where the vocabulary does not know it.

    Terms that name the tag itself are all meant.  Where it is only an alias, the
    badge's colour chooses among several fields, for colours are often wrong.
    """
    named = [
        (name, key) for name, key in vocabulary.fields_of(tag.text) if name in vocabulary.with_own(_FIELDS)
    ]
    exact = [
        (name, key)
        for name, key in named
        if fold(tag.text) in {fold(text) for text in vocabulary[name][key].tags}
    ]
    if exact or len(named) < 2:
        return exact or named
    hinted = [(name, key) for name, key in named if name in COLOURS.get(tag.colour or "", ())]
    return hinted or named


def terms_of_heading(heading: str, vocabulary: Vocabulary) -> list[Term]:
    """The terms that a heading puts its entries under; none where nothing tells which of several is meant.

    A heading mostly names a domain, a setting, a task or a keyword, or several of them.  Where it names none,
    it may be a term of any other field, such as a mechanism, if it is one alone.
    """
    return [
        (name, key)
        for name in vocabulary.with_own(_HEADING_FIELDS)
        if (key := vocabulary.resolve(name, heading.removesuffix(" Domain")))
        or (key := vocabulary.resolve(name, heading))
    ] or (others if len(others := terms_named_by(heading, vocabulary)) == 1 else [])


def terms_named_by(heading: str, vocabulary: Vocabulary) -> list[Term]:
    """Every term, of whichever field, that a heading names, in the singular or the plural."""
    return [
        (name, key)
        for name in vocabulary.with_own(_FIELDS)
        for key in dict.fromkeys(vocabulary.resolve(name, words) for words in (heading, *_numbers(heading)))
        if key
    ]


def terms_of_title(title: str, vocabulary: Vocabulary) -> Iterator[Term]:
    """Terms whose name stands in the title as a phrase of two words or more.

    Titles that ask, doubt or review say nothing about what a method does, only about what it is for.
    A mechanism that is joined to another by "and" is left out, for half of the truth is none.
    """
    for _, name, key in _meant(title, phrases_in(title, vocabulary, vocabulary.with_own(_TITLE_FIELDS))):
        yield name, key
    for key in _TITLE_KINDS:
        term = vocabulary["kind"].get(key)
        words = "|".join(re.escape(word) for word in (term.label, *term.aliases)) if term else ""
        if words and re.search(rf"\ban?(?: [\w-]+){{0,4}} (?:{words})\b", title, re.IGNORECASE):
            yield "kind", key


def proposals_of_title(title: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    """(phrase, field, key) for the terms that a title may mean, which a person has to confirm.

    Beside those of :func:`terms_of_title` these are names of one word, such as an acronym.  Such a word means
    nothing where it is part of a longer name, as in "weight pruning", or of another word, as in
    "memory-efficient".
    """
    fields = vocabulary.with_own(_TITLE_FIELDS)
    found = list(phrases_in(title, vocabulary, fields))
    longer = {phrase for phrase, _, _ in phrases_in(title, vocabulary, vocabulary.with_own(_FIELDS))}
    rest = f" {_phrase(_COMPOUND.sub(_OTHER_WORD, title))} "
    for phrase in sorted(longer, key=len, reverse=True):
        rest = rest.replace(f" {phrase} ", f" {_OTHER_WORD} ")
    found += (each for each in _single_words(vocabulary, fields) if f" {each[0]} " in rest)
    yield from _meant(title, found)


def _meant(title: str, phrases: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Those of the *phrases* in a title that say something of the paper's own method."""
    doubtful = _NEGATES.search(title) is not None
    text = f" {_phrase(title)} "
    for phrase, name, key in phrases:
        if doubtful and name in ("setting", "mechanism", "training"):
            continue
        if name != "mechanism" or not re.search(rf" and {phrase} | {phrase} (?:based )?and ", text):
            yield phrase, name, key


def phrases_in(text: str, vocabulary: Vocabulary, fields: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """(phrase, field, key) for every name of two words or more of a term that stands in *text*."""
    line = f" {_phrase(text)} "
    for phrase, name, key in _phrases(vocabulary, fields):
        if f" {phrase} " in line:
            yield phrase, name, key


@lru_cache(maxsize=8)
def _phrases(vocabulary: Vocabulary, fields: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """(phrase, field, key); one phrase may name terms of several fields.

    A task that begins with a keyword's label, as "video editing" does, says the keyword, too.
    """
    found = {
        (phrase, name, term.key)
        for name in fields
        for term in vocabulary[name].values()
        for word in (term.label, *term.aliases, *term.tags)
        for phrase in _numbers(word)
        if " " in phrase
    }
    if "keywords" in fields:
        labels = {_phrase(term.label): term.key for term in vocabulary["keywords"].values()}
        found |= {
            (phrase, "keywords", labels[label])
            for term in vocabulary["task"].values()
            for word in (term.label, *term.aliases)
            for label in labels
            if (phrase := _phrase(word)).startswith(f"{label} ")
        }
    return tuple(sorted(found))


@lru_cache(maxsize=8)
def _single_words(vocabulary: Vocabulary, fields: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """(word, field, key) for the names of one word that a title may mean.

    Tags are left out, which mean a term only as a tag of the list that they come from.
    """
    found = {
        (word, name, term.key)
        for name in fields
        for term in vocabulary[name].values()
        for text in (() if name in _COMMON_LABELS else (term.label,)) + term.aliases
        for word in _numbers(text)
        if " " not in word and len(word) > 1
    }
    return tuple(sorted(found))


def _numbers(text: str) -> Iterator[str]:
    """A name as a phrase, as it is and with its last word in the other number.

    >>> sorted(_numbers("Surface code")), sorted(_numbers("Neural networks"))
    (['surface code', 'surface codes'], ['neural network', 'neural networks'])
    """
    phrase = _phrase(text)
    if phrase:
        yield phrase
        before, _, last = phrase.rpartition(" ")
        yield from (f"{before} {other}".strip() for other in other_number(last))


def _phrase(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
