"""``catalog find``: which papers match a query, to read on a terminal or to pass on through a pipe."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice, product, takewhile
from typing import Annotated

import typer
from rapidfuzz import fuzz, process
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from catalog import query
from catalog.bibtex import appeared
from catalog.catalogue import Catalogue, by_date
from catalog.cli.console import console, say
from catalog.cli.other_queries import in_summaries, is_pasted, other_queries
from catalog.cli.pasted import as_query, list_in, query_of
from catalog.cli.records import end_if_unreadable, load, none_found
from catalog.counting import counted
from catalog.query.clauses import all_clauses, neighbours_joined
from catalog.query.joining import JOINING
from catalog.query.marks import plainly, with_capitals
from catalog.query.parser import joins, sides_without_brackets
from catalog.query.reading import Answer, answer, is_word, words_of
from catalog.query.spoken_code import spoken_code
from catalog.query.spoken_dates import spoken_dates
from catalog.query.term_names import ALSO
from catalog.query.words import words
from catalog.record import Paper
from catalog.vocabulary import Vocabulary, fold

MOST_HINTS = 3
"""What is said at most, beside what was found, of what else a query may mean."""
MOST_READINGS = 12
"""Combinations of terms that are tried where words name several."""
LEAST_FOR_TITLES = 40
"""Columns of a terminal below which a title stands in a line of its own."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    # "-kind:survey" is a part of the query, and no option.
    app.command(context_settings={"ignore_unknown_options": True})(find)


def find(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            help="As for export --where. A query with a mistake is answered with the fields and terms to "
            "choose from.",
        ),
    ],
    files: Annotated[bool, typer.Option("--files", help="Print only the paths of the records.")] = False,
) -> None:
    """List the papers that match a query, newest first: as a table, or tab-separated when piped.

    What is copied from a paper or a browser is no query and is taken, too: an address, a title, or a list of
    identifiers, citation keys, titles or references, whose papers are listed in its order.

    [dim]catalog find attention code:yes year:2024..[/]

    [dim]catalog find 'author:"ada lovelace"' -kind:survey "attention is all"[/]

    [dim]catalog find '("attention is all" OR author:lovelace) AND NOT kind:survey'[/]

    [dim]catalog find --files venue:unknown | xargs -r -d '\\n' less[/]
    """
    _refuse_options(words)
    line = " ".join(words)
    if not line.strip():
        raise typer.BadParameter("the query is empty; give words or fields, e.g. catalog find year:2024..")
    catalogue = load(context)
    listed = list_in(line, catalogue)
    if listed and not listed.papers and listed.items == 1:
        listed = None  # what is said of a query that finds nothing says enough
    if listed:
        papers = list(listed.papers)
        line = query_of(listed) if papers else line
    else:
        line = plainly(as_query(line, catalogue))
        papers = by_date(answer(line, catalogue).papers)
    if files:
        for paper in papers:
            print(os.path.relpath(catalogue.root / catalogue.files[paper.id]))
    elif not sys.stdout.isatty():
        for paper in papers:
            print(paper.id, appeared(paper, catalogue.vocabulary), paper.title, sep="\t")
    elif papers:
        _show(papers, line, catalogue)
    for said in listed.notes() if listed else _said(line, catalogue, found=len(papers)):
        say(said)
    end_if_unreadable(catalogue)


def _said(line: str, catalogue: Catalogue, *, found: int) -> Iterator[str]:
    """What is said of a query beside the papers: that it found none, and what else it may mean."""
    if not found:
        yield none_found(catalogue, line)
    yield from _joined(line, catalogue)
    meant = list(_meant(line, other_queries(line, catalogue), catalogue))
    if not meant and not is_pasted(line):
        yield from _in_capitals(line, catalogue)
        said = answer(line, catalogue)
        yield from _required(said, catalogue)
        if not found:
            yield from _without(said, catalogue)
    hints = chain(_hints(line, catalogue, found=found), _summed(line, catalogue))
    others = () if is_pasted(line) else hints
    yield from islice(meant or others, MOST_HINTS)


def _joined(line: str, catalogue: Catalogue) -> Iterator[str]:
    """How AND and OR are read where no brackets tell, and the other way, where that may be meant."""
    sides = sides_without_brackets(line, query.parse(line, catalogue.vocabulary))
    if not sides:
        return
    said = " OR ".join(f"({side})" if len(side.clauses) > 1 else str(side) for side in sides)
    nearer = neighbours_joined(sides)
    papers = len(answer(str(nearer[1]), catalogue).papers) if nearer and _alike(nearer[0], catalogue) else 0
    other = f"; or: catalog find {shlex.quote(str(nearer[1]))} ({counted(papers, 'paper')})" if nearer else ""
    yield f"read as {said}{other if papers else ''}"


def _in_capitals(line: str, catalogue: Catalogue) -> Iterator[str]:
    """The query with "or" between words as an operator, where no title says it."""
    other = with_capitals(line)
    if other is None:
        return
    asked = query.parse(line, catalogue.vocabulary)
    small = [clause for clause in all_clauses(asked) if is_word(clause) and words_of(clause) in _SMALL]
    if not (small or "|" in line):
        return
    if not joins(line) and any(map(_says_small, query.select(catalogue, asked))):
        return
    try:
        papers = len(answer(other, catalogue).papers)
    except query.QueryError:
        return
    if papers:
        yield f"with operators in capitals: catalog find {shlex.quote(other)} ({counted(papers, 'paper')})"


_MOST_TRIED = 12
"""A longer query is none that one word more or less would change."""
_SMALL = {("or",), ("not",)}
"""Operators that are words in small letters."""


def _says_small(paper: Paper) -> bool:
    return any((word,) in _SMALL for word in words(paper.title))


def _alike(either: query.Either, catalogue: Catalogue) -> bool:
    """Whether its sides are all filters or quotes, or words that name terms of one field."""
    clauses = list(all_clauses(query.Query((either,))))
    free = [clause for clause in clauses if is_word(clause)]
    named = [
        {field for field, _ in catalogue.vocabulary.fields_of(" ".join(words_of(clause)))} for clause in free
    ]
    return not free or (len(free) == len(clauses) and bool(set.intersection(*named)))


def _required(said: Answer, catalogue: Catalogue) -> Iterator[str]:
    """Which words beside terms a paper must have, and which not, with the query that asks otherwise."""
    for required, why, otherwise in (
        (True, "required, too", "without"),
        (False, "not required", "with"),
    ):
        ways = []
        named = dict.fromkeys(one.word for one in said.left if one.required is required)
        for word in islice(named, MOST_HINTS):
            other = _otherwise(said.query, word, "" if required else f'"{word}"')
            papers = len(answer(other, catalogue).papers)
            if papers == len(said.papers) or (required and not papers):
                continue  # to ask otherwise changes nothing
            way = f": catalog find {shlex.quote(other)}" if papers else ""
            ways.append(f"'{word}' ({counted(papers, 'paper')} {otherwise} it{way})")
        if ways:
            yield f"{why}: {', '.join(ways)}"


def _without(said: Answer, catalogue: Catalogue) -> Iterator[str]:
    """Of a query that finds nothing, the words without which it finds most."""
    free = (clause for clause in said.query.clauses if is_word(clause) and not clause.negated)
    typed = dict.fromkeys(word for clause in free for word in words_of(clause) if word not in JOINING)
    beside = {one.word for one in said.left}  # of these it is said already
    ways = []
    for word in [one for one in typed if one not in beside] if 1 < len(typed) <= _MOST_TRIED else ():
        other = _otherwise(said.query, word, "")
        if papers := len(answer(other, catalogue).papers):
            ways.append((papers, f"'{word}': catalog find {shlex.quote(other)} ({counted(papers, 'paper')})"))
    best = [way for _, way in sorted(ways, key=lambda way: -way[0])[:2]]
    if best:
        yield f"without {'; without '.join(best)}"


def _otherwise(asked: query.Query, word: str, put: str) -> str:
    """The query with *put* in the place of a word that is looked for anywhere."""
    parts: list[str] = []
    for clause in asked.clauses:
        if not is_word(clause) or clause.negated or word not in words_of(clause):
            parts.append(str(clause))
        else:
            parts += [put if one == word else one for one in words_of(clause)]
    return " ".join(filter(None, parts))


def _refuse_options(words: Sequence[str]) -> None:
    """Of what begins with a hyphen, only an excluded clause is a part of the query."""
    for word in words:
        if re.match(r"--|-.?$", word):
            raise typer.BadParameter(f"there is no option '{word}'; there are --files and --help")


def _show(papers: Sequence[Paper], line: str, catalogue: Catalogue) -> None:
    rows = [
        (Text(paper.id, "bold"), Text(paper.title), Text(appeared(paper, catalogue.vocabulary), "dim"))
        for paper in papers
    ]
    others = max(len(paper_id) for paper_id, _, _ in rows) + max(len(place) for _, _, place in rows) + 4
    if console.width - others < LEAST_FOR_TITLES:
        for paper_id, title, place in rows:
            console.print(Text.assemble(paper_id, "  ", place))
            console.print(Padding(title, (0, 0, 0, 2)))
    else:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column()
        table.add_column(no_wrap=True)
        for row in rows:
            table.add_row(*row)
        console.print(table)
    cite = f"; cite with: catalog export bibtex --where {shlex.quote(line)}"
    say(counted(len(papers), "paper") + (cite if len(line) <= query.LONGEST else ""))


def _meant(line: str, others: Iterable[tuple[str, str]], catalogue: Catalogue) -> Iterator[str]:
    """Each of the queries *others*, with the reason for it, where it finds papers and is not *line*."""
    said = str(query.parse(line, catalogue.vocabulary))
    for why, other in others:
        if len(other) > query.LONGEST:  # the ids of cited papers may be longer than the keys
            continue
        asked = answer(other, catalogue)
        papers = len(asked.papers)
        if papers and str(asked.query) != said:
            yield f"{why}: catalog find {shlex.quote(other)} ({counted(papers, 'paper')})"


def _summed(line: str, catalogue: Catalogue) -> Iterator[str]:
    summed = in_summaries(line, catalogue)
    yield from _meant(line, [("said in summaries", summed)] if summed else [], catalogue)


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


def _hints(line: str, catalogue: Catalogue, *, found: int) -> Iterator[str]:
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
    plain, spoken = _without_spoken([word.removesuffix(":") for word in typed if word != ":"])
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


def _without_spoken(plain: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that neither say dates nor ask for code, and what the others say, as filters."""
    others, filters, at = list[str](), list[str](), 0
    folded = [words(word) for word in plain]
    while at < len(plain):
        said = spoken_dates(["".join(word) for word in folded[at:]])
        code = spoken_code([" ".join(word) for word in folded[at:]])
        if said:
            filters.append(f"{said.field}:{said.value}")
        elif code:
            filters.append(f"code:{code[1]}")
        else:
            others.append(plain[at])
        at += (said or code or (1, ""))[0]
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
    words: Sequence[str], named: Sequence[tuple[str, str]], vocabulary: Vocabulary
) -> Iterator[str]:
    """Keywords that some of *words* name, which the terms *named*, by an alias of theirs, do not say.

    "KV cache eviction" is pruning, of a KV cache; of "weight pruning", which is a term's own name, no word
    is lost.
    """
    whole = fold(" ".join(words))
    if any(whole in (fold(key), fold(vocabulary.label(field, key))) for field, key in named):
        return
    for start, end in combinations(range(len(words) + 1), 2):
        key = vocabulary.resolve("keywords", " ".join(words[start:end])) if end - start < len(words) else None
        if key and ("keywords", key) not in named:
            yield _clause("keywords", key)


def _clause(field: str, key: str) -> str:
    if field == "training" and key in ALSO:
        return f"{field}:{key},{ALSO[key]}"
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
    near = process.extractOne(wanted, held, scorer=fuzz.ratio, score_cutoff=70)
    return near[0] if near else None


def _in_common(one: str, other: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
