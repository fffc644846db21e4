"""Papers alike: for each paper the few that share most with it, and what they share.

Shared are tags, authors and words of the title, each weighted by its rarity; papers that share nothing
but words, such as those of their topic, are strangers and not named.  Of papers about equally alike those
come first that are known: named by several lists, or implemented here.  All papers are
compared at once through an inverted index: a paper meets others only in the postings of its rarest
features, and of a long posting only those nearest in time, so that the work grows with the number
of papers and not with its square.  The few best are then weighed exactly.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice

from catalog.catalogue import Catalogue, by_date
from catalog.record import Paper, terms_of
from catalog.site.people import author_slug
from catalog.vocabulary import fold

SHOWN = 6
"""Papers alike that a page names."""
RAREST = 12
"""Features of a paper through which it meets others."""
NEAREST = 64
"""Papers met in one posting, nearest in time."""
WEIGHED = 48
"""Papers met that are weighed exactly."""
TAGS: Mapping[str, float] = {
    "task": 1.2,
    "criterion": 1.6,
    "mechanism": 1.6,
    "domain": 0.8,
    "setting": 0.6,
    "keywords": 1.4,
}
"""Fields whose terms count, and how much one of them does."""
AUTHOR, WORD = 0.3, 0.35
"""What an author and a word count: three authors of one group say less than one criterion."""
RAREST_COUNTS = 3.5
"""The most that rarity may count, as a logarithm: what two papers of a thousand share is not everything."""
LISTED, MOST_LISTS, IMPLEMENTED = 0.12, 3, 0.3
"""By what share a list that names a paper, up to so many, and an implementation make it better known."""
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


def papers_alike(catalogue: Catalogue) -> Mapping[str, tuple[Alike, ...]]:
    """Id -> the papers most like it, the most alike first, equals by id."""
    index = _Index.of(by_date(catalogue.papers))
    return {paper.id: index.alike(number) for number, paper in enumerate(index.papers)}


@dataclass(frozen=True)
class _Index:
    """Papers by number, newest first, and which of them have which feature.

    Attributes
    ----------
    features : of each paper those that another has too, the weightiest first, equals by name, so that
        sums are made in one order
    norms : of each paper the length of its features' weights, less the better it is known
    """

    papers: Sequence[Paper]
    features: Sequence[Mapping[Feature, float]]
    norms: Sequence[float]
    postings: Mapping[Feature, Sequence[int]]

    @classmethod
    def of(cls, papers: Sequence[Paper]) -> _Index:
        postings: dict[Feature, list[int]] = defaultdict(list)
        found = [set(_features(paper)) for paper in papers]
        for number, own in enumerate(found):
            for feature in own:
                postings[feature].append(number)
        weights = {
            feature: _importance(feature[0]) * min(RAREST_COUNTS, math.log(len(papers) / len(posting)))
            for feature, posting in postings.items()
            if 1 < len(posting) < len(papers)
        }
        features = []
        for own in found:
            weighty = sorted(
                (feature for feature in own if feature in weights), key=lambda f: (-weights[f], f)
            )
            features.append({feature: weights[feature] for feature in weighty})
        norms = [
            (math.sqrt(sum(own.values())) or 1.0) / _known(paper)
            for own, paper in zip(features, papers, strict=True)
        ]
        return cls(papers, features, norms, postings)

    def alike(self, number: int) -> tuple[Alike, ...]:
        """The papers most like the one with this number."""
        own = self.features[number]
        weighed = []
        for other in self._met(number):
            theirs = self.features[other]
            shared = tuple(feature for feature in own if feature in theirs)
            if all(field == "word" for field, _ in shared):
                continue
            score = sum(own[feature] for feature in shared) / self.norms[other]
            weighed.append((-score, self.papers[other].id, other, shared))
        return tuple(Alike(self.papers[other], shared) for _, _, other, shared in sorted(weighed)[:SHOWN])

    def _met(self, number: int) -> list[int]:
        """The papers that seem most alike from the rarest features alone."""
        scores: dict[int, float] = defaultdict(float)
        for feature, weight in islice(self.features[number].items(), RAREST):
            posting = self.postings[feature]
            if len(posting) > NEAREST:
                start = max(0, bisect_left(posting, number) - NEAREST // 2)
                posting = posting[start : start + NEAREST]
            for other in posting:
                scores[other] += weight
        scores.pop(number, None)
        return nsmallest(WEIGHED, scores, key=lambda other: (-scores[other] / self.norms[other], other))


def _known(paper: Paper) -> float:
    lists = min(MOST_LISTS, len(paper.listed_in or ()))
    return 1 + LISTED * lists + (IMPLEMENTED if paper.reference_impl else 0)


def _importance(field: str) -> float:
    return TAGS.get(field) or (AUTHOR if field == "author" else WORD)


def _features(paper: Paper) -> Iterator[Feature]:
    for field in TAGS:
        for key in terms_of(paper, field) or ():
            yield field, key
    for name in paper.authors or ():
        yield "author", author_slug(name)
    for word in re.findall(r"[^\W_]{3,}", paper.title):
        if word.lower() not in _EMPTY_WORDS:
            yield "word", fold(word)
