"""Hosts are asked at their pace, and what they say of waiting is understood."""

from __future__ import annotations

from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from catalog.sources import Rate
from catalog.sources.politeness import RateLimiter, parse_retry_after
from tests.sources.replay import FakeClock


def test_a_host_is_not_asked_faster_than_its_rate(clock: FakeClock) -> None:
    limiter = RateLimiter(clock.now, clock.sleep)
    started = []
    for _ in range(5):
        limiter.wait("a.org", Rate(3.0, 2))
        started.append(clock.time - 1000)
    limiter.wait("b.org", Rate(3.0))
    assert started == [0, 0, 3, 6, 9]
    assert clock.time == 1009


def test_a_host_that_asks_for_quiet_gets_it(clock: FakeClock) -> None:
    limiter = RateLimiter(clock.now, clock.sleep)
    limiter.wait("a.org", Rate(1.0, 3))
    limiter.hold("a.org", 20, Rate(1.0, 3))
    limiter.wait("a.org", Rate(1.0, 3))
    assert clock.slept == [20]


@given(st.text())
def test_any_retry_after_gives_seconds_or_nothing(text: str) -> None:
    seconds = parse_retry_after(text, 1000.0)
    assert seconds is None or seconds >= 0


@given(st.integers(0, 10**9 - 1), st.integers(0, 4 * 10**9))
def test_seconds_and_dates_of_retry_after_mean_the_same(seconds: int, now: int) -> None:
    assert parse_retry_after(str(seconds), now) == seconds
    assert parse_retry_after(formatdate(now + min(seconds, 10**8), usegmt=True), now) == min(seconds, 10**8)
