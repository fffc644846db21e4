"""Publishing: at every moment a whole site stands in its place."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.findings import CatalogError
from catalog.site import publish
from catalog.site.publish import MARKER, publishing

REPOSITORY = Path(__file__).parents[2]
FILES = 40


def _write_site(out: Path, version: str) -> None:
    with publishing(out) as site:
        for number in range(FILES):
            site.write(f"papers/{number}/index.html", f"{version} {number}".encode())


def _write_twice(out: Path) -> None:
    with publishing(out) as site:
        site.write("papers/0/index.html", b"new 0")
        site.write("papers/0/index.html", b"another")


def _versions(out: Path) -> set[str]:
    """Versions of the files that stand at *out*; a whole site has one, and all its files."""
    pages = sorted(out.glob("papers/*/index.html"))
    assert len(pages) == FILES
    assert (out / MARKER).is_file()
    return {page.read_text(encoding="utf-8").split()[0] for page in pages}


def _beside(out: Path) -> list[str]:
    return [path.name for path in out.parent.iterdir() if path != out]


# A process that replaces the site and is killed, really, at a moment of its life.
KILLED = """
import os, signal, sys
from pathlib import Path
from catalog.site import publish

moment, out = sys.argv[1], Path(sys.argv[2])

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def after(function):
    def call(*arguments):
        function(*arguments)
        die()
    return call

if moment == "before the exchange":
    publish._put_in_place = die
elif moment == "after the exchange":
    publish._put_in_place = after(publish._put_in_place)
elif moment == "between the two renames":
    publish._exchange = lambda *_: False
    rename = Path.rename
    Path.rename = after(rename)
elif moment == "after the two renames":
    publish._exchange = lambda *_: False
    publish._rename_twice = after(publish._rename_twice)
with publish.publishing(out) as site:
    for number in range(40):
        if moment == f"at file {number}":
            die()
        site.write(f"papers/{number}/index.html", f"new {number}".encode())
"""


def _kill(moment: str, out: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", KILLED, moment, str(out)], env=environment, check=False)
    assert done.returncode == -9, "it was meant to be killed"


@pytest.mark.parametrize(
    ("moment", "stands"),
    [
        ("at file 0", "old"),
        ("at file 17", "old"),
        ("at file 39", "old"),
        ("before the exchange", "old"),
        ("after the exchange", "new"),
        ("after the two renames", "new"),
    ],
)
def test_a_whole_site_stands_whenever_a_build_is_killed(moment: str, stands: str, tmp_path: Path) -> None:
    out = tmp_path / "site"
    _write_site(out, "old")
    _kill(moment, out)
    assert _versions(out) == {stands}
    _write_site(out, "next")
    assert _versions(out) == {"next"}
    assert _beside(out) == [], "the next build clears what the killed one left"


def test_without_exchange_a_site_that_was_set_aside_is_put_back(tmp_path: Path) -> None:
    out = tmp_path / "site"
    _write_site(out, "old")
    _kill("between the two renames", out)
    assert not out.exists()
    with pytest.raises(RuntimeError), publishing(out):
        raise RuntimeError("this build fails too")
    assert _versions(out) == {"old"}
    assert _beside(out) == []


def test_the_first_build_that_is_killed_leaves_no_site_and_no_obstacle(tmp_path: Path) -> None:
    out = tmp_path / "site"
    _kill("at file 3", out)
    assert not out.exists()
    _write_site(out, "new")
    assert _beside(out) == []


def test_a_build_that_fails_leaves_the_old_site_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "site"
    _write_site(out, "old")
    with pytest.raises(CatalogError):
        _write_twice(out)
    assert _versions(out) == {"old"}
    assert _beside(out) == []


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOENT])
def test_where_no_folder_can_be_made_the_one_that_was_given_is_named_with_advice(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkdir(path: Path, **_: object) -> None:
        raise OSError(code, os.strerror(code), str(path))

    _write_site(tmp_path / "stands", "old")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "mkdir", mkdir)
    for given in ("site", "new/site", "stands"):
        with pytest.raises(CatalogError) as refusal:
            _write_site(Path(given), "new")
        assert str(refusal.value) == (
            f"{given}: the site cannot be put there: no folder can be made in {tmp_path} "
            f"({os.strerror(code)}); name another folder with --out"
        )
    assert _versions(tmp_path / "stands") == {"old"}


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = f"{tmp_path / 'file' / 'site'}: the site cannot be put there: {tmp_path / 'file'} is no folder;"
    with pytest.raises(CatalogError, match=f"^{re.escape(said)} name another folder with --out$"):
        _write_site(tmp_path / "file" / "site", "new")


def test_a_file_that_cannot_be_written_is_named_as_it_is_below_the_site(tmp_path: Path) -> None:
    too_long = f"{'a' * 300}.html"
    with pytest.raises(OSError, match="too long") as failure, publishing(tmp_path / "site") as site:
        site.write(f"papers/{too_long}", b"")
    assert failure.value.filename == str(tmp_path / "site" / "papers" / too_long)
    assert _beside(tmp_path / "site") == []


def test_files_that_did_not_change_are_kept_and_others_are_not(tmp_path: Path) -> None:
    out = tmp_path / "site"
    with publishing(out) as site:
        assert not site.write("same.html", b"same")
        assert not site.write("other.html", b"1")
    inode = (out / "same.html").stat().st_ino
    with publishing(out) as site:
        assert site.write("same.html", b"same")
        assert not site.write("other.html", b"2")
    assert (out / "same.html").stat().st_ino == inode
    assert (out / "other.html").read_bytes() == b"2"


def test_files_of_the_old_site_that_the_new_one_lacks_are_gone(tmp_path: Path) -> None:
    out = tmp_path / "site"
    _write_site(out, "old")
    with publishing(out) as site:
        site.write("index.html", b"alone")
    assert sorted(path.name for path in out.iterdir()) == [MARKER, "index.html"]


def test_a_file_system_without_hard_links_gets_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    _write_site(out, "old")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    _write_site(out, "old")
    assert _versions(out) == {"old"}


def test_a_file_system_without_exchange_gets_two_renames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    _write_site(out, "old")
    monkeypatch.setattr(publish, "_exchange", lambda *_: False)
    _write_site(out, "new")
    assert _versions(out) == {"new"}
    assert _beside(out) == []


def test_a_folder_that_is_no_site_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(CatalogError, match="holds files that are not a site"):
        _write_site(out, "new")
    assert (out / "chapter.tex").read_text(encoding="utf-8") == "years of work"


def test_a_file_in_the_place_of_the_site_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.write_text("a file", encoding="utf-8")
    with pytest.raises(CatalogError, match="expected a folder"):
        _write_site(out, "new")


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    _write_site(out, "new")
    assert _versions(out) == {"new"}


def test_a_link_to_the_site_s_folder_stays_a_link(tmp_path: Path) -> None:
    real, out = tmp_path / "real", tmp_path / "site"
    _write_site(real, "old")
    out.symlink_to(real)
    _write_site(out, "new")
    assert out.is_symlink()
    assert _versions(real) == {"new"}


def test_two_pages_at_one_address_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"two pages of the site want the address papers/0/index\.html"):
        _write_twice(tmp_path / "site")


def test_a_build_that_is_still_running_is_not_taken_for_a_leftover(tmp_path: Path) -> None:
    out = tmp_path / "site"
    with publishing(out) as running:
        running.write("a.html", b"slow")
        with publishing(out) as other:
            other.write("a.html", b"quick")
        assert (running.new / "a.html").read_bytes() == b"slow"
    assert (out / "a.html").read_bytes() == b"slow"
