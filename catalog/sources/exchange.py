"""One request to one server, and its answer, read with care.

It waits until the server may be asked, connects to the very address that was checked, and
reads no more and no longer than the limits allow.  Stored answers, further tries and
redirects are the client's (:mod:`catalog.sources.http`).
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import httpx

from catalog.sources import politeness
from catalog.sources.addresses import Place
from catalog.sources.errors import NotFoundError, SourceError
from catalog.sources.politeness import RateLimiter
from catalog.sources.question import Limits, Question

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """One server's reply; *body* is empty where the status says that there is nothing to read."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class PassingError(SourceError):
    """A failure that may be gone in a moment."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class Exchange:
    """Asks once.

    Parameters
    ----------
    user_agent : who asks
    own : origins of one's own servers, which may be asked as often as one likes
    clock, sleep, now : monotonic seconds, waiting, and seconds since the epoch
    """

    def __init__(
        self,
        user_agent: str,
        own: Collection[str],
        limits: Limits,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        now: Callable[[], float],
    ) -> None:
        self._agent = re.sub(r"[^\x20-\x7e]", "", user_agent)
        self._own, self._limits, self._clock, self._now = own, limits, clock, now
        self._limiter = RateLimiter(clock, sleep)
        context = httpx.create_ssl_context()
        # A connection is never used twice: it belongs to an IP address, and several names may share that.
        once = httpx.Limits(max_keepalive_connections=0)
        self._direct = httpx.Client(verify=context, trust_env=False, limits=once)
        self._through_proxy = httpx.Client(verify=context, limits=once)

    def close(self) -> None:
        """Close what is open."""
        self._direct.close()
        self._through_proxy.close()

    def ask(self, url: str, place: Place, question: Question, trusted: bool) -> Reply:
        """What the server at *place* replies; the key goes along where it is *trusted*.

        Raises
        ------
        PassingError : it may answer in a moment
        SourceError : it does not answer, or not as expected
        """
        if place.origin not in self._own:
            self._limiter.wait(place.host, question.rate)
        left = question.deadline - self._clock()
        if left <= 0:
            raise SourceError(f"{place.host} took longer than {self._limits.total:.0f} s; try again later")
        timeout = httpx.Timeout(min(self._limits.read, left), connect=min(self._limits.connect, left))
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
            raise PassingError(f"{place.host} did not answer in time") from None
        except httpx.LocalProtocolError:
            raise SourceError(f"{place.host} cannot be asked: a header or address is malformed") from None
        except httpx.RemoteProtocolError:
            raise PassingError(f"{place.host} broke off in the middle of its answer") from None
        except httpx.TransportError as error:
            raise PassingError(f"{place.host} cannot be reached ({_plain(error)})") from None
        except (httpx.InvalidURL, UnicodeError):
            raise SourceError(
                f"the address at {place.host}, or the one that it redirects to, is malformed"
            ) from None
        except zlib.error:
            raise PassingError(f"{place.host} sent an answer that cannot be unpacked") from None

    def _headers(self, url: httpx.URL, question: Question, trusted: bool) -> dict[str, str]:
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

    def _read(self, response: httpx.Response, place: Place, question: Question) -> Reply:
        status = response.status_code
        headers = {name.lower(): value for name, value in response.headers.items()}
        if status in REDIRECTS or (status == 304 and question.conditions):
            return Reply(status, headers)
        self._refuse_failures(status, headers, place, question)
        _check_type(headers.get("content-type", ""), question.accept, place.host)
        return Reply(status, headers, b"".join(self._body(response, headers, place, question)))

    def _refuse_failures(
        self, status: int, headers: Mapping[str, str], place: Place, question: Question
    ) -> None:
        if status == 200:
            return
        if status in (404, 410):
            raise NotFoundError(f"{place.host} has no such page (it answered {status})")
        spent = status in (403, 429) and headers.get("x-ratelimit-remaining") == "0"
        if status in _PASSING or spent:
            pause = politeness.parse_retry_after(headers.get("retry-after"), self._now())
            if pause is not None:
                self._limiter.hold(place.host, min(pause, self._limits.longest_pause), question.rate)
            elif spent:
                pause = self._until(headers.get("x-ratelimit-reset", ""))
            what = "is asked too often" if status == 429 or spent else "has a fault of its own"
            raise PassingError(f"{place.host} {what} (it answered {status})", pause)
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
        self, response: httpx.Response, headers: Mapping[str, str], place: Place, question: Question
    ) -> Iterator[bytes]:
        """The answer's bytes, unpacked, as long as they are few enough and come soon enough."""
        limit = self._limits.max_bytes
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
                raise SourceError(
                    f"{place.host} took longer than {self._limits.total:.0f} s; try again later"
                )
            yield piece
        if unpack and received and not unpack.eof:
            raise PassingError(f"{place.host} broke off in the middle of its answer")


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
