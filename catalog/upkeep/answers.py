"""What a web server's answer says about a link.  Nothing is asked here.

A link is called dead only where the answer leaves no doubt; whatever may be the
checker's own fault, a guard against robots or a bad day is unclear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import urlsplit

from catalog.links import RESOLVERS, host_of, tidy

PERMANENT = frozenset({301, 308})
REDIRECTS = PERMANENT | {302, 303, 307}
GONE = frozenset({404, 410})
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be another one a moment later."""


class Verdict(StrEnum):
    """What is known of a link."""

    ALIVE = "alive"
    MOVED = "moved"
    DEAD = "dead"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one link.

    Attributes
    ----------
    reason : in words, e.g. ``404 Not Found``
    new : where it moved for good
    """

    url: str
    verdict: Verdict
    reason: str
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: its status, and the address that it leads to."""

    status: int
    target: str


def status_in_words(status: int) -> str:
    """The number, with its name where it has one.

    >>> status_in_words(404), status_in_words(999)
    ('404 Not Found', '999')
    """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def judge(url: str, hops: Sequence[Hop], status: int) -> Answer:
    """The verdict on *url*, which after *hops* was answered with *status*."""
    if status in GONE:
        return Answer(url, Verdict.DEAD, status_in_words(status))
    if not 200 <= status < 300:
        return Answer(url, Verdict.UNCLEAR, status_in_words(status))
    new = new_place(url, hops)
    if new is None:
        return Answer(url, Verdict.ALIVE, status_in_words(status))
    if _is_front_page(new) and not _is_front_page(url):
        # Hosts send what they no longer have to their front page; that is not where the page moved.
        return Answer(url, Verdict.UNCLEAR, f"leads to the front page {new}; look whether it is still there")
    return Answer(url, Verdict.MOVED, f"{status_in_words(hops[0].status)}: {new}", new)


def new_place(url: str, hops: Sequence[Hop]) -> str | None:
    """Where *url* moved for good: the end of its permanent redirects, up to the first temporary one.

    ``None`` where it did not move, or only to another spelling of the same address.
    """
    new = None
    for hop in hops:
        if hop.status not in PERMANENT:
            break
        new = hop.target
    if new is None:
        return None
    if "#" in url and "#" not in new:
        new = f"{new}#{url.partition('#')[2]}"
    new = tidy(new)
    return None if new == tidy(url) else new


def is_resolver(url: str) -> bool:
    """Whether the redirect is the answer: the DOI exists, wherever its paper is kept today."""
    return host_of(url) in RESOLVERS


def _is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
