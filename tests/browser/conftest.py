"""A real browser, and built sites served below a base path, for tests that act as a reader."""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chromium import MISSING, NO_DRIVER, find_chromium
from made_up_papers import made_up_catalogue
from papers_to_read import catalogue_to_read
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect, sync_playwright
from reader import IN_A_MOMENT_MS
from watching import ORDINARY, Complaints, NewContext

from catalog.catalogue import Catalogue
from catalog.refusals import Refusal, Refusals
from catalog.site import build_site
from tests.built import built_once

REPOSITORY = Path(__file__).parents[2]
MINI = REPOSITORY / "tests" / "mini"
DISABLED = (
    # Every window would load two pages of its own for a list below the address, which no test opens: a third
    # of the whole work.
    "WebUIOmniboxPopup WebUIOmniboxAimPopup WebUIOmniboxFullPopup "
    # What Playwright disables: Chromium takes the last such list alone.
    "AvoidUnnecessaryBeforeUnloadCheckSync DestroyProfileOnBrowserClose HttpsUpgrades "
    "HttpsFirstBalancedModeAutoEnable LensOverlay MediaRouter PaintHolding ThirdPartyStoragePartitioning "
    "AvoidCorsURLLoaderRestartOnRedirect TcpPortRandomizationWin OptimizationHints "
    "NetworkTimeServiceQuerying AimEnabled PreconnectToSearch"
).split()
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(DISABLED)}",
]
BASE = "base"
"""Sites are served below this path, because they must work below any."""

expect.set_options(timeout=IN_A_MOMENT_MS)

Serve = Callable[..., str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, for the whole session."""
    try:
        executable = find_chromium()
        playwright = sync_playwright().start()
    except Exception as error:  # the driver is a program of its own that may miss a library of the system
        pytest.skip(f"{NO_DRIVER} ({error})")
    if executable is None:
        playwright.stop()
        pytest.skip(MISSING)
    browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
    yield browser
    browser.close()
    playwright.stop()


@pytest.fixture(scope="session")
def noted() -> Complaints:
    """What went wrong on pages, of whichever test."""
    return Complaints()


@pytest.fixture
def complaints(noted: Complaints) -> Complaints:
    """What went wrong on pages so far; a test that provokes something takes it out itself."""
    noted.clear()
    return noted


@pytest.fixture
def new_context(browser: Browser, complaints: Complaints) -> Iterator[NewContext]:
    """Make browser contexts: ``new_context(viewport=…, color_scheme=…)``; any complaint fails the test."""
    with contextlib.ExitStack() as stack:

        def make(**options: object) -> BrowserContext:
            context = browser.new_context(**{**ORDINARY, **options})
            stack.callback(context.close)
            complaints.watch(context)
            return context

        yield make
    assert complaints == [], "the page complained"


@pytest.fixture
def own_page(new_context: NewContext) -> Page:
    """An empty page in a window of its own, for a test that adds scripts or listeners or turns the clock."""
    return new_context().new_page()


@pytest.fixture(scope="session")
def kept_open(browser: Browser, noted: Complaints) -> Iterator[tuple[Page, set[str]]]:
    """The page that tests take one after another, and the origins that it has been to."""
    context = browser.new_context(**ORDINARY)
    noted.watch(context)
    page, origins = context.new_page(), set[str]()
    for lasting in ("add_init_script", "expose_binding", "expose_function", "once"):
        setattr(page, lasting, _refused)

    def note(frame: Frame) -> None:
        parts = urlsplit(frame.url)
        if parts.netloc:
            origins.add(f"{parts.scheme}://{parts.netloc}")

    page.on("framenavigated", note)
    page.on = _refused
    yield page, origins
    context.close()


def _refused(*_: object, **__: object) -> None:
    raise AssertionError("the tests that follow have this page, too, and it would stay: take own_page")


@pytest.fixture
def page(kept_open: tuple[Page, set[str]], complaints: Complaints) -> Iterator[Page]:
    """An empty page as wide as a laptop's, in a third of the time that a window of its own takes.

    What a test keeps, routes or emulates is taken back; scripts and listeners would stay, and are refused.
    """
    page, origins = kept_open
    yield page
    said = list(complaints)
    for opened in page.context.pages:
        if opened != page:
            opened.close()
    page.unroute_all()
    page.context.unroute_all()
    page.emulate_media(media="null", color_scheme="null", reduced_motion="null", forced_colors="null")
    page.set_viewport_size(ORDINARY["viewport"])
    developer = page.context.new_cdp_session(page)
    for origin in origins:
        developer.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"})
    developer.detach()
    page.goto("about:blank")
    origins.clear()
    complaints.clear()
    assert said == [], "the page complained"


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # Browse asks for a hundred files: a connection for each takes its time
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests' output is for failures."""


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Build a catalogue's site, serve it, and return its address, which ends in a slash.

    A site with a name is built once for all test processes.
    """
    cache = tmp_path_factory.getbasetemp().parent / "frames"
    with contextlib.ExitStack() as stack:

        def serve(catalogue: Catalogue, name: str = "") -> str:
            if name:
                root = built_once(name, catalogue, tmp_path_factory).parent
            else:
                root = tmp_path_factory.mktemp("served")
                build_site(catalogue, REPOSITORY / "site_templates", root / BASE, cache=cache)
            handler = functools.partial(_QuietHandler, directory=str(root))
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/{BASE}/"

        yield serve


@pytest.fixture(scope="session")
def site_url(serve: Serve) -> str:
    """The small catalogue's site, with the page of a paper that was removed."""
    removed = Refusal(
        title="A Model of Everything", arxiv="2501.00001", reason="off topic: a model", ids=("gone",)
    )
    return serve(replace(Catalogue.load(MINI), refused=Refusals((removed,))), "mini")


@pytest.fixture(scope="session")
def history_url(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same site, of a repository with two commits."""
    root = tmp_path_factory.mktemp("with-history") / "catalogue"
    shutil.copytree(MINI, root)
    git = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    fastv = root / "papers" / "2024" / "fastv.yaml"
    for subject, text in (("All records", ""), ("Second reading of FastV", "# Read again.\n")):
        fastv.write_text(text + fastv.read_text(encoding="utf-8"), encoding="utf-8")
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", subject], check=True)
    return serve(Catalogue.load(root))


@pytest.fixture(scope="session")
def many() -> Catalogue:
    """Three hundred made-up papers, hostile ones among them."""
    return made_up_catalogue(Catalogue.load(MINI))


@pytest.fixture(scope="session")
def many_url(serve: Serve, many: Catalogue) -> str:
    """The site of the three hundred papers."""
    return serve(many, "many")


@pytest.fixture(scope="session")
def read() -> Catalogue:
    """A few papers with the terms of this repository's vocabulary."""
    return catalogue_to_read()


@pytest.fixture(scope="session")
def read_url(serve: Serve, read: Catalogue) -> str:
    """The site of these papers."""
    return serve(read, "read")
