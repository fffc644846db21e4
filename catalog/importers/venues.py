"""From a list's venue text, such as ``ICCVw'23`` or ``Fingdings of ACL 2025.``, to venue and year."""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.bibtex import resolve_venue
from catalog.importers import literal
from catalog.record import ARXIV_NUMBER
from catalog.vocabulary import Vocabulary

_YEAR = re.compile(r"(?<!\d)(?:(?:19|20)\d{2}|['’]\s?\d{2})(?!\d)|(?<=[A-Za-z])(?:19|20)\d{2}(?!\d)")
_WORKSHOP = re.compile(r"(?<=[A-Z])w$|\s*\bworkshops?\b\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class VenueText:
    """What was read: the venue's key or ``None``, the year or ``None``, and the words that were looked up."""

    key: str | None
    year: int | None
    words: str


def read_venue(text: str, vocabulary: Vocabulary) -> VenueText:
    """The venue and year that *text* names.

    A workshop is the venue whose name ends in W; where the vocabulary has none for it, the venue is
    unknown, never the main conference.
    """
    plain = literal.put_back(re.sub(r"<[^<>]*>|[*_]", " ", literal.put_away(text)))
    years = _YEAR.findall(re.sub(rf"arXiv:\s*{ARXIV_NUMBER}(v\d+)?", " ", plain))
    year = _year(years[-1]) if years else None
    words = " ".join(_YEAR.sub(" ", plain).split()).strip(" .,;:()")
    if re.match(r"arxiv\b", words, re.IGNORECASE):
        words = "arXiv"
    return VenueText(_resolve(words, vocabulary), year, words)


def _year(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _resolve(words: str, vocabulary: Vocabulary) -> str | None:
    if not words:
        return None
    exact = vocabulary.resolve("venue", words)
    if exact:
        return exact
    conference = _WORKSHOP.sub("", words).strip(" -")
    if conference and conference != words:
        return vocabulary.resolve("venue", f"{conference}W")
    host = words.split("-")[0]
    if host != words and vocabulary.resolve("venue", host):  # "NeurIPS-ENLSP": a workshop at NeurIPS
        return vocabulary.resolve("venue", f"{host}W")
    return resolve_venue(words.removeprefix("In "), vocabulary) if len(words) > 12 else None
