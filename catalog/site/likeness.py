"""Papers alike: for each paper the few that share most with it, and what they share.

Shared are terms, authors and words of the title.  What a method does counts most: its criterion and its
mechanism, then where it acts.  Benchmarks, authors and words tell apart those that do the same.  A rare term
says more than a frequent one, and one of many that a paper has in a field says less than the only one.
Papers that share nothing but words, such as those of their topic, are strangers and not named.  Of papers
about equally alike those come first that are known: named by several lists, or implemented here.
Behind them are those that share terms with the paper in a few fields, in no order: :func:`papers_beyond`.

Every paper is compared with every other, so that none that is nearer can be missed.  Only in a catalogue
of more than :data:`COMPARED` papers is each compared with those nearest in time alone, so that the work
grows with the number of papers and not with its square.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from heapq import nlargest
from itertools import groupby
from operator import and_, mul, or_

from catalog.catalogue import Catalogue, by_date
from catalog.facts import proposes, terms_of
from catalog.record import Paper
from catalog.site.people import author_slug
from catalog.vocabulary import fold

SHOWN = 6
"""Papers alike that a page names."""
COMPARED = 4_000
"""Papers that one is compared with at most."""
WEIGHTS: Mapping[str, float] = {
    "criterion": 3.0,
    "mechanism": 3.0,
    "kind": 2.5,
    "domain": 1.5,
    "setting": 1.0,
    "keywords": 1.3,
    "task": 0.5,
    "author": 0.8,
    "word": 3.0,
}
"""How much it counts to share what a field holds; words are last, because they count for no strangers."""
OF_OWN_FIELDS = 1.3
"""The same of a field that only the catalogue has."""
FREQUENT = 3.0
"""What the most frequent term counts; names and words that everyone has count nothing."""
RAREST = 3.5
"""The most that rarity adds, as a logarithm: what two papers of a thousand share is not everything."""
LISTED, MOST_LISTS, IMPLEMENTED = 0.03, 3, 0.05
"""By what share a list that names a paper, up to so many, and an implementation make it better known."""
BEYOND = (
    ("criterion", "mechanism", "domain", "keywords"),
    ("criterion", "mechanism", "domain"),
    ("mechanism", "domain", "keywords"),
    ("mechanism", "domain"),
    ("criterion", "domain"),
    ("kind", "domain"),
)
"""Fields of which the papers behind those named share one term each: the first that there are enough of."""
_EMPTY_WORDS = frozenset(
    "all and are but can does for from how into its more not one only the their them they this towards "
    "toward via what when where which why with without you your".split()
)

Feature = tuple[str, str]
"""A field, ``author`` or ``word``, and its value."""


@dataclass(frozen=True)
class Alike:
    """A paper that is like another.

    Attributes
    ----------
    shared : the features that both have, the weightiest first
    """

    paper: Paper
    shared: tuple[Feature, ...]


@dataclass(frozen=True)
class Beyond:
    """The papers that have one of a paper's terms in each of a few fields, itself among them.

    Attributes
    ----------
    terms : of each field those of the paper
    papers : how many there are
    """

    terms: Mapping[str, Sequence[str]]
    papers: int


def papers_alike(catalogue: Catalogue) -> Mapping[str, tuple[Alike, ...]]:
    """Id -> the papers most like it, the most alike first, equals newest first."""
    index = _Index.of(by_date(catalogue.papers))
    return {paper.id: index.alike(number) for number, paper in enumerate(index.papers)}


@dataclass(frozen=True)
class _Index:
    """Papers by number, newest first, and which of them have which feature.

    Attributes
    ----------
    features : of each paper those that another has too, with what sharing one counts: tags and authors
        before words, the weightiest first, equals by name, so that sums are made in one order
    postings : the numbers of the papers that have a feature, and what share of its field it is in each
    known : of each paper by how much it is better known than others
    """

    papers: Sequence[Paper]
    features: Sequence[Mapping[Feature, float]]
    postings: Mapping[Feature, Sequence[tuple[int, float]]]
    known: Sequence[float]

    @classmethod
    def of(cls, papers: Sequence[Paper]) -> _Index:
        found = [_features(paper) for paper in papers]
        having: dict[Feature, list[int]] = defaultdict(list)
        for number, own in enumerate(found):
            for feature in own:
                having[feature].append(number)
        weights = {
            feature: _weight(feature[0], len(numbers), len(papers))
            for feature, numbers in having.items()
            if 1 < len(numbers) < len(papers)
        }
        # Made in one go, a posting lies in one piece of memory: read twice as fast as one that grew.
        postings = {feature: [(n, found[n][feature]) for n in having[feature]] for feature in weights}
        features = []
        for own in found:
            counts = {
                feature: weights[feature] * share for feature, share in own.items() if feature in weights
            }
            order = sorted(counts, key=lambda f: (f[0] == "word", -counts[f], f))
            features.append({feature: counts[feature] for feature in order})
        return cls(papers, features, postings, [_known(paper) for paper in papers])

    def alike(self, number: int) -> tuple[Alike, ...]:
        """The papers most like the one with this number."""
        first = max(0, min(number - COMPARED // 2, len(self.papers) - COMPARED))
        scores = [0.0] * len(self.papers)
        for feature, counts in self.features[number].items():
            near = self._near(feature, first)
            if feature[0] == "word":
                for other, share in near:
                    if scores[other]:
                        scores[other] += counts * share
            else:
                for other, share in near:
                    scores[other] += counts * share
        scores[number] = 0.0
        ranked = list(map(mul, scores[first : first + COMPARED], self.known[first : first + COMPARED]))
        best = nlargest(SHOWN, range(len(ranked)), key=ranked.__getitem__)
        return tuple(self._shared(number, first + place) for place in best if ranked[place])

    def _near(self, feature: Feature, first: int) -> Sequence[tuple[int, float]]:
        """The papers with a feature among those that one is compared with, from number *first* on."""
        posting = self.postings[feature]
        if len(self.papers) <= COMPARED:
            return posting
        return posting[bisect_left(posting, (first,)) : bisect_left(posting, (first + COMPARED,))]

    def _shared(self, number: int, other: int) -> Alike:
        own, theirs = self.features[number], self.features[other]
        return Alike(self.papers[other], tuple(feature for feature in own if feature in theirs))


def _weight(field: str, number: int, of: int) -> float:
    """What a feature counts that this *number* of papers has, *of* so many."""
    frequent = 0.0 if field in ("author", "word") else FREQUENT
    return WEIGHTS.get(field, OF_OWN_FIELDS) * (frequent + min(RAREST, math.log(of / number)))


def _known(paper: Paper) -> float:
    lists = min(MOST_LISTS, len(paper.listed_in or ()))
    return 1 + LISTED * lists + (IMPLEMENTED if paper.reference_impl else 0)


def _features(paper: Paper) -> Mapping[Feature, float]:
    """What a paper can share, and what share of its field each is.

    The share of one among n is 1/√n: two papers with the same terms in a field share as much as they can,
    however many terms these are.
    """
    shares: dict[Feature, float] = {}
    for _, group in groupby(dict.fromkeys(_found(paper)), key=lambda feature: feature[0]):
        field = list(group)
        shares |= dict.fromkeys(field, 1 / math.sqrt(len(field)))
    return shares


def _found(paper: Paper) -> Iterator[Feature]:
    for field in (*WEIGHTS, *paper.own):
        if field == "author":
            yield from ((field, author_slug(name)) for name in paper.authors or ())
        elif field == "word":
            words = re.findall(r"[^\W_]{3,}", paper.title)
            yield from ((field, fold(word)) for word in words if word.lower() not in _EMPTY_WORDS)
        else:
            yield from ((field, key) for key in _terms(paper, field))


def papers_beyond(catalogue: Catalogue) -> Mapping[str, Beyond]:
    """Id -> the papers behind those that a page names, where there are more than it names."""
    having = _having(catalogue)
    ways = [tuple(filter(catalogue.vocabulary.has_field, way)) for way in BEYOND]
    found = {}
    for paper in catalogue.papers:
        for way in ways:
            terms = {field: tuple(_terms(paper, field)) for field in way}
            if not terms or not all(terms.values()):
                continue
            sets = [reduce(or_, (having[field, key] for key in keys)) for field, keys in terms.items()]
            if (number := reduce(and_, sets).bit_count()) > SHOWN + 1:
                found[paper.id] = Beyond(terms, number)
                break
    return found


def _having(catalogue: Catalogue) -> Mapping[Feature, int]:
    """The papers that have a term, one bit for each."""
    having: dict[Feature, int] = defaultdict(int)
    for number, paper in enumerate(catalogue.papers):
        for field in dict.fromkeys(field for way in BEYOND for field in way):
            for key in _terms(paper, field):
                having[field, key] |= 1 << number
    return having


def _terms(paper: Paper, field: str) -> Sequence[str]:
    """Those that tell of the paper: most propose something, which is no kind to be found by."""
    return () if field == "kind" and proposes(paper) else terms_of(paper, field) or ()
