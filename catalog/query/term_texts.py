"""Terms by what they mean: which papers bear a term that is told of with a word.

"Cut into pieces that are encoded independently" names no term, and most of its words stand in the definition
of one.  The site's scripts do the same in ``term_texts.js``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from catalog.query.joining import JOINING
from catalog.query.term_names import rows_bearing
from catalog.query.text_index import Rows
from catalog.query.words import words
from catalog.record import ORDINARY_KIND
from catalog.vocabulary import Vocabulary

NOT_TOLD: Final = ("venue", "listed_in")
"""Fields whose terms are places: of them nothing is told but the name."""
_ENDINGS: Final = ("ings", "ions", "ing", "ion", "ers", "ity", "ed", "er", "es", "ly", "e", "s")
_LEAST_LETTERS: Final = 3
"""What is left of a word without its ending, at least."""


class TermTexts:
    """The words of the terms' definitions and names, without their endings."""

    def __init__(self, bearing: Mapping[tuple[str, str], Rows], vocabulary: Vocabulary) -> None:
        self._rows: dict[str, Rows] = {}
        for field, terms in vocabulary.terms.items():
            for key, term in terms.items():
                if field not in NOT_TOLD and key != ORDINARY_KIND:
                    rows = rows_bearing(field, key, bearing)
                    for text in (term.definition, term.label, *term.aliases, *term.asked):
                        self._add(text, rows)

    def _add(self, text: str, rows: Rows) -> None:
        for stem in {stem_of(word) for word in words(text) if word not in JOINING}:
            self._rows[stem] = self._rows.get(stem, 0) | rows

    def meant_by(self, word: str) -> Rows:
        """The papers with a term in whose definition or names the word stands, whatever its ending."""
        return self._rows.get(stem_of(word), 0)


def stem_of(word: str) -> str:
    """The folded *word* without its ending.

    >>> stem_of("caching"), stem_of("caches"), stem_of("dropped"), stem_of("cutting"), stem_of("cut")
    ('cach', 'cach', 'drop', 'cut', 'cut')
    >>> stem_of("query"), stem_of("queries"), stem_of("similarity"), stem_of("key"), stem_of("keys")
    ('queri', 'queri', 'similar', 'key', 'key')
    """
    endings = (one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= _LEAST_LETTERS)
    ending = next(endings, "")
    stem = word.removesuffix(ending)
    if len(stem) <= _LEAST_LETTERS:
        return stem
    if ending and stem[-1] == stem[-2]:
        return stem[:-1]
    return f"{stem[:-1]}i" if stem.endswith("y") else stem
