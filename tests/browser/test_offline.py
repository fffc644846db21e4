"""Without a network: what was read stays readable, and nobody is ever shown an old version of the site."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from watching import ORDINARY, Complaints, NewContext

from catalog.catalogue import Catalogue
from catalog.site import build_site

REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.browser

CONTROLLED = "() => navigator.serviceWorker.controller !== null"


class Host:
    """A site below a base path, on a server that can be stopped and started at one address."""

    def __init__(self, catalogue: Catalogue, folder: Path, cache: Path) -> None:
        self.catalogue, self.folder, self.cache = catalogue, folder, cache
        self.port = 0
        self.build()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/base/"

    def build(self) -> None:
        templates = REPOSITORY / "site_templates"
        build_site(self.catalogue, templates, self.folder / "base", cache=self.cache)

    def start(self) -> None:
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                """Send the whole file: times of change have whole seconds, and two builds fit into one."""
                del self.headers["If-Modified-Since"]
                super().do_GET()

            def log_message(self, *_: object) -> None:
                """Say nothing: the tests' output is for failures."""

        handler = functools.partial(Quiet, directory=str(self.folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def host(
    mini_catalogue: Catalogue, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    host = Host(mini_catalogue, tmp_path, tmp_path_factory.getbasetemp().parent / "frames")
    yield host
    host.stop()


@pytest.fixture
def context(new_context: NewContext) -> BrowserContext:
    return new_context(**{**ORDINARY, "service_workers": "allow"})


def _visit(page: Page, url: str) -> None:
    """Read a page, and wait until the service worker is at work and has kept what it was told of."""
    page.goto(url)
    page.wait_for_function(CONTROLLED)
    _wait_until(page, "url => caches.match(url).then(Boolean)", url)


def _wait_until(page: Page, promise: str, argument: object) -> None:
    """Wait for a promise to say yes; a page's own waiting takes any promise for a yes."""
    for _ in range(100):
        if page.evaluate(promise, argument):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not within ten seconds: {promise}")


def test_after_the_first_visit_the_page_and_browse_can_be_read_without_a_network(
    host: Host, context: BrowserContext, complaints: Complaints
) -> None:
    page = context.new_page()
    _visit(page, f"{host.url}papers/fastv/")
    host.stop()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("An Image is Worth 1/2 Tokens")
    page.goto(f"{host.url}browse/?q=fastv")
    page.locator("#browse[data-ready]").wait_for()
    expect(page.locator("#browse-list > li")).to_have_count(1)
    page.fill("#browse-text", "bolya2023token")
    expect(page.locator("#browse-list > li")).to_have_attribute("data-id", "tome")
    host.start()
    _forgive_the_missing_network(complaints)


def test_a_page_that_was_never_read_says_so_and_offers_what_is_there(
    host: Host, context: BrowserContext, complaints: Complaints
) -> None:
    page = context.new_page()
    _visit(page, host.url)
    host.stop()
    page.goto(f"{host.url}papers/tome/")
    expect(page.get_by_role("heading", level=1)).to_have_text("No network")
    assert page.url == f"{host.url}papers/tome/"
    expect(page.locator("h1")).to_have_css("font-family", re.compile("Source Serif"))  # its styles are here
    page.get_by_role("link", name="Front page").click()
    expect(page.get_by_role("searchbox")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("No network")
    host.start()
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Token Merging")
    _forgive_the_missing_network(complaints)


def test_a_new_version_is_shown_at_once_and_replaces_what_was_kept(
    host: Host, context: BrowserContext, complaints: Complaints
) -> None:
    page = context.new_page()
    address = f"{host.url}papers/fastv/"
    _visit(page, address)
    before = page.evaluate("caches.keys()")
    changed = host.catalogue["fastv"].model_copy(update={"summary": "A sentence that is new."})
    papers = tuple(changed if paper.id == "fastv" else paper for paper in host.catalogue.papers)
    host.catalogue = Catalogue(
        host.catalogue.root, host.catalogue.config, host.catalogue.vocabulary, papers, host.catalogue.files
    )
    host.build()
    page.reload()
    expect(page.get_by_text("A sentence that is new.")).to_be_visible()
    _wait_until(page, "before => caches.keys().then(now => now.length === 1 && now[0] !== before[0])", before)
    _visit(page, address)
    host.stop()
    page.reload()
    expect(page.get_by_text("A sentence that is new.")).to_be_visible()
    host.start()
    _forgive_the_missing_network(complaints)


def test_caches_of_other_sites_on_the_same_host_are_left_alone(host: Host, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(host.url)
    page.evaluate("caches.open('http://127.0.0.1/other/ 123')")
    _visit(page, f"{host.url}terms/")
    assert "http://127.0.0.1/other/ 123" in page.evaluate("caches.keys()")


def test_downloads_are_not_kept(host: Host, context: BrowserContext) -> None:
    page = context.new_page()
    _visit(page, host.url)
    page.evaluate("url => fetch(url).then(response => response.text())", f"{host.url}exports/papers.bib")
    kept = page.evaluate("caches.match(new URL('exports/papers.bib', location.href)).then(Boolean)")
    assert kept is False


def _forgive_the_missing_network(complaints: Complaints) -> None:
    """The browser reports every failed fetch; here they were meant to fail."""
    missing = [
        complaint for complaint in complaints if "ERR_CONNECTION_REFUSED" in complaint or "sw.js" in complaint
    ]
    for complaint in missing:
        complaints.remove(complaint)
