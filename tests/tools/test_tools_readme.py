"""The table of tools/README.md has a row for every script."""

from __future__ import annotations

import re

from tests.conftest import REPOSITORY

TOOLS = REPOSITORY / "tools"


def test_every_script_is_in_the_table_and_nothing_else() -> None:
    rows = [row for row in (TOOLS / "README.md").read_text(encoding="utf-8").splitlines() if row[:3] == "| `"]
    named = [name for row in rows for name in re.findall(r"`([\w.]+\.(?:py|sh))`", row.split(" | ")[0])]
    assert sorted(named) == sorted(path.name for path in TOOLS.iterdir() if path.suffix in (".py", ".sh"))
