"""BibTeX entries out of lists, read although a brace or a fence is missing or a string is undefined."""

from __future__ import annotations

import re

from catalog.bibtex import MONTHS, BibtexError, Entry, parse_entry

_STRING = re.compile(r"(=\s*)([A-Za-z][\w-]*)(\s*(?:,|\}|$))", re.MULTILINE)


def read_damaged(text: str) -> Entry | None:
    """The entry in *text*, ``None`` where not even repair makes one of it.

    >>> entry = read_damaged("@article{a2020b, title={On {Tokens}}, journal=TIP, year={2020}")
    >>> entry.title, entry.venue_text, entry.year
    ('On Tokens', 'TIP', 2020)
    """
    for attempt in (text, _repaired(text)):
        try:
            entry = parse_entry(attempt)
        except (BibtexError, ValueError):
            continue
        if entry.type:  # bibtexparser takes "@{0}" for an entry
            return entry
    return None


def _repaired(text: str) -> str:
    text = re.sub(r"^(\s*@\w+)\s*\{\s*", r"\1{", text.strip())
    text = re.sub(r"^(@\w+\{[^,\s]+)\s*,?", lambda m: m[1].replace(" ", "") + ",", text)
    text = _STRING.sub(lambda m: m[0] if m[2].lower() in MONTHS else f"{m[1]}{{{m[2]}}}{m[3]}", text)
    missing = text.count("{") - text.count("}")
    return text + "\n" + "}" * missing if missing > 0 else text
