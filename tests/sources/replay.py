"""A real HTTP server on this machine that answers what a test lays out, and a clock that does not pass."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    """One answer; *length* lies about the body's length, *drip* sends it byte by byte with that pause."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    drip: float = 0.0


@dataclass(frozen=True)
class Request:
    """What was asked."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


Answering = Reply | list[Reply] | Callable[[Request], Reply]


def as_json(data: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(json.dumps(data).encode(), status, {"Content-Type": "application/json", **headers})


def as_text(text: str, content_type: str, status: int = 200, **headers: str) -> Reply:
    return Reply(text.encode(), status, {"Content-Type": content_type, **headers})


def packed(reply: Reply) -> Reply:
    return Reply(gzip.compress(reply.body), reply.status, {**reply.headers, "Content-Encoding": "gzip"})


class ReplayServer:
    """Answers by path; of a list of replies each is given once, and the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, Answering] = {}
        self.requests: list[Request] = []
        replay = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                replay.respond(self)

            def log_message(self, *_: object) -> None:
                """Tests read ``requests`` instead."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.origin}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        request = Request(
            parts.path, parse_qs(parts.query), {k.lower(): v for k, v in handler.headers.items()}
        )
        self.requests.append(request)
        answer = self.answers.get(parts.path, Reply(b"nothing here", 404, {"Content-Type": "text/plain"}))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        reply = answer(request) if callable(answer) else answer
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
        handler.end_headers()
        try:
            if not reply.drip:
                handler.wfile.write(reply.body)
                return
            for position in range(len(reply.body)):
                handler.wfile.write(reply.body[position : position + 1])
                handler.wfile.flush()
                time.sleep(reply.drip)
        except OSError:
            handler.close_connection = True  # the client had enough


class FakeClock:
    """Time that passes only when somebody sleeps, and then at once."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
