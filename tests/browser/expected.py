"""What browsing must find, worked out the slow and obvious way, without a line of the site's code."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cache, wraps
from types import MappingProxyType
from typing import TypeVar

from catalog.catalogue import Catalogue
from catalog.query.reading import JOINING
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

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


UNDECOMPOSED = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l"}
LISTS = ("domain", "setting", "task", "criterion", "mechanism", "keywords")
FIELDS = (*LISTS, "training", "parametric", "venue", "year", "kind", "code", "reference_impl")


@cache
def words(text: str) -> list[str]:
    """Words without case, accents and punctuation."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M")
    )
    folded = "".join(UNDECOMPOSED.get(c, c) for c in plain.lower())
    return [word for word in re.split(r"[\W_]+", folded) if word]


def keys(paper: Paper, field: str) -> Sequence[str]:
    """The values under which a reader finds *paper* in the facet *field*."""
    if field == "code":
        return ("yes",) if paper.links.code else ("no",)
    if field == "reference_impl":
        return ("yes",) if paper.reference_impl else ("no",)
    if field == "year":
        year = paper.year or (paper.published or "")[:4]
        return (str(year),) if year else ("unknown",)
    if field == "kind" and paper.provenance.get("kind", "").startswith("assumed"):
        return ("unknown",)
    if field == "keywords" and not paper.keywords and not paper.summary:
        return ("unknown",)
    value = getattr(paper, field)
    if value is None:
        no_answer = field in ("training", "parametric") and paper.kind not in ("method", "system")
        return ("none",) if no_answer else ("unknown",)
    if field in LISTS:
        return value or ("none",)
    return (str(value).lower() if isinstance(value, bool) else value,)


def has_words(paper: Paper, text: str) -> bool:
    """Every word of *text* begins a word of the title, a former title, the name or an author."""
    searched = [paper.title, *paper.former_titles, paper.name or "", *(paper.authors or ())]
    held = [word for one in searched for word in words(one)]
    return all(any(word.startswith(wanted) for word in held) for wanted in words(text))


def says_words(paper: Paper, text: str) -> bool:
    """It has every word of *text*, or a title has it in the other number."""
    titles = {word for one in (paper.title, *paper.former_titles) for word in words(one)}
    return all(has_words(paper, word) or titles & singular_or_plural(word) for word in words(text))


def singular_or_plural(word: str) -> set[str]:
    """The word, and what it may be in the other number, if that has three letters or more."""
    stem = word.removesuffix("s")
    if stem == word or word.endswith("ss"):
        ends = "es" if re.search("[sxz]$|[cs]h$", word) else "s"
        forms = {word[:-1] + "ies" if re.search("[^aeiou]y$", word) else word + ends}
    else:
        forms = {stem, re.sub("ie$", "y", stem)}
        if re.search("([sxz]|[cs]h)e$", stem):
            forms.add(stem[:-1])
    return {word} | {form for form in forms if len(form) > 2}


def has_terms(paper: Paper, filters: Mapping[str, Iterable[str]], every: Sequence[str] = ()) -> bool:
    """Any of the ticked terms in each field with ticks, or every one in the fields *every*."""
    held = {field: set(keys(paper, field)) for field in filters}
    return all(
        set(ticked) <= held[field] if field in every else held[field] & set(ticked)
        for field, ticked in filters.items()
        if ticked
    )


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
            for at, name in enumerate(names):
                if (
                    key != "method"
                    and len(words(name)) > (field == "venue")
                    and not (at == 0 and field == "training")
                ):
                    speaks = at > 1 and field != "keywords"
                    own = " ".join(words(term.label))
                    others = [run for run in runs(words(name)) if speaks and run not in own]
                    one = (field, key, ["".join(run.split()) for run in others], at > 1)
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


@once
def left_over(catalogue: Catalogue, text: str) -> dict[int, set[str]]:
    """Places of the words that name no term beside some that do, and the papers that have each of them."""
    terms, places, labels, typed = named(catalogue), spoken(catalogue), labelled(catalogue), words(text)
    plain: list[int] = []
    at = 0
    for clause in map(words, text.split()):
        if "".join(clause) not in places:
            plain += range(at, at + len(clause))
        at += len(clause)
    read = {at for at in plain if names_a_term(terms, typed, at)}
    if not read:
        return {}
    return {
        at: {
            paper.id
            for paper in catalogue
            if says_words(paper, typed[at])
            or helps_to_name(paper, terms, typed, at)
            or is_in_a_label(paper, labels, terms, typed, at)
        }
        for at in plain
        if at not in read | joining(catalogue, text)
    }


@once
def not_asked_for(catalogue: Catalogue, text: str, *, relaxed: bool = False) -> set[int]:
    """Places of the words that a paper need not have; *relaxed*, nor those with which none is left."""
    typed, left = words(text), left_over(catalogue, text)
    least = max(5, 0.02 * len(catalogue.papers))
    often = {
        at
        for at in left
        if sum(
            any(
                singular_or_plural(typed[at]) & set(words(one)) for one in (paper.title, *paper.former_titles)
            )
            for paper in catalogue
        )
        >= least
    }
    idle = joining(catalogue, text) | often
    if relaxed:
        terms, places, labels = named(catalogue), spoken(catalogue), labelled(catalogue)
        rest = {
            paper.id
            for paper in catalogue
            if is_meant(paper, text, terms, places, labels, idle | set(left), called_so=False)
        }
        for at in sorted(set(left) - often, key=lambda at: -len(left[at])):
            if rest & left[at]:
                rest &= left[at]
            else:
                idle.add(at)
    return idle


def is_meant(
    paper: Paper,
    text: str,
    terms: Mapping[str, list[Named]],
    places: Mapping[str, tuple[str, str]],
    labels: Labels,
    idle: Container[int] = (),
    *,
    called_so: bool = True,
) -> bool:
    """It has the words, or bears what they name or are a part of, or is called so; and appeared there.

    Words at the places *idle* are not asked for.
    """
    name = "".join(
        word for clause in text.split() if "".join(words(clause)) not in places for word in words(clause)
    )
    called = called_so and len(name) >= 3 and "".join(words(paper.name or "")).startswith(name)
    clauses = [words(clause) for clause in text.split()]
    typed, at = [word for clause in clauses for word in clause], 0
    for clause in clauses:
        place = places.get("".join(clause))
        if place:
            there = place[1] in keys(paper, place[0]) or says_words(paper, " ".join(clause))
            if not there and not (clause and helps_to_name(paper, terms, typed, at)):
                return False
        elif not called:
            for further, word in enumerate(clause):
                place_of = at + further
                if (
                    place_of not in idle
                    and not says_words(paper, word)
                    and not helps_to_name(paper, terms, typed, place_of)
                    and not is_in_a_label(paper, labels, terms, typed, place_of)
                ):
                    return False
        at += len(clause)
    return True


def found(
    catalogue: Catalogue,
    text: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    every: Sequence[str] = (),
    relaxed: bool | None = None,
) -> list[Paper]:
    """The papers that match, in no particular order.

    Where none does, words beside terms are not asked for with which no paper is left; *relaxed* says whether.
    """
    terms, places, labels = named(catalogue), spoken(catalogue), labelled(catalogue)
    idle = not_asked_for(catalogue, text, relaxed=bool(relaxed))
    wanted = [paper for paper in catalogue if has_terms(paper, filters or {}, every)]
    meant = [paper for paper in wanted if is_meant(paper, text, terms, places, labels, idle)]
    return meant if meant or relaxed is not None else found(catalogue, text, filters, every, True)


def named_by(catalogue: Catalogue, text: str) -> set[str]:
    """Ids of the papers that would be meant if no word were looked for in labels."""
    terms, places, idle = named(catalogue), spoken(catalogue), joining(catalogue, text)
    return {paper.id for paper in catalogue if is_meant(paper, text, terms, places, {}, idle)}


def held(catalogue: Catalogue, text: str, *, relaxed: bool) -> Counter[str]:
    """How many of the words that are not asked for beside terms each paper has."""
    idle = not_asked_for(catalogue, text, relaxed=relaxed)
    return Counter(
        paper for at, papers in left_over(catalogue, text).items() if at in idle for paper in papers
    )


def counts(
    catalogue: Catalogue,
    text: str,
    filters: Mapping[str, Sequence[str]],
    field: str,
    every: Sequence[str] = (),
) -> Counter[str]:
    """What stands beside each term: its papers among those that all other fields leave.

    Where every ticked term must hold, its papers among those that are found.
    """
    others = {name: ticked for name, ticked in filters.items() if name != field or name in every}
    relaxed = not found(catalogue, text, filters, every, False) and bool(
        found(catalogue, text, filters, every)
    )
    meant = found(catalogue, text, others, every, relaxed)
    return Counter(key for paper in meant for key in keys(paper, field))


def closeness(paper: Paper, words_typed: Sequence[str], telling: Sequence[str]) -> int:
    """0 where the paper's name is what was typed, more the less closely it is called so.

    *telling* are those of the words that do not only join others.
    """
    typed = list(words_typed)
    joined = "".join(typed)
    if len(joined) < 2:
        return 10
    name = "".join(words(paper.name or ""))
    titles = [words(one) for one in (paper.title, *paper.former_titles)]
    authors = [words(one) for one in paper.authors or ()]

    def begins(found: list[str]) -> bool:
        last = len(typed) - 1
        return found[:last] == typed[:-1] and "".join(found[last : last + 1]).startswith(typed[-1])

    def is_one(author: list[str]) -> bool:
        return all(any(word.startswith(wanted) for word in author) for wanted in typed)

    tiers = [name == joined, typed in titles, name.startswith(joined)]
    if len(typed) > 1:
        tiers += [typed in authors, any(map(is_one, authors)), any(map(begins, titles))]
        tiers.append(any(begins(title[at:]) for title in titles for at in range(len(title))))
    tiers += [False] * (7 - len(tiers))
    tiers += [has_words(paper, " ".join(typed)), says_words(paper, " ".join(telling))]
    return next((tier for tier, holds in enumerate(tiers) if holds), len(tiers))


def ordered(
    papers: Iterable[Paper],
    sort: str,
    vocabulary: Vocabulary,
    typed: Sequence[str] = (),
    named: Container[str] = (),
    telling: Sequence[str] | None = None,
    held: Mapping[str, int] = MappingProxyType({}),
) -> list[str]:
    """Their ids as a reader who *typed* these words sees them; what is lacking is last, equals by date.

    Of papers that do not hold the words, those *named* by them come first, then those that *held* most
    of what is not asked for. *telling* are those of the words that do not only join others.
    """
    said = typed if telling is None else telling

    def place(paper: Paper) -> tuple[int, bool, int]:
        tier = closeness(paper, typed, said)
        is_other = tier == 9 and paper.id not in named
        return tier, is_other, -held.get(paper.id, 0) if is_other else 0

    rows = sorted(papers, key=lambda paper: paper.id)
    rows.sort(key=lambda paper: paper.published or str(paper.year or ""), reverse=True)
    if sort == "best":
        called = [paper for paper in rows if closeness(paper, typed, said) == 0]
        others = [paper for paper in rows if paper not in called]
        rows = called[::-1] + sorted(others, key=place)
    elif sort == "added":
        rows.sort(key=lambda paper: paper.added or "", reverse=True)
    elif sort == "title":
        rows.sort(key=lambda paper: " ".join(words(paper.title)))
    elif sort == "name":
        rows.sort(key=lambda paper: (not paper.name, " ".join(words(paper.name or ""))))
    elif sort == "venue":
        rows.sort(key=lambda p: (not p.venue, " ".join(words(vocabulary.label("venue", p.venue or "")))))
    return [paper.id for paper in rows]
