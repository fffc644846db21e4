"""Libraries that only some commands need: what is said where one is missing or damaged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog.engine import how_to_install
from catalog.findings import CatalogError
from catalog.optional import needed


def test_a_library_that_is_there_is_given() -> None:
    assert needed("json", "a test", "x").dumps([]) == "[]"


@pytest.mark.parametrize("module", ["nobody_has_this", "nobody_has_this.part"])
def test_a_library_that_is_not_installed_is_named_with_what_installs_it(module: str) -> None:
    message = (
        "the export 'x' needs the library nobody_has_this, which is not installed; "
        f"install it with: {how_to_install('x')}"
    )
    with pytest.raises(CatalogError, match=f"^{re.escape(message)}$"):
        needed(module, "the export 'x'", "x")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "raise ImportError('libarrow.so: cannot open shared object file\\n\\nmuch more')",
            "libarrow.so: cannot open shared object file",
        ),
        ("import nobody_has_this", "No module named 'nobody_has_this'"),
        ("from json import nothing", "cannot import name 'nothing' from 'json'"),
    ],
)
def test_a_library_that_is_damaged_is_told_with_the_reason_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    (tmp_path / "damaged_library.py").write_text(body, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CatalogError) as caught:
        needed("damaged_library", "a table", "dataframe")
    said = str(caught.value)
    assert said.startswith(f"a table needs the library damaged_library, which cannot be imported ({reason}")
    assert said.endswith(f"; install it anew with: {how_to_install('dataframe')} --force-reinstall")
    assert "\n" not in said
