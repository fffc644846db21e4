#!/usr/bin/env python3
"""Run the reference implementations' CUDA tests and keep the result under the hardware's name.

The file, `reference_impls/results/gpu/NAME.json`, says on which hardware and with which versions each test
passed. Where there is no CUDA device nothing is tested, and this fails: the same tests run on the CPU in
`make test`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "reference_impls" / "results" / "gpu"


class Tally:
    """What became of each test, by its name without the parameters."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}

    def pytest_runtest_logreport(self, report: object) -> None:
        """Count the call, and what failed or was skipped before it."""
        outcome, when = report.outcome, report.when  # type: ignore[attr-defined]
        if when == "call" or outcome != "passed":
            test = report.nodeid.partition("[")[0]  # type: ignore[attr-defined]
            of_test = self.counts.setdefault(test, {"passed": 0, "failed": 0, "skipped": 0})
            of_test[outcome] += 1


def main() -> int:
    """Returns the exit status: 0 where all passed, 2 where nothing could be tested."""
    raw = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(description=__doc__, formatter_class=raw).parse_args()
    try:
        import torch
    except ImportError:
        return _cannot("PyTorch is not installed; run tools/install_reference.sh")
    if not torch.cuda.is_available():
        return _cannot(
            f"there is no CUDA device that this PyTorch ({torch.__version__}) can use: nothing was tested; "
            "the same tests run on the CPU in `make test`"
        )
    import pytest

    from reference_impls.results import machine

    tally = Tally()
    status = pytest.main(["-n", "0", "-q", "-k", "cuda", str(ROOT / "tests" / "reference_impls")], [tally])
    where = machine("cuda")
    name = re.sub(r"[^a-z0-9]+", "-", where["accelerator"].lower()).strip("-")
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    content = {"machine": where, "tests": dict(sorted(tally.counts.items()))}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{where['accelerator']}: kept in {path.relative_to(ROOT)}")
    return int(status)


def _cannot(why: str) -> int:
    print(f"test-gpu: {why}.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
