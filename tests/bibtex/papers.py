"""Records, names, titles and venues for tests of BibTeX."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from catalog.catalogue import load_vocabulary
from catalog.record import Paper
from catalog.vocabulary import Venue, Vocabulary
from tests.conftest import MINI, REPOSITORY

VOCABULARY = Vocabulary.load(MINI / "papers" / "vocabulary")


def paper(**fields: Any) -> Paper:
    whole = {
        "id": "a-paper",
        "title": "Token Pruning for LLMs",
        "authors": ["Ada Bo", "Laurens van der Maaten"],
        "venue": "ECCV",
        "year": 2024,
    }
    return Paper.model_validate({**whole, **fields})


def with_real_venues(**journals: str) -> Vocabulary:
    """This repository's own venues, and journals besides."""
    terms = dict(load_vocabulary(REPOSITORY)["venue"])
    for key, name in journals.items():
        terms[key] = Venue(key=key, label=key, definition=name, type="journal")
    return Vocabulary({"venue": terms})


PRINTABLE = st.characters(
    exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Cf", "Zs", "Mn", "Mc", "Me")
)
TITLES = st.text(
    st.sampled_from("aZ19 -–—{}\\$%&#_~^<>|@`'\":/é²ßŁα≤中🦙") | st.characters(codec="latin-1"), max_size=30
).map(lambda text: " ".join("".join(c for c in text if c.isprintable()).split()))

WORD = st.text(st.sampled_from("abcdefgxyzéöšø"), min_size=1, max_size=8).map(str.capitalize)
NAMES = st.lists(st.lists(WORD, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=5)
