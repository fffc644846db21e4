"""From a list's venue text, such as ``ICCVw'23`` or ``Fingdings of ACL 2025.``, to venue and year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile

from catalog.bibtex import resolve_venue
from catalog.importers import literal
from catalog.values import ARXIV_NUMBER
from catalog.vocabulary import Vocabulary

_YEAR = re.compile(r"(?<!\d)(?:(?:19|20)\d{2}|['’]\s?\d{2})(?!\d)|(?<=[A-Za-z])(?:19|20)\d{2}(?!\d)")
_NO_VENUE = re.compile(r"pre-?prints?|under review|in submission", re.IGNORECASE)
_PRAISE = re.compile(
    r"best|outstanding|distinguished|honou?rable|notable|orals?|spotlights?|highlight(?:s|ed)?|posters?|awards?"
    r"|candidates?|nominees?|finalists?|runners?|\d+%",
    re.IGNORECASE,
)
_BESIDE_PRAISE = re.compile(r"student|papers?|presentations?|mention|up|top", re.IGNORECASE)
"""Words of how a paper was presented or honoured, as in "Best Student Paper Award", behind the venue."""
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
    unknown, never the main conference.  That a paper is unpublished names no venue.
    """
    plain = literal.put_back(re.sub(r"<[^<>]*>|[*_]", " ", literal.put_away(text)))
    years = _YEAR.findall(re.sub(rf"arXiv:\s*{ARXIV_NUMBER}(v\d+)?", " ", plain))
    year = _year(years[-1]) if years else None
    words = " ".join(_YEAR.sub(" ", plain).split()).strip(" .,;:()")
    if re.match(r"arxiv\b", words, re.IGNORECASE):
        words = "arXiv"
    elif _NO_VENUE.fullmatch(words):
        words = ""
    return VenueText(_resolve(words, vocabulary), year, words)


def _year(text: str) -> int:
    """The year; of two digits the last one that is not yet to come: proceedings may be of the next."""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 4:
        return int(digits)
    year = 2000 + int(digits)
    return year if year <= datetime.now(UTC).year + 1 else year - 100


def _resolve(words: str, vocabulary: Vocabulary) -> str | None:
    if not words:
        return None
    exact = vocabulary.resolve("venue", words)
    if exact:
        return exact
    venue = _without_praise(words)
    if venue != words:
        return _resolve(venue, vocabulary)
    conference = _WORKSHOP.sub("", words).strip(" -")
    if conference and conference != words:
        return vocabulary.resolve("venue", f"{conference}W")
    host = words.split("-")[0]
    if host != words and vocabulary.resolve("venue", host):  # "NeurIPS-ENLSP": a workshop at NeurIPS
        return vocabulary.resolve("venue", f"{host}W")
    return resolve_venue(words.removeprefix("In "), vocabulary) if len(words) > 12 else None


def _without_praise(words: str) -> str:
    """*words* without how the paper was presented or honoured there.

    >>> [_without_praise(words) for words in ("CVPR (Best Paper Award", "ICML-Oral", "ACL Short Papers")]
    ['CVPR', 'ICML', 'ACL Short Papers']
    """
    found = [(word.start(), word[0].strip("(),.:;")) for word in re.finditer(r"[^\s-]+", words)]
    behind = list(
        takewhile(
            lambda word: _PRAISE.fullmatch(word[1]) or _BESIDE_PRAISE.fullmatch(word[1]), reversed(found)
        )
    )
    if not any(_PRAISE.fullmatch(word) for _, word in behind):
        return words
    return words[: behind[-1][0]].rstrip(" (,:-")
