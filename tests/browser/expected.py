"""What browsing must find, count and show first, worked out the slow and obvious way.

What a paper holds is in `held_by_papers`, what words name in `named_by_words`; no line of the site's code
is used anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence, Sized
from types import MappingProxyType

from held_by_papers import has_terms, has_words, keys, says_words, singular_or_plural, words
from named_by_words import (
    Labels,
    Named,
    helps_to_name,
    is_in_a_label,
    joining,
    labelled,
    named,
    names_a_term,
    once,
    plain_words,
    spoken,
)

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

OTHER = 15
"""How closely a paper is called that is not called as what was typed, and does not hold it."""


def named_and_others(catalogue: Catalogue, text: str) -> tuple[list[int], list[int]]:
    """Places of the words that help to name terms, and of the others, but for those of venues and years."""
    terms, places, typed = named(catalogue), spoken(catalogue), words(text)
    plain: list[int] = []
    at = 0
    for clause in map(words, text.split()):
        if "".join(clause) not in places:
            plain += range(at, at + len(clause))
        at += len(clause)
    read = [at for at in plain if names_a_term(terms, typed, at)]
    return read, [at for at in plain if at not in read]


@once
def whole_names(catalogue: Catalogue, text: str) -> set[str]:
    """Words beside terms that an author has as a whole: of authors, they find no others."""
    read, others = named_and_others(catalogue, text)
    borne = {word for paper in catalogue for author in paper.authors or () for word in words(author)}
    return {words(text)[at] for at in others} & borne if read else set()


@once
def left_over(catalogue: Catalogue, text: str, *, relaxed: bool = False) -> dict[int, set[str]]:
    """Places of the words that name no term beside some that do, and the papers that have each of them.

    Where no word names a term, and *relaxed*, those of the words that many titles have, unless all of them
    are such words.
    """
    terms, labels, typed = named(catalogue), labelled(catalogue), words(text)
    read, others = named_and_others(catalogue, text)
    left = [at for at in others if at not in joining(catalogue, text)]
    if not read:
        often = [at for at in left if is_frequent(catalogue, typed[at])]
        left = often if relaxed and len(often) < len(left) else []
    whole = whole_names(catalogue, text)
    return {
        at: {
            paper.id
            for paper in catalogue
            if says_words(paper, typed[at], whole)
            or helps_to_name(paper, terms, typed, at)
            or is_in_a_label(paper, labels, terms, typed, at)
        }
        for at in left
    }


@once
def is_frequent(catalogue: Catalogue, word: str) -> bool:
    """Five titles have it, or two in a hundred of a large catalogue."""
    titled = sum(
        any(
            held.startswith(word) or held in singular_or_plural(word)
            for one in (paper.title, *paper.former_titles)
            for held in words(one)
        )
        for paper in catalogue
    )
    return titled >= max(5, 0.02 * len(catalogue.papers))


@once
def not_asked_for(catalogue: Catalogue, text: str, *, relaxed: bool = False) -> set[int]:
    """Places of the words that a paper need not have; *relaxed*, nor those with which few are left."""
    typed, left = words(text), left_over(catalogue, text, relaxed=relaxed)
    often = {at for at in left if is_frequent(catalogue, typed[at])}
    idle = joining(catalogue, text) | often
    if relaxed:
        terms, places, labels = named(catalogue), spoken(catalogue), labelled(catalogue)
        whole = whole_names(catalogue, text)
        rest = {
            paper.id
            for paper in catalogue
            if is_meant(paper, text, terms, places, labels, idle | set(left), whole=whole, called_so=False)
        }
        for at in sorted(set(left) - often, key=lambda at: -len(left[at])):
            if are_few(catalogue, rest & left[at]):
                idle.add(at)
            else:
                rest &= left[at]
    return idle


def are_few(catalogue: Catalogue, papers: Sized) -> bool:
    """Fewer than five, or than half a percent of a small catalogue; none are always few."""
    return len(papers) < max(1, min(5, 0.005 * len(catalogue.papers)))


@once
def is_by_chance(catalogue: Catalogue, text: str) -> bool:
    """Words beside terms leave few papers, none of which has all words as text or an author called so."""
    papers = found(catalogue, text, relaxed=False)
    asked = set(left_over(catalogue, text)) - not_asked_for(catalogue, text)
    plain = " ".join(plain_words(catalogue, text))
    name = [words(text)[at] for at in asked]
    is_author = len(name) > 1 and any(
        all(any(part.startswith(one) for part in words(author)) for one in name)
        for paper in papers
        for author in paper.authors or ()
    )
    is_told = any(has_words(one, plain, whole_names(catalogue, text)) for one in papers)
    return bool(asked) and are_few(catalogue, papers) and not is_told and not is_author


def is_meant(
    paper: Paper,
    text: str,
    terms: Mapping[str, list[Named]],
    places: Mapping[str, tuple[str, str]],
    labels: Labels,
    idle: Container[int] = (),
    *,
    whole: Container[str] = (),
    called_so: bool = True,
) -> bool:
    """It has the words, or bears what they name or are a part of, or is called so; and appeared there.

    Words at the places *idle* are not asked for; of authors, those *whole* are more than a beginning.
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
                    and not says_words(paper, word, whole)
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
    """The papers that match, in no particular order; *relaxed* as :func:`is_relaxed` has it, if not given."""
    if relaxed is None:
        relaxed = is_relaxed(catalogue, text, filters, every)
    return [paper for paper in meant(catalogue, text, relaxed) if has_terms(paper, filters or {}, every)]


@once
def meant(catalogue: Catalogue, text: str, relaxed: bool) -> list[Paper]:
    """The papers that match, whatever is ticked."""
    terms, places, labels = named(catalogue), spoken(catalogue), labelled(catalogue)
    idle = not_asked_for(catalogue, text, relaxed=relaxed)
    whole = whole_names(catalogue, text)
    return [paper for paper in catalogue if is_meant(paper, text, terms, places, labels, idle, whole=whole)]


def is_relaxed(
    catalogue: Catalogue,
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
    every: Sequence[str] = (),
) -> bool:
    """Whether words beside terms are not asked for with which few papers are left, and papers are found so;
    without terms, words that many titles have.

    They are not where they leave none, nor where one of them leaves few by chance.
    """
    if found(catalogue, text, filters, every, False) and not is_by_chance(catalogue, text):
        return False
    return bool(found(catalogue, text, filters, every, True))


def named_by(catalogue: Catalogue, text: str) -> set[str]:
    """Ids of the papers that would be meant if no word were looked for in labels."""
    terms, places, idle = named(catalogue), spoken(catalogue), joining(catalogue, text)
    whole = whole_names(catalogue, text)
    return {paper.id for paper in catalogue if is_meant(paper, text, terms, places, {}, idle, whole=whole)}


def held(catalogue: Catalogue, text: str, *, relaxed: bool) -> Counter[str]:
    """How many of the words that are not asked for beside terms each paper has."""
    idle = not_asked_for(catalogue, text, relaxed=relaxed)
    return Counter(
        paper
        for at, papers in left_over(catalogue, text, relaxed=relaxed).items()
        if at in idle
        for paper in papers
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
    relaxed = is_relaxed(catalogue, text, filters, every)
    papers = found(catalogue, text, others, every, relaxed)
    return Counter(key for paper in papers for key in keys(paper, field))


def closeness(paper: Paper, typed: Sequence[str], telling: Sequence[str], whole: Container[str] = ()) -> int:
    """0 where the paper's name is what was typed, more the less closely it is called so.

    *telling* are those of the words that do not only join others: "the FastV paper" is called as they are.
    """
    if len("".join(typed)) < 2:
        return OTHER
    tiers, plain = called(paper, typed), called(paper, telling)
    tiers = [tiers[0] or plain[0], *tiers[1:], *plain[1:]]
    tiers += [has_words(paper, " ".join(typed), whole), says_words(paper, " ".join(telling), whole)]
    return next((tier for tier, holds in enumerate(tiers) if holds), OTHER)


def called(paper: Paper, typed: Sequence[str]) -> list[bool]:
    """Whether it is called as these words are, the closest way first."""
    typed, name = list(typed), "".join(words(paper.name or ""))
    joined = "".join(typed)
    if len(joined) < 2:
        return [False] * 7
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
    return tiers + [False] * (7 - len(tiers))


def ordered(
    papers: Iterable[Paper],
    sort: str,
    vocabulary: Vocabulary,
    typed: Sequence[str] = (),
    named: Container[str] = (),
    telling: Sequence[str] | None = None,
    held: Mapping[str, int] = MappingProxyType({}),
    whole: Container[str] = (),
) -> list[str]:
    """Their ids as a reader who *typed* these words sees them; what is lacking is last, equals by date.

    Of papers that do not hold the words, those *named* by them come first, then those that *held* most
    of what is not asked for. *telling* are those of the words that do not only join others, *whole* those
    that are more than the beginning of an author's name.
    """
    said = typed if telling is None else telling

    def place(paper: Paper) -> tuple[int, bool, int]:
        tier = closeness(paper, typed, said, whole)
        is_other = tier == OTHER and paper.id not in named
        return tier, is_other, -held.get(paper.id, 0) if is_other else 0

    rows = sorted(papers, key=lambda paper: paper.id)
    rows.sort(key=lambda paper: paper.published or str(paper.year or ""), reverse=True)
    if sort == "best":
        called = [paper for paper in rows if closeness(paper, typed, said, whole) == 0]
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
