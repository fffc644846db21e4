#!/usr/bin/env python3
"""Time and peak memory of each method's core at its paper's sizes, beside the plainest right PyTorch.

    tools/bench_methods.py [METHOD ...] [--size paper|small] [--device cpu|cuda] [--repeat N] [--json FILE]

On the CPU, and on a CUDA device where there is one. Before anything is timed, both sides have to give the
same tokens. They run in turn, so that a busy moment hits both; the figure is the median after a warm-up,
synchronised. Memory is the most that was held at one time beyond the inputs: on the CPU of tensors that
PyTorch operations made, on a GPU what the allocator says. `ratio` is plain / method: above 1 the method is
faster, or holds less.

Then a prefill of a decoder shaped like LLaVA-NeXT-7B's, with random weights in bfloat16 and SDPA, with and
without four methods; without a GPU, and with --size small, a shrunk one shows that it runs.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import torch  # noqa: E402 - the repository must be on the path for what follows
from method_cases import CASES, Case, Draw, prefill  # noqa: E402

from reference_impls.measuring import milliseconds, peak_bytes  # noqa: E402
from reference_impls.results import machine  # noqa: E402

SLOWER = 1.1
"""From this share of the plain side's time on a method counts as slower: less is the clock's noise."""
NOT_TIMED = {"pab": "hands on what an earlier step computed: there is no tensor operation to time"}


class Measured(NamedTuple):
    """Milliseconds and bytes of the method and of the plain side."""

    method_ms: float
    plain_ms: float
    method_bytes: int
    plain_bytes: int


def main() -> int:
    """Returns the exit status: 1 where the two sides do not give the same tokens."""
    options = _options()
    unknown = sorted(set(options.methods) - set(CASES) - set(NOT_TIMED))
    if unknown:
        print(
            f"bench_methods: no case '{unknown[0]}'; there are: {', '.join(sorted(CASES))}", file=sys.stderr
        )
        return 2
    devices = (
        [options.device] if options.device else ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    )
    torch.set_float32_matmul_precision("highest")
    if options.threads:
        torch.set_num_threads(options.threads)
    kept: list[dict[str, Any]] = []
    wrong: list[str] = []
    for device in devices:
        kept += _cases(options, device, wrong)
        if not options.methods:
            kept += prefill.run(device, small=options.size == "small" or device == "cpu")
    if options.json:
        options.json.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    if wrong:
        print(f"\nthe two sides differ: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Each method's core beside the plainest PyTorch.")
    parser.add_argument("methods", nargs="*", metavar="METHOD", help="only these (then no prefill either)")
    parser.add_argument(
        "--size", choices=["paper", "small"], default="paper", help="small: does it run at all"
    )
    parser.add_argument("--device", help="only this one: cpu, cuda, cuda:1 ...")
    parser.add_argument("--repeat", type=int, default=7, help="timed runs of each side (7)")
    parser.add_argument("--threads", type=int, help="on the CPU (default: as many as PyTorch takes)")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    if options.repeat < 1 or (options.threads is not None and options.threads < 1):
        parser.error("--repeat and --threads are whole numbers, 1 or more")
    if options.json and (options.json.is_dir() or not options.json.parent.is_dir()):
        parser.error(f"--json {options.json} cannot be written; name a file in a folder that is there")
    if options.device and (said := _unusable(options.device)):
        parser.error(f"--device {options.device}: PyTorch cannot use it here: {said}")
    return options


def _unusable(device: str) -> str | None:
    """What PyTorch says of a device that it cannot use."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:  # the latter where it was built without CUDA
        return str(error).splitlines()[0]
    return None


def _cases(options: argparse.Namespace, device: str, wrong: list[str]) -> list[dict[str, Any]]:
    """Print the table of one device; the rows for the JSON."""
    where = machine(device)
    hardware = where["accelerator"] or where["processor"]
    print(f"\n{hardware}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    headings = "".join(f"{name:>{width}}" for name, width in (("ms", 9), ("plain", 9), ("ratio", 7)) * 2)
    print(f"{'method':<14}{headings.replace('ms', 'MB').replace('MB', 'ms', 1)}  sizes; the plain side")
    rows, slower = [], []
    for name in options.methods or CASES:
        if name in NOT_TIMED:
            print(f"{name:<14}{NOT_TIMED[name]}")
            continue
        case = CASES[name]
        figures = _measure(case, device, options.size == "small", options.repeat)
        if figures is None:
            wrong.append(f"{name} on {device}")
            print(f"{name:<14}THE TWO SIDES DIFFER  {case.sizes}")
            continue
        print(_line(case, figures), flush=True)
        if figures.method_ms > SLOWER * figures.plain_ms:
            slower.append(f"{name} ({figures.method_ms / figures.plain_ms:.2f} x)")
        words = {"sizes": case.sizes, **({"note": case.note} if case.note else {})}
        rows.append({"method": name, **words, "device": where, **figures._asdict()})
    if slower and options.size == "paper":
        print(f"slower than the plain side by more than {SLOWER - 1:.0%}: {', '.join(slower)}")
    return rows


def _line(case: Case, figures: Measured) -> str:
    ours, plain = figures.method_bytes / 1e6, figures.plain_bytes / 1e6
    return (
        f"{case.method:<14}{figures.method_ms:>9.2f}{figures.plain_ms:>9.2f}"
        f"{figures.plain_ms / figures.method_ms:>7.2f}{ours:>9.1f}{plain:>9.1f}{plain / ours:>7.2f}"
        f"  {case.sizes}; {case.plain}{case.note and f' (note: {case.note})'}"
    )


def _measure(case: Case, device: str, small: bool, repeat: int) -> Measured | None:
    """The figures of one case; None where the two sides do not give the same."""
    sides = case.make(Draw(device), small)
    with torch.no_grad():
        ours, theirs = sides.method(), sides.plain()
        if not _same(ours, theirs, exactly=small):
            return None
        del ours, theirs
        taken: dict[Callable[[], Any], list[float]] = {side: [] for side in sides}
        for run in range(repeat + 1):
            for side in sides:
                duration = milliseconds(side, device)
                if run:
                    taken[side].append(duration)
        gc.collect()
        peaks = [peak_bytes(side, device) for side in sides]
    times = [statistics.median(taken[side]) for side in sides]
    return Measured(times[0], times[1], peaks[0], peaks[1])


def _same(ours: torch.Tensor, theirs: torch.Tensor, exactly: bool) -> bool:
    """Whether both are the same tokens. At true sizes some scores are equal but for rounding: there, order
    does not matter, and one token in 200 may be another.
    """
    if ours.shape != theirs.shape:
        return False
    if not exactly:
        ours, theirs = (
            tokens.gather(1, tokens[..., :1].argsort(dim=1).expand_as(tokens)) for tokens in (ours, theirs)
        )
    close = torch.isclose(ours, theirs, rtol=1e-3, atol=1e-4).all(dim=-1)
    return float(close.float().mean()) >= (1.0 if exactly else 0.995)


if __name__ == "__main__":
    sys.exit(main())
