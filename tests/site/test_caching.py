"""Which entries of a cache go first."""

import os
from pathlib import Path

from catalog.site.caching import oldest_first


def test_the_oldest_come_first_and_before_them_what_another_build_took_away(tmp_path: Path) -> None:
    for age, name in enumerate(["new", "middle", "old"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    listed = [*tmp_path.iterdir(), tmp_path / "gone"]
    assert [path.name for path in oldest_first(listed)] == ["gone", "old", "middle", "new"]
