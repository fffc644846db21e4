"""Numbers as people read them, alone and with their nouns, and words in a row."""

from __future__ import annotations

from collections.abc import Iterable


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words with commas between them, but for the *last* one.

    >>> listed(["a", "b", "c"]), listed(["a", "b"], "or"), listed(["a"]), listed([])
    ('a, b and c', 'a or b', 'a', '')
    """
    *others, end = [*words] or [""]
    return f"{', '.join(others)} {last} {end}" if others else end


def numeral(number: int) -> str:
    """*number*, which is no year and no identifier, with commas between thousands.

    >>> numeral(1062), numeral(999)
    ('1,062', '999')
    """
    return f"{number:,}"


def counted(number: int, noun: str, several: str = "") -> str:
    """The *number* and what there are so many of; *several* is the plural where an s does not make it.

    >>> counted(1, "paper"), counted(1200, "paper"), counted(2, "has news", "have news")
    ('1 paper', '1,200 papers', '2 have news')
    """
    return f"{numeral(number)} {noun if number == 1 else several or f'{noun}s'}"
