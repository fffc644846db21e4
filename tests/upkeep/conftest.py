"""Fixtures of the upkeep tests: many hosts on this machine, and a clock that need not pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake_sources import FakeSources
from many_hosts import FakeClock, FakeWeb

from catalog.adding import Offices
from catalog.sources import HttpClient, Limits


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    """Hosts to be asked; what they answer is set as ``web.respond``."""
    fake = FakeWeb()
    yield fake
    fake.close()


@pytest.fixture
def clock() -> FakeClock:
    """Time that passes when somebody sleeps, and at once."""
    return FakeClock()


@pytest.fixture
def sources() -> Iterator[FakeSources]:
    """All sources, played by this machine; they know nothing until they are told."""
    fake = FakeSources()
    yield fake
    fake.close()


@pytest.fixture
def offices(sources: FakeSources) -> Iterator[Offices]:
    """How to ask them."""
    http = HttpClient("tests", own={sources.address}, limits=Limits(tries=1))
    yield Offices(http, f"http://{sources.address}")
    http.close()
