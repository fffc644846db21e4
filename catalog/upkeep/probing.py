"""Ask many links at once, and each host politely.

A host gets few requests at a time, with a pause between their beginnings; one that
asks to be left alone is left alone.  What an answer means is told in
:mod:`catalog.upkeep.answers`; which links there are is not known here.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpx

from catalog.sources.politeness import back_off, epoch_now, parse_retry_after
from catalog.upkeep.answers import (
    REDIRECTS,
    TRY_AGAIN,
    Answer,
    Hop,
    Verdict,
    is_resolver,
    judge,
    new_place,
    status_in_words,
)
from catalog.upkeep.network import NoSuchHostError, PrivateAddressError
from catalog.values import check_link

MAX_HOPS = 10
SILENCE = 20
"""Attempts of which none reached any host, after which it is the network that is away."""


class NoNetworkError(Exception):
    """No host could be reached; the message says what came of the last attempt."""


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> float:
        """Seconds since some moment."""

    def epoch(self) -> float:
        """Seconds since 1970, for servers that name a time."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class RealClock:
    """The time that passes."""

    def now(self) -> float:
        return time.monotonic()

    def epoch(self) -> float:
        return epoch_now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Manners:
    """How servers are treated.

    Attributes
    ----------
    per_host : requests to one host at a time
    delay : seconds between the beginnings of two requests to one host
    at_once : requests to all hosts at a time
    timeout : seconds until an attempt is given up
    retries : further attempts where the answer may be another one later
    back_off : seconds before the first of them; the next ones wait longer
    patience : seconds that a host may ask us to wait; one that asks for more is left alone
    """

    per_host: int = 2
    delay: float = 1.0
    at_once: int = 40
    timeout: float = 20.0
    retries: int = 2
    back_off: float = 2.0
    patience: float = 90.0


@dataclass
class _Host:
    """One server: when it may be asked next, and what it is still to be asked."""

    slots: asyncio.Semaphore
    waiting: deque[str] = field(default_factory=deque)
    not_before: float = 0.0
    left_alone: str | None = None


@dataclass(frozen=True)
class _Trouble:
    """Why an attempt gave no verdict, and whether another one may."""

    reason: str
    again: bool = True
    verdict: Verdict = Verdict.UNCLEAR


class Prober:
    """Asks links over *transport* with *manners*, under the name *agent*.

    The transport is used without httpx's client, which would keep cookies and read redirects by itself.
    """

    def __init__(
        self, transport: httpx.AsyncBaseTransport, agent: str, manners: Manners, clock: Clock
    ) -> None:
        self._transport, self._manners, self._clock = transport, manners, clock
        self._headers = {"User-Agent": agent, "Accept": "*/*"}
        self._hosts: dict[str, _Host] = {}
        self._free = asyncio.Semaphore(manners.at_once)
        self.reached_any_host = False
        self._silent_attempts = 0

    async def ask_all(self, urls: Iterable[str], on_answer: Callable[[Answer], None]) -> None:
        """Ask each of *urls*; *on_answer* gets each verdict as soon as it is there.

        Raises
        ------
        ExceptionGroup : of a NoNetworkError where no host can be reached, or of what *on_answer* raised
        """
        for url in urls:
            self._host(url).waiting.append(url)
        async with asyncio.TaskGroup() as group:
            for host in list(self._hosts.values()):
                for _ in range(min(self._manners.per_host, len(host.waiting))):
                    group.create_task(self._ask_in_turn(host, on_answer))

    async def _ask_in_turn(self, host: _Host, on_answer: Callable[[Answer], None]) -> None:
        while host.waiting:
            answer = await self.ask(host.waiting.popleft())
            on_answer(answer)

    def _host(self, url: str) -> _Host:
        name = urlsplit(url).netloc.lower()
        if name not in self._hosts:
            self._hosts[name] = _Host(asyncio.Semaphore(self._manners.per_host))
        return self._hosts[name]

    # ------------------------------------------------------------------------------- one link

    async def ask(self, url: str) -> Answer:
        """The verdict on one link, after as many attempts as it takes.

        Raises
        ------
        NoNetworkError : no attempt at any link has reached a host so far
        """
        trouble = _Trouble("was not asked")
        for attempt in range(self._manners.retries + 1):
            if attempt:
                await self._clock.sleep(back_off(attempt, self._manners.back_off))
            # Many servers refuse HEAD, and not always with the status for it, or never answer.
            found = await self._attempt(url, ("GET",) if attempt else ("HEAD", "GET"))
            if isinstance(found, Answer):
                return found
            trouble = found
            if not trouble.again:
                break
            self._notice_silence(trouble.reason)
        return Answer(url, trouble.verdict, trouble.reason)

    def _notice_silence(self, reason: str) -> None:
        """Give up early where nothing answers: to try every link several times would take minutes."""
        self._silent_attempts += 1
        if self._silent_attempts >= SILENCE and not self.reached_any_host:
            raise NoNetworkError(reason)

    async def _attempt(self, url: str, methods: Sequence[str]) -> Answer | _Trouble:
        found: Answer | _Trouble = _Trouble("was not asked")
        try:
            for method in methods:
                found = await self._follow(url, method)
                if isinstance(found, _Trouble) or found.verdict in (Verdict.ALIVE, Verdict.MOVED):
                    break
        except NoSuchHostError as error:
            return _Trouble(f"there is no host {error}", verdict=Verdict.DEAD)
        except PrivateAddressError as error:
            return _Trouble(f"{error} is not on the public internet; it was not asked", again=False)
        except TimeoutError:
            return _Trouble(f"no answer within {self._manners.timeout:g} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return _Trouble(_in_words(error))
        return found

    async def _follow(self, url: str, method: str) -> Answer | _Trouble:
        """Ask *url*, and whatever it redirects to."""
        hops: list[Hop] = []
        while True:
            here = hops[-1].target if hops else url
            host = self._host(here)
            if host.left_alone:
                return _Trouble(host.left_alone, again=False)
            response = await self._request(here, method, host)
            status = response.status_code
            if status in TRY_AGAIN:
                return self._put_off(host, response)
            location = response.headers.get("location")
            if status not in REDIRECTS or not location:
                return judge(url, hops, status)
            if is_resolver(url) and not hops:
                return Answer(url, Verdict.ALIVE, status_in_words(status))
            target = _target(here, location)
            if target is None:
                shown = location if len(location) <= 80 and location.isprintable() else "an odd place"
                return Answer(url, Verdict.UNCLEAR, f"redirects to {shown}, which is not followed")
            hops.append(Hop(status, target))
            if len(hops) > MAX_HOPS or hops[-1].target in [url, *(hop.target for hop in hops[:-1])]:
                return self._endless(url, hops)

    def _endless(self, url: str, hops: list[Hop]) -> Answer:
        """Redirects in a circle; sites that insist on cookies do that to everyone without."""
        new = new_place(url, hops[:1])
        where = f"; the first leads to {new}" if new else ""
        return Answer(url, Verdict.UNCLEAR, f"its redirects go round in a circle{where}")

    def _put_off(self, host: _Host, response: httpx.Response) -> _Trouble:
        """An answer that may be another one later; the host is given the time that it asks for."""
        words = status_in_words(response.status_code)
        wait = parse_retry_after(response.headers.get("retry-after"), self._clock.epoch())
        if wait is None:
            return _Trouble(words)
        if wait > self._manners.patience:
            host.left_alone = f"{words}; the host asked to be left alone for {wait:.0f} seconds"
            return _Trouble(host.left_alone, again=False)
        host.not_before = max(host.not_before, self._clock.now() + wait)
        return _Trouble(words)

    async def _request(self, url: str, method: str, host: _Host) -> httpx.Response:
        """Status and headers; of the body nothing is read."""
        async with host.slots:
            await self._turn(host)
            async with self._free, asyncio.timeout(self._manners.timeout):
                request = httpx.Request(method, url, headers=self._headers)
                response = await self._transport.handle_async_request(request)
                await response.aclose()
        self.reached_any_host = True
        return response

    async def _turn(self, host: _Host) -> None:
        """Wait until *host* may be asked, and take that moment."""
        while (wait := host.not_before - self._clock.now()) > 0:
            await self._clock.sleep(wait)
        host.not_before = self._clock.now() + self._manners.delay


def _target(here: str, location: str) -> str | None:
    """The address that a redirect from *here* leads to; ``None`` where it is none that may be asked."""
    try:
        return check_link(str(httpx.URL(urljoin(here, location).partition("#")[0])))
    except (ValueError, httpx.InvalidURL):
        return None


def _in_words(error: BaseException) -> str:
    """What went wrong between here and the server."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "no secure connection could be made"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError):
        return "no connection could be made"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.CloseError):
        return "the server broke off its answer"
    return f"could not be asked ({type(error).__name__})"
