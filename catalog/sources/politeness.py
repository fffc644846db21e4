"""How fast and how often a server may be asked: rate limits, back-off and ``Retry-After``.

Time comes from outside, so that tests do not wait.  Nothing here knows HTTP
beyond the one header.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a host may be asked: one request every *interval* seconds, after *burst* at once."""

    interval: float
    burst: int = 1


class RateLimiter:
    """A token bucket per host; safe to share between threads."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}

    def wait(self, host: str, rate: Rate) -> None:
        """Return as soon as *host* may be asked once more."""
        with self._lock:
            now = self._clock()
            # When the bucket is full again says all that there is to know of it.
            full_at = max(self._full_at.get(host, now), now)
            pause = max(0.0, full_at - now - rate.interval * (rate.burst - 1))
            self._full_at[host] = full_at + rate.interval
        if pause:
            self._sleep(pause)

    def hold(self, host: str, seconds: float, rate: Rate) -> None:
        """Ask *host* nothing for that long, because it said so."""
        with self._lock:
            held = self._clock() + seconds + rate.interval * (rate.burst - 1)
            self._full_at[host] = max(self._full_at.get(host, 0.0), held)


def parse_retry_after(value: str | None, now: float) -> float | None:
    """How many seconds a ``Retry-After`` header asks to wait; ``None`` where it says nothing that is clear.

    Parameters
    ----------
    now : seconds since the epoch, for headers that name a date

    Examples
    --------
    >>> parse_retry_after("120", 0), parse_retry_after("soon", 0)
    (120.0, None)
    >>> parse_retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 15)
    45.0
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text):
        return float(text)
    try:
        then = parsedate_to_datetime(text)
        seconds = (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def back_off(attempt: int, first: float = 1.0, longest: float = 30.0) -> float:
    """Seconds to wait after the *attempt*-th failure, counted from 1, where the server does not say.

    >>> [back_off(n) for n in (1, 2, 3, 9)]
    [1.0, 2.0, 4.0, 30.0]
    """
    return float(min(first * 2 ** min(attempt - 1, 16), longest))


def epoch_now() -> float:
    """Seconds since the epoch."""
    return datetime.now(UTC).timestamp()
