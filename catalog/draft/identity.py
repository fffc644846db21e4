"""Which drafts are about one paper, and to which of several papers an identifier belongs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from catalog.draft.claims import Authority, Claim, Draft, head_and_tail, plain_words
from catalog.links import same_address
from catalog.names import family_key, is_undivided
from catalog.record import IDENTIFIERS
from catalog.values import arxiv_month, is_arxiv_doi
from catalog.vocabulary import fold

NEARLY_EQUAL = 93.0
"""Similarity in percent from which on two titles may be spellings of one."""
PRACTICALLY_EQUAL = 97.0
"""The same where nothing but the titles speaks for it."""


def titles_compatible(one: str, other: str) -> bool:
    """Whether two titles can be of one paper, given that something else says so.

    >>> titles_compatible("HICom:Hybrid-Level Instruction Injection", "Hybrid-Level Instruction Injection")
    True
    >>> titles_compatible("Diffusion with Dual Feature Caching", "Diffusion with Token-wise Feature Caching")
    False
    >>> titles_compatible("UHD v2: Tokens for Resolution", "UHD v3: Tokens for Resolution")
    False
    """
    a, b = plain_words(one), plain_words(other)
    if _are_of_series(a, b):
        return False
    short, long = sorted((a, b), key=len)
    if fuzz.ratio(a, b) >= NEARLY_EQUAL or (len(short) >= 20 and short in long):
        return True
    (head, tail), (other_head, other_tail) = head_and_tail(one), head_and_tail(other)
    same_head = head and head == other_head
    return bool(same_head or (tail and tail in (b, other_tail)) or (other_tail and other_tail == a))


_NUMBER = re.compile(r"\d+|\b(?:[ivx]+|one|two|three|four|five|first|second|third|(?<=\bpart )[a-z])\b")


def numbers_in(title: str) -> list[str]:
    """What counts in a title of plain words: two papers of a series differ in nothing else.

    >>> numbers_in("uhd v2 half of 1 2 tokens"), numbers_in("tokens part ii the second half")
    (['2', '1', '2'], ['ii', 'second'])
    """
    return _NUMBER.findall(title)


def _are_of_series(a: str, b: str) -> bool:
    """Whether two titles in plain words are the same but for the numbers that both have."""
    numbers, others = numbers_in(a), numbers_in(b)
    return bool(numbers and others) and numbers != others and _NUMBER.sub("0", a) == _NUMBER.sub("0", b)


LEAST_BEGINNING = 4
"""Words from which on the beginning of a title may stand for the whole."""
_NEXT_OF_SERIES = re.compile(r" (?:v?\d\S*|[ivx]+|part|volume|plus|pro)\b")


def _begins(a: str, b: str) -> bool:
    """Whether title *a* is *b* without its end, and not the earlier paper of a series; both in plain words.

    >>> _begins("snapkv llm knows what you", "snapkv llm knows what you want before generation")
    True
    >>> _begins("tokens are all you need", "tokens are all you need part 2")
    False
    """
    rest = b.removeprefix(a)
    return a.count(" ") + 1 >= LEAST_BEGINNING and rest[:1] == " " < rest and not _NEXT_OF_SERIES.match(rest)


def may_be_cut_short(draft: Draft, known: Draft) -> bool:
    """Whether *draft* may be the *known* paper, of whose title it has the beginning alone.

    An author or the method's name has to agree, or, where the authors are not known, the beginning to be all
    that stands before the colon; and neither an identifier nor the years may contradict it.
    """
    if not any(_begins(one, other) for one in draft.titles for other in known.titles):
        return False
    if contradict(draft, known):
        return False
    authors, known_authors = _authors(draft), _authors(known)
    names = draft.method_names
    if not (authors and known_authors):
        names |= {fold(str(title)) for title in draft.values("title", "former_titles")}
    return any(_may_be_one(one, other) for one in authors for other in known_authors) or not names.isdisjoint(
        known.method_names
    )


def may_be_retitled(draft: Draft, known: Draft) -> bool:
    """Whether *draft* may be the *known* paper under another title: its method's name and its first author.

    Neither an identifier nor the years may contradict it.
    """
    if draft.method_names.isdisjoint(known.method_names) or contradict(draft, known):
        return False
    ours, theirs = ({_person(str(names[0])) for names in each.values("authors")} for each in (draft, known))
    return any(_may_be_one(one, other) for one in ours for other in theirs)


LARGEST_DELAY = 3
"""Years that may lie between the first and the last appearance of one paper."""


def contradict(a: Draft, b: Draft) -> bool:
    """Whether two drafts have different identifiers of one kind, or years that are too far apart."""
    if differ_in_identifier(a, b):
        return True
    years, other_years = _years(a), _years(b)
    gaps = [abs(one - other) for one in years for other in other_years]
    return bool(gaps) and min(gaps) > LARGEST_DELAY


def differ_in_identifier(a: Draft, b: Draft) -> bool:
    """Whether two drafts have identifiers of one kind, and none of them in common."""
    for name in IDENTIFIERS:
        ours, theirs = ({value for kind, value in _own(each) if kind == name} for each in (a, b))
        if ours and theirs and not ours & theirs:
            return True
    return False


def _own(draft: Draft) -> set[tuple[str, str]]:
    """Identifiers but for arXiv's DOI of a preprint, beside which a published paper has another one."""
    return {each for each in draft.identifiers if not is_arxiv_doi(each[1])}


def _years(draft: Draft) -> set[int]:
    months = (arxiv_month(str(number)) for number in draft.values("arxiv"))
    found = [*draft.values("year"), *(year for _, year in draft.values("appearance"))]
    return {int(year) for year in [*found, *(month[:4] for month in months if month)] if year}


def _authors(draft: Draft) -> set[tuple[str, str]]:
    """(first name, family name) of each author, as they are compared."""
    names = (str(name) for several in draft.values("authors") for name in several)
    return {_person(name) for name in names if name.strip()}


def _person(name: str) -> tuple[str, str]:
    first = "" if is_undivided(name) else fold(name.split()[0])
    return first, family_key(name)


def may_be_one_person(one: str, other: str) -> bool:
    """Whether two authors' names may be those of one.

    >>> may_be_one_person("Ada Bo", "A. Bo"), may_be_one_person("Ada Bo", "Alan Bo")
    (True, False)
    """
    return _may_be_one(_person(one), _person(other))


def _may_be_one(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two names may be of one person: an initial stands for the name, and none for any."""
    short, long = sorted((one[0], other[0]), key=len)
    return one[1] == other[1] and long.startswith(short)


@dataclass(frozen=True)
class Disowned:
    """An identifier that was taken from the draft at *position*, because *owner* has it (-1: nobody)."""

    position: int
    field: str
    claim: Claim
    owner: int


def disown(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Disowned]]:
    """Take from each paper the identifiers that belong to another one.

    Of several papers that claim one identifier it belongs to the one for which the
    best authority says so, else the one for which most lists say so, else to none.
    Returns the drafts, and what was taken from them.
    """
    claimed: dict[tuple[str, str], list[Rival]] = {}
    for position, draft in enumerate(drafts):
        for name, value in sorted(draft.identifiers):
            best = min(claim.authority for claim in draft[name])
            claims = [claim for claim in draft[name] if str(claim.value).lower() == value]
            overruled = all(claim.authority > best for claim in claims)
            claimed.setdefault((name, value), []).append((position, claims, overruled))
    taken: list[Disowned] = []
    for (name, _), rivals in sorted(claimed.items()):
        if len(rivals) < 2:
            continue
        owner = _owner(rivals)
        taken += [
            Disowned(position, name, claim, owner)
            for position, claims, _ in rivals
            if position != owner
            for claim in claims
        ]
    return _without(drafts, taken), taken


def _without(drafts: Sequence[Draft], taken: Sequence[Disowned]) -> list[Draft]:
    gone: dict[int, list[tuple[str, Claim]]] = {}
    for each in taken:
        gone.setdefault(each.position, []).append((each.field, each.claim))
    return [draft.without(gone.get(position, ())) for position, draft in enumerate(drafts)]


Rival = tuple[int, list[Claim], bool]
"""A draft's position, its claims to an identifier, and whether a better authority gives it another one."""


def _owner(rivals: Sequence[Rival]) -> int:
    def strength(rival: Rival) -> tuple[bool, int, int]:
        _, claims, overruled = rival
        return not overruled, -min(c.authority for c in claims), len({claim.source for claim in claims})

    ranked = sorted(rivals, key=strength, reverse=True)
    undecided = strength(ranked[0]) == strength(ranked[1]) or ranked[0][2]
    return -1 if undecided else ranked[0][0]


def disown_code(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Disowned]]:
    """Take from each paper the repositories that are named after another paper's method, not its own."""
    claimed: dict[str, list[tuple[int, Claim]]] = {}
    for position, draft in enumerate(drafts):
        for claim in draft["code"]:
            claimed.setdefault(same_address(str(claim.value)), []).append((position, claim))
    names = [draft.method_names for draft in drafts]
    taken: list[Disowned] = []
    for page, rivals in sorted(claimed.items()):
        repository = fold("/".join(page.split("/")[2:3]))
        owners = {position for position, _ in rivals if repository in names[position]}
        for position, claim in rivals:
            related = any(repository in name or name in repository for name in names[position])
            related = related or claim.authority == Authority.CURATOR
            if owners and position not in owners and not related:
                taken.append(Disowned(position, "code", claim, min(owners)))
    return _without(drafts, taken), taken
