"""A plugin for pytest that keeps in reference_impls/results/golden.json which methods agree with which files.

    pytest -n 0 -p tests.reference_impls.golden_results tests/reference_impls

A test counts for the methods that its own source names and whose code it ran, and for the files in
tests/golden that it opened. Failed tests are in the file too; skipped ones are not.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np
import pytest

from reference_impls import load_methods

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "reference_impls" / "results" / "golden.json"
METHODS = load_methods()
HOMES = ("reference_impls.methods.", "reference_impls.baselines.")


class _Watch:
    """What the tests of one run opened, named and came to."""

    def __init__(self) -> None:
        self.files: dict[str, set[str]] = {}
        self.methods: dict[str, set[str]] = {}
        self.passed: dict[str, bool] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Function) -> Iterator[None]:
        with self._noting_files(item):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Iterator[None]:
        ran: set[str] = set()

        def noticing(frame: FrameType, event: str, argument: Any) -> None:
            if event == "call" and not frame.f_code.co_name.startswith("__"):  # making one is not using it
                ran.add(frame.f_globals.get("__name__", ""))

        with self._noting_files(item):
            sys.setprofile(noticing)
            try:
                return (yield)
            finally:
                sys.setprofile(None)
                named = modules_named_by(item)
                self.methods[item.nodeid] = {name.rpartition(".")[2] for name in named & ran}

    @contextmanager
    def _noting_files(self, item: pytest.Function) -> Iterator[None]:
        """Remember which files of arrays are opened, by the test or by its fixtures."""
        opened, load = self.files.setdefault(item.nodeid, set()), np.load

        def noting(file: Any, *args: Any, **kwargs: Any) -> Any:
            opened.add(Path(file).stem)
            return load(file, *args, **kwargs)

        np.load = noting
        try:
            yield
        finally:
            np.load = load

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.outcome != "skipped":
            self.passed[report.nodeid] = report.outcome == "passed"

    def pytest_sessionfinish(self) -> None:
        found: dict[str, dict[str, dict[str, list[bool]]]] = {}
        for node, passed in self.passed.items():
            test = node.partition("[")[0]
            for method in self.methods[node]:
                for file in self.files[node]:
                    found.setdefault(method, {}).setdefault(file, {}).setdefault(test, []).append(passed)
        content = {
            method: [_entry(file, found[method][file]) for file in sorted(found[method])]
            for method in sorted(found)
        }
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Watch(), "golden-results")


def modules_named_by(item: pytest.Function) -> set[str]:
    """The methods' modules whose code the test's source names, itself or through helpers of its file."""
    names = vars(item.module)
    found: set[str] = set()
    seen: set[int] = set()
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    todo: list[Any] = [item.function, *parameters]
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, dict):
            todo += thing.values()
            continue
        if isinstance(thing, list | tuple):
            todo += thing
            continue
        home = str(getattr(thing, "__module__", None) or getattr(thing, "__name__", ""))
        if home.startswith(HOMES):
            found.add(home)
        elif home == item.module.__name__:
            todo += [names[name] for name in _names_in(thing) if name in names]
    return found


def _names_in(thing: Any) -> Iterator[str]:
    """The names that a function, or the functions of a class, look up."""
    functions = vars(thing).values() if isinstance(thing, type) else [thing]
    codes = [inner.__code__ for inner in functions if hasattr(inner, "__code__")]
    while codes:
        code = codes.pop()
        yield from code.co_names
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]


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
