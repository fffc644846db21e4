"""From text to the words that are compared, alike in Python and in the site's scripts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from catalog.texts import SPELT_OUT

_ASCII_WORD = re.compile(r"[a-z0-9]+")


def without_marks(text: str) -> str:
    """*text* in lower case, decomposed (NFKD), without marks (category M), and with some letters spelt out.

    Spaces and punctuation stay, unlike in :func:`catalog.vocabulary.fold`.

    >>> without_marks("Müller's Théorie"), without_marks("Łukasz Sørensen")
    ("muller's theorie", 'lukasz sorensen')
    """
    lower = text.lower()
    if lower.isascii():
        return lower
    decomposed = unicodedata.normalize("NFKD", lower)
    bare = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return bare.lower().translate(SPELT_OUT)


_UNSPACED = re.compile("[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
"""Chinese characters and Japanese letters."""
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "
        "upsilon phi chi psi omega".split(),
        strict=True,
    )
)
"""What letters are called that stand for themselves, as in names of methods."""


def words(text: str) -> tuple[str, ...]:
    """The folded words of *text*: runs of letters and digits; a single Greek letter by its name, and each
    Chinese character and Japanese letter by itself, since no space is written between their words.

    >>> words("FastV: Müller's 1/2-Token"), words("Δ-DiT"), words("王小明 2")
    (('fastv', 'muller', 's', '1', '2', 'token'), ('delta', 'dit'), ('王', '小', '明', '2'))
    """
    folded = without_marks(text)
    if folded.isascii():
        return tuple(_ASCII_WORD.findall(folded))
    spaced = "".join(c if unicodedata.category(c)[0] in "LN" else " " for c in folded)
    spaced = _UNSPACED.sub(r" \g<0> ", spaced)
    return tuple(_GREEK.get(word, word) for word in spaced.split(" ") if word)


BEGINS = "*"
"""Behind a word of a phrase: it is the beginning of one."""


def phrase_words(text: str) -> tuple[str, ...]:
    """The folded words of *text* as :func:`holds_phrase` takes them: a star at the end of one stays.

    >>> phrase_words("Token prun*"), phrase_words("* a*b C* d")
    (('token', 'prun*'), ('a', 'b', 'c*', 'd'))
    """
    found: list[str] = []
    first, *others = text.split(BEGINS)
    found += words(first)
    before = first
    for part in others:
        # A letter that becomes a part of the word beside it tells that the star stands there.
        is_behind = words(f"{before}x") != (*words(before), "x")
        if found and is_behind and words(f"x{part}")[:1] == ("x",):
            found[-1] += BEGINS
        found += words(part)
        before = part
    return tuple(found)


_NUMBERS = (
    (re.compile("ies$"), ("ie", "y")),
    (re.compile("(?:(?<=[sxz])|(?<=[cs]h))es$"), ("e", "")),
    (re.compile("(?<=[^s])s$"), ("",)),
    (re.compile("(?<=[^aeiou])y$"), ("ies",)),
    (re.compile("(?:(?<=[sxz])|(?<=[cs]h))$"), ("es",)),
    (re.compile("$"), ("s",)),
)
"""How English words end, and what stands there in the other number, singular or plural; the first fits."""
_LEAST_LETTERS = 3


def other_number(word: str) -> tuple[str, ...]:
    """What the folded *word* is in the other number; of two forms only one is a word.

    >>> other_number("budgets"), other_number("caches"), other_number("strategies"), other_number("gas")
    (('budget',), ('cache', 'cach'), ('strategie', 'strategy'), ())
    >>> other_number("budget"), other_number("loss"), other_number("query")
    (('budgets',), ('losses',), ('queries',))
    """
    ends = next((end.start(), others) for ending, others in _NUMBERS if (end := ending.search(word)))
    forms = (word[: ends[0]] + other for other in ends[1])
    return tuple(form for form in forms if len(form) >= _LEAST_LETTERS)


def begins_each(wanted: Sequence[str], present: Sequence[str]) -> bool:
    """Whether every wanted word begins one of those present."""
    return all(_begins(prefix, present) for prefix in wanted)


def says_each(wanted: Sequence[str], prose: Sequence[str], others: Sequence[str] = ()) -> bool:
    """Whether every wanted word begins a word of either, or is one of *prose* in the other number.

    >>> says_each(("token", "budgets"), ("a", "token", "budget")), says_each(("wangs",), (), ("wang",))
    (True, False)
    """
    return all(
        _begins(word, prose) or _begins(word, others) or any(other in prose for other in other_number(word))
        for word in wanted
    )


def _begins(prefix: str, present: Sequence[str]) -> bool:
    return any(word.startswith(prefix) for word in present)


def holds_phrase(wanted: Sequence[str], present: Sequence[str]) -> bool:
    """Whether the wanted words stand next to each other in order, whole but where a star stands behind.

    >>> holds_phrase(("token", "merging"), ("fast", "token", "merging")), holds_phrase(("a",), ("ab",))
    (True, False)
    >>> holds_phrase(("token", "merg*"), ("fast", "token", "merging"))
    True
    """
    size = len(wanted)
    runs = (present[at : at + size] for at in range(len(present) - size + 1))
    return any(all(map(_is_or_begins, wanted, run)) for run in runs)


def _is_or_begins(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith(BEGINS) else word == wanted
