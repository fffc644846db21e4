"""The small catalogue's site, built once, and the frames that builds share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.site import build_site
from tests.site.committing import RECORD, git

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = REPOSITORY / "site_templates"
MINI = REPOSITORY / "tests" / "mini"
Build = Callable[[Catalogue], Path]


@pytest.fixture(scope="session")
def frame_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built frames, shared by all tests and test processes."""
    return tmp_path_factory.getbasetemp().parent / "frames"


@pytest.fixture(scope="session")
def mini_site(tmp_path_factory: pytest.TempPathFactory, frame_cache: Path) -> Path:
    """The small catalogue's site; for reading only."""
    out = tmp_path_factory.mktemp("mini-site") / "site"
    build_site(Catalogue.load(MINI), TEMPLATES, out, cache=frame_cache)
    return out


@pytest.fixture
def build(tmp_path: Path, frame_cache: Path) -> Build:
    """Build a catalogue's site into a folder of the test's own."""

    def build(catalogue: Catalogue) -> Path:
        build_site(catalogue, TEMPLATES, tmp_path / "site", cache=frame_cache)
        return tmp_path / "site"

    return build


@pytest.fixture
def repository(mini: Path) -> Path:
    """The small catalogue with two commits: all records added, one changed and one removed."""
    git(mini, "init", "--initial-branch=main")
    git(mini, "add", "-A")
    git(mini, "commit", "-m", "Add <b>all</b> records")
    record = mini / RECORD
    record.write_text(record.read_text(encoding="utf-8").replace("free", "both"), encoding="utf-8")
    (mini / "papers" / "2024" / "toca.yaml").unlink()
    git(mini, "add", "-A")
    git(mini, "commit", "-m", "Read FastV again\n\nA second paragraph.", date="2024-06-01T23:59:00-11:00")
    return mini


def files_of(site: Path) -> dict[str, bytes]:
    """What each file of a site holds, by its path below it."""
    return {
        path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()
    }
