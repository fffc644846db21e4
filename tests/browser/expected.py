"""What browsing must find, worked out the slow and obvious way, without a line of the site's code."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

UNDECOMPOSED = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l"}
LISTS = ("domain", "setting", "task", "criterion", "mechanism")
FIELDS = (*LISTS, "training", "venue", "year", "kind", "code", "reference_impl")


@cache
def words(text: str) -> list[str]:
    """Words without case, accents and punctuation."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M")
    )
    folded = "".join(UNDECOMPOSED.get(c, c) for c in plain.lower())
    return [word for word in re.split(r"[\W_]+", folded) if word]


def keys(paper: Paper, field: str) -> Sequence[str]:
    """The values under which a reader finds *paper* in the facet *field*."""
    if field == "code":
        return ("yes",) if paper.links.code else ("no",)
    if field == "reference_impl":
        return ("yes",) if paper.reference_impl else ("no",)
    if field == "year":
        year = paper.year or (paper.published or "")[:4]
        return (str(year),) if year else ("unknown",)
    value = getattr(paper, field)
    if value is None:
        return ("unknown",)
    if field in LISTS:
        return value or ("none",)
    return (value,)


def has_words(paper: Paper, text: str) -> bool:
    """Every word of *text* begins a word of the title, a former title, the name or an author."""
    searched = [paper.title, *paper.former_titles, paper.name or "", *(paper.authors or ())]
    held = [word for one in searched for word in words(one)]
    return all(any(word.startswith(wanted) for word in held) for wanted in words(text))


def has_terms(paper: Paper, filters: Mapping[str, Iterable[str]]) -> bool:
    """Any of the ticked terms in each field with ticks."""
    return all(set(keys(paper, field)) & set(ticked) for field, ticked in filters.items() if ticked)


def found(
    catalogue: Catalogue, text: str = "", filters: Mapping[str, Sequence[str]] | None = None
) -> list[Paper]:
    """The papers that match, in no particular order."""
    return [paper for paper in catalogue if has_words(paper, text) and has_terms(paper, filters or {})]


def counts(catalogue: Catalogue, text: str, filters: Mapping[str, Sequence[str]], field: str) -> Counter[str]:
    """What stands beside each term: its papers among those that all other fields leave."""
    others = {name: ticked for name, ticked in filters.items() if name != field}
    return Counter(key for paper in found(catalogue, text, others) for key in keys(paper, field))


def closeness(paper: Paper, text: str) -> int:
    """0 where the paper's name is what was typed, more the less closely it is called so."""
    typed = words(text)
    if len("".join(typed)) < 2:
        return 5
    name, *titles = [words(one) for one in (paper.name or "", paper.title, *(paper.former_titles or ()))]

    def begins(found: list[str]) -> bool:
        return found[: len(typed) - 1] == typed[:-1] and "".join(found[len(typed) - 1 :][:1]).startswith(
            typed[-1]
        )

    if name == typed:
        return 0
    if typed in titles:
        return 1
    if begins(name):
        return 2
    if len(typed) > 1 and any(begins(title) for title in titles):
        return 3
    if len(typed) > 1 and any(begins(title[at:]) for title in titles for at in range(len(title))):
        return 4
    return 5


def ordered(papers: Iterable[Paper], sort: str, vocabulary: Vocabulary, text: str = "") -> list[str]:
    """Their ids as a reader who typed *text* sees them; what is lacking comes last, equals are by date."""
    rows = sorted(papers, key=lambda paper: paper.id)
    rows.sort(key=lambda paper: paper.published or str(paper.year or ""), reverse=True)
    if sort == "best":
        rows.sort(key=lambda paper: closeness(paper, text))
    elif sort == "added":
        rows.sort(key=lambda paper: paper.added or "", reverse=True)
    elif sort == "title":
        rows.sort(key=lambda paper: " ".join(words(paper.title)))
    elif sort == "name":
        rows.sort(key=lambda paper: (not paper.name, " ".join(words(paper.name or ""))))
    elif sort == "venue":
        rows.sort(key=lambda p: (not p.venue, " ".join(words(vocabulary.label("venue", p.venue or "")))))
    return [paper.id for paper in rows]
