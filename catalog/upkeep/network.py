"""Connections to public addresses only.

Links come from strangers, and so do the redirects behind them.  The address is
looked at where the connection is made, so that neither a redirect nor a name that
resolves anew can lead into the network that this runs in.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host's name and port to its addresses."""


class NoSuchHostError(Exception):
    """The name system knows no such host."""


class PrivateAddressError(Exception):
    """The host's address is not one of the public internet."""


def is_public(address: str) -> bool:
    """Whether *address* is one that everyone on the internet may reach.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    parsed = ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None) or parsed
    return bool(mapped.is_global and not mapped.is_multicast)


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of *host*, as the system resolves them.

    Raises
    ------
    NoSuchHostError : there is no such name
    OSError : the name system did not answer
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
            raise NoSuchHostError(host) from None
        raise
    except UnicodeError:
        raise NoSuchHostError(host) from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the first address of a host that answers, and to allowed addresses only."""

    def __init__(self, resolve: Resolve, allowed: Callable[[str], bool]) -> None:
        self._resolve, self._allowed = resolve, allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"the name could not be resolved: {error}") from None
        if not addresses:
            raise NoSuchHostError(host)
        if not all(map(self._allowed, addresses)):
            raise PrivateAddressError(host)
        for position, address in enumerate(addresses):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(addresses) - 1:
                    raise
        raise NoSuchHostError(host)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class PublicTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over :class:`_PublicNetwork`."""

    def __init__(
        self,
        connections: int,
        resolve: Resolve = resolve,
        allowed: Callable[[str], bool] = is_public,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(verify=context or httpx.create_ssl_context())
        # httpx has no parameter for the network below its pool, which is httpcore's documented extension.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context or httpx.create_ssl_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5.0,
            network_backend=_PublicNetwork(resolve, allowed),
        )


def make_client(transport: httpx.AsyncBaseTransport, agent: str) -> httpx.AsyncClient:
    """A client that says who it is, keeps no cookies and follows nothing by itself."""
    return httpx.AsyncClient(
        transport=transport,
        headers={"User-Agent": agent, "Accept": "*/*"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
        timeout=None,
    )
