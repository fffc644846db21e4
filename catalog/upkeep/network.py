"""Connections to public addresses only.

Links come from strangers, and so do the redirects behind them.  The address is
looked at where the connection is made, so that neither a redirect nor a name that
resolves anew can lead into the network that this runs in.  A proxy, which would
resolve names by itself, is not used.

Sources have a client of their own (:mod:`catalog.sources.http`), which reads answers in full, one after the
other, and keeps them; here thousands of links are asked at once, and of the answer only the status counts.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpcore
import httpx

from catalog.sources.addresses import is_public

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host's name and port to its addresses."""


class NoSuchHostError(Exception):
    """The name system knows no such host."""


class PrivateAddressError(Exception):
    """The host's address is not one of the public internet."""


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
        context = context or httpx.create_ssl_context()
        super().__init__(verify=context)
        # httpx has no parameter for the network below its pool, which is httpcore's documented extension.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5.0,
            network_backend=_PublicNetwork(resolve, allowed),
        )
