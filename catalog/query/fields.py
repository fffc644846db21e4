"""What each field of the query language takes as a value, and when a paper has it.

A field is a function from what was typed to a :class:`Value`; :func:`fields` has them all by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import Final

from catalog.facts import terms_of
from catalog.query.dates import read_date, read_year, years_in
from catalog.query.values import Reader, Test, Typed, Value, WrongValueError, as_value, brief
from catalog.query.words import begins_each, holds_phrase, other_number, phrase_words, says_each, words
from catalog.record import IDENTIFIERS, Paper
from catalog.vocabulary import NEVER_NONE, NONE, UNKNOWN, YES_OR_NO, Vocabulary, fold


@lru_cache(maxsize=8)
def fields(vocabulary: Vocabulary) -> Mapping[str, Reader]:
    """Every field's reader by the field's name, in the order in which they are explained.

    A field of terms without any term is none: the topic does without it.
    """
    readers: dict[str, Reader] = {
        name: partial(_read_term, name, vocabulary) for name, terms in vocabulary.terms.items() if terms
    }
    readers["year"] = read_year
    readers["published"] = partial(read_date, lambda paper: paper.published)
    readers["added"] = partial(read_date, lambda paper: paper.added)
    readers["author"] = partial(_read_words, _authors, begins_each)
    readers["title"] = partial(_read_words, _titles, says_each)
    readers["name"] = partial(_read_words, _names, begins_each)
    readers["summary"] = partial(_read_words, _summaries, says_each)
    for name in ("id", *IDENTIFIERS):
        readers[name] = partial(_read_identifier, name)
    for name, has in FLAGS.items():
        readers[name] = partial(_read_flag, has)
    return readers


FLAGS: Final[Mapping[str, Test]] = {
    "code": lambda paper: bool(paper.links.code),
    "reference": lambda paper: paper.reference_impl is not None,
}
"""Fields whose values are yes and no, and when a paper has what they ask for."""


OTHER_NAMES: Final[Mapping[str, str]] = {
    "kinds": "kind",
    "domains": "domain",
    "settings": "setting",
    "tasks": "task",
    "criteria": "criterion",
    "criterions": "criterion",
    "mechanisms": "mechanism",
    "keyword": "keywords",
    "venues": "venue",
    "list": "listed_in",
    "lists": "listed_in",
    "years": "year",
    "authors": "author",
    "titles": "title",
    "names": "name",
    "summaries": "summary",
    "ids": "id",
    "references": "reference",
    "reference_impl": "reference",
}
"""What fields are called besides their names: the singular or plural, and the record's own word."""


def field_of(typed: str, vocabulary: Vocabulary) -> str:
    """The name of the field that *typed* means, by its name or label; its plain form where it means none."""
    plain = typed.lower().replace("-", "_")
    name = OTHER_NAMES.get(plain, plain)
    if name in fields(vocabulary):
        return name
    return _by_label(vocabulary).get(fold(typed), name)


def shown_name(name: str, vocabulary: Vocabulary) -> str:
    """What messages and examples call the field *name*: by its label, where the catalogue gave it one."""
    called = "-".join(words(vocabulary.labels.get(name, "")))
    is_name = name in vocabulary.renamed and re.fullmatch("[a-z][a-z-]*", called)
    return called if is_name and field_of(called, vocabulary) == name else name


def names_by_label(vocabulary: Vocabulary) -> Mapping[str, Sequence[str]]:
    """Field of terms -> what it is also called: its label as one word, in the singular and the plural."""
    called: dict[str, list[str]] = {}
    for word, name in _by_label(vocabulary).items():
        called.setdefault(name, []).append(word)
    return called


@lru_cache(maxsize=8)
def _by_label(vocabulary: Vocabulary) -> Mapping[str, str]:
    """A field's label as one word, in the singular and the plural -> the field."""
    found: dict[str, str] = {}
    for name, label in vocabulary.labels.items():
        if not vocabulary.terms.get(name):
            continue
        *first, last = words(label) or ("",)
        for form in (last, *other_number(last)):
            found.setdefault(fold("".join([*first, form])), name)
    return found


# ------------------------------------------------------------------------------------------ terms


def _read_term(name: str, vocabulary: Vocabulary, typed: Typed) -> Value:
    special = None if typed.quoted else typed.text.lower()
    if special == UNKNOWN:
        return Value(UNKNOWN, lambda paper: terms_of(paper, name) is None)
    if special == NONE and name not in NEVER_NONE:
        return Value(NONE, lambda paper: terms_of(paper, name) == ())
    text = YES_OR_NO.get(typed.text.lower(), typed.text) if name == "parametric" else typed.text
    key = vocabulary.resolve(name, text) if fold(text) else None
    if key is None:
        raise WrongValueError(_unknown_term(name, vocabulary, typed.text))
    return Value(as_value(key), lambda paper: key in (terms_of(paper, name) or ()))


_MOST_SHOWN = 12


def _unknown_term(name: str, vocabulary: Vocabulary, text: str) -> str:
    near = vocabulary.nearest(name, text) if fold(text) else None
    called = shown_name(name, vocabulary)
    known = [*map(as_value, vocabulary[name]), UNKNOWN]
    if name not in NEVER_NONE:
        known.append(NONE)
    more = f" and {len(known) - _MOST_SHOWN:,} more" if len(known) > _MOST_SHOWN else ""
    hint = f"; did you mean {called}:{as_value(near)}?" if near else "."
    found = f"'{brief(text)}' is no {called.removesuffix('s')}" if text else f"{called}: needs a value"
    return f"{found}{hint} Allowed are: {', '.join(known[:_MOST_SHOWN])}{more}"


# -------------------------------------------------------------------------------------------- words


def _titles(paper: Paper) -> Sequence[str]:
    return (paper.title, *paper.former_titles)


def _names(paper: Paper) -> Sequence[str] | None:
    return (paper.name,) if paper.name else None


def _summaries(paper: Paper) -> Sequence[str] | None:
    return (paper.summary,) if paper.summary else None


def _authors(paper: Paper) -> Sequence[str] | None:
    return paper.authors


_SHORT: Final = {"w/o": "without", "w/": "with"}
"""What is written for a word."""


def words_value(typed: Typed, test_of: Callable[[tuple[str, ...], bool], Test]) -> Value | None:
    """The words of *typed* as a value; ``None`` where there are none."""
    wanted = phrase_words(typed.text) if typed.quoted else words(_SHORT.get(typed.text.lower(), typed.text))
    if not wanted:
        return None
    joined = "-".join(wanted)
    plain = "/".join(wanted) if years_in(joined) else joined
    text = f'"{" ".join(wanted)}"' if typed.quoted else plain
    return Value(text, test_of(wanted, typed.quoted))


def anywhere(wanted: tuple[str, ...], phrase: bool) -> Test:
    """Whether a paper has the words in its title, former titles, name or authors."""

    def test(paper: Paper) -> bool:
        titles = [words(text) for text in _titles(paper)]
        names = [words(text) for text in (*(_names(paper) or ()), *(paper.authors or ()))]
        if phrase:
            return any(holds_phrase(wanted, text) for text in (*titles, *names))
        return says_each(wanted, [*chain(*titles)], [*chain(*names)])

    return test


def _read_words(
    get: Callable[[Paper], Sequence[str] | None],
    says: Callable[[Sequence[str], Sequence[str]], bool],
    typed: Typed,
) -> Value:
    if get is not _titles and not typed.quoted and words(typed.text) == (UNKNOWN,):
        return Value(UNKNOWN, lambda paper: get(paper) is None)

    def within_one(wanted: tuple[str, ...], phrase: bool) -> Test:
        match = holds_phrase if phrase else says
        return lambda paper: any(match(wanted, words(text)) for text in get(paper) or ())

    value = words_value(typed, within_one)
    if value is None:
        raise WrongValueError("a word is missing here; write at least one letter or digit")
    return value


# ----------------------------------------------------------------------------- identifiers and flags


def _read_identifier(name: str, typed: Typed) -> Value:
    wanted = typed.text.lower()
    if not wanted.strip():
        raise WrongValueError(f"{name}: needs the identifier, e.g. {_EXAMPLES[name]}")
    if name == "id":
        return Value(as_value(wanted), lambda paper: wanted == paper.id or wanted in paper.aliases)

    def get(paper: Paper) -> str | None:
        value: str | None = getattr(paper.identifiers, name)
        return value

    if wanted == UNKNOWN and not typed.quoted:
        return Value(UNKNOWN, lambda paper: get(paper) is None)
    return Value(as_value(wanted), lambda paper: (get(paper) or "").lower() == wanted)


_EXAMPLES = {
    "id": "fastv",
    "arxiv": "2403.06764",
    "doi": "10.1007/978-3-031-73004-7_2",
    "openreview": "JroZRaRw7Eu",
    "anthology": "2024.acl-long.12",
}


def _read_flag(has: Test, typed: Typed) -> Value:
    wanted = typed.text.lower()
    if wanted not in ("yes", "no"):
        found = f"found '{brief(typed.text)}', allowed are: yes, no"
        raise WrongValueError(found if wanted else "write yes or no")
    return Value(wanted, has if wanted == "yes" else lambda paper: not has(paper))
