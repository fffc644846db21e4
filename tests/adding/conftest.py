"""Fixtures of the tests of adding: a small catalogue, and sources that a server stands in for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalog.adding import Offices
from catalog.sources import HttpClient, Limits
from tests.sources import answers
from tests.sources.replay import FakeClock, ReplayServer


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A server that answers all about one made-up paper."""
    with answers.server_for_all_sources() as server:
        yield server


@pytest.fixture
def offices(server: ReplayServer) -> Iterator[Offices]:
    """The sources, each played by the server."""
    clock = FakeClock()
    with HttpClient(
        "tests", own={server.origin}, limits=Limits(tries=2), clock=clock.now, sleep=clock.sleep
    ) as http:
        yield Offices(http, server.url)
