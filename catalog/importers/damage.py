"""Undo global replacements that went through a published list, where that is certain.

One list had every "Cache" replaced by "Caching" and every "red" by "brown".  A
page is taken as damaged when it says so itself: it writes the new word often and
the old one never.  What stays ambiguous is left alone and reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OFTEN = 10
_BROWN = re.compile(r"brown(?=uc|und|efin|esign|irect)", re.IGNORECASE)
_NEXT_TO_KV = re.compile(r"(?<=\bkv )Caching|(?<=\bkv-)Caching|(?<=key-value )Caching", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text after repair, and whether every doubtful word of it could be decided."""

    text: str
    certain: bool = True


def was_replaced(page: str) -> bool:
    """Whether "Cache" has been replaced throughout the page."""
    return page.count("Caching") >= _OFTEN and "cache" not in page.lower()


def repair_title(title: str, replaced: bool) -> Repaired:
    """*title* with the replacements undone; *replaced* says whether its page lost the word "Cache".

    >>> repair_title("MiniCaching: KV Caching Compression", True)
    Repaired(text='MiniCache: KV Cache Compression', certain=True)
    >>> repair_title("RAGCaching: Efficient Knowledge Caching for Generation", True)
    Repaired(text='RAGCache: Efficient Knowledge Caching for Generation', certain=False)
    >>> repair_title("Asymmetric brownuction and Restoration", False).text
    'Asymmetric Reduction and Restoration'
    """
    text = _BROWN.sub(lambda match: "Red" if _is_title_case(title) else "red", title)
    if not replaced or "caching" not in text.lower():
        return Repaired(text)
    text = text.replace("Cachingd", "Cached").replace("Cachings", "Caches")
    text = re.sub(r"(?<=[A-Za-z])Caching|Caching(?=[A-Z])", "Cache", text)
    text = _NEXT_TO_KV.sub(_cased(text), text)
    text = re.sub(r"(?<= )([a-z-]+) Caching(?= [a-z])", r"\1 cache", text)
    return Repaired(text, certain="Caching" not in text)


def _cased(text: str) -> str:
    """``cache`` in a title in lower case, ``Cache`` in one whose words begin with capitals."""
    return "Cache" if _is_title_case(text.replace("Caching", "")) else "cache"


def _is_title_case(text: str) -> bool:
    words = re.findall(r"[A-Za-z]{4,}", text)
    capitals: int = sum(word[0].isupper() for word in words)
    return capitals * 2 > len(words)


def repair_link(url: str, replaced: bool) -> str:
    """An address with "Cache" put back; certain, because nobody names a host or repository "…Caching".

    >>> repair_link("https://miniCaching.vmv.re/", True)
    'https://minicache.vmv.re/'
    """
    if not replaced or "Caching" not in url:
        return url
    host = re.match(r"https?://[^/]+", url)
    end = host.end() if host else 0
    return url[:end].replace("Caching", "cache") + url[end:].replace("Caching", "Cache")
