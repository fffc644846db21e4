"""The facets of browsing: by what papers are narrowed down, and which terms each paper has there.

Which papers match and how many each term would leave is worked out in the reader's browser, by
``assets/browse/engine.js``; how a facet looks is the business of its template.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalog.facts import terms_of
from catalog.record import Paper, year_of
from catalog.site import addresses
from catalog.vocabulary import BEFORE_OWN, NONE, UNKNOWN, Vocabulary
from catalog.wording import Labels

YES, NO = "yes", "no"


@dataclass(frozen=True)
class FacetField:
    """One way to narrow the papers down.

    Attributes
    ----------
    field : the record's field; also the name in the URL
    keys : the values of a paper; none at all means that they are not known
    labels : words for values that are no terms of the vocabulary
    fixed : values that are always offered, in this order, even where no paper has them
    chip : shown with each result
    folded : closed until a reader opens it
    several : a paper may have more than one
    note : what a reader may ask before trusting its numbers
    label : what a reader calls it, where the field holds no terms, which the catalogue's configuration names
    """

    field: str
    keys: Callable[[Paper], Sequence[str]]
    labels: Mapping[str, str]
    fixed: tuple[str, ...] = ()
    chip: bool = False
    folded: bool = False
    several: bool = False
    note: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class FacetTerm:
    """A value of a facet; *address* is the term's or year's own page below the site, where it has one."""

    key: str
    label: str
    count: int
    definition: str | None
    address: str | None


@dataclass(frozen=True)
class Facet:
    """A facet of one catalogue: its terms, and for each paper the positions of its terms among them."""

    field: FacetField
    label: str
    terms: tuple[FacetTerm, ...]
    codes: tuple[tuple[int, ...], ...]

    @property
    def tells(self) -> bool:
        """Whether it says more of any paper than that there is nothing, or that nothing is known."""
        return any(term.count and term.key not in (NO, *SPECIAL) for term in self.terms)


def _terms_of(field: str) -> Callable[[Paper], Sequence[str]]:
    """The paper's terms; that there are none is a value of its own."""

    def keys(paper: Paper) -> Sequence[str]:
        terms = terms_of(paper, field)
        return () if terms is None else terms or (NONE,)

    return keys


def _year(paper: Paper) -> Sequence[str]:
    year = year_of(paper)
    return (str(year),) if year else ()


def _yes_or_no(holds: Callable[[Paper], bool]) -> Callable[[Paper], Sequence[str]]:
    return lambda paper: (YES,) if holds(paper) else (NO,)


SPECIAL = {UNKNOWN: "Not known", NONE: "None"}

FACETS: tuple[FacetField, ...] = (
    FacetField("domain", _terms_of("domain"), SPECIAL, several=True),
    FacetField("setting", _terms_of("setting"), SPECIAL, several=True),
    FacetField("training", _terms_of("training"), SPECIAL, chip=True),
    FacetField(
        "code",
        _yes_or_no(lambda paper: bool(paper.links.code)),
        {YES: "With code", NO: "No code known"},
        fixed=(YES, NO),
        label="Code",
    ),
    FacetField("criterion", _terms_of("criterion"), SPECIAL, chip=True, several=True),
    FacetField("mechanism", _terms_of("mechanism"), SPECIAL, chip=True, several=True),
    FacetField("year", _year, SPECIAL, note="Of the venue, or else of first publication", label="Year"),
    FacetField("task", _terms_of("task"), SPECIAL, chip=True, several=True),
    FacetField("keywords", _terms_of("keywords"), SPECIAL, folded=True, several=True),
    FacetField("venue", _terms_of("venue"), SPECIAL, folded=True),
    FacetField("parametric", _terms_of("parametric"), SPECIAL, folded=True),
    FacetField("kind", _terms_of("kind"), SPECIAL, folded=True),
    FacetField(
        "reference_impl",
        _yes_or_no(lambda paper: paper.reference_impl is not None),
        {YES: "Runs here", NO: "None here"},
        fixed=(YES, NO),
        folded=True,
        label="Reference implementation",
    ),
)


QUERY_ONLY: tuple[FacetField, ...] = (FacetField("listed_in", _terms_of("listed_in"), SPECIAL),)
"""Fields that the query language knows, but that have no place in the page's column."""


def _of_own(field: str) -> FacetField:
    """The facet of a field that only one catalogue has."""
    return FacetField(field, _terms_of(field), SPECIAL, chip=True, several=True)


def facets_of(
    papers: Sequence[Paper], vocabulary: Vocabulary, labels: Labels, fields: Sequence[FacetField] = FACETS
) -> dict[str, Facet]:
    """Every facet by its field, with the terms that *papers* have; its codes are in their order.

    The facets of the catalogue's own fields stand among :data:`FACETS` before that of its keywords.
    """
    if fields is FACETS:
        at = next(number for number, field in enumerate(FACETS) if field.field == BEFORE_OWN)
        own = map(_of_own, filter(vocabulary.has_field, vocabulary.own))
        fields = (*FACETS[:at], *own, *FACETS[at:])
    return {field.field: _facet(field, papers, vocabulary, labels) for field in fields}


def _facet(field: FacetField, papers: Sequence[Paper], vocabulary: Vocabulary, labels: Labels) -> Facet:
    there = vocabulary.has_field(field.field)
    keys = [(field.keys(paper) if there else ()) or (UNKNOWN,) for paper in papers]
    counts = Counter(key for some in keys for key in some)
    order = _term_order(field, counts, vocabulary)
    position = {key: number for number, key in enumerate(order)}
    terms = tuple(_facet_term(field, key, counts[key], vocabulary) for key in order)
    codes = tuple(tuple(position[key] for key in some) for some in keys)
    return Facet(field, field.label or labels.of(field.field), terms, codes)


def _term_order(field: FacetField, counts: Mapping[str, int], vocabulary: Vocabulary) -> list[str]:
    """Years newest first, other terms most frequent first; what is no term of the vocabulary last."""
    if field.fixed:
        return list(field.fixed)
    known = [key for key in counts if key not in SPECIAL]
    if field.field == "year":
        known.sort(reverse=True)
    else:
        rank = {key: number for number, key in enumerate(vocabulary[field.field])}
        known.sort(key=lambda key: (-counts[key], rank.get(key, len(rank)), key))
    return known + [key for key in (NONE, UNKNOWN) if key in counts]


def _facet_term(field: FacetField, key: str, count: int, vocabulary: Vocabulary) -> FacetTerm:
    term = vocabulary.terms.get(field.field, {}).get(key)
    if term is None:
        address = addresses.year_page(int(key)) if field.field == "year" and key not in SPECIAL else None
        return FacetTerm(key, field.labels.get(key, key), count, None, address)
    address = addresses.term_page(vocabulary, field.field, key)
    return FacetTerm(key, term.label, count, term.definition, address)
