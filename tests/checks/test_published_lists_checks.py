"""Published lists: their addresses are such that pages may lead there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.checking import findings


@pytest.mark.parametrize("url", ["javascript:alert(1)", "github.com/a/b", "https://me:secret@example.org/a"])
def test_an_address_of_a_list_is_one_that_a_page_may_lead_to(mini: Path, url: str) -> None:
    file = mini / "papers" / "vocabulary" / "lists.yaml"
    rows = file.read_text(encoding="utf-8").splitlines()
    entry = f'third-list:\n  label: Third list\n  definition: "A third list."\n  url: "{url}"\n'
    file.write_text("\n".join([*rows, entry]), encoding="utf-8")
    (found,) = findings(mini, "list-link")
    assert (found.file, found.line) == ("papers/vocabulary/lists.yaml", len(rows) + 4)
    assert found.severity == "error"
    assert url in found.message
