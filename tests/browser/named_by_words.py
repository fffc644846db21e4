"""What the words of a question name: venues, years and terms, without a line of the site's code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TypeVar

from held_by_papers import keys, singular_or_plural, words

from catalog.catalogue import Catalogue
from catalog.query.joining import JOINING
from catalog.record import Paper

Result = TypeVar("Result")


def once(work_out: Callable[..., Result]) -> Callable[..., Result]:
    """Work out what is asked of a catalogue once: the slow and obvious way takes long."""
    known: dict[tuple[object, ...], tuple[object, Result]] = {}

    @wraps(work_out)
    def remembered(catalogue: Catalogue, *asked: object, **how: object) -> Result:
        key = (id(catalogue), *asked, *how.items())
        if key not in known:  # with the catalogue, whose number no other may have
            known[key] = (catalogue, work_out(catalogue, *asked, **how))
        return known[key][1]

    return remembered


@once
def spoken(catalogue: Catalogue) -> Mapping[str, tuple[str, str]]:
    """What venues and years are called, as one word -> field and key."""
    venues = {paper.venue for paper in catalogue}
    years = {key for paper in catalogue for key in keys(paper, "year")} - {"unknown"}
    called = {year: ("year", year) for year in years}
    for key, term in catalogue.vocabulary["venue"].items():
        if key in venues:
            for name in (term.label, *term.aliases, *term.tags):
                called.setdefault("".join(words(name)), ("venue", key))
    return called


NAMED = ("domain", "task", "criterion", "mechanism", "training", "keywords", "venue", "kind")
LABELLED = ("task", "criterion", "mechanism", "keywords")
IDLE = ("and", "for", "the", "with")


def bears(paper: Paper, field: str, key: str) -> bool:
    """It has the term; what is offered both ways is offered this way."""
    value = getattr(paper, field)
    held = (value,) if isinstance(value, str) else value or ()
    return key in held or (field == "training" and "both" in held)


Named = tuple[str, str, Sequence[str], bool]
"""Field and key of a term, what its name holds of other names, and whether the name is not its own.

"KV cache eviction" speaks of caches."""


@once
def named(catalogue: Catalogue) -> Mapping[str, list[Named]]:
    """What terms are called, as one word."""
    called: dict[str, list[Named]] = {}
    for field in NAMED:
        for key, term in catalogue.vocabulary[field].items():
            names = list(dict.fromkeys((key, term.label, *term.aliases, *term.tags)))
            for at, name in enumerate([*names, *term.examples]):
                another = at > 1 or at >= len(names)
                if (
                    key != "method"
                    and len(words(name)) > (field == "venue")
                    and not (at == 0 and field == "training")
                ):
                    speaks = another and field != "keywords"
                    own = " ".join(words(term.label))
                    others = [run for run in runs(words(name)) if speaks and run not in own]
                    one = (field, key, ["".join(run.split()) for run in others], another)
                    called.setdefault("".join(words(name)), []).append(one)
    borne = {
        name: [one for one in ones if any(bears(paper, *one[:2]) for paper in catalogue)]
        for name, ones in called.items()
    }
    own = {name: [one for one in ones if not one[3]] for name, ones in borne.items()}
    return {name: own[name] or ones for name, ones in borne.items() if ones}


@once
def labelled(catalogue: Catalogue) -> Mapping[tuple[str, str], set[str]]:
    """Terms that papers bear, and the words of their labels."""
    return {
        (field, key): {word for word in words(term.label) if len(word) > 2 and word not in IDLE}
        for field in LABELLED
        for key, term in catalogue.vocabulary[field].items()
        if any(bears(paper, field, key) for paper in catalogue)
    }


def runs(parts: Sequence[str]) -> Sequence[str]:
    """Fewer of the words that stand next to each other."""
    spans = [(first, last) for first in range(len(parts)) for last in range(first + 1, len(parts) + 1)]
    return [" ".join(parts[first:last]) for first, last in spans if last - first < len(parts)]


def is_called(paper: Paper, terms: Mapping[str, list[Named]], name: str) -> bool:
    """It bears a term of that name, and those whose names this one holds."""
    return any(
        bears(paper, field, key)
        and all(
            bears(paper, other, its)
            for run in within
            for other, its, *_ in terms.get(run, ())
            if other == "keywords"
        )
        for field, key, within, _ in terms.get(name, ())
    )


def helps_to_name(paper: Paper, terms: Mapping[str, list[Named]], typed: Sequence[str], at: int) -> bool:
    """The word at that place is one of words next to each other that are called like a term of the paper."""
    spans = [(first, last) for first in range(at + 1) for last in range(at + 1, len(typed) + 1)]
    names = ["".join(typed[first:last]) for first, last in spans if last - first <= 6]
    return any(is_called(paper, terms, term_named(name, terms) or "") for name in names)


def term_named(name: str, terms: Mapping[str, list[Named]]) -> str | None:
    """What a term is called that *name* names, or names in the other number."""
    return next((one for one in (name, *singular_or_plural(name)) if one in terms), None)


def phrases(terms: Mapping[str, list[Named]], typed: Sequence[str]) -> list[tuple[int, int]]:
    """The longest words next to each other that name terms, and each other word."""
    taken: list[tuple[int, int]] = []
    for length in range(min(6, len(typed)), 0, -1):
        for first in range(len(typed) - length + 1):
            name, last = "".join(typed[first : first + length]), first + length
            names_one = term_named(name, terms) or length == 1
            if names_one and all(to <= first or start >= last for start, to in taken):
                taken.append((first, last))
    return taken


Labels = Mapping[tuple[str, str], set[str]]


def is_in_a_label(
    paper: Paper, labels: Labels, terms: Mapping[str, list[Named]], typed: Sequence[str], at: int
) -> bool:
    """The word at that place, with those that name a term with it, is in a label of the paper."""
    phrase = next(typed[first:last] for first, last in phrases(terms, typed) if first <= at < last)
    return any(
        all(label & singular_or_plural(word) for word in phrase) and bears(paper, *term)
        for term, label in labels.items()
    )


def plain_words(catalogue: Catalogue, text: str) -> list[str]:
    """The words of *text* that name no venue and no year."""
    places, clauses = spoken(catalogue), [words(clause) for clause in text.split()]
    return [word for clause in clauses if "".join(clause) not in places for word in clause]


def telling_words(catalogue: Catalogue, text: str) -> list[str]:
    """Those of the plain words that do not only join others."""
    places, joins, at, telling = spoken(catalogue), joining(catalogue, text), 0, list[str]()
    for clause in map(words, text.split()):
        if "".join(clause) not in places:
            telling += [word for place, word in enumerate(clause, at) if place not in joins]
        at += len(clause)
    return telling


@once
def joining(catalogue: Catalogue, text: str) -> set[int]:
    """Places of the words of *text* that only join others; none where it has no others."""
    terms, typed = named(catalogue), words(text)
    joins = {at for at, word in enumerate(typed) if word in JOINING and not names_a_term(terms, typed, at)}
    return joins if len(joins) < len(typed) else set()


def names_a_term(terms: Mapping[str, list[Named]], typed: Sequence[str], at: int) -> bool:
    """The word at that place, alone or with those next to it, is called like a term."""
    spans = [(first, last) for first in range(at + 1) for last in range(at + 1, len(typed) + 1)]
    names = ["".join(typed[first:last]) for first, last in spans if last - first <= 6]
    return any(term_named(name, terms) for name in names)
