"""Only public addresses are asked, however they are written."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sources import SourceError
from catalog.sources.addresses import check_place, is_public


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    answers = iter([["127.0.0.1"], ["93.184.216.34"]])
    with pytest.raises(SourceError, match="127"):
        check_place("http://rebinding.example/", resolver=lambda *_: next(answers))
    place = check_place("https://example.org/a", resolver=lambda *_: ["93.184.216.34"])
    assert (place.ips, place.origin) == (("93.184.216.34",), "example.org:443")


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(SourceError, match=r"10\.0\.0\.8"):
        check_place("http://example.org/", resolver=lambda *_: ["93.184.216.34", "10.0.0.8"])


@pytest.mark.parametrize("host", ["localhost", "printer.local", "192.168.1.1", "metadata.google.internal"])
def test_behind_a_proxy_local_names_are_refused_by_name(host: str) -> None:
    with pytest.raises(SourceError, match="refused"):
        check_place(f"http://{host}/", proxied=True)


@pytest.mark.parametrize(
    "ip", ["64:ff9b::a00:1", "2002:7f00:1::", "fe80::1%eth0", "fd00::1", "224.0.0.1", "240.0.0.1", "words"]
)
def test_wrapped_and_special_addresses_are_not_public(ip: str) -> None:
    assert not is_public(ip)


@given(st.text())
def test_any_text_is_an_address_or_refused_in_words(text: str) -> None:
    try:
        check_place(text, resolver=lambda *_: ["93.184.216.34"])
    except SourceError:
        return
    assert httpx.URL(text).scheme in ("http", "https")


def test_a_host_that_nobody_knows_is_named() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError(f"{host}:{port}: Name or service not known")

    with pytest.raises(SourceError, match=r"no-such-host\.invalid cannot be found"):
        check_place("https://no-such-host.invalid/", resolver=unknown)
