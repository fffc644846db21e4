"""Speed and memory of every export on many records, as one table.

    tools/bench_exports.py [--records 20000] [--only SUBSTRING] [--repeat 2]

Records are synthetic (tools/synthesize.py).  "records/s" is writing alone, in a process that has read the
catalogue, to a file, the best of --repeat runs; the ratio is to a list renderer that handles 44 records/s,
and the goal is 50 times that.  "whole command" is ``catalog export``, with start-up and reading; its
memory is the proportional set size of all its processes together at the peak, and the goal is 500 MB.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.parallel import cores

sys.path.insert(0, str(Path(__file__).parent))
from bench import ROOT, run
from synthesize import one_or_more, synthesize

RENDERER = 44
GOAL_RATIO = 50
GOAL_MEGABYTES = 500

BOUNDS = {
    "apa": "citeproc-py walking a style of 2,300 lines for each citation; scales with cores",
    "ieee": "citeproc-py walking the style for each citation; scales with cores",
    "biblatex": "parsing each BibTeX entry",
    "bibtex": "copying the records' entries",
    "csl-json": "parsing each BibTeX entry for volume and pages",
    "ris": "parsing each BibTeX entry for volume and pages",
    "parquet": "Python objects to Arrow columns",
    "xlsx": "29 cells of XML a record",
    "markdown": "escaping",
}


@dataclass(frozen=True)
class Row:
    """What was measured of one format."""

    name: str
    rate: float
    command_seconds: float
    megabytes: float | None
    file_megabytes: float


def measure(name: str, catalogue: Catalogue, folder: Path, repeat: int) -> Row:
    """Write the catalogue in the format *name*, here and by the command."""
    export = exports.get(name)
    path = folder / f"papers{export.suffix}"
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        with path.open("wb") as stream:
            export.save(catalogue.papers, catalogue, stream)
        seconds.append(time.perf_counter() - start)
    command = run(catalogue.root, "export", name, "--out", str(path))
    size = path.stat().st_size / 1e6
    return Row(name, len(catalogue) / min(seconds), command.seconds, command.megabytes, size)


def table(rows: list[Row], records: int) -> Table:
    """The rows with colours: green where a goal is met."""
    result = Table(title=f"Exports of {records:,} records on {cores()} cores", title_justify="left")
    result.add_column("format")
    for heading in ("records/s", f"ratio to {RENDERER}/s", "whole command", "peak", "file"):
        result.add_column(heading, justify="right")
    result.add_column("bounded by")
    for row in rows:
        ratio = row.rate / RENDERER
        met = row.megabytes is None or row.megabytes < GOAL_MEGABYTES
        result.add_row(
            row.name,
            f"{row.rate:,.0f}",
            f"[{'green' if ratio >= GOAL_RATIO else 'red'}]{ratio:,.0f}x[/]",
            f"{row.command_seconds:.1f} s",
            "" if row.megabytes is None else f"[{'green' if met else 'red'}]{row.megabytes:.0f} MB[/]",
            f"{row.file_megabytes:.1f} MB",
            BOUNDS.get(row.name, "collecting a record's fields"),
        )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=one_or_more, default=20_000)
    parser.add_argument("--only", default="", help="formats whose names hold this")
    parser.add_argument("--repeat", type=one_or_more, default=2)
    options = parser.parse_args()
    chosen = [name for name in exports.formats() if options.only in name]
    if not chosen:
        parser.error(
            f"there is no format '{options.only}'; expected a part of one of: {', '.join(exports.formats())}"
        )
    console = Console(width=None if sys.stdout.isatty() else 150)
    rows = []
    with tempfile.TemporaryDirectory(prefix="catalog-bench-") as name:
        folder = Path(name)
        with console.status("making records"):
            synthesize(options.records, folder / "catalogue", ROOT)
            catalogue = Catalogue.load(folder / "catalogue")
        for export in chosen:
            with console.status(f"measuring {export}"):
                rows.append(measure(export, catalogue, folder, options.repeat))
    console.print(table(rows, options.records))


if __name__ == "__main__":
    main()
