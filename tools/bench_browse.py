"""How quickly the browse page answers, in a real browser, beside the same page with MiniSearch.

    tools/bench_browse.py [--sizes 1000 10000 100000] [--no-rival] [--seed 1]

Each size is a made-up catalogue (tools/synthesize.py) with the summaries of this one, of which only the
browse page is built. Both pages have the same rows and facets; only the engine differs
(tools/bench_browse/minisearch_page.js), and MiniSearch has no summaries to look into.
MiniSearch comes from npm into a temporary folder and is thrown away afterwards.

- data to first result: bytes of JSON that come, gzipped, before the first answer can be given
- first result: from the navigation to ?q=… until the answer is painted
- answer, painted: from a key until its answer is in the page (median), and until it is painted (median and
  95th percentile), for every letter of several searches, with the summaries loaded; the browser draws as
  fast as it can, so that the display's own rhythm (16.7 ms at 60 Hz) is not in it
- ticked: the same from a tick in a facet, beside a word of titles, one of summaries alone, and one that
  nothing has
- task: the longest of the page's main thread, while it loads and while is typed; by the processor's time, so
  that what else runs on the machine is not in it
- memory: of the page and its worker, after a collection of garbage
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from catalog.catalogue import Catalogue
from catalog.parallel import cores
from catalog.site import browse, browse_data, build_site
from catalog.templating import html_environment

ROOT = Path(__file__).parents[1]
PARTS = Path(__file__).parent / "bench_browse"
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "tests" / "browser")]
from chromium import MISSING, find_chromium  # noqa: E402
from synthesize import one_or_more  # noqa: E402
from synthesize import paper as made_up_paper  # noqa: E402

SEARCHES = (
    "token pruning",
    "adaptive merging vision",
    "eriksson",
    "attention entropy",
    "key-value cache",
    "featfold",
    "soren wang",
    "prunning",
    "saliency with zebras",
    "token zyx",
)
"""What is typed, letter by letter; one word is mended, one is of summaries alone, and some are nowhere."""
BESIDE_TICKS = ("token", "saliency", "zebras")
TICKS = 8
"""Terms that are ticked, and no longer, beside each of these words."""
GOAL_BYTES = {1_000: 60}
GOAL_KEY = {10_000: 16.0, 100_000: 33.0}
GOAL_TASK = 50.0
TRACED = ("toplevel", "blink.user_timing")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-frame-rate-limit",
    "--disable-gpu-vsync",
    "--run-all-compositor-stages-before-draw",
    "--enable-blink-features=ForceEagerMeasureMemory",
)


@dataclass(frozen=True)
class Measured:
    """One page at one size; times in milliseconds."""

    kilobytes: float
    first: float
    answered: tuple[float, ...]
    painted: tuple[float, ...]
    ticked: tuple[float, ...]
    task_loading: float
    task_typing: float
    megabytes: float


def p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def build(folder: Path, size: int, seed: int) -> dict[str, float]:
    """Put the browse page of *size* papers into *folder*; kilobytes of its data, gzipped, by file's name."""
    rng = random.Random(seed)
    like = Catalogue.load(ROOT)
    summaries = [paper.summary for paper in like if paper.summary]
    papers = tuple(
        made_up_paper(number, rng, like.vocabulary).model_copy(update={"summary": rng.choice(summaries)})
        for number in range(size)
    )
    config = like.config.model_copy(update={"milestones": ()})
    large = replace(like, papers=papers, files={}, config=config)
    small = replace(large, papers=papers[:20])
    templates = ROOT / "site_templates"
    build_site(small, templates, folder)
    environment = html_environment(templates)
    page = folder / "browse" / "index.html"
    html = page.read_text(encoding="utf-8")
    page.write_text(
        html.replace(browse.body(small, environment), browse.body(large, environment)), encoding="utf-8"
    )
    sizes = {}
    for path, content in browse_data.asked_files(large).items():
        (folder / path).write_bytes(content)
    for path, content in browse_data.search_files(large).items():
        (folder / path).write_bytes(content)
        sizes[Path(path).stem] = len(gzip.compress(content, 6)) / 1000
    return sizes


def add_rival(folder: Path, package: Path) -> None:
    """Copy the browse page to ``rival/``, with MiniSearch for an engine."""
    rival = folder / "rival"
    rival.mkdir()
    html = (folder / "browse" / "index.html").read_text(encoding="utf-8")
    own = "../assets/catalogue/browse/main.js"
    if f'src="{own}"' not in html:
        raise SystemExit(f"the browse page has no script {own} any more; mend tools/bench_browse.py")
    (rival / "index.html").write_text(
        html.replace(f'src="{own}"', 'src="minisearch_page.js"'), encoding="utf-8"
    )
    shutil.copy(PARTS / "minisearch_page.js", rival)
    shutil.copy(package / "dist" / "es" / "index.js", rival / "minisearch.js")


def fetch_rival(folder: Path) -> Path:
    """Install MiniSearch from npm below *folder*.

    Raises
    ------
    SystemExit : npm is missing or fails
    """
    command = [
        "npm",
        "install",
        "--prefix",
        str(folder),
        "--no-save",
        "--no-audit",
        "--no-fund",
        "minisearch",
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or error
        raise SystemExit(f"MiniSearch could not be installed ({said}); run with --no-rival") from None
    return folder / "node_modules" / "minisearch"


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves isolated pages, so that their memory may be measured."""

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the output is the table."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve *folder*; its address."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def measure(browser: Browser, address: str, kilobytes: float, *, own: bool) -> Measured:
    """Load the page at *address* and type into it; where it is this site's *own*, tick terms, too."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(path=PARTS / "probe.js")
    browser.start_tracing(page=page, categories=[*TRACED])
    page.goto(f"{address}?q=token")
    first = page.evaluate("probe.answered")
    page.locator("#browse[data-ready]").wait_for(timeout=120_000)
    if own:
        load_summaries(page)
    loading = longest_task(browser.stop_tracing())
    page.fill("#browse-text", "")
    page.wait_for_timeout(500)
    type_searches(page)  # without the tracing, which costs time itself
    answered, painted = zip(*page.evaluate("probe.taken()"), strict=True)
    ticked = tuple(time for _, time in tick_terms(page)) if own else ()
    browser.start_tracing(page=page, categories=[*TRACED])
    page.evaluate("performance.mark('probe')")
    type_searches(page)
    typing = longest_task(browser.stop_tracing())
    memory = page.evaluate("performance.measureUserAgentSpecificMemory().then((all) => all.bytes)")
    context.close()
    return Measured(kilobytes, first, answered, painted, ticked, loading, typing, memory / 1e6)


def load_summaries(page: Page) -> None:
    """Search for what no title has: the page looks into the summaries then."""
    page.fill("#browse-text", BESIDE_TICKS[-1])
    page.locator("#browse-empty-summaries").wait_for(timeout=120_000)


def type_searches(page: Page) -> None:
    """Type every search, each letter when the one before it is answered."""
    for search in SEARCHES:
        page.fill("#browse-text", "")
        page.wait_for_timeout(150)
        page.focus("#browse-text")
        for letter in search:
            page.keyboard.press("Space" if letter == " " else letter)
            page.evaluate("probe.painted")


def tick_terms(page: Page) -> list[tuple[float, float]]:
    """Tick terms beside words; of every tick, and its end, what ``probe.taken`` tells."""
    boxes = page.locator("#browse-facets .term__box:visible")
    for text in BESIDE_TICKS:
        page.fill("#browse-text", text)
        page.wait_for_timeout(500)
        for at in [*range(TICKS)] * 2:
            boxes.nth(at).click()
            page.evaluate("probe.painted")
    times: list[tuple[float, float]] = page.evaluate("probe.taken()")
    return times


def longest_task(trace: bytes) -> float:
    """The longest task of the page's main thread in a trace of Chromium, in milliseconds.

    Chromium has pages of its own besides, such as that of its address bar: this one has the probe's mark.
    """
    events: list[dict[str, Any]] = json.loads(trace)["traceEvents"]
    main = {(event["pid"], event["tid"]) for event in events if event["name"] == "probe"}
    tasks = [
        event.get("tdur", event["dur"]) / 1000
        for event in events
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in main and "dur" in event
    ]
    return max(tasks, default=0.0)


def table(results: dict[tuple[int, str], Measured]) -> Table:
    """The measurements as rich shows them; a goal that is met is green."""
    shown = Table(
        title=f"Browse in Chromium, {cores()} cores, {os.uname().sysname}; ms unless said",
        title_justify="left",
    )
    for column in ("papers", "engine"):
        shown.add_column(column)
    for column in (
        "data, KB gz",
        "first result",
        "answer",
        "painted",
        "painted, p95",
        "ticked, p95",
        "task, load",
        "task, typing",
        "memory, MB",
    ):
        shown.add_column(column, justify="right")
    for (size, name), one in results.items():
        shown.add_row(
            f"{size:,}",
            name,
            _against(one.kilobytes, GOAL_BYTES.get(size)),
            f"{one.first:,.0f}",
            f"{statistics.median(one.answered):,.1f}",
            f"{statistics.median(one.painted):,.1f}",
            _against(p95(one.painted), GOAL_KEY.get(size)),
            _against(p95(one.ticked), GOAL_KEY.get(size)) if one.ticked else "",
            _against(one.task_loading, GOAL_TASK),
            _against(one.task_typing, GOAL_TASK),
            f"{one.megabytes:,.0f}",
        )
    return shown


def _against(value: float, goal: float | None) -> str:
    text = f"{value:,.1f}"
    if goal is None:
        return text
    return f"[{'green' if value <= goal else 'red'}]{text}[/] ≤ {goal:g}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=one_or_more, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--no-rival", action="store_true", help="without MiniSearch")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        raise SystemExit(MISSING)
    console = Console(width=None if sys.stdout.isatty() else 150)
    results: dict[tuple[int, str], Measured] = {}
    with tempfile.TemporaryDirectory(prefix="catalog-bench-") as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        package = None if options.no_rival else fetch_rival(folder)
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        for size in options.sizes:
            site = folder / f"site-{size}"
            with console.status(f"{size:,} papers") if console.is_terminal else nullcontext():
                sizes = build(site, size, options.seed)
                with served(site) as address:
                    results[size, "this site"] = measure(
                        browser, f"{address}browse/", sizes["index"], own=True
                    )
                    if package:
                        add_rival(site, package)
                        results[size, "MiniSearch"] = measure(
                            browser, f"{address}rival/", sum(sizes.values()), own=False
                        )
        browser.close()
    console.print(table(results))


if __name__ == "__main__":
    main()
