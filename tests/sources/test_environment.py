"""The client of a catalogue says whose it is, and keeps its cache out of the records."""

from __future__ import annotations

import pytest

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.sources import Rate
from catalog.sources.environment import client_for, mirror_address
from tests.sources.replay import ReplayServer, as_json


def test_the_catalogue_names_itself_and_where_its_keepers_are(
    mini_catalogue: Catalogue, server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_SOURCES", f"{server.url}/")
    server.answers["/a"] = as_json({})
    with client_for(mini_catalogue, "catalog add") as client:
        client.get(f"{mirror_address()}/a", accept=("application/json",), rate=Rate(1.0))
    agent = server.requests[0].headers["user-agent"]
    assert agent.startswith("mini/")
    assert "+https://github.com/example/mini; catalog add" in agent
    assert list((mini_catalogue.root / ".cache" / "http").iterdir())


def test_without_the_variable_the_sources_themselves_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CATALOG_SOURCES", raising=False)
    assert mirror_address() is None


@pytest.mark.parametrize("address", ["nonsense", "file:///tmp", "ftp://example.org"])
def test_a_mirror_that_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CATALOG_SOURCES", address)
    with pytest.raises(CatalogError, match="CATALOG_SOURCES"):
        mirror_address()
