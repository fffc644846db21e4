"""Asking the sources about one paper, round by round, until none of them has anything to add.

What one source answers tells where to ask the next: arXiv names a DOI, DBLP an
Anthology id, an abstract a repository.  An answer about another paper, which
identifiers do lead to, is left out and said so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Thread
from typing import TypeVar

from catalog.adding.doubts import about_one_paper
from catalog.adding.queries import Query
from catalog.draft import Claim, Draft, merge
from catalog.importers.text import clean_title
from catalog.links import same_address
from catalog.record import IDENTIFIERS
from catalog.sources import SOURCES, Answer, HttpClient, Known, NotFoundError, Source, SourceError
from catalog.vocabulary import Vocabulary

_T = TypeVar("_T")
_R = TypeVar("_R")

_ROUNDS = 5
_QUESTIONS_PER_SOURCE = 3


@dataclass(frozen=True)
class Offices:
    """Who is asked, and through which client.

    Attributes
    ----------
    mirror : address of a server that stands in for all sources, e.g. for tests
    """

    http: HttpClient
    mirror: str | None = None
    sources: Sequence[Source] = SOURCES


@dataclass(frozen=True)
class Reply:
    """What came of asking one source once: an answer, or why there is none."""

    source: str
    key: str
    answer: Answer | None = None
    problem: str | None = None
    unknown: bool = False


@dataclass(frozen=True)
class Found:
    """All that was learned about one paper.

    Attributes
    ----------
    replies : of the sources, in the order of asking
    notes : what a person should know
    """

    query: Query
    draft: Draft
    replies: tuple[Reply, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str | None:
        return known_of(self.draft).title


def look_up(
    query: Query,
    vocabulary: Vocabulary,
    offices: Offices | None,
    report: Callable[[str], None] | None = None,
) -> Found:
    """Everything that the sources say of the paper; without *offices*, what the query says by itself.

    Parameters
    ----------
    report : called with the names of the sources that are about to be asked
    """
    found = Found(query, query.draft, notes=query.notes)
    if offices is None:
        return found
    asked: dict[str, set[str]] = {}
    for _ in range(_ROUNDS):
        known = known_of(found.draft)
        pending = list(_pending(offices.sources, known, asked))
        if not pending:
            break
        if report:
            report(", ".join(dict.fromkeys(source.name for source, _ in pending)))
        for reply in _ask_all(pending, known, vocabulary, offices):
            found = _with_reply(found, reply)
    return found


def known_of(draft: Draft) -> Known:
    """What the sources can be asked by: of each identifier the one that is best supported."""
    identifiers = {name: str(claims[0].value) for name in IDENTIFIERS if (claims := draft[name])}
    titles = draft["title"]
    return Known(
        identifiers,
        str(titles[0].value) if titles else None,
        tuple(str(page) for page in draft.values("paper")),
        tuple(dict.fromkeys(str(link) for link in draft.values("code"))),
    )


def _pending(
    sources: Iterable[Source], known: Known, asked: dict[str, set[str]]
) -> Iterator[tuple[Source, str]]:
    """Whom to ask by what: nobody by the same twice, nor too often."""
    for source in sources:
        before = asked.setdefault(source.name, set())
        for key in source.keys(known):
            if key not in before and len(before) < _QUESTIONS_PER_SOURCE:
                before.add(key)
                yield source, key


def _ask_all(
    pending: Sequence[tuple[Source, str]], known: Known, vocabulary: Vocabulary, offices: Offices
) -> list[Reply]:
    """Ask at the same time, because each may take its time-out; replies come in the order of asking."""

    def ask(question: tuple[Source, str]) -> Reply:
        source, key = question
        try:
            return Reply(
                source.name,
                key,
                source.ask(key, known, source.desk(offices.http, vocabulary, offices.mirror)),
            )
        except NotFoundError as error:
            return Reply(source.name, key, problem=str(error), unknown=True)
        except SourceError as error:
            return Reply(source.name, key, problem=str(error))

    return _at_once(ask, pending)


def _at_once(function: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
    """The function's values for all items, each in its own thread.

    The threads do not keep the program alive: whoever presses Ctrl-C waits for no time-out.
    """
    done: dict[int, _R] = {}
    failed: list[BaseException] = []

    def work(position: int, item: _T) -> None:
        try:
            done[position] = function(item)
        except BaseException as error:  # raised again below, where somebody can see it
            failed.append(error)

    threads = [Thread(target=work, args=each, daemon=True) for each in enumerate(items)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return [done[position] for position in range(len(items))]


def _with_reply(found: Found, reply: Reply) -> Found:
    found = replace(found, replies=(*found.replies, reply))
    own = _identifiers_called(reply.key, found.draft)
    if reply.answer is None:
        note = f"{reply.source} does not know {reply.key}: look whether it is right"
        return replace(found, notes=(*found.notes, note)) if reply.unknown and own else found
    new = _tidied(reply.answer.draft)
    if not about_one_paper(found.draft, new):
        title = next(iter(new.values("title")))
        note = f"{reply.source} calls {reply.key} '{title}', which is another paper; so it is left out"
        return replace(found, draft=found.draft.without(own), notes=(*found.notes, note))
    gone = {same_address(link) for link in reply.answer.gone}
    draft = merge([found.draft, new])
    lost = [("code", claim) for claim in draft["code"] if same_address(str(claim.value)) in gone]
    notes = tuple(note for note in reply.answer.notes if note not in found.notes)
    return replace(found, draft=draft.without(lost), notes=(*found.notes, *notes))


def _identifiers_called(key: str, draft: Draft) -> list[tuple[str, Claim]]:
    """The claims to the identifier *key*."""
    return [(name, claim) for name in IDENTIFIERS for claim in draft[name] if claim.value == key]


def _tidied(draft: Draft) -> Draft:
    """The draft with titles and names as records have them, and without values that no record can hold."""
    claims = dict(draft.claims)
    if "title" in claims:
        cleaned = (replace(claim, value=clean_title(str(claim.value))) for claim in claims["title"])
        claims["title"] = tuple(claim for claim in cleaned if claim.value)
    if "authors" in claims:
        claims["authors"] = tuple(replace(c, value=tuple(map(_name, c.value))) for c in claims["authors"])
    return Draft({name: each for name, each in claims.items() if each})


def _name(name: str) -> str:
    """An author's name; some publishers deposit them in capitals, which nobody writes.

    >>> _name("LIANG CHEN"), _name("Liang  Chen*"), _name("OpenAI")
    ('Liang Chen', 'Liang Chen', 'OpenAI')
    """
    plain = " ".join(re.sub(r"[*†‡]", "", name).split())
    shouted = plain.isupper() and " " in plain and all(len(word) > 2 for word in plain.split())
    return plain.title() if shouted else plain
