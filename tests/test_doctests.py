"""The examples in the package's documentation do what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import catalog
from tests.conftest import REPOSITORY

MODULES = [
    info.name
    for info in pkgutil.walk_packages(catalog.__path__, "catalog.")
    if info.name != "catalog.__main__"  # which runs the command
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    failures, _ = doctest.testmod(importlib.import_module(name))
    assert failures == 0


def test_examples_are_found_at_all() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [one for test in finder.find(importlib.import_module("catalog.api")) for one in test.examples]
    assert len(examples) > 8
