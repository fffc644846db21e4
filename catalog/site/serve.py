"""Show the site on this machine while it is edited: build, serve, watch, rebuild, reload, check.

For the person who edits records or templates, not for publishing.  The server
listens on 127.0.0.1 only.  What makes the browser reload is put into pages as
they are served; the files in ``site/`` stay as they would be published.
"""

from __future__ import annotations

import http.server
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from watchfiles import Change, DefaultFilter, watch

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.checks import report as findings_report
from catalog.findings import CatalogError, in_words
from catalog.root import own_place
from catalog.site.build import build_site

HOST = "127.0.0.1"
_OWN = "/.catalogue/"
_RELOAD_SCRIPT = b"""\
const changes = new EventSource("/.catalogue/changes");
changes.addEventListener("built", () => location.reload());
addEventListener("pagehide", () => changes.close());
"""
_RELOAD_TAG = b'<script type="module" src="/.catalogue/reload.js"></script></body>'
_BEAT = 15.0
"""Seconds between signs of life on an open connection, so that closed ones are noticed."""


_PULSE = 250
"""Milliseconds after which the watcher looks whether it is to stop."""


class Builds:
    """Counts finished builds, and lets connections wait for the next one."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        return self._count

    def finished(self) -> None:
        """Wake everyone who waits."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_after(self, seen: int, timeout: float) -> int:
        """The number of builds, as soon as it is more than *seen*, or after *timeout* seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > seen, timeout)
            return self._count


class Handler(http.server.SimpleHTTPRequestHandler):
    """The site's files below its base path, and the channel that tells pages to reload."""

    def __init__(self, *args: Any, site: Path, base: str, builds: Builds, **options: Any) -> None:
        self.base = base
        self.builds = builds
        super().__init__(*args, directory=str(site), **options)

    def do_GET(self) -> None:
        """Answer with a file, a page that reloads itself, or the channel."""
        if self.path == f"{_OWN}changes":
            self._tell_changes()
        elif self.path == f"{_OWN}reload.js":
            self._send(HTTPStatus.OK, "text/javascript", _RELOAD_SCRIPT)
        elif not self.path.startswith(self.base):
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", self.base)
            self.end_headers()
        else:
            super().do_GET()

    def send_head(self) -> Any:
        """As the standard handler, but HTML is sent from memory, with the reloading script in it."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and urlsplit(self.path).path.endswith("/"):
            path /= "index.html"
        if path.suffix == ".html" and path.is_file():
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", _with_reload(path))
            return None
        return super().send_head()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The site's own page for addresses that do not exist."""
        page = Path(self.directory) / "404.html"
        if code == HTTPStatus.NOT_FOUND and page.is_file():
            self._send(HTTPStatus.NOT_FOUND, "text/html; charset=utf-8", _with_reload(page))
        else:
            super().send_error(code, message, explain)

    def translate_path(self, path: str) -> str:
        """The file below the site for a path below its base."""
        return super().translate_path("/" + path.removeprefix(self.base))

    def end_headers(self) -> None:
        """Nothing is cached: the next build changes it."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the standard library's)
        """Say nothing: the terminal is for builds."""

    def copyfile(self, source: Any, outputfile: BinaryIO | Any) -> None:
        """Send a file; a reader who has moved on is no error."""
        try:
            super().copyfile(source, outputfile)
        except ConnectionError:
            self.close_connection = True

    def _send(self, status: HTTPStatus, media_type: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _tell_changes(self) -> None:
        """Keep the connection open and send an event after each build."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        seen = self.builds.count
        try:
            while True:
                now = self.builds.wait_after(seen, _BEAT)
                self.wfile.write(b"event: built\ndata: \n\n" if now > seen else b": still here\n\n")
                self.wfile.flush()
                seen = now
        except (TimeoutError, ConnectionError):
            self.close_connection = True


def _with_reload(page: Path) -> bytes:
    return page.read_bytes().replace(b"</body>", _RELOAD_TAG)


def make_server(site: Path, base: str, builds: Builds, port: int) -> http.server.ThreadingHTTPServer:
    """A server of *site* below the path *base*, which begins and ends with a slash; port 0 takes a free one.

    Raises
    ------
    CatalogError : the port is taken
    """
    handler = partial(Handler, site=site, base=base, builds=builds)
    try:
        server = http.server.ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise CatalogError(
            f"cannot listen on port {port} of {HOST} ({error.strerror}); choose another with --port"
        ) from None
    server.daemon_threads = True
    return server


class _Filter(DefaultFilter):
    """Changes that a site is rebuilt for: not those of files that are themselves rendered."""

    def __init__(self, rendered: Path) -> None:
        self._rendered = str(rendered)
        super().__init__()

    def __call__(self, change: Change, path: str) -> bool:
        return super().__call__(change, path) and not path.startswith(self._rendered)


def serve(
    root: Path,
    *,
    port: int = 8000,
    open_browser: bool = False,
    report: Callable[[str], None] = print,
    stop: threading.Event | None = None,
) -> None:
    """Build the site of the catalogue at *root* into ``site/``, serve it, and follow changes until stopped.

    A site is shown whatever the records' errors are, which are told once it is there.

    Parameters
    ----------
    report : told what happens: where the site is, what each build did, what is wrong
    stop : ends it; without one, Ctrl+C does

    Raises
    ------
    CatalogError, OSError : the port is taken, or the first build fails; later failures are reported
    """
    root = root.resolve()
    site, builds, changes = own_place(root, "site"), Builds(), _changes(root, stop)
    started, catalogue = time.perf_counter(), Catalogue.load(root)
    base = urlsplit(catalogue.config.base_url or "").path.rstrip("/") + "/"
    with make_server(site, base, builds, port) as server:
        _build(catalogue, site, report, started)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://{HOST}:{server.server_port}{base}"
        report(f"Serving {address} (Ctrl+C ends it)")
        if open_browser:
            webbrowser.open(address)
        try:
            _report_errors(catalogue, report)
            for _ in changes:
                _rebuild(root, site, builds, report)
        except KeyboardInterrupt:
            report("Stopped")
        finally:
            server.shutdown()


def _changes(root: Path, stop: threading.Event | None) -> Iterator[None]:
    """Once for every change from now on, also for those that are made during the first build."""
    watched = root / "papers", root / "site_templates"
    rendered = _Filter(root / "papers" / "lists")
    batches = watch(
        *watched, watch_filter=rendered, stop_event=stop, yield_on_timeout=True, rust_timeout=_PULSE
    )
    next(batches)  # begins to watch
    return (None for batch in batches if batch)


def _rebuild(root: Path, site: Path, builds: Builds, report: Callable[[str], None]) -> None:
    """Build once more; whatever stops it is reported, be it that a file is just being replaced."""
    try:
        started, catalogue = time.perf_counter(), Catalogue.load(root)
        _build(catalogue, site, report, started)
    except (CatalogError, OSError) as error:
        report(f"Not rebuilt; the last good site is shown. {in_words(error)}")
        return
    builds.finished()
    _report_errors(catalogue, report)


def _build(catalogue: Catalogue, site: Path, report: Callable[[str], None], started: float) -> None:
    done = build_site(catalogue, catalogue.root / "site_templates", site)
    changed, seconds = done.files - done.unchanged, time.perf_counter() - started
    report(f"Built {done.pages:,} pages in {seconds:.1f} s, {changed:,} files changed")


def _report_errors(catalogue: Catalogue, report: Callable[[str], None]) -> None:
    """What ``catalog build`` would refuse, once the site is there: nobody waits for the checks."""
    try:
        errors = [finding for finding in checks.run(catalogue) if finding.severity == "error"]
    except OSError as error:
        report(f"Not checked. {in_words(error)}")
        return
    if errors:
        shown = findings_report.first_as_text(errors).rstrip()
        report(f"With these errors nothing is published; see all: catalog check\n{shown}")
