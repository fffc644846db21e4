"""Fixtures of the tests of sources: a server that replays answers, and clients that may ask only it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.sources import DiskCache, HttpClient, Limits
from tests.sources.replay import FakeClock, ReplayServer

MakeClient = Callable[..., HttpClient]


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A server on this machine."""
    replay = ReplayServer()
    yield replay
    replay.close()


@pytest.fixture
def clock() -> FakeClock:
    """Time that does not pass."""
    return FakeClock()


@pytest.fixture
def make_client(server: ReplayServer, clock: FakeClock, tmp_path: Path) -> Iterator[MakeClient]:
    """Clients for which the server is their own; limits are given by name."""
    made = []

    def make(*, cached: bool = False, own: bool = True, **limits: float) -> HttpClient:
        client = HttpClient(
            "tests/1 (+https://example.org)",
            cache=DiskCache(tmp_path / "cache") if cached else None,
            own={server.origin} if own else (),
            limits=Limits(**limits),  # type: ignore[arg-type]
            clock=clock.now,
            sleep=clock.sleep,
            now=clock.now,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
