"""Files that are replaced in one step: the new one or the old one, and nothing else."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from pathlib import Path

import pytest

from catalog.findings import CatalogError
from catalog.replacing import replaced, with_room


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield
    os.umask(before)


def write(path: Path, text: str) -> None:
    with replaced(path) as stream:
        stream.write(text.encode())


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path, umask: None) -> None:
    path = tmp_path / "a"
    for mode in (0o600, 0o664):
        path.write_text("old")
        path.chmod(mode)
        write(path, "new")
        assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", mode)


def test_a_new_file_has_the_permissions_that_others_get(tmp_path: Path, umask: None) -> None:
    write(tmp_path / "a", "new")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_what_was_written_so_far_may_be_read_by_nobody_who_may_not_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch(0o600)
    with replaced(path):
        modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path, there: bool) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "a", tmp_path / "link"
    if there:
        target.write_text("old")
    link.symlink_to("folder/a")
    write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a", "folder", "link"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_where_writing_fails_the_file_is_as_before_and_nothing_lies_beside_it(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def write_half() -> None:
        with replaced(path) as stream:
            stream.write(b"half")
            raise failure

    with pytest.raises(failure):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    write(Path(f"/dev/fd/{write_end}"), "new")
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        assert pipe.read() == "new"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write(tmp_path, "new")


def test_a_folder_that_is_not_there_is_named_by_the_file_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write(tmp_path / "no" / "a", "new")
    assert caught.value.filename == str(tmp_path / "no" / "a")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o400)
    with pytest.raises(PermissionError):
        write(path, "new")
    assert path.read_text() == "old"


def test_of_a_full_disk_the_folder_is_named(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    over_quota = OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
    said = f"^no space left in {re.escape(str(tmp_path))};"
    for error in (full, over_quota, shutil.Error([("a", "b", str(full))])):
        with pytest.raises(CatalogError, match=said), with_room(tmp_path):
            raise error


def test_another_failure_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), with_room(tmp_path):
        (tmp_path / "gone").open()
