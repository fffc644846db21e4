"""Which addresses may be asked: public http(s) servers, and nothing of the machine's own network.

An answer may redirect anywhere, and a record's link may hold anything, so every
address is resolved and looked at before a connection is made, and the connection
is made to the very address that was looked at: a name that resolves differently a
moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from catalog.sources.errors import SourceError

Resolver = Callable[[str, int], Sequence[str]]
"""(host, port) -> IP addresses."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads.

    Attributes
    ----------
    origin : host and port, as ``example.org:443``
    ips : addresses to connect to, one of each family, in the system's order; empty where a proxy resolves
    """

    scheme: str
    host: str
    port: int
    ips: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return f"{self.host}:{self.port}"


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses that the operating system gives."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for _, _, _, _, address in found]


def is_public(ip: str) -> bool:
    """Whether an IP address is one of the public internet, also where IPv6 wraps an IPv4 address.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
    return address.is_global and not address.is_multicast and not address.is_reserved


def check_place(
    url: str,
    *,
    own: Collection[str] = (),
    resolver: Resolver = system_resolver,
    proxied: bool = False,
) -> Place:
    """Where *url* leads, if it may be asked.

    Parameters
    ----------
    own : origins (``127.0.0.1:8000``) that are one's own and allowed although they are not public
    proxied : a proxy resolves names, so only what the URL itself says can be looked at

    Raises
    ------
    SourceError : another scheme, credentials, no host, a name without address, an address that is not public
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise SourceError(f"'{_short(url)}' is not an address ({error})") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise SourceError(f"'{_short(url)}' is refused: only http and https are asked")
    if parts.username is not None or parts.password is not None:
        raise SourceError(f"an address at {host} is refused: it holds credentials")
    if not host:
        raise SourceError(f"'{_short(url)}' names no host")
    place = Place(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme])
    if proxied and place.origin not in own:
        _refuse_local_names(host)
        return place
    addresses = _resolve(place, resolver)
    if place.origin not in own:
        for ip in addresses:
            if not is_public(ip):
                raise SourceError(f"{host} is refused: it leads to {ip}, which is not on the public internet")
    return replace(place, ips=_one_of_each_family(addresses))


def _one_of_each_family(addresses: Sequence[str]) -> tuple[str, ...]:
    """Where IPv6 leads nowhere, IPv4 is the second try, and the other way round."""
    found: dict[bool, str] = {}
    for ip in addresses:
        found.setdefault(":" in ip, ip)
    return tuple(found.values())


def _resolve(place: Place, resolver: Resolver) -> Sequence[str]:
    try:
        addresses = resolver(place.host, place.port)
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise SourceError(f"{place.host} cannot be found; is this machine connected to the internet?")
    return addresses


def _refuse_local_names(host: str) -> None:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise SourceError(f"{host} is refused: it is a name of the local network")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    if not is_public(host):
        raise SourceError(f"{host} is refused: it is not on the public internet")


def _short(url: str) -> str:
    return url if len(url) <= 100 else f"{url[:99]}…"
