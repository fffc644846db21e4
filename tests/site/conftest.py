"""The small catalogue's site, built once, and the frames that builds share."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.site import build_site

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = REPOSITORY / "site_templates"
MINI = REPOSITORY / "tests" / "mini"


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
