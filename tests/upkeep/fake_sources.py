"""A server of this machine that stands in for all sources, with the shapes of their answers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

Route = Callable[[dict[str, str]], str | bytes | int]
"""From the query's parameters to a body, or to a status."""


class FakeSources:
    """Answers by path; whatever no route knows is 404."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: Counter[str] = Counter()
        self.parameters: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # ---------------------------------------------------------------------------- what they know

    def arxiv(self, *entries: str) -> None:
        """arXiv knows these papers."""
        self.routes["/arxiv/query"] = lambda parameters: feed(
            *[
                e
                for e in entries
                if f"/abs/{parameters.get('id_list', '')}v" in e or "id_list" not in parameters
            ]
        )

    def crossref(self, doi: str, **work: Any) -> None:
        """Crossref knows a work."""
        body = json.dumps({"status": "ok", "message": {"DOI": doi, **work}})
        self.routes[f"/crossref/works/{doi}"] = lambda _: body

    def dblp(self, *infos: dict[str, Any]) -> None:
        """DBLP lists these."""
        body = json.dumps({"result": {"hits": {"hit": [{"info": info} for info in infos]}}})
        self.routes["/dblp/search/publ/api"] = lambda _: body

    def fails(self, path: str, status: int = 400) -> None:
        """Whoever asks at *path* gets an error."""
        self.routes[path] = lambda _: status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sources = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
                sources.asked[parts.path] += 1
                sources.parameters.append(parameters)
                found = sources.routes.get(parts.path, lambda _: 404)(parameters)
                body = b"" if isinstance(found, int) else found.encode() if isinstance(found, str) else found
                self.send_response(found if isinstance(found, int) else 200)
                kind = "application/atom+xml" if "/arxiv/" in parts.path else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def feed(*entries: str) -> str:
    """An Atom feed as arXiv's."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<opensearch:totalResults>{len(entries)}</opensearch:totalResults>\n{''.join(entries)}</feed>\n"
    )


def entry(
    arxiv: str,
    title: str,
    *,
    authors: Sequence[str] = ("Ada Lovelace",),
    abstract: str = "We prune.",
    comment: str = "",
    published: str = "2024-03-11T17:58:08Z",
) -> str:
    """One paper of such a feed."""
    names = "".join(f"<author><name>{escape(name)}</name></author>" for name in authors)
    return (
        f"<entry><id>http://arxiv.org/abs/{arxiv}v2</id><title>{escape(title)}</title>"
        f"<published>{published}</published><updated>{published}</updated>"
        f"<summary>{escape(abstract)}</summary>{names}"
        f'<arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">{escape(comment)}</arxiv:comment></entry>\n'
    )
