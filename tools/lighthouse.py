"""Lighthouse's four scores, on its mobile profile, of a page of each kind, as a table.

    tools/lighthouse.py [--site site] [--pages "" browse/ papers/fastv/] [--goal 95]

Lighthouse comes from npm into a temporary folder and drives the Chromium that the browser tests use.  The
site is served compressed, as every host does.  Performance is simulated on a slow phone, so that a busy
machine changes it little; the other three do not depend on the machine.  Ends with 1 where a score is below
the goal, and names what cost it.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from catalog.cli.console import progress

LIGHTHOUSE = "lighthouse@12.8.2"
PAGES = ("", "browse/", "papers/fastv/", "new/", "charts/", "terms/", "authors/", "curation/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_TEXT = frozenset({".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest", ".xml"})


class _Compressed(http.server.SimpleHTTPRequestHandler):
    """The site's files, with text compressed and kept by the browser for a while."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix in _TEXT:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def _served(site: Path) -> Iterator[str]:
    handler = functools.partial(_Compressed, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _install(folder: Path) -> Path:
    if not shutil.which("npm"):
        sys.exit("npm was not found, and Lighthouse comes from there; install Node.js")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), LIGHTHOUSE]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "node_modules" / ".bin" / "lighthouse"


def _report(lighthouse: Path, address: str) -> Mapping[str, Any]:
    chrome = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome") or ""
    command = [str(lighthouse), address, "--quiet", "--output=json", "--output-path=stdout"]
    command.append("--chrome-flags=--headless=new --no-sandbox")
    done = subprocess.run(
        command, env={**os.environ, "CHROME_PATH": chrome}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"Lighthouse could not look at {address}: {done.stderr.strip()[-500:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _costs(report: Mapping[str, Any]) -> Iterator[str]:
    """What lowered a score, in Lighthouse's words."""
    for category in report["categories"].values():
        for reference in category["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                yield f"{category['id']}: {audit['title']} ({audit.get('displayValue', audit['score'])})"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--site", type=Path, default=Path(__file__).parents[1] / "site")
    parser.add_argument("--pages", nargs="+", default=PAGES)
    parser.add_argument("--goal", type=int, default=95)
    options = parser.parse_args(arguments)
    if not (options.site / "index.html").is_file():
        sys.exit(f"{options.site} holds no index.html; build the site first: make site")
    table = Table("page", *CATEGORIES, title=f"Lighthouse, mobile; goal {options.goal} in each")
    costs: list[str] = []
    missed = False
    with tempfile.TemporaryDirectory() as folder, _served(options.site) as root, progress("Pages") as advance:
        lighthouse = _install(Path(folder))
        for position, page in enumerate(options.pages, 1):
            report = _report(lighthouse, root + page)
            scores = [round(100 * report["categories"][name]["score"]) for name in CATEGORIES]
            table.add_row(f"/{page}", *(str(score) for score in scores))
            if min(scores) < options.goal:
                missed = True
                costs += [f"/{page} {cost}" for cost in _costs(report)]
            advance(position, len(options.pages))
    console = Console()
    console.print(table)
    for cost in costs:
        console.print(cost, markup=False)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
