"""Which entries of a cache go first, and what is made where none can be kept."""

import errno
import os
from pathlib import Path

import pytest

from catalog.site.caching import made_with, oldest_first


def test_the_oldest_come_first_and_before_them_what_another_build_took_away(tmp_path: Path) -> None:
    for age, name in enumerate(["new", "middle", "old"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    listed = [*tmp_path.iterdir(), tmp_path / "gone"]
    assert [path.name for path in oldest_first(listed)] == ["gone", "old", "middle", "new"]


def refusing(cache: Path, code: int, file: Path) -> tuple[list[Path], object]:
    """Folders that something was made in, and how: in *cache* it fails at *file*."""
    used: list[Path] = []

    def make(folder: Path) -> str:
        assert folder.is_dir()
        used.append(folder)
        if folder == cache:
            raise OSError(code, os.strerror(code), str(file))
        return "made"

    return used, make


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_in_a_checkout_that_may_only_be_read_all_is_made_and_nothing_kept(tmp_path: Path, code: int) -> None:
    used, make = refusing(tmp_path, code, tmp_path / "site-frame" / "x")
    assert made_with(tmp_path, make) == ("made", False)  # type: ignore[arg-type]
    assert used[0] == tmp_path
    assert not used[1].exists()


@pytest.mark.parametrize(
    ("code", "file"),
    [(errno.ENOSPC, "site-frame"), (errno.EIO, "site-frame"), (errno.EACCES, "../elsewhere")],
)
def test_another_failure_is_none_of_the_cache(tmp_path: Path, code: int, file: str) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    used, make = refusing(cache, code, tmp_path / "elsewhere" if ".." in file else cache / file)
    with pytest.raises(OSError, match=os.strerror(code)):
        made_with(cache, make)  # type: ignore[arg-type]
    assert used == [cache]
