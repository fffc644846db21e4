"""Numbers with their nouns."""

from __future__ import annotations


def counted(number: int, noun: str, several: str = "") -> str:
    """The *number* and what there are so many of; *several* is the plural where an s does not make it.

    >>> counted(1, "paper"), counted(1200, "paper"), counted(2, "has news", "have news")
    ('1 paper', '1,200 papers', '2 have news')
    """
    return f"{number:,} {noun if number == 1 else several or f'{noun}s'}"
