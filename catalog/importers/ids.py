"""Ids of new records: short, readable, and the same whatever the order of import."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from catalog.texts import GREEK, SPELT_OUT
from catalog.values import DEVICE_NAMES, LONGEST_ID

_GREEK_WORD = re.compile(f"[{GREEK}]+")
_IN_GREEK = re.compile(f"[{GREEK}]{{4}}")
"""A word in Greek, and no letters that stand for themselves: like any other script's, it gives no id."""
_INSIGNIFICANT = frozenset(
    "a an the of for in on at to and or with via by from as is are be do does it its into through".split()
    + "using towards toward".split()
)
_MOST_WORDS = 5


def slug(text: str) -> str:
    """*text* as an id.

    >>> slug("F³-Pruning"), slug("Vote&Mix"), slug("Segformer++"), slug("Δ-DiT"), slug("AUX")
    ('f3-pruning', 'vote-and-mix', 'segformer-plus-plus', 'delta-dit', 'aux-paper')
    >>> slug("Søren-Net"), slug("Μελέτη του GNN")
    ('soren-net', 'gnn')
    """
    return _joined(_words(text))


def _words(text: str) -> list[str]:
    if _IN_GREEK.search(text):
        text = _GREEK_WORD.sub(" ", text)
    text = text.replace("&", " and ").replace("+", " plus ").replace("'", "")
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(SPELT_OUT)
    return re.findall(r"[a-z0-9]+", "".join(map(_in_ascii, decomposed)))


def _joined(words: Sequence[str]) -> str:
    joined = "-".join(words)
    return f"{joined}-paper" if joined in DEVICE_NAMES else joined


def _in_ascii(character: str) -> str:
    if character.isascii():
        return character
    name = unicodedata.name(character, "").lower().split()
    return name[-1] if name[:1] == ["greek"] and "letter" in name else ""


def title_slug(title: str) -> str:
    """The title's first significant words as an id.

    >>> title_slug("What is linguistic redundancy"), title_slug("A Survey of the Art: Part 2")
    ('what-linguistic-redundancy', 'survey-art')
    >>> title_slug("The Con")
    'con-paper'
    """
    head = title.partition(":")[0]
    words = [word for word in _words(head) if word not in _INSIGNIFICANT] or _words(title)
    if len(words) == 1:
        words = [word for word in _words(title) if word not in _INSIGNIFICANT] or words
    return _joined(words[:_MOST_WORDS]) or "paper"


def _shortened(name: str) -> str:
    """The whole words of an id that there is room for, and for a number behind them."""
    room = LONGEST_ID - 10
    return name if len(name) <= room else (name[: room + 1].rpartition("-")[0] or name[:room]).strip("-")


def assign(records: Mapping[int, Mapping[str, Any]], taken: Collection[str]) -> dict[int, str]:
    """An id for each of the new records' data, none of them *taken*.

    Of several that want one id the paper that appeared first gets it, the others
    get their year behind it, and where that is not enough the title's first words.
    """

    def age(position: int) -> tuple[str, str]:
        data = records[position]
        return str(data.get("published") or data.get("year") or "9999"), str(data["title"])

    ids: dict[int, str] = {}
    used = set(taken)
    for position in sorted(records, key=age):
        data = records[position]
        title = title_slug(str(data["title"]))
        wanted = slug(str(data.get("name") or "")) or title
        year = age(position)[0][:4]
        wishes = [wanted, f"{wanted}-{year}", f"{wanted}-{title}", f"{wanted}-{title}-{year}"]
        candidates = list(map(_shortened, wishes))
        free = next((each for each in candidates if each not in used), None)
        number = 2
        while free is None:
            numbered = f"{candidates[-1]}-{number}"
            free, number = (numbered if numbered not in used else None), number + 1
        ids[position] = free
        used.add(free)
    return ids
