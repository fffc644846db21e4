"""Whether every term of a record is in the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding
from catalog.findings import Finding, Fix
from catalog.record import OF_A_PROPOSAL, Paper, is_example, may_be_none, term_lists, value_of
from catalog.record_files import sound_part
from catalog.vocabulary import TERM_FILES, Vocabulary, fold
from catalog.wording import capitalised

_NONE = frozenset(["", "none", "null", "nothing", "na", "nil", "unknown", "tbd", "todo"])
"""Words, as :func:`fold` leaves them, with which people say that there is no term, or none yet."""


@check("unknown-term")
def unknown_terms(catalogue: Catalogue) -> Iterator[Finding]:
    """A tag or venue that no vocabulary file has; mended where it is another spelling of one term."""
    yield from _unknown_terms(catalogue)
    for part in _sound_parts(catalogue):
        # What is wrong with the other fields has to be mended as well before the file can be.
        yield from (replace(one, fix=None) for one in _unknown_terms(part))


def _unknown_terms(catalogue: Catalogue) -> Iterator[Finding]:
    vocabulary = catalogue.vocabulary
    for paper in catalogue:
        if is_example(paper) and (unknown := list(terms_not_in(vocabulary, paper))):
            yield _example_of_others(catalogue, paper, [term for _, _, term in unknown])
            continue
        for name, position, term in terms_not_in(vocabulary, paper):
            path = (name,) if position is None else (name, position)
            meant = vocabulary.resolve(name, term)
            fix = None
            if meant:
                fix = Fix({name: meant if position is None else _resolved(vocabulary, paper, name)})
            message = what_to_write(vocabulary, name, term)
            yield finding(catalogue, paper, path, "unknown-term", message, fix=fix)


@check("unused-field")
def values_of_unused_fields(catalogue: Catalogue) -> Iterator[Finding]:
    """A value of a field that the catalogue does without, as the field's file is empty."""
    unused = [name for name in OF_A_PROPOSAL if not catalogue.vocabulary.has_field(name)]
    for paper in catalogue:
        for name in unused:
            if getattr(paper, name) is not None:
                advice = "delete the line and its provenance, or give the file its terms"
                if is_example(paper):
                    advice = "delete this file, the example that the catalogue began with"
                why = f"the topic does without '{name}', as papers/vocabulary/{TERM_FILES[name]} is empty"
                yield finding(catalogue, paper, (name,), "unused-field", f"{why}; {advice}")


def _example_of_others(catalogue: Catalogue, paper: Paper, terms: Sequence[str]) -> Finding:
    """The example of a new catalogue, once the terms that it was written with have been replaced."""
    message = (
        f"the example that the catalogue began with has terms that are not there any more "
        f"({', '.join(terms)}); delete the file"
    )
    return finding(catalogue, paper, (), "unknown-term", message)


def _sound_parts(catalogue: Catalogue) -> Iterator[Catalogue]:
    """Each record that cannot be read, alone and without its wrong fields, so that all is told at once."""
    for file in sorted({one.file for one in catalogue.unreadable if one.rule == "schema"}):
        paper = sound_part(yaml_files.read(catalogue.root / file), file, catalogue.vocabulary.own)
        if paper:
            yield replace(catalogue, papers=(paper,), files={paper.id: file})


def terms_not_in(vocabulary: Vocabulary, paper: Paper) -> Iterator[tuple[str, int | None, str]]:
    """Field, position in its list, and term, of each term of *paper* that the vocabulary does not hold."""
    if paper.venue is not None and paper.venue not in vocabulary["venue"]:
        yield "venue", None, paper.venue
    for name in term_lists(vocabulary):
        known = vocabulary[name]
        for position, term in enumerate(value_of(paper, name) or ()):
            if term not in known:
                yield name, position, term


def what_to_write(vocabulary: Vocabulary, name: str, term: str) -> str:
    """What is wrong with a *term* that the vocabulary does not hold for the field *name*, and what to do."""
    meant = vocabulary.resolve(name, term)
    if meant:
        other = "spelling" if fold(term) == fold(meant) else "name"
        return f"'{term}' is another {other} of '{meant}'; write {meant}"
    if fold(term) not in _NONE:
        advice = _other_terms(vocabulary, name, term)
    elif name == "venue":
        advice = "write venue: null"
    else:
        unknown = f", {name}: null if nobody knows yet" if name in may_be_none(vocabulary) else ""
        advice = f"write {name}: [] if there is none{unknown}"
    return f"'{term}' is no term of '{name}'; {advice}"


def _other_terms(vocabulary: Vocabulary, name: str, term: str) -> str:
    """Where the term belongs, or which one is probably meant, and where a new one is added."""
    new = f"if it is a new term, add it to papers/vocabulary/{vocabulary.file_of(name)}"
    for other, key in vocabulary.fields_of(term):
        there = "move it there" if other in term_lists(vocabulary) else f"write {other}: {key}"
        return f"it is a term of '{other}' ('{key}'): {there}; {new}"
    near = vocabulary.nearest(name, term)
    return f"did you mean '{near}'? {capitalised(new)}" if near else new


def _resolved(vocabulary: Vocabulary, paper: Paper, name: str) -> list[str]:
    """All of a field's terms, spelt as the vocabulary does where it knows them."""
    terms = (
        term if term in vocabulary[name] else vocabulary.resolve(name, term) or term
        for term in value_of(paper, name)
    )
    return list(dict.fromkeys(terms))


@check("broader-term")
def broader_terms(catalogue: Catalogue) -> Iterator[Finding]:
    """A record with a narrow term bears the broader one too, where the vocabulary names one.

    Of a list with a term that is none, nothing is said: that may be the broader one, misspelt.
    """
    wider = {
        name: {key: term.broader for key, term in catalogue.vocabulary[name].items() if term.broader}
        for name in term_lists(catalogue.vocabulary)
    }
    for paper in catalogue:
        misspelt = {name for name, _, _ in terms_not_in(catalogue.vocabulary, paper)}
        for name, broader in wider.items():
            terms: tuple[str, ...] = value_of(paper, name) or ()
            if name in misspelt or broader.keys().isdisjoint(terms):
                continue
            complete = _with_broader(terms, broader)
            for position, term in enumerate(terms):
                if term in broader and broader[term] not in terms:
                    yield finding(
                        catalogue,
                        paper,
                        (name, position),
                        "broader-term",
                        f"'{term}' without '{broader[term]}', its broader term; write {', '.join(complete)}",
                        severity="warning",
                        fix=Fix({name: complete}),
                    )


def _with_broader(terms: tuple[str, ...], broader: Mapping[str, str]) -> list[str]:
    """The terms, each after those broader ones that are missing."""
    complete: list[str] = []
    for term in terms:
        chain = [term]
        while (wide := broader.get(chain[0])) and wide not in terms and wide not in chain:
            chain.insert(0, wide)
        complete += chain
    return list(dict.fromkeys(complete))
