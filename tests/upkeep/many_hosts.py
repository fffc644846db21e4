"""A server of this machine that plays many hosts, and a clock that need not pass."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from catalog.upkeep.network import NoSuchHostError, PublicTransport


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False


Respond = Callable[[str, str, str, int], Reply]
"""(method, host, path, how often it was asked before) -> the reply."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # with the standard 5, the system drops connections and waits a second


class FakeWeb:
    """Any number of hosts, all played by one server on 127.0.0.1."""

    def __init__(self) -> None:
        self.respond: Respond = lambda *_: Reply()
        self.asked: Counter[tuple[str, str, str]] = Counter()
        self.unknown_hosts: set[str] = set()
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every host is this machine, but for those that are unknown."""
        if host in self.unknown_hosts:
            raise NoSuchHostError(host)
        return ["127.0.0.1"]

    def transport(self, allowed: Callable[[str], bool] = lambda address: True) -> PublicTransport:
        return PublicTransport(40, resolve=self.resolve, allowed=allowed)

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                host = self.headers["Host"].partition(":")[0]
                with web._lock:
                    key = (self.command, host, self.path)
                    before = web.asked[key]
                    web.asked[key] += 1
                reply = web.respond(self.command, host, self.path, before)
                if reply.hang:
                    web.released.wait()
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in {"Content-Length": "0", **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_HEAD = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


class FakeClock:
    """A clock that jumps: whoever sleeps first wakes first, and nobody waits."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def epoch(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.time + seconds
        await asyncio.sleep(0)
        self.time = max(self.time, until)
