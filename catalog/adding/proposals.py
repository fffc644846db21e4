"""Tags that title and abstract suggest, each with its reason.  A person decides about them.

Abstracts speak of other people's methods as much as of their own, so only
sentences are read in which the authors say what they do, and of those only what
stands before a contrast.  Well-known models and benchmarks are taken from any
sentence: who names them has tried the method there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from catalog.draft import Draft
from catalog.importers.tags import phrases_in, proposals_of_title
from catalog.vocabulary import Vocabulary, fold

PROPOSED = ("domain", "setting", "task", "criterion", "mechanism", "training", "keywords")
"""Fields that may be proposed, in the order of a record; a catalogue's own are proposed, too."""

_OWN = re.compile(
    r"\b(?:we|our|ours|this (?:paper|work|study|survey|article)|in this (?:paper|work)|is proposed)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:existing|previous|prior|recent|conventional|traditional|current|most|many|other|however|"
    r"competing|state-of-the-art|sota|baselines?|future work)\b",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r"\b(?:unlike|instead of|rather than|compared (?:to|with)|in contrast (?:to|with)|without|than|beyond|"
    r"orthogonal to|complementary to|combined with|compatible with|not|no|whereas|while|over|outperform\w*)"
    r"\b",
    re.IGNORECASE,
)

_LONGEST = 20_000
_RUN = re.compile(r"[^\W_]+")
"""Letters and digits; what stands between those of a name is written in more than one way."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A term, and what suggests it.

    Attributes
    ----------
    where : ``title`` or ``abstract``
    words : the words that name the term
    sentence : the sentence that they stand in
    """

    field: str
    key: str
    where: str
    words: str
    sentence: str

    @property
    def reason(self) -> str:
        return f'{self.where}: "{_excerpt(self.sentence, self.words)}"'

    def provenance(self, *, confirmed: bool) -> str:
        """What a record says of the field: whether a person *confirmed* it, or nobody has looked yet."""
        if confirmed:
            return f"curator: confirmed from '{self.words}' in the {self.where}"
        return f"curator: proposed from '{self.words}' in the {self.where}, taken unseen"


def propose(draft: Draft, vocabulary: Vocabulary) -> list[Proposal]:
    """Proposals in the order of a record's fields, each term once, the title's before the abstract's."""
    found: dict[tuple[str, str], Proposal] = {}
    named = (*_of_titles(draft, vocabulary), *_of_abstracts(draft, vocabulary))
    for proposal in (*named, *_of_examples(draft, vocabulary)):
        found.setdefault((proposal.field, proposal.key), proposal)
    fields = vocabulary.with_own(PROPOSED)
    order = {(name, key): n for name in fields for n, key in enumerate(vocabulary[name])}
    return sorted(found.values(), key=lambda p: (fields.index(p.field), order.get((p.field, p.key), 0)))


def _of_titles(draft: Draft, vocabulary: Vocabulary) -> Iterator[Proposal]:
    for title in map(str, draft.values("title")):
        for phrase, name, key in proposals_of_title(title, vocabulary):
            yield Proposal(name, key, "title", phrase, title)


def _of_abstracts(draft: Draft, vocabulary: Vocabulary) -> Iterator[Proposal]:
    for abstract in map(str, draft.values("abstract")):
        for sentence in sentences(abstract[:_LONGEST]):
            own = own_part(sentence)
            for phrase, name, key in phrases_in(own, vocabulary, vocabulary.with_own(PROPOSED)):
                yield Proposal(name, key, "abstract", phrase, sentence)


def _of_examples(draft: Draft, vocabulary: Vocabulary) -> Iterator[Proposal]:
    """The terms of which an example is named, spelt with a capital as names are, and of one in each field."""
    pattern, terms = _examples(vocabulary)
    for where in ("title", "abstract") if terms else ():
        for text in map(str, draft.values(where)):
            for sentence in sentences(text[:_LONGEST]):
                for match in pattern.finditer(sentence):
                    if match[0] != match[0].lower():
                        for name, key in terms.get(fold(match[0]), ()):
                            yield Proposal(name, key, where, match[0], sentence)


@lru_cache(maxsize=8)
def _examples(vocabulary: Vocabulary) -> tuple[re.Pattern[str], Mapping[str, Sequence[tuple[str, str]]]]:
    """What finds examples in a text, and the terms of each, folded; of several in one field none is meant."""
    terms: dict[str, dict[str, list[str]]] = {}
    spellings = []
    for name in vocabulary.with_own(PROPOSED):
        for key, term in vocabulary[name].items():
            for example in term.examples:
                terms.setdefault(fold(example), {}).setdefault(name, []).append(key)
                spellings.append(r"[\W_]{0,2}".join(map(re.escape, _RUN.findall(example))))
    longest_first = "|".join(sorted(spellings, key=len, reverse=True))
    meant = {
        example: [(name, keys[0]) for name, keys in fields.items() if len(keys) == 1]
        for example, fields in terms.items()
    }
    return re.compile(rf"(?<![\w-])(?:{longest_first})(?!\w)", re.IGNORECASE), meant


def sentences(text: str) -> list[str]:
    """The sentences of a text; abbreviations and numbers do not end one.

    >>> sentences("We prune tokens, e.g. by attention. It gives 1.5x speed. See Fig. 2.")
    ['We prune tokens, e.g. by attention.', 'It gives 1.5x speed.', 'See Fig. 2.']
    """
    return re.split(
        r"(?<![\s.][a-z]\.)(?<!\b[Ff]ig\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<=[.!?])\s+(?=[A-Z])", text.strip()
    )


def own_part(sentence: str) -> str:
    """What a sentence says of the authors' own work; ``''`` where it speaks of others.

    >>> own_part("We propose token pruning, unlike token merging."), own_part("Prior work uses pruning.")
    ('We propose token pruning, ', '')
    """
    if not _OWN.search(sentence):
        return ""
    before = sentence[: contrast.start()] if (contrast := _CONTRAST.search(sentence)) else sentence
    return "" if _OTHERS.search(before) else before


def _excerpt(sentence: str, words: str, around: int = 30) -> str:
    """The words of a sentence around those that matter."""
    pattern = r"[^A-Za-z0-9]+".join(map(re.escape, words.split()))
    match = re.search(pattern, sentence, re.IGNORECASE)
    if match is None or len(sentence) <= 2 * around:
        return sentence[: 4 * around]
    start = sentence.rfind(" ", 0, max(0, match.start() - around)) + 1
    end = sentence.find(" ", match.end() + around)
    end = len(sentence) if end < 0 else end
    return f"{'…' if start else ''}{sentence[start:end]}{'…' if end < len(sentence) else ''}"
