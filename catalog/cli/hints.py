"""The terms and near words that the words of a query may mean."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product, takewhile

from rapidfuzz import fuzz, process

from catalog import query
from catalog.catalogue import Catalogue
from catalog.counting import counted
from catalog.query.clauses import all_clauses, is_word, words_of
from catalog.query.joining import JOINING
from catalog.query.parser import joins
from catalog.query.reading import answer
from catalog.query.spoken_code import spoken_code
from catalog.query.spoken_dates import spoken_dates
from catalog.query.spoken_terms import keywords_within, spoken_exclusion
from catalog.query.term_names import ALSO
from catalog.query.words import words
from catalog.vocabulary import Vocabulary, fold

_LEAST_LETTERS = 3
MOST_READINGS = 12
"""Combinations of terms that are tried where words name several."""

_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
"""Punctuation around words, which is no part of what they name."""
_CLAUSE = re.compile(r'(?:[^\s"]|"[^"]*")+')


def _is_plain(clause: str) -> bool:
    """Whether it is looked for in titles, names and authors; a colon at the end is that of a title."""
    return ":" not in clause.removesuffix(":") and not clause.startswith("-")


@dataclass(frozen=True)
class _Run:
    """Words of a query, those from *start* to before *end*, that name terms.

    Attributes
    ----------
    terms : what they name as clauses, one of which is meant
    within : clauses of what some of the words name, where each of *terms* is wider than what was typed
    """

    start: int
    end: int
    terms: tuple[str, ...]
    within: tuple[str, ...]


def hints(line: str, catalogue: Catalogue, *, found: int) -> Iterator[str]:
    """What else the query may mean: words near to its own that no paper has, and terms that its words are
    read as, where these find more than the words do as text."""
    said = answer(line, catalogue)
    joined = [clause for clause in said.query.clauses if isinstance(clause, query.Either)]
    if joined:
        lost = (word for word in _words_within(joined) if not answer(word, catalogue).papers)
        yield from _near_words(list(dict.fromkeys(lost)), catalogue)
        return
    clauses = _CLAUSE.findall(str(said.query) if joins(line) else line)
    typed = " ".join(filter(_is_plain, clauses)).replace('"', "").split()
    plain, spoken = _without_spoken(
        [word.removesuffix(":") for word in typed if word != ":"], catalogue.vocabulary
    )
    filters = [*spoken, *(clause for clause in clauses if not _is_plain(clause))]
    runs = sorted(_named_terms(plain, catalogue.vocabulary), key=lambda run: run.start)
    terms = {position for run in runs for position in range(run.start, run.end)}
    known = JOINING | said.named
    beside = [word for n, word in enumerate(plain) if n not in terms and not known.issuperset(words(word))]
    idle = JOINING | {one.word for one in said.left if not one.required}
    yield from _near_words([w for w in beside if not found or not idle.isdisjoint(words(w))], catalogue)
    as_text = sum(1 for _ in query.select(catalogue, query.parse(line, catalogue.vocabulary)))
    together = list(_by_terms(runs, plain, idle, filters, catalogue, as_text)) if runs else []
    yield from together
    if not together and len(runs) > 1:
        for run in runs:
            yield from _by_terms([run], plain, idle, filters, catalogue, as_text)


def _words_within(joined: Sequence[query.Either]) -> list[str]:
    """The words that are looked for anywhere and stand between operators."""
    free = filter(is_word, all_clauses(query.Query(tuple(joined))))
    return [word for clause in free for word in words_of(clause) if word not in JOINING]


def _without_spoken(plain: Sequence[str], vocabulary: Vocabulary) -> tuple[list[str], list[str]]:
    """The words that say no dates, code or what to leave out, and what the others say, as filters."""
    others, filters, at = list[str](), list[str](), 0
    folded = [words(word) for word in plain]
    while at < len(plain):
        said = spoken_dates(["".join(word) for word in folded[at:]])
        code = spoken_code([" ".join(word) for word in folded[at:]], vocabulary)
        excluded = spoken_exclusion(folded[at:], vocabulary) if folded[at] else None
        if said:
            filters.append(f"{said.field}:{said.value}")
            at += said.words
        elif code:
            filters.append(f"code:{code[1]}")
            at += code[0]
        elif excluded:
            filters += [f"-{_filter(field, key)}" for field, key in excluded.terms]
            at += excluded.clauses
        else:
            others.append(plain[at])
            at += 1
    return others, filters


def _by_terms(
    runs: Sequence[_Run],
    plain: Sequence[str],
    idle: frozenset[str],
    filters: Sequence[str],
    catalogue: Catalogue,
    found: int,
) -> Iterator[str]:
    """The query with terms in the place of *runs*, as it finds more than *found* papers.

    Of the other words, those *idle* are left out, and all of them where the query found nothing.
    """
    taken = {position for run in runs for position in range(run.start, run.end)}
    others = [
        word
        for position, word in enumerate(plain)
        if position not in taken and not idle.issuperset(words(word))
    ]
    within = [clause for run in runs for clause in run.within]
    named = (_AROUND.sub("", " ".join(plain[run.start : run.end])) for run in runs)
    names = [f"'{name}'" for name in {fold(name): name for name in named}.values()]
    *before, last = names
    said = f"{', '.join(before)} and {last} are terms" if before else f"{last} is a term"
    rests = [others] if found else [others, []]
    for meant in islice(product(*(run.terms for run in runs)), MOST_READINGS):
        for more, rest in product([within, []], rests):
            clauses = list(dict.fromkeys([*meant, *more, *rest, *filters]))
            papers = len(answer(" ".join(clauses), catalogue).papers)
            if papers > found:
                yield f"{said}, too: catalog find {shlex.join(clauses)} ({counted(papers, 'paper')})"
                break


def _named_terms(plain: Sequence[str], vocabulary: Vocabulary) -> Iterator[_Run]:
    """Each run of words that names a term, none of them within another."""
    taken: set[int] = set()
    for length in range(len(plain), 0, -1):
        for start in range(len(plain) - length + 1):
            run = range(start, start + length)
            named = list(vocabulary.fields_of(" ".join(plain[start : run.stop])))
            if named and taken.isdisjoint(run):
                taken.update(run)
                words = plain[start : run.stop]
                terms = tuple(_clause(field, key) for field, key in named)
                yield _Run(start, run.stop, terms, tuple(_tags_within(words, named, vocabulary)))


def _tags_within(
    typed: Sequence[str], named: Sequence[tuple[str, str]], vocabulary: Vocabulary
) -> Iterator[str]:
    """Keywords that some of the words *typed* are called, and that the terms *named* do not say.

    "KV cache eviction" is pruning, of a KV cache; of "weight pruning", which is a term's own name, no word
    is lost.
    """
    whole = fold(" ".join(typed))
    labels = [vocabulary.label(field, key) for field, key in named]
    if any(whole in (fold(key), fold(label)) for (_, key), label in zip(named, labels, strict=True)):
        return
    parts = [part for word in typed for part in words(word)]
    for key in dict.fromkeys(keywords_within(parts, " ".join(labels), vocabulary)):
        if ("keywords", key) not in named:
            yield _clause("keywords", key)


def _clause(field: str, key: str) -> str:
    if field == "training" and key in ALSO:
        return f"{field}:{key},{ALSO[key]}"
    return _filter(field, key)


def _filter(field: str, key: str) -> str:
    return f'{field}:"{key}"' if " " in key else f"{field}:{key}"


def _near_words(words: Sequence[str], catalogue: Catalogue) -> Iterator[str]:
    """For each of *words* that finds no paper, the nearest that there is."""
    held = {
        word
        for paper in catalogue
        for text in (paper.title, *paper.former_titles, paper.name or "", *(paper.authors or ()))
        for word in query.words(text)
    }
    for wanted in query.words(" ".join(words)):
        if answer(wanted, catalogue).papers:
            continue
        near = _nearest(wanted, sorted(held))
        yield f"no paper has '{wanted}'" + (f"; did you mean '{near}'?" if near else "")


def _nearest(wanted: str, held: Sequence[str]) -> str | None:
    """Another form of the word, which begins as it does, or else the most similar one."""
    stem = wanted[: max(4, len(wanted) - 2)]
    forms = [word for word in held if word.startswith(stem)]
    if forms:
        return max(forms, key=lambda word: (_in_common(word, wanted), fuzz.ratio(word, wanted)))
    near = process.extractOne(
        wanted, [one for one in held if _tells(one)], scorer=fuzz.ratio, score_cutoff=70
    )
    return near[0] if near else None


def _tells(word: str) -> bool:
    """Whether it is long enough to be meant by another one that is like it."""
    return len(word) >= _LEAST_LETTERS


def _in_common(one: str, other: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
