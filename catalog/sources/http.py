"""One polite, careful HTTP client that all sources share.

It says who asks, keeps to each host's rate, waits where a server asks it to,
remembers answers on disk, and never reads more than it was told to expect.
Redirects are followed by hand, because each hop is checked as the first address
was (:mod:`catalog.sources.addresses`).  What an answer means is the sources' business.

Only GET, only answers in full.  API keys come from the environment at the moment
of asking, go into a header of the first host alone, and into no message, no
address and no file.
"""

from __future__ import annotations

import os
import re
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self
from urllib.parse import urljoin
from urllib.request import getproxies, proxy_bypass

import httpx

from catalog.sources import politeness
from catalog.sources.addresses import Place, Resolver, check_place, system_resolver
from catalog.sources.cache import DiskCache, Stored
from catalog.sources.errors import NotFoundError, SourceError
from catalog.sources.politeness import Rate, RateLimiter

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({429, 500, 502, 503, 504})
_REMEMBERED = ("content-type", "etag", "last-modified")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts that an answer may take.

    Attributes
    ----------
    total : for one question, with redirects, retries and waiting
    longest_pause : a server that asks to wait longer is given up
    fresh_for : how long a stored answer is used without asking again
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 40.0
    longest_pause: float = 30.0
    fresh_for: float = 24 * 3600.0
    tries: int = 4
    redirects: int = 5
    max_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Which variable of the environment holds a key, and which header carries it."""

    variable: str
    header: str
    prefix: str = ""

    def headers(self) -> dict[str, str]:
        """The header, where the variable is set.

        Raises
        ------
        SourceError : the key cannot stand in a header; its text is not shown
        """
        key = os.environ.get(self.variable, "").strip()
        if not key:
            return {}
        if not re.fullmatch(r"[\x21-\x7e]{1,500}", key):
            raise SourceError(f"{self.variable} holds spaces or characters that no key has; set it anew")
        return {self.header: self.prefix + key}


@dataclass(frozen=True, slots=True)
class Response:
    """An answer in full; *url* is where it came from after all redirects."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class _Question:
    """What is asked, of whom, and until when."""

    url: str
    accept: tuple[str, ...]
    rate: Rate
    key: ApiKey | None
    deadline: float
    conditions: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the cache knows it by."""
        return f"{self.url}\n{', '.join(self.accept)}"


@dataclass(frozen=True)
class _Reply:
    """One server's reply; *body* is empty where the status says that there is nothing to read."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class _PassingError(SourceError):
    """A failure that may be gone in a moment."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


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
        self._agent = re.sub(r"[^\x20-\x7e]", "", user_agent)
        self._cache, self._own = cache, frozenset(own)
        self.limits = limits or Limits()
        self._clock, self._sleep, self._now, self._resolver = clock, sleep, now, resolver
        self._limiter = RateLimiter(clock, sleep)
        context = httpx.create_ssl_context()
        # A connection is never used twice: it belongs to an IP address, and several names may share that.
        once = httpx.Limits(max_keepalive_connections=0)
        self._direct = httpx.Client(verify=context, trust_env=False, limits=once)
        self._through_proxy = httpx.Client(verify=context, limits=once)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open, and drop stored answers that nobody uses any more."""
        self._direct.close()
        self._through_proxy.close()
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
        question = _Question(address, accept, rate, key, self._clock() + self.limits.total)
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

    def _ask_again_and_again(self, question: _Question) -> tuple[_Reply, str]:
        for attempt in range(1, self.limits.tries + 1):
            try:
                return self._follow(question)
            except _PassingError as failure:
                pause = failure.pause if failure.pause is not None else politeness.back_off(attempt)
                asked = "" if attempt == 1 else f" (asked {attempt} times)"
                if pause > self.limits.longest_pause:
                    raise SourceError(f"{failure}; it asks to wait {pause:.0f} s: try again then") from None
                if attempt == self.limits.tries or self._clock() + pause >= question.deadline:
                    raise SourceError(f"{failure}{asked}; try again later") from None
                self._sleep(pause)
        raise SourceError("was not asked, because no try is allowed")

    # ------------------------------------------------------------------------- following redirects

    def _follow(self, question: _Question) -> tuple[_Reply, str]:
        url = question.url
        seen = {url}
        first: str | None = None
        for _ in range(self.limits.redirects + 1):
            place = check_place(url, own=self._own, resolver=self._resolver, proxied=_is_proxied(url))
            first = first or place.origin
            reply = self._ask_once(url, place, question, place.origin == first)
            if reply.status not in _REDIRECTS:
                return reply, url
            target = reply.headers.get("location", "").strip()
            if not target:
                raise SourceError(f"{place.host} redirects without saying where to")
            url = _joined(url, target)
            if url in seen:
                raise SourceError(f"{place.host} redirects in a circle")
            seen.add(url)
        raise SourceError(f"more than {self.limits.redirects} redirects, beginning at {first}")

    # ------------------------------------------------------------------------- one request

    def _ask_once(self, url: str, place: Place, question: _Question, trusted: bool) -> _Reply:
        if place.origin not in self._own:
            self._limiter.wait(place.host, question.rate)
        left = question.deadline - self._clock()
        if left <= 0:
            raise SourceError(f"{place.host} took longer than {self.limits.total:.0f} s; try again later")
        timeout = httpx.Timeout(min(self.limits.read, left), connect=min(self.limits.connect, left))
        client = self._direct if place.ips else self._through_proxy
        try:
            target = httpx.URL(url)
            headers = self._headers(target, question, trusted)
            response = _connect(client, target, place, headers, timeout)
            try:
                return self._read(response, place, question)
            finally:
                response.close()
                client.cookies.clear()
        except httpx.TimeoutException:
            raise _PassingError(f"{place.host} did not answer in time") from None
        except httpx.LocalProtocolError:
            raise SourceError(f"{place.host} cannot be asked: a header or address is malformed") from None
        except httpx.RemoteProtocolError:
            raise _PassingError(f"{place.host} broke off in the middle of its answer") from None
        except httpx.TransportError as error:
            raise _PassingError(f"{place.host} cannot be reached ({_plain(error)})") from None
        except (httpx.InvalidURL, UnicodeError):
            raise SourceError(
                f"the address at {place.host}, or the one that it redirects to, is malformed"
            ) from None
        except zlib.error:
            raise _PassingError(f"{place.host} sent an answer that cannot be unpacked") from None

    def _headers(self, url: httpx.URL, question: _Question, trusted: bool) -> dict[str, str]:
        headers = {
            "User-Agent": self._agent,
            "Accept": ", ".join(question.accept),
            "Accept-Encoding": "gzip",
            "Host": url.netloc.decode("ascii"),
            **question.conditions,
        }
        if question.key and trusted:
            headers |= question.key.headers()
        return headers

    def _read(self, response: httpx.Response, place: Place, question: _Question) -> _Reply:
        status = response.status_code
        headers = {name.lower(): value for name, value in response.headers.items()}
        if status in _REDIRECTS or (status == 304 and question.conditions):
            return _Reply(status, headers)
        self._refuse_failures(status, headers, place, question)
        _check_type(headers.get("content-type", ""), question.accept, place.host)
        return _Reply(status, headers, b"".join(self._body(response, headers, place, question)))

    def _refuse_failures(
        self, status: int, headers: Mapping[str, str], place: Place, question: _Question
    ) -> None:
        if status == 200:
            return
        if status in (404, 410):
            raise NotFoundError(f"{place.host} has no such page (it answered {status})")
        spent = status in (403, 429) and headers.get("x-ratelimit-remaining") == "0"
        if status in _PASSING or spent:
            pause = politeness.parse_retry_after(headers.get("retry-after"), self._now())
            if pause is not None:
                self._limiter.hold(place.host, min(pause, self.limits.longest_pause), question.rate)
            elif spent:
                pause = self._until(headers.get("x-ratelimit-reset", ""))
            what = "is asked too often" if status == 429 or spent else "has a fault of its own"
            raise _PassingError(f"{place.host} {what} (it answered {status})", pause)
        if status in (401, 403) and question.key:
            name = question.key.variable
            if os.environ.get(name):
                raise SourceError(f"{place.host} does not accept {name} (it answered {status})")
            raise SourceError(
                f"{place.host} refused the question (it answered {status}); it may want a key in {name}"
            )
        raise SourceError(f"{place.host} refused the question (it answered {status})")

    def _until(self, epoch: str) -> float | None:
        return max(0.0, float(epoch) - self._now()) if re.fullmatch(r"[0-9]{1,12}", epoch) else None

    def _body(
        self, response: httpx.Response, headers: Mapping[str, str], place: Place, question: _Question
    ) -> Iterator[bytes]:
        """The answer's bytes, unpacked, as long as they are few enough and come soon enough."""
        limit = self.limits.max_bytes
        too_much = f"{place.host} answered with more than {limit:,} bytes, which no paper's data need"
        if headers.get("content-length", "").isdigit() and int(headers["content-length"]) > limit:
            raise SourceError(too_much)
        unpack = _unpacker(headers.get("content-encoding", ""), place.host)
        received = unpacked = 0
        for chunk in response.iter_raw():
            received += len(chunk)
            piece = unpack.decompress(chunk, limit + 1 - unpacked) if unpack else chunk
            unpacked += len(piece)
            if max(received, unpacked) > limit:
                raise SourceError(too_much)
            if self._clock() > question.deadline:
                raise SourceError(f"{place.host} took longer than {self.limits.total:.0f} s; try again later")
            yield piece
        if unpack and received and not unpack.eof:
            raise _PassingError(f"{place.host} broke off in the middle of its answer")


def _connect(
    client: httpx.Client, url: httpx.URL, place: Place, headers: Mapping[str, str], timeout: httpx.Timeout
) -> httpx.Response:
    """The answer's beginning, from the first of the place's addresses that can be reached."""
    addresses = [url.copy_with(host=ip) for ip in place.ips] or [url]
    for position, address in enumerate(addresses, 1):
        # The certificate must be that of the name, although the connection is made to the address.
        extensions = {"sni_hostname": place.host}
        request = client.build_request(
            "GET", address, headers=headers, extensions=extensions, timeout=timeout
        )
        try:
            return client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if position == len(addresses):
                raise
    raise httpx.ConnectError(f"{place.host} has no address")


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


def _check_type(content_type: str, accept: tuple[str, ...], host: str) -> None:
    found = content_type.partition(";")[0].strip().lower()
    if found not in accept:
        raise SourceError(
            f"{host} answered with {found or 'an unnamed type'} instead of {' or '.join(accept)}; "
            "it may be under maintenance or behind a login page"
        )


def _unpacker(encoding: str, host: str) -> zlib._Decompress | None:
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(wbits=31)
    raise SourceError(f"{host} answered in the encoding '{encoding[:20]}', which was not asked for")


def _plain(error: httpx.TransportError) -> str:
    text = str(error)
    known = {"CERTIFICATE_VERIFY_FAILED": "its certificate is not valid", "refused": "connection refused"}
    return next((words for sign, words in known.items() if sign in text), type(error).__name__)
