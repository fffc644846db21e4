"""What a paper holds of words and terms, without a line of the site's code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cache

from catalog.record import Paper

UNDECOMPOSED = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l"}
LISTS = ("domain", "setting", "task", "criterion", "mechanism", "keywords")
FIELDS = (*LISTS, "training", "parametric", "venue", "year", "kind", "code", "reference_impl")


UNSPACED = "[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
    *("nu", "xi", "omicron", "pi", "rho", "", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
"""The letters from α on, of which ς stands for none alone."""


@cache
def words(text: str) -> list[str]:
    """Words without case, accents and punctuation; a single Greek letter by its name.

    Between Chinese and Japanese words no space is written: each of their letters is a word.
    """
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M")
    )
    folded = "".join(UNDECOMPOSED.get(c, c) for c in plain.lower())
    return [greek(word) for word in re.findall(f"{UNSPACED}|(?:(?!{UNSPACED})[^\\W_])+", folded)]


def greek(word: str) -> str:
    """What a word is called that may be a single Greek letter."""
    at = ord(word) - ord("α") if len(word) == 1 else -1
    return GREEK[at] or word if 0 <= at < len(GREEK) else word


def keys(paper: Paper, field: str) -> Sequence[str]:
    """The values under which a reader finds *paper* in the facet *field*."""
    if field == "code":
        return ("yes",) if paper.links.code else ("no",)
    if field == "reference_impl":
        return ("yes",) if paper.reference_impl else ("no",)
    if field == "year":
        year = paper.year or (paper.published or "")[:4]
        return (str(year),) if year else ("unknown",)
    if field == "kind" and paper.provenance.get("kind", "").startswith("assumed"):
        return ("unknown",)
    if field == "keywords" and not paper.keywords and not paper.summary:
        return ("unknown",)
    value = getattr(paper, field)
    if value is None:
        no_answer = field in ("training", "parametric") and paper.kind not in ("method", "system")
        return ("none",) if no_answer else ("unknown",)
    if field in LISTS:
        return value or ("none",)
    return (str(value).lower() if isinstance(value, bool) else value,)


def has_words(paper: Paper, text: str, whole: Container[str] = ()) -> bool:
    """Every word of *text* begins a word of the title, a former title, the name or an author.

    Those *whole* are a word of an author, and not only its beginning.
    """
    searched = [paper.title, *paper.former_titles, paper.name or ""]
    held = [word for one in searched for word in words(one)]
    authors = [word for one in paper.authors or () for word in words(one)]
    return all(
        any(word.startswith(wanted) for word in held)
        or any(word == wanted if wanted in whole else word.startswith(wanted) for word in authors)
        for wanted in words(text)
    )


def says_words(paper: Paper, text: str, whole: Container[str] = ()) -> bool:
    """It has every word of *text*, or a title has it in the other number."""
    titles = {word for one in (paper.title, *paper.former_titles) for word in words(one)}
    return all(has_words(paper, word, whole) or titles & singular_or_plural(word) for word in words(text))


@cache
def singular_or_plural(word: str) -> frozenset[str]:
    """The word, and what it may be in the other number, if that has three letters or more."""
    stem = word.removesuffix("s")
    if stem == word or word.endswith("ss"):
        ends = "es" if re.search("[sxz]$|[cs]h$", word) else "s"
        forms = {word[:-1] + "ies" if re.search("[^aeiou]y$", word) else word + ends}
    else:
        forms = {stem, re.sub("ie$", "y", stem)}
        if re.search("([sxz]|[cs]h)e$", stem):
            forms.add(stem[:-1])
    return frozenset({word, *(form for form in forms if len(form) > 2)})


def has_terms(paper: Paper, filters: Mapping[str, Iterable[str]], every: Sequence[str] = ()) -> bool:
    """Any of the ticked terms in each field with ticks, or every one in the fields *every*."""
    held = {field: set(keys(paper, field)) for field in filters}
    return all(
        set(ticked) <= held[field] if field in every else held[field] & set(ticked)
        for field, ticked in filters.items()
        if ticked
    )
