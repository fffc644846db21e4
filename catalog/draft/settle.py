"""From claims to values: one function for each way in which a field is decided."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rapidfuzz import fuzz

from catalog.draft.claims import Authority, Claim, Draft, plain_words
from catalog.draft.identity import NEARLY_EQUAL, head_and_tail, method_names
from catalog.links import SHORTENERS, host_of, same_address
from catalog.names import family_key
from catalog.record import ASSUMED, IDENTIFIERS, TAG_LISTS, Paper
from catalog.values import arxiv_month
from catalog.vocabulary import Vocabulary, fold


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims that contradict each other, and what came of it.

    Attributes
    ----------
    claims : the contradicting ones
    taken : the value that was taken, ``None`` where nothing decided
    because : what decided, empty where nothing did
    """

    field: str
    claims: tuple[Claim, ...]
    taken: Any = None
    because: str = ""


@dataclass
class Settled:
    """A draft after all decisions: the record's data, where each value comes from, what was contradicted."""

    data: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def take(self, name: str, value: Any, claims: Iterable[Claim]) -> None:
        """Set a field, with the sources of the claims that hold its value as provenance."""
        self.data[name] = value
        sources = sorted({(claim.authority, claim.source) for claim in claims})
        if sources:
            best = sources[0][0]
            self.provenance[name] = ", ".join(source for authority, source in sources if authority == best)


def settle(draft: Draft, vocabulary: Vocabulary) -> Settled:
    """Decide every field; the data are those of a record's file, without ``added`` and ``bibtex``."""
    settled = Settled()
    _settle_titles(draft, settled)
    _settle_name(draft, settled)
    _settle_authors(draft, settled)
    _settle_identifiers(draft, settled)
    _settle_appearance(draft, settled, vocabulary)
    _settle_year(draft, settled)
    _settle_links(draft, settled)
    for name in ("kind", "training", "parametric"):
        _settle_one(draft, settled, name)
    if "kind" not in settled.data:  # which no record is without
        settled.data["kind"] = Paper.model_fields["kind"].default
        settled.provenance["kind"] = ASSUMED
    for name in (*TAG_LISTS, *vocabulary.own):
        _settle_terms(draft, settled, name, vocabulary)
    settled.data["listed_in"] = sorted({str(value) for value in draft.values("listed_in")})
    settled.provenance.pop("published", None)
    return settled


# -------------------------------------------------------------------------------- one value


def _by_value(claims: Iterable[Claim], key: Callable[[Any], Hashable]) -> dict[Hashable, list[Claim]]:
    found: dict[Hashable, list[Claim]] = {}
    for claim in claims:
        found.setdefault(key(claim.value), []).append(claim)
    return found


def _best(claims: Sequence[Claim]) -> list[Claim]:
    best = min((claim.authority for claim in claims), default=Authority.TITLE)
    return [claim for claim in claims if claim.authority == best]


def _settle_one(
    draft: Draft, settled: Settled, name: str, key: Callable[[Any], Hashable] = lambda value: value
) -> Any:
    """The value of the best authority; where it contradicts itself, nothing."""
    claims = draft[name]
    if not claims:
        return None
    best = _by_value(_best(claims), key)
    others = len(_by_value([c for c in claims if c.authority < Authority.TITLE], key)) > 1
    if len(best) > 1:
        settled.conflicts.append(Conflict(name, tuple(claims)))
        return None
    taken = next(iter(best.values()))
    value = taken[0].value
    if others:
        settled.conflicts.append(Conflict(name, tuple(claims), value, taken[0].source))
    settled.take(name, value, taken)
    return value


def _settle_terms(draft: Draft, settled: Settled, name: str, vocabulary: Vocabulary) -> None:
    claims = [claim for claim in draft[name] if claim.authority <= Authority.LIST] or list(draft[name])
    decided = [claim for claim in claims if claim.authority < Authority.LIST]
    claims = decided or claims
    if not claims:
        return
    order = {key: position for position, key in enumerate(vocabulary[name])}
    values = sorted({str(claim.value) for claim in claims}, key=lambda key: (order.get(key, len(order)), key))
    settled.take(name, values, claims)


# -------------------------------------------------------------------------------- title and name


def _settle_titles(draft: Draft, settled: Settled) -> None:
    claims = draft["title"]
    best = _best(claims)
    wordings = _by_value(best, lambda title: fold(str(title)))
    tails = {fold(head_and_tail(str(c.value))[1]) for c in best} & set(wordings)

    def support(item: tuple[Hashable, list[Claim]]) -> tuple[bool, int, int, str]:
        wording, supporting = item
        return wording in tails, len({c.source for c in supporting}), len(supporting), str(wording)

    wording, supporting = max(wordings.items(), key=support)
    title = _best_spelling([str(claim.value) for claim in supporting])
    if not _is_title_case(title):  # bibliographies put titles in lower case; lists copy the paper's own
        spellings = [str(c.value) for c in claims if fold(str(c.value)) == wording]
        title = _best_spelling([title, *filter(_is_title_case, spellings)])
    settled.take("title", title, supporting)
    everything = tuple(claim for claim in claims if fold(str(claim.value)) != wording)
    if everything:
        because = supporting[0].source if best[0].authority < Authority.LIST else ""
        settled.conflicts.append(Conflict("title", tuple(claims), title, because or "most claims"))
    former = sorted({str(c.value) for c in everything if not _is_slip(str(c.value), title)})
    kept: list[str] = []
    for each in former:
        if not any(_is_slip(each, other) for other in kept):
            kept.append(each)
    if kept:
        settled.take("former_titles", kept, [claim for claim in claims if str(claim.value) in kept])


def _best_spelling(spellings: Sequence[str]) -> str:
    """Of titles that differ in case and punctuation only, the one that nobody put in lower case or capitals.

    >>> _best_spelling(["TOKEN MERGING: YOUR VIT", "Token merging: your ViT", "Token Merging: Your ViT"])
    'Token Merging: Your ViT'
    """

    def quality(title: str) -> tuple[bool, int, int, str]:
        capitals = _capitals(title)
        shouted = capitals > 0.7 * sum(c.isalpha() for c in title)
        return not shouted, capitals, spellings.count(title), title

    return max(spellings, key=quality)


def _capitals(text: str) -> int:
    return sum(c.isupper() for c in text)


def _is_title_case(title: str) -> bool:
    words = [word for word in title.split() if len(word) > 3]
    return sum(word[0].isupper() for word in words) * 2 > len(words)


def _is_slip(claimed: str, title: str) -> bool:
    """Whether *claimed* is *title* mistyped, cut short or with the method's name put before it."""
    a, b = plain_words(claimed), plain_words(title)
    _, tail = head_and_tail(claimed)
    return fuzz.ratio(a, b) >= NEARLY_EQUAL or a in b or tail == b or fold(a) == fold(b)


def _settle_name(draft: Draft, settled: Settled) -> None:
    """The method's name as its repository, else its title, else most lists have it; spelt as in the title."""
    titles = [str(settled.data["title"]), *settled.data.get("former_titles", [])]
    heads = {
        fold(head): head
        for head in (text.partition(":")[0].strip() for text in reversed(titles) if ":" in text)
    }
    claims = _best(draft["name"])
    names = _by_value(claims, lambda name: fold(str(name)))
    if not names:
        head = titles[0].partition(":")[0].strip()
        if fold(head) and head != titles[0] and " " not in head:
            settled.take("name", head, [Claim(head, "title", Authority.TITLE)])
        return
    repositories = {fold(same_address(str(url)).rsplit("/", 1)[-1]) for url in draft.values("code")}
    counts = {name: len({claim.source for claim in each}) for name, each in names.items()}
    choices = (
        [name for name in names if name in repositories],
        [name for name in names if name in heads],
        [name for name in names if any(str(name) in fold(text) for text in titles)],
        [name for name, count in counts.items() if count == max(counts.values())],
    )
    name = next((each[0] for each in choices if len(each) == 1), None)
    new = titles[0].partition(":")[0].strip()
    if fold(new) and " " not in new and new != titles[0] and fold(new) not in names and name in heads:
        # The preprint's title begins with the claimed name, the published one with another: renamed.
        settled.take("name", new, [Claim(new, "title", Authority.TITLE)])
    elif name is not None:
        head = heads.get(str(name))
        listed_only = min(claim.authority for claim in draft["title"]) >= Authority.LIST
        spellings = [str(claim.value) for claim in names[name]]
        if head:
            spellings = [head, *(s for s in spellings if listed_only and s.casefold() == head.casefold())]
        spelling = _best_spelling(spellings)
        settled.take("name", spelling, names[name])
        if fold(new) == name and _capitals(spelling) > _capitals(new):  # a bibliography lowers names
            settled.data["title"] = spelling + titles[0].removeprefix(titles[0].partition(":")[0])
    if len(names) > 1:
        because = "its repository, title or most lists" if name is not None else ""
        settled.conflicts.append(Conflict("name", tuple(claims), settled.data.get("name"), because))


# -------------------------------------------------------------------------------- authors


def _settle_authors(draft: Draft, settled: Settled) -> None:
    claims = _best(draft["authors"])
    if not claims:
        return
    by_families = _by_value(claims, _families)
    if len(by_families) > 1:
        most = max(len(each) for each in by_families.values())
        strongest = [each for each in by_families.values() if len(each) == most]
        taken = strongest[0] if len(strongest) == 1 else None
        settled.conflicts.append(
            Conflict("authors", tuple(claims), taken and taken[0].value, "most claims" if taken else "")
        )
        if taken is None:
            return
    else:
        taken = claims
    value = max((claim.value for claim in taken), key=lambda names: (len("".join(map(str, names))), names))
    settled.take("authors", list(value), [claim for claim in taken if claim.value == value])


def _families(names: Any) -> tuple[str, ...]:
    return tuple(family_key(str(name)) for name in names)


# -------------------------------------------------------------------------------- where it appeared


def _settle_identifiers(draft: Draft, settled: Settled) -> None:
    found: dict[str, str] = {}
    sources: list[Claim] = []
    for name in IDENTIFIERS:
        value = _settle_one(draft, settled, name, key=lambda value: str(value).lower())
        settled.provenance.pop(name, None)
        if value is not None:
            found[name] = str(settled.data.pop(name))
            sources += [claim for claim in draft[name] if claim.value == value]
    if found:
        settled.take("identifiers", found, sources)


def _settle_appearance(draft: Draft, settled: Settled, vocabulary: Vocabulary) -> None:
    """Venue and year together: publication before preprint, then authority, then agreement."""
    arxiv = settled.data.get("identifiers", {}).get("arxiv")
    published_first = arxiv_month(arxiv) if arxiv else None
    if published_first:
        settled.data["published"] = published_first
    claims = list(draft["appearance"])
    if draft["place"]:  # it appeared at a venue that the vocabulary does not hold: a preprint is not all
        claims = [claim for claim in claims if not vocabulary.is_preprint(claim.value[0])]
    decided = [claim for claim in claims if claim.authority < Authority.IDENTIFIER]
    printed = [claim for claim in claims if not vocabulary.is_preprint(claim.value[0])]
    if not decided and claims and not printed:
        year = int(published_first[:4]) if published_first else _common_year(claims)
        names = sorted({str(claim.value[0]) for claim in claims})
        settled.take("venue", "arXiv" if arxiv and "arXiv" in names else names[0], claims)
        if year:
            _take_year_of_preprint(settled, year, claims, arxiv)
        return
    best = _best(decided or printed)
    if not best:
        return
    venues = _by_value(best, lambda value: value[0])
    years = {claim.value[1] for claim in best} - {None}
    others = {(c.value[0], c.value[1]) for c in printed if c.value[1]}
    venue = next(iter(venues)) if len(venues) == 1 else None
    year = next(iter(years)) if len(years) == 1 and venue else None
    if venue:
        settled.take("venue", venue, best)
    if year:
        settled.take("year", year, [claim for claim in best if claim.value[1] == year])
    if venue is None or len(years) > 1 or others - {(venue, year)}:
        because = best[0].source if venue and year and best[0].authority < Authority.LIST else ""
        taken = (venue, year) if venue else None
        settled.conflicts.append(Conflict("venue", tuple(printed), taken, because))


def _take_year_of_preprint(settled: Settled, year: int, claims: Sequence[Claim], arxiv: str | None) -> None:
    """The year that the arXiv id names, whatever is said of it otherwise."""
    years = [replace(claim, value=claim.value[1]) for claim in claims if claim.value[1]]
    agreeing = [claim for claim in years if claim.value == year]
    own = [Claim(year, f"arXiv:{arxiv}", Authority.IDENTIFIER)] if arxiv else []
    settled.take("year", year, agreeing or own)
    if len(agreeing) < len(years):
        settled.conflicts.append(Conflict("year", (*years, *own), year, "the arXiv id"))


def _settle_year(draft: Draft, settled: Settled) -> None:
    """The year that is named beside a venue which the vocabulary does not know."""
    if not settled.data.get("venue") and not settled.data.get("year"):
        _settle_one(draft, settled, "year")


def _common_year(claims: Sequence[Claim]) -> int | None:
    years = {claim.value[1] for claim in claims} - {None}
    return years.pop() if len(years) == 1 else None


# -------------------------------------------------------------------------------- links


def _settle_links(draft: Draft, settled: Settled) -> None:
    links: dict[str, Any] = {}
    sources: list[Claim] = []
    if not set(settled.data.get("identifiers", ())) & {"arxiv", "openreview", "anthology"}:
        paper = _settle_paper_link(draft, settled)
        if paper:
            links["paper"] = paper.value
            sources.append(paper)
    code = _settle_code(draft, settled)
    if code:
        links["code"] = [code[0].value]
        sources += code
    for name in ("project", "video"):
        claims = sorted(draft[name], key=lambda claim: claim.rank)
        if claims and len(_by_value(claims, lambda url: same_address(str(url)))) == 1:
            links[name] = claims[0].value
            sources += claims
        elif claims:
            settled.conflicts.append(Conflict(name, tuple(claims)))
    if links:
        settled.take("links", links, sources)


def _settle_paper_link(draft: Draft, settled: Settled) -> Claim | None:
    claims = draft["paper"]
    if not claims:
        return None
    pages = _by_value(_best(claims), lambda url: same_address(str(url)))
    hosts = _by_value(_best(claims), lambda url: host_of(str(url)))
    if len(pages) > 1 and len(pages) > len(hosts):
        settled.conflicts.append(Conflict("paper", tuple(claims)))
        return None
    return max(_best(claims), key=lambda claim: (_openness(str(claim.value)), claim.rank))


def _openness(url: str) -> bool:
    """Publishers' pages ask for money; proceedings that everyone may read come first."""
    closed = ("ieee.org", "acm.org", "springer.com", "sciencedirect.com", "wiley.com", "researchgate.net")
    return not host_of(url).endswith(closed)


def _settle_code(draft: Draft, settled: Settled) -> list[Claim]:
    claims = list(draft["code"])
    claims = [claim for claim in claims if host_of(str(claim.value)) not in SHORTENERS] or claims
    pages = _by_value(claims, lambda url: same_address(str(url)))
    if not pages:
        return []
    if _best(claims)[0].authority == Authority.CURATOR:
        return _best(claims)
    named = [page for page in pages if fold(str(page).rsplit("/", 1)[-1]) in method_names(draft)]
    best = _by_value(_best(claims), lambda url: same_address(str(url)))
    page = named[0] if len(named) == 1 else next(iter(best)) if len(best) == 1 else None
    if len(pages) > 1:
        decided = "its name" if len(named) == 1 else _best(claims)[0].source
        taken = pages[page][0].value if page is not None else None
        settled.conflicts.append(Conflict("code", tuple(claims), taken, decided if taken else ""))
    if page is None:
        return []
    return sorted(pages[page], key=lambda claim: (len(str(claim.value)), claim.rank))
