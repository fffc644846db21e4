"""One polite, careful HTTP client that all sources share.

It says who asks, keeps to each host's rate, waits where a server asks it to,
remembers answers on disk, and never reads more than it was told to expect
(:mod:`catalog.sources.exchange`).  Redirects are followed by hand, because each hop is
checked as the first address was (:mod:`catalog.sources.addresses`).  What an answer means
is the sources' business.

Only GET, only answers in full.  API keys come from the environment at the moment
of asking, go into a header of the first host alone, and into no message, no
address and no file.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import urljoin
from urllib.request import getproxies, proxy_bypass

import httpx

from catalog.sources import politeness
from catalog.sources.addresses import Resolver, check_place, system_resolver
from catalog.sources.cache import DiskCache, Stored
from catalog.sources.errors import SourceError
from catalog.sources.exchange import REDIRECTS, Exchange, PassingError, Reply
from catalog.sources.politeness import Rate
from catalog.sources.question import ApiKey, Limits, Question

_REMEMBERED = ("content-type", "etag", "last-modified")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer in full; *url* is where it came from after all redirects."""

    url: str
    content_type: str
    body: bytes


class HttpClient:
    """Asks servers, politely.

    Parameters
    ----------
    user_agent : who asks: the catalogue's name and where its keepers are found
    own : origins (``127.0.0.1:8000``) of one's own servers; these are neither refused nor spared
    clock, sleep, now : monotonic seconds, waiting, and seconds since the epoch
    """

    def __init__(
        self,
        user_agent: str,
        *,
        cache: DiskCache | None = None,
        own: Collection[str] = (),
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = politeness.epoch_now,
        resolver: Resolver = system_resolver,
    ) -> None:
        self._cache, self._own = cache, frozenset(own)
        self.limits = limits or Limits()
        self._clock, self._sleep, self._now, self._resolver = clock, sleep, now, resolver
        self._exchange = Exchange(user_agent, self._own, self.limits, clock, sleep, now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open, and drop stored answers that nobody uses any more."""
        self._exchange.close()
        if self._cache:
            self._cache.prune(self._now())

    def get(
        self,
        url: str,
        *,
        accept: tuple[str, ...],
        rate: Rate,
        params: Mapping[str, str] | None = None,
        key: ApiKey | None = None,
    ) -> Response:
        """What *url* answers, from disk where it was asked lately.

        Parameters
        ----------
        accept : media types that the answer may have
        rate : how often this host may be asked
        key : sent to *url*'s host alone, where it is set

        Raises
        ------
        NotFoundError : 404 or 410
        SourceError : no answer, or not the one that was expected
        """
        address = str(httpx.URL(url, params=dict(params))) if params else url
        question = Question(address, accept, rate, key, self._clock() + self.limits.total)
        stored = self._cache.get(question.name) if self._cache else None
        if stored and 0 <= self._now() - stored.stored_at < self.limits.fresh_for:
            return _response(stored)
        if stored:
            question = replace(question, conditions=_conditions(stored))
        reply, place = self._ask_again_and_again(question)
        if reply.status == 304 and stored:
            fresh = replace(stored, stored_at=self._now())
        else:
            kept = {name: reply.headers[name] for name in _REMEMBERED if name in reply.headers}
            fresh = Stored(place, self._now(), kept, reply.body)
        if self._cache:
            self._cache.put(question.name, fresh)
        return _response(fresh)

    # ------------------------------------------------------------------------- trying again

    def _ask_again_and_again(self, question: Question) -> tuple[Reply, str]:
        for attempt in range(1, self.limits.tries + 1):
            try:
                return self._follow(question)
            except PassingError as failure:
                pause = failure.pause if failure.pause is not None else politeness.back_off(attempt)
                asked = "" if attempt == 1 else f" (asked {attempt} times)"
                if pause > self.limits.longest_pause:
                    raise SourceError(f"{failure}; it asks to wait {pause:.0f} s: try again then") from None
                if attempt == self.limits.tries or self._clock() + pause >= question.deadline:
                    raise SourceError(f"{failure}{asked}; try again later") from None
                self._sleep(pause)
        raise SourceError("was not asked, because no try is allowed")

    # ------------------------------------------------------------------------- following redirects

    def _follow(self, question: Question) -> tuple[Reply, str]:
        url = question.url
        seen = {url}
        first: str | None = None
        for _ in range(self.limits.redirects + 1):
            place = check_place(url, own=self._own, resolver=self._resolver, proxied=_is_proxied(url))
            first = first or place.origin
            reply = self._exchange.ask(url, place, question, place.origin == first)
            if reply.status not in REDIRECTS:
                return reply, url
            target = reply.headers.get("location", "").strip()
            if not target:
                raise SourceError(f"{place.host} redirects without saying where to")
            url = _joined(url, target)
            if url in seen:
                raise SourceError(f"{place.host} redirects in a circle")
            seen.add(url)
        raise SourceError(f"more than {self.limits.redirects} redirects, beginning at {first}")


def _response(stored: Stored) -> Response:
    return Response(stored.url, stored.headers.get("content-type", ""), stored.body)


def _conditions(stored: Stored) -> dict[str, str]:
    pairs = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
    return {header: stored.headers[name] for header, name in pairs if name in stored.headers}


def _is_proxied(url: str) -> bool:
    """Whether the environment names a proxy for this address; then the proxy makes the connection."""
    scheme, _, rest = url.partition("://")
    proxies = getproxies()
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return bool(proxies.get(scheme.lower()) or proxies.get("all")) and not proxy_bypass(host)


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target).partition("#")[0]
    except ValueError:
        raise SourceError("redirects to something that is no address") from None
