"""Speed and size of the whole way from records to site, against the goals, as one table.

    tools/bench.py [--small 600] [--large 20000] [--only SUBSTRING]

Every row runs the real command in a fresh process on synthetic records (tools/synthesize.py) in a
temporary folder, so start-up is included.  The ratio is the goal divided by what was measured: above 1
the goal is met.  Peak memory is the proportional set size of the command and all its children together.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from catalog.counting import listed
from catalog.parallel import cores

ROOT = Path(__file__).parents[1]
CATALOG = [sys.executable, "-m", "catalog"]
sys.path.insert(0, str(Path(__file__).parent))
from synthesize import one_or_more, synthesize  # noqa: E402


@dataclass(frozen=True)
class Run:
    """One measured command: seconds on the clock, and megabytes at the peak (``None`` where unknown)."""

    seconds: float
    megabytes: float | None


@dataclass(frozen=True)
class Row:
    """One line of the table; *goal* and *measured* are in the same unit, smaller or larger better."""

    what: str
    measured: str
    goal: str
    ratio: float | None
    bound: str


def run(root: Path, *arguments: str) -> Run:
    """Run ``catalog`` on *root* and watch its memory.

    Raises
    ------
    SystemExit : the command failed; its output is shown
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        [*CATALOG, "--root", str(root), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = _Peak(process.pid)
    _, errors = process.communicate()
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        raise SystemExit(f"bench: catalog {' '.join(arguments)} failed:\n{errors}")
    return Run(seconds, peak.stop())


class _Peak:
    """Samples the memory of a process and its children every 50 ms (Linux only)."""

    def __init__(self, pid: int) -> None:
        self.pid, self.kilobytes, self.running = pid, 0, Path("/proc/self/smaps_rollup").exists()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while self.running:
            self.kilobytes = max(self.kilobytes, sum(_pss(pid) for pid in _tree(self.pid)))
            time.sleep(0.05)

    def stop(self) -> float | None:
        watched, self.running = self.running, False
        self.thread.join()
        return self.kilobytes / 1024 if watched else None


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(descendant for child in children for descendant in _tree(int(child)))]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _memory(measured: Run) -> str:
    return f", {measured.megabytes:.0f} MB" if measured.megabytes else ""


def seconds_row(what: str, measured: Run, goal: float, bound: str, count: int | None = None) -> Row:
    """A row whose goal is at most *goal* seconds, or with *count* at least *goal* records a second."""
    if count is None:
        return Row(
            what,
            f"{measured.seconds:.2f} s{_memory(measured)}",
            f"{goal:g} s",
            goal / measured.seconds,
            bound,
        )
    rate = count / measured.seconds
    return Row(
        what, f"{rate:,.0f} records/s{_memory(measured)}", f"{goal:,.0f} records/s", rate / goal, bound
    )


class Bench:
    """The measured rows, over catalogues of a small and a large size."""

    def __init__(self, folder: Path, small: int, large: int) -> None:
        self.folder, self.small, self.large = folder, small, large

    def catalogue(self, count: int) -> Path:
        """A synthetic catalogue of *count* records with the real templates; made once."""
        root = self.folder / str(count)
        if not root.exists():
            synthesize(count, root, ROOT)
            shutil.copytree(ROOT / "site_templates", root / "site_templates")
        return root

    def start_up(self) -> list[Row]:
        return [seconds_row("start-up alone (catalog --help)", run(ROOT, "--help"), 0.5, "imports")]

    def check(self) -> list[Row]:
        half = run(self.catalogue(self.large // 2), "check")
        whole = run(self.catalogue(self.large), "check")
        rows = [
            seconds_row(
                f"load and check, {self.large:,} records",
                whole,
                3000,
                "libyaml and BibTeX parsing",
                self.large,
            )
        ]
        if half.megabytes and whole.megabytes:
            kilobytes = (whole.megabytes - half.megabytes) * 1024 / (self.large - self.large // 2)
            rows.append(
                Row("memory of one more record", f"{kilobytes:.1f} KB", "flat", None, "the Paper itself")
            )
        return rows

    def lists(self) -> list[Row]:
        root = self.catalogue(self.small)
        parts = [
            run(root, "build", "--only", "lists"),
            run(root, "export", "jsonl"),
            run(root, "export", "bibtex"),
        ]
        total = Run(sum(part.seconds for part in parts), max(p.megabytes or 0 for p in parts) or None)
        start = run(root, "--help").seconds * len(parts)
        what = f"lists and exports, {self.small:,} records"
        return [
            seconds_row(f"{what}, three commands", total, 3.0, "start-up, then reading records"),
            seconds_row(
                f"{what}, without start-up", Run(total.seconds - start, None), 1.0, "reading and checking"
            ),
        ]

    def site(self) -> list[Row]:
        return [
            *self._site(self.small, 10, "mkdocs, then Jinja2"),
            *self._rebuild(),
            *self._site(self.large, 60, "writing files"),
        ]

    def _site(self, count: int, goal: float, bound: str) -> list[Row]:
        root = self.catalogue(count)
        shutil.rmtree(root / ".cache", ignore_errors=True)
        shutil.rmtree(root / "site", ignore_errors=True)
        return [seconds_row(f"whole site, {count:,} papers, nothing cached", run(root, "build"), goal, bound)]

    def _rebuild(self) -> list[Row]:
        root = self.catalogue(self.small)
        record = sorted((root / "papers").glob("20*/*.yaml"))[0]
        record.write_text(record.read_text().replace("training: ", "training: null  # was ", 1))
        what = f"rebuild after one edited record, {self.small:,} papers"
        return [seconds_row(what, run(root, "build"), 2, "start-up, reading and checking")]


PARTS: Mapping[str, Callable[[Bench], list[Row]]] = {
    "start-up": Bench.start_up,
    "check": Bench.check,
    "lists": Bench.lists,
    "site": Bench.site,
}


def table(rows: list[Row]) -> Table:
    """The rows as rich shows them."""
    result = Table(
        title=f"{cores()} cores, Python {sys.version.split()[0]}, {os.uname().sysname}", title_justify="left"
    )
    for column, justify in (("what", "left"), ("measured", "right"), ("goal", "right"), ("ratio", "right")):
        result.add_column(column, justify=justify)  # type: ignore[arg-type]
    result.add_column("bounded by")
    for row in rows:
        ratio = "" if row.ratio is None else f"[{'green' if row.ratio >= 1 else 'red'}]{row.ratio:.1f}x[/]"
        result.add_row(row.what, row.measured, row.goal, ratio, row.bound)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=one_or_more, default=600)
    parser.add_argument("--large", type=one_or_more, default=20_000)
    parser.add_argument("--only", default="", help=listed(PARTS, "or"))
    options = parser.parse_args()
    if not any(options.only in name for name in PARTS):
        parser.error(f"there is no '{options.only}'; --only takes {listed(PARTS, 'or')}, or a part of it")
    console = Console(width=None if sys.stdout.isatty() else 150)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="catalog-bench-") as folder:
        bench = Bench(Path(folder), options.small, options.large)
        for name, part in PARTS.items():
            if options.only in name:
                with console.status(f"measuring {name}"):
                    rows.extend(part(bench))
    console.print(table(rows))


if __name__ == "__main__":
    main()
