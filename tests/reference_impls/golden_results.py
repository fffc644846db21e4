"""A plugin for pytest that keeps in reference_impls/results/golden.json which methods agree with which files.

    pytest -n 0 -p tests.reference_impls.golden_results tests/reference_impls

A test says which methods it compares with a file where it opens that file (see the fixture `golden`), and
counts for those of them whose code it ran.  Failed tests are in the file too; skipped ones are not.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from reference_impls import load_methods

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "reference_impls" / "results" / "golden.json"
METHODS = load_methods()
HOMES = ("reference_impls.methods.", "reference_impls.baselines.")


class _Results:
    """What the tests of one run ran, and came to.

    Attributes
    ----------
    ran : case of a test -> the methods whose code it ran
    found : method -> file -> test -> whether each of its cases passed
    """

    def __init__(self) -> None:
        self.ran: dict[str, set[str]] = {}
        self.found: dict[str, dict[str, dict[str, list[bool]]]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Iterator[None]:
        ran: set[str] = set()

        def noticing(frame: FrameType, event: str, argument: Any) -> None:
            home = frame.f_globals.get("__name__", "")
            # Making a method is not using it.
            if event == "call" and home.startswith(HOMES) and not frame.f_code.co_name.startswith("__"):
                ran.add(home.rpartition(".")[2])

        sys.setprofile(noticing)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            self.ran[item.nodeid] = ran

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.outcome != "skipped":
            test = report.nodeid.partition("[")[0]
            for method, file in {value for key, value in report.user_properties if key == "golden"}:
                if method in self.ran[report.nodeid]:
                    tests = self.found.setdefault(method, {}).setdefault(file, {})
                    tests.setdefault(test, []).append(report.passed)

    def pytest_sessionfinish(self) -> None:
        content = {
            method: [_entry(file, files[file]) for file in sorted(files)]
            for method, files in sorted(self.found.items())
        }
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Results(), "golden-results")


def _entry(file: str, tests: dict[str, list[bool]]) -> dict[str, Any]:
    """One golden file of one method: where its outputs come from, and the tests that compare with them."""
    return {
        "file": f"tests/golden/{file}.npz",
        "source": official_source(file),
        "tests": [
            {
                "test": test,
                "says": in_words(test.partition("::test_")[2]),
                "cases": len(tests[test]),
                "passed": sum(tests[test]),
            }
            for test in sorted(tests)
        ],
    }


def in_words(test: str) -> str:
    """A test's name as a sentence, with the methods' names as their papers write them.

    >>> in_words("fastv_keeps_the_same_tokens")
    'FastV keeps the same tokens'
    """
    for key, method in METHODS.items():
        test = re.sub(rf"(?<![a-z]){re.escape(key)}(?![a-z])", method.name, test)
    return test.replace("_", " ")


def official_source(file: str) -> str | None:
    """The official function and commit of a golden file, as tests/golden/README.md has it."""
    for line in (ROOT / "tests" / "golden" / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        names = cells[0].split(" / ")
        if line.startswith("|") and len(cells) > 1 and file in names:
            sources = cells[1].split(";") if len(names) > 1 else [cells[1]]
            return sources[names.index(file)].strip()
    return None
